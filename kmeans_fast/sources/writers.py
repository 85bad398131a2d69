"""Writing labels or distances in pieces: the file appears when it is whole, or not at all.

Rows go to a file without the final name in the same folder; it is flushed to disk and renamed.
"""

import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .checks import absolute
from .parquet import pyarrow
from .raw import OpenFile, as_bytes

HEADER_BYTES = 128
"""Enough for the header of any two lengths of 64 bits, and a multiple of 64 as NumPy wants it."""


class RowWriter(ABC):
    """Writes rows to a file that replaces ``path`` when the ``with`` block ends without an error.

    Parameters
    ----------
    path : Path
    names : sequence of str
        Of the columns in a table.
    dtype : dtype
    flat : bool
        Rows are values (m,), not arrays (m, 1).
    n_rows : int, optional
        How many rows are to come, if known: fewer or more are an error.
    """

    def __init__(
        self, path: Path, names: list[str], dtype: DTypeLike, flat: bool, n_rows: int | None
    ) -> None:
        self.path = path
        self.names = names
        self.dtype = np.dtype(dtype)
        self.flat = flat
        self.expected = n_rows
        self.n_rows = 0
        self._temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}.tmp")
        self._process = os.getpid()

    @abstractmethod
    def _write(self, values: NDArray[Any]) -> None:
        """Write rows that have been checked."""

    @abstractmethod
    def _finish(self) -> None:
        """Write what stands at the begin or the end of the file."""

    @abstractmethod
    def _close(self) -> None:
        """Close the temporary file."""

    def append(self, values: NDArray[Any]) -> None:
        """Write the next rows: (m,) or (m, columns)."""
        shape = (len(values),) if self.flat else (len(values), len(self.names))
        if values.shape != shape:
            raise ValueError(f"Expected rows of shape {shape}, got {values.shape}.")
        self._write(np.ascontiguousarray(values, self.dtype))
        self.n_rows += len(values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if os.getpid() != self._process:
            return
        try:
            if kind is None:
                self._publish()
        finally:
            self._close()
            with suppress(FileNotFoundError):
                self._temporary.unlink()

    def _publish(self) -> None:
        """Flush the file to disk and give it its name."""
        if self.expected is not None and self.n_rows != self.expected:
            raise ValueError(
                f"{self.path} was to get {self.expected} rows, got {self.n_rows}: not written."
            )
        self._finish()
        self._close()
        sync(self._temporary, os.O_RDWR)
        os.replace(self._temporary, self.path)
        if os.name == "posix":  # the new name itself; other systems cannot open folders
            sync(self.path.parent, os.O_RDONLY)


def sync(path: Path, flags: int) -> None:
    """Flush a file or a folder to disk."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class NpyWriter(RowWriter):
    """Writes an .npy file; its header, of fixed size, is written last, when the shape is known."""

    def __init__(
        self, path: Path, names: list[str], dtype: DTypeLike, flat: bool, n_rows: int | None
    ) -> None:
        super().__init__(path, names, dtype, flat, n_rows)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = OpenFile(os.open(self._temporary, flags, 0o666), str(path))
        self._end = HEADER_BYTES

    def _write(self, values: NDArray[Any]) -> None:
        data = as_bytes(values)
        self._file.write(data, self._end)
        self._end += len(data)

    def _finish(self) -> None:
        shape = (self.n_rows,) if self.flat else (self.n_rows, len(self.names))
        facts = {"descr": self.dtype.str, "fortran_order": False, "shape": shape}
        start = b"\x93NUMPY\x01\x00" + (HEADER_BYTES - 10).to_bytes(2, "little")
        header = (start + repr(facts).encode("ascii")).ljust(HEADER_BYTES - 1) + b"\n"
        self._file.write(memoryview(header), 0)

    def _close(self) -> None:
        self._file.close()


class ParquetWriter(RowWriter):
    """Writes a Parquet file, a row group per call of `append`."""

    def __init__(
        self, path: Path, names: list[str], dtype: DTypeLike, flat: bool, n_rows: int | None
    ) -> None:
        super().__init__(path, names, dtype, flat, n_rows)
        self._arrow = pyarrow()
        kind = self._arrow.from_numpy_dtype(self.dtype)
        self._schema = self._arrow.schema(
            [self._arrow.field(n, kind, nullable=False) for n in names]
        )
        try:
            self._file = self._arrow.parquet.ParquetWriter(str(self._temporary), self._schema)
        except BaseException:
            with suppress(FileNotFoundError):
                self._temporary.unlink()
            raise

    def _write(self, values: NDArray[Any]) -> None:
        columns = [values] if self.flat else map(np.ascontiguousarray, values.T)
        arrays = [self._arrow.array(column) for column in columns]
        self._file.write_batch(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))

    def _finish(self) -> None:
        self._file.close()

    def _close(self) -> None:
        self._file.close()


WRITERS: dict[str, type[RowWriter]] = {".npy": NpyWriter, ".parquet": ParquetWriter}


def label_writer(
    path: str | os.PathLike[str],
    *,
    n_rows: int | None = None,
    overwrite: bool = False,
    inputs: Iterable[Path] = (),
) -> RowWriter:
    """Writer of int32 labels (n,), in a table the column ``label``; see `open_writer`."""
    return open_writer(path, ["label"], np.int32, True, n_rows, overwrite, inputs)


def distance_writer(
    path: str | os.PathLike[str],
    n_clusters: int,
    dtype: DTypeLike,
    *,
    n_rows: int | None = None,
    overwrite: bool = False,
    inputs: Iterable[Path] = (),
) -> RowWriter:
    """Writer of distances (n, n_clusters), in a table ``distance_0``...; see `open_writer`."""
    names = [f"distance_{j}" for j in range(n_clusters)]
    return open_writer(path, names, dtype, False, n_rows, overwrite, inputs)


def open_writer(
    path: str | os.PathLike[str],
    names: list[str],
    dtype: DTypeLike,
    flat: bool,
    n_rows: int | None,
    overwrite: bool,
    inputs: Iterable[Path],
) -> RowWriter:
    """Writer for the extension of ``path``; use it in a ``with`` statement.

    An existing file is replaced only if ``overwrite``. The ``inputs`` (`Source.paths`) are never
    replaced, and no file is added to a folder that is an input.
    """
    target = absolute(Path(path))
    if target.suffix not in WRITERS:
        raise ValueError(
            f"{str(path)!r} must end in one of {', '.join(WRITERS)}, got {target.suffix!r}."
        )
    if not target.parent.is_dir():
        raise ValueError(f"{str(path)!r} must be in an existing folder; {target.parent} is none.")
    if target.is_dir():
        raise ValueError(f"{str(path)!r} must be a file, and is a folder.")
    for source in inputs:
        check_no_input(target, source)
    if target.exists() and not overwrite:
        raise FileExistsError(f"{str(path)!r} exists; overwrite=True replaces it.")
    return WRITERS[target.suffix](target, names, dtype, flat, n_rows)


def check_no_input(target: Path, source: Path) -> None:
    """Refuse to write over a file that is read, or into a folder that is read."""
    if source.is_dir():
        if source.resolve() in target.resolve().parents:
            raise ValueError(
                f"{target} lies in {source}, whose files are read: it would become one of them."
            )
    elif target.exists() and target.samefile(source):
        raise ValueError(f"{target} is read, and cannot be written at the same time.")
