"""Read the rows, or leave them in their file, and cluster them."""

import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from .._sizes import size_text
from .examples import load_example
from .file_rows import STREAMED, FileRows, available_memory, may_stay, open_rows
from .messages import StoppedError, UserError, as_options, one_line
from .scaling import scaled_rows, scaled_table
from .tables import Selection, Table, read_table


def load(
    data: Path | None, example: str | None, selection: Selection, memory_limit: str | None
) -> tuple[str, Table | FileRows]:
    """Rows of the file or the example, with its name."""
    if (data is None) == (example is None):
        raise UserError("give a file or --example, not both")
    if data is None:
        if selection != Selection():
            raise UserError(
                "--column, --weight-column, --array and options for text are for files, "
                "not for --example"
            )
        if memory_limit is not None:
            raise UserError("--memory-limit is for files, not for --example")
        return f"example {example}", load_example(str(example))
    if not may_stay(data):
        if memory_limit is not None and data.exists():
            kinds = ", ".join(STREAMED)
            raise UserError(f"{data}: --memory-limit is for {kinds} and folders of Parquet files")
        return str(data), read_table(data, selection)
    if not data.exists() and data.suffix.lower() in STREAMED and "*" not in str(data):
        raise UserError(f"{data}: no such file")
    if data.is_dir() or not data.exists() or memory_limit is not None:
        reason = "several files" if memory_limit is None else f"--memory-limit {memory_limit}"
        return str(data), open_rows(data, selection, reason)
    return str(data), _read_or_leave(data, selection)


def _read_or_leave(data: Path, selection: Selection) -> Table | FileRows:
    """Read one file, unless it is large."""
    available = available_memory()
    if available is not None:
        reason = f"more than a quarter of the {size_text(available)} of memory that are available"
        with suppress(UserError):  # reading the file finds the same error
            rows = open_rows(data, selection, reason)
            if rows.n_bytes > available / 4:
                return rows
    return read_table(data, selection)


def cluster(
    rows: Table | FileRows, scale: bool, parameters: dict[str, Any]
) -> tuple[Any, Any, float]:
    """Fit a `KMeans`; return it, its centers in the units of the data, and the seconds it took."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model, scaler, seconds = _fit(rows, scale, parameters)
        except (ValueError, TypeError) as error:
            raise UserError(as_options(error)) from error
        except KeyboardInterrupt:
            checkpoint = parameters["checkpoint"]
            if checkpoint is None or not checkpoint.exists():
                raise
            raise StoppedError(f"--resume goes on from {checkpoint}") from None
    centers = model.cluster_centers_
    centers = scaler.inverse_transform(centers) if scaler else centers
    for message in dict.fromkeys(
        one_line(as_options(item.message))
        for item in caught
        if issubclass(item.category, (UserWarning, RuntimeWarning))
    ):
        print(f"kmeans-fast: warning: {message}", file=sys.stderr)
    return model, centers, seconds


def _fit(rows: Table | FileRows, scale: bool, parameters: dict[str, Any]) -> tuple[Any, Any, float]:
    """The fitted model, the scaler or None, and the seconds of the fit."""
    from kmeans_fast import KMeans

    model, scaler = KMeans(progress=sys.stderr.isatty(), **parameters), None
    x: Any
    if isinstance(rows, FileRows):
        if scale:
            rows, scaler = scaled_rows(rows)
        x, weight = rows.x, None
        model.set_params(columns=rows.columns_wanted, weight_column=rows.weight_column)
    else:
        x, weight = rows.values, rows.weight
        if scale:
            x, scaler = scaled_table(rows)
    began = time.perf_counter()
    model.fit(x, sample_weight=weight)
    return model, scaler, time.perf_counter() - began
