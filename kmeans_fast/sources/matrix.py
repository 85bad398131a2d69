"""Rows of a matrix: in an .npy file or under a memory map, or in whatever is cut by rows (zarr)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._sizes import size_text
from .assemble import Piece
from .checks import absolute, check_real, file_facts, float_type
from .columns import choose
from .npy import Stored
from .protocol import Block
from .raw import RawRows
from .row_source import RowSource

PIECE_BYTES = 4 << 20


class MatrixSource(RowSource):
    """A matrix in memory that is not ours to hold, or in chunks: ``array[start:stop]`` reads rows.

    Parameters
    ----------
    array : object with shape, dtype and slices
    description : str
    columns, weight_column, dtype
        As in `open_source`.
    chunk_rows : int
        Read in multiples of this, so that no chunk is decoded twice.
    """

    def __init__(
        self,
        array: Any,
        description: str,
        columns: Any = None,
        weight_column: Any = None,
        dtype: DTypeLike | None = None,
        chunk_rows: int = 1,
    ) -> None:
        shape = tuple(array.shape)
        check_real(array.dtype, description)
        if len(shape) != 2:
            raise ValueError(
                f"{description} has shape {shape}, expected 2 dimensions: rows and columns."
            )
        if 0 in shape:
            raise ValueError(
                f"{description} has shape {shape}, expected at least 1 row and 1 column."
            )
        self.choice = choose(range(shape[1]), columns, weight_column, description)
        features, weight = self.choice
        super().__init__(description, features, float_type(dtype, array.dtype), weight)
        self.n_rows = shape[0]
        self.array = array
        self.chunk_rows = chunk_rows
        self.is_whole = features == list(range(shape[1]))

    def _pieces(self, rows: int) -> Iterator[Piece]:
        row_bytes = self.array.shape[1] * self.array.dtype.itemsize
        step = max(1, min(rows, PIECE_BYTES // row_bytes))
        step = max(step // self.chunk_rows, 1) * self.chunk_rows
        for start in range(0, self.array.shape[0], step):
            yield self._piece(np.asarray(self.array[start : start + step]))

    def _piece(self, values: NDArray[Any]) -> Piece:
        """The chosen columns of some rows."""
        features, weight = self.choice
        chosen = values if self.is_whole else [values[:, f] for f in features]
        return Piece(chosen, None if weight is None else values[:, weight], len(values))

    def fingerprint(self) -> dict[str, Any]:
        """Shape and checksum: it costs a pass."""
        shape = [int(length) for length in self.array.shape]
        return {**self._facts("matrix"), "shape": shape, "checksum": self._checksum()}


class StoredMatrix(RowSource):
    """A matrix in a file, as `Stored` says; no part of it is mapped into memory."""

    def __init__(
        self,
        stored: Stored,
        columns: Any = None,
        weight_column: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        n, d = stored.shape
        size = size_text(n * d * stored.dtype.itemsize)
        description = f"file {stored.path} ({n} rows, {d} columns, {size})"
        self.choice = choose(range(d), columns, weight_column, description)
        features, weight = self.choice
        super().__init__(description, features, float_type(dtype, stored.dtype), weight)
        self.n_rows = n
        self.paths = (absolute(stored.path),)
        self.stored = stored
        is_whole = features == list(range(d)) and weight is None
        self.is_raw = is_whole and self.dtype == stored.dtype and not stored.by_columns

    def raw(self) -> RawRows | None:
        """The file, where its values are of the wanted type and lie row by row."""
        return self._raw_rows() if self.is_raw else None

    def _raw_rows(self) -> RawRows:
        """The stored rows, of the stored type."""
        path, offset, (n, d), dtype, _, version = self.stored
        return RawRows(path, n, d, dtype, offset=offset, version=version)

    def _unchecked_blocks(self, rows: int) -> Iterator[Block]:
        if not self.is_raw:
            yield from super()._unchecked_blocks(rows)
            return
        n = self.stored.shape[0]
        with self._raw_rows() as raw:
            for start in range(0, n, rows):
                stop = min(start + rows, n)
                yield raw.read_into(start, stop, raw.buffer(stop - start)), None

    def _pieces(self, rows: int) -> Iterator[Piece]:
        return self._pieces_of_columns(rows) if self.stored.by_columns else self._pieces_of_rows()

    def _pieces_of_rows(self) -> Iterator[Piece]:
        """Whole rows are read, and their chosen columns taken."""
        features, weight = self.choice
        n = self.stored.shape[0]
        with self._raw_rows() as raw:
            step = max(1, PIECE_BYTES // raw.row_bytes)
            buffer = raw.empty(min(step, n))
            for start in range(0, n, step):
                values = raw.read(start, min(start + step, n), buffer)
                weights = None if weight is None else values[:, weight]
                if features == list(range(values.shape[1])):
                    yield Piece(values, weights, len(values))
                else:
                    yield Piece([values[:, f] for f in features], weights, len(values))

    def _pieces_of_columns(self, rows: int) -> Iterator[Piece]:
        """Each chosen column lies on its own: one read per column and piece."""
        path, offset, (n, d), dtype, _, version = self.stored
        features, weight = self.choice
        wanted = features if weight is None else [*features, weight]
        with RawRows(path, n * d, None, dtype, offset=offset, version=version) as raw:
            # Long reads: a piece has all rows of a block.
            buffers = [raw.empty(min(rows, n)) for _ in wanted]
            for start in range(0, n, rows):
                stop = min(start + rows, n)
                values = [
                    raw.read(f * n + start, f * n + stop, buffer)
                    for f, buffer in zip(wanted, buffers, strict=True)
                ]
                weights = None if weight is None else values[-1]
                yield Piece(values[: len(features)], weights, stop - start)

    def fingerprint(self) -> dict[str, Any]:
        """The file's path, size and time of change, and the place of the matrix in it."""
        return {
            **self._facts("file"),
            "files": file_facts(self.paths),
            "shape": list(self.stored.shape),
            "offset": self.stored.offset,
            "stored_dtype": self.stored.dtype.str,
            "by_columns": self.stored.by_columns,
        }
