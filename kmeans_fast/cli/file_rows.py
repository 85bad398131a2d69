"""Rows that stay in their file: what is clustered without reading it into memory first."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..sources import Blocks, Source, open_source
from ..sources.opening import PARQUET, parquet_files
from ..sources.parquet import read_footers
from ..sources.vectors import is_vector
from .messages import UserError, as_options
from .tables import LeftOut, Selection, choose, why_not_used
from .text_input import is_stream, text_files
from .text_options import TextOptions

STREAMED = (".npy", *PARQUET)


@dataclass(frozen=True)
class FileRows:
    """Rows in a file, and why they are left there.

    ``x``, ``columns_wanted`` and ``weight_column`` are what `KMeans` takes for them.
    """

    x: Path | Blocks
    columns_wanted: list[Any] | None
    weight_column: Any
    source: Source
    columns: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    reason: str

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        assert self.source.n_rows is not None
        return self.source.n_rows

    @property
    def n_bytes(self) -> int:
        """Bytes of the rows in memory."""
        return int(self.n_rows * len(self.columns) * self.source.dtype.itemsize)


def may_stay(path: Path) -> bool:
    """Whether rows can stay in this file: .npy, Parquet, a folder or a pattern of Parquet files."""
    if is_stream(path) or text_files(path):
        return False
    is_pattern = not path.exists() and any(mark in str(path) for mark in "*?[")
    return path.is_dir() or path.suffix.lower() in STREAMED or is_pattern


def open_rows(path: Path, selection: Selection, reason: str) -> FileRows:
    """Open the numeric columns of a file, or the selected ones, in the order of the file.

    Raises
    ------
    UserError
        If it cannot be read, has no rows or no numeric column.
    """
    if selection.array is not None:
        raise UserError(f"{path}: --array chooses from .npz files only")
    if selection.text != TextOptions():
        raise UserError(f"{path}: options such as --delimiter are for text files only")
    try:
        if path.suffix.lower() == ".npy" and path.is_file():
            names = [str(f) for f in range(_width(path))]
            reasons: list[str | None] = [None] * len(names)
            vectors: set[int] = set()
            keys: Sequence[Any] = range(len(names))
        else:
            schema = _schema(path, selection)
            names = keys = schema.names
            reasons = [why_not_used(field.name, field.type) for field in schema]
            vectors = {i for i, field in enumerate(schema) if is_vector(field.type)}
        choice = choose(names, reasons, selection, vectors)
        columns = [keys[i] for i in choice.features]
        weight_column = None if choice.weight is None else keys[choice.weight]
        source = open_source(path, columns=columns, weight_column=weight_column)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except (ValueError, TypeError) as error:
        message = as_options(error)
        raise UserError(message if str(path) in message else f"{path}: {message}") from error
    assert source is not None
    shown = source.feature_names or tuple(names[i] for i in choice.features)
    return FileRows(path, columns, weight_column, source, shown, choice.left_out, reason)


def _width(path: Path) -> int:
    """Number of columns of an .npy file."""
    source = open_source(path)
    assert source is not None
    return source.n_features


def _schema(path: Path, selection: Selection) -> Any:
    """Arrow schema of Parquet files; they may differ in columns that are not selected."""
    columns: Sequence[str] | None = list(selection.columns) or None
    return read_footers(parquet_files(path), columns, selection.weight_column)[0]


def available_memory() -> int | None:
    """Bytes that this process can have without swapping, as far as the system tells."""
    limits = []
    with suppress(OSError, ValueError, IndexError):
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        limits.append(1024 * int(text.split("MemAvailable:")[1].split()[0]))
    for name in ("memory.max", "memory/memory.limit_in_bytes"):  # a container, version 2 or 1
        with suppress(OSError, ValueError):  # "max": it has no limit
            limits.append(int(Path("/sys/fs/cgroup", name).read_text(encoding="ascii")))
    if not limits:
        with suppress(AttributeError, OSError, ValueError):
            limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return min(limits, default=None)
