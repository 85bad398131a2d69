"""Checks and words that all sources share: values, weights, types, sizes, facts of files."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._containers import BFLOAT16

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
SEARCH_ROWS = 1 << 12
SECONDS = "Write dates and times as numbers, such as seconds since a start."


def check_finite(
    x: NDArray[Any], first_row: int, names: Sequence[str] | Sequence[int], description: str
) -> None:
    """Require finite values; the error names the first bad one by its row among all rows."""
    # Both propagate NaN, and neither makes a temporary array.
    with np.errstate(invalid="ignore"):
        if np.isfinite(x.min()) and np.isfinite(x.max()):
            return
    for start in range(0, len(x), SEARCH_ROWS):
        bad = np.argwhere(~np.isfinite(x[start : start + SEARCH_ROWS]))
        if len(bad):
            row, f = start + bad[0][0], bad[0][1]
            what = "NaN" if np.isnan(x[row, f]) else f"infinity or a value too large for {x.dtype}"
            raise ValueError(
                f"{description} contains {what} in row {first_row + row} (counted from 0), column "
                f"{names[f]!r}; expected finite numbers."
            )


def check_weight(
    weight: NDArray[np.float64], first_row: int, name: str | int | None, description: str
) -> None:
    """Require finite weights of at least 0."""
    good = (weight >= 0) & (weight < np.inf)
    if not good.all():
        row = int(np.argmin(good))
        column = "" if name is None else f", column {name!r}"
        raise ValueError(
            f"{description} contains the weight {weight[row]} in row {first_row + row} (counted "
            f"from 0){column}; expected finite weights of at least 0."
        )


def is_real(dtype: np.dtype[Any]) -> bool:
    """Whether values of a type are real numbers; NumPy does not count ml_dtypes' bfloat16."""
    return dtype.kind in "fiub" or dtype.name == BFLOAT16


def check_real(dtype: np.dtype[Any], description: str) -> None:
    """Require real numbers."""
    if not is_real(dtype):
        kind = "fields" if dtype.names else f"dtype {dtype}"
        hint = f" {SECONDS}" if dtype.kind in "mM" else ""
        raise ValueError(f"{description} has values of {kind}, expected real numbers.{hint}")


def float_type(wanted: DTypeLike | None, found: np.dtype[Any]) -> np.dtype[Any]:
    """Type of the rows: the wanted one; else float32 stays and everything else is float64."""
    if wanted is None:
        native = found.newbyteorder("=")
        return native if native in FLOATS else np.dtype(np.float64)
    with suppress(TypeError):
        dtype = np.dtype(wanted)
        if dtype in FLOATS:
            return dtype
    raise ValueError(f"dtype must be float32, float64 or None, got {wanted!r}.")


def absolute(path: Path) -> Path:
    """The path as it is seen from everywhere; symbolic links stay, they may be changed later."""
    return Path.cwd() / path


def file_facts(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Path, size and time of the last change of each file, now."""
    facts = []
    for path in paths:
        status = path.stat()
        facts.append({"path": str(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns})
    return facts


def one_line(text: object, most: int = 300) -> str:
    """Text in one line, not too long."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 3] + "..."


def listed(names: Iterable[object], most: int = 8) -> str:
    """Names in one line, the first few of them."""
    texts = [repr(name) for name in names]
    more = [f"and {len(texts) - most} more"] if len(texts) > most else []
    return ", ".join(texts[:most] + more) or "none"
