"""Columns of Arrow tables as features: which can be used, and their values as NumPy arrays.

PyArrow is imported where a table is read, never before.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from .._sizes import size_text
from .assemble import Piece
from .checks import float_type, one_line
from .columns import choose
from .row_source import RowSource

ROW_NUMBERS = ("", "__index_level_0__")
"""What pandas calls an index without a name."""

BATCH_BYTES = 4 << 20
"""Decoded bytes of one batch, at 8 per value: what a reader holds besides the block it fills."""


class Chosen(NamedTuple):
    """The columns to read, by name."""

    features: list[str]
    weight: str | None
    dtype: np.dtype[Any]

    @property
    def columns(self) -> list[str]:
        """All columns to read."""
        return self.features if self.weight is None else [*self.features, self.weight]

    def batch_rows(self, rows: int) -> int:
        """Rows of a batch: no more than a block has."""
        return max(1, min(rows, BATCH_BYTES // (8 * len(self.columns))))


def choose_columns(
    schema: Any,
    columns: Any,
    weight_column: Any,
    dtype: DTypeLike | None,
    description: str,
    partitions: Iterable[str] = (),
) -> Chosen:
    """Choose columns of an Arrow schema; float32 only if all chosen ones are."""
    import pyarrow as pa

    reasons = {}
    only_by_name = {}
    indexes = pandas_indexes(schema)
    for i, field in enumerate(schema):
        if reason := why_not_real(field.type):
            reasons[i] = reason
        elif field.name in ROW_NUMBERS or field.name in indexes:
            only_by_name[i] = "row numbers or names, the index in pandas"
        elif pa.types.is_boolean(field.type):
            only_by_name[i] = "true or false"
        if field.name in partitions:
            only_by_name[i] = "part of the names of the folders"
    names = schema.names
    choice = choose(names, columns, weight_column, description, reasons, only_by_name)
    types = [schema.field(i).type for i in choice.features]
    found = np.dtype(np.float32 if all(map(pa.types.is_float32, types)) else np.float64)
    weight = None if choice.weight is None else names[choice.weight]
    return Chosen([names[i] for i in choice.features], weight, float_type(dtype, found))


def why_not_real(kind: Any) -> str | None:
    """Why values of an Arrow type are not real numbers; None if they are, or are booleans."""
    import pyarrow as pa

    is_real = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    if any(test(kind) for test in is_real):
        return None
    hint = ": write numbers, such as seconds since a start" if pa.types.is_temporal(kind) else ""
    return f"it has type {one_line(kind, 60)}{hint}"


def pandas_indexes(schema: Any) -> set[str]:
    """Names of the columns that pandas has written an index to."""
    try:
        found = json.loads(schema.metadata[b"pandas"])["index_columns"]
        return {name for name in found if isinstance(name, str)}
    except (KeyError, TypeError, ValueError):
        return set()


def as_piece(batch: Any, chosen: Chosen, first_row: int, description: str) -> Piece:
    """The chosen columns of a record batch; no copy where Arrow has what NumPy has."""
    arrays = []
    for name in chosen.columns:
        array = batch.column(batch.schema.get_field_index(name))
        if array.null_count:
            row = first_row + array.is_null().index(True).as_py()
            raise ValueError(
                f"{description} has no value (null) in row {row} (counted from 0), column "
                f"{name!r}; expected finite numbers."
            )
        arrays.append(as_numpy(array))
    weight = None if chosen.weight is None else arrays.pop()
    return Piece(arrays, weight, batch.num_rows)


def as_numpy(array: Any) -> np.ndarray[Any, Any]:
    """Values of an Arrow array of real numbers without nulls."""
    import pyarrow as pa

    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    values: np.ndarray[Any, Any] = array.to_numpy(zero_copy_only=False)
    return values


def as_pieces(batches: Iterable[Any], chosen: Chosen, description: str) -> Iterator[Piece]:
    """The chosen columns of record batches, one after another."""
    row = 0
    for batch in batches:
        yield as_piece(batch, chosen, row, description)
        row += batch.num_rows


class TableSource(RowSource):
    """An Arrow table in memory; a block is a copy, and only one is made at a time."""

    def __init__(
        self,
        table: Any,
        kind: str,
        columns: Any = None,
        weight_column: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        n, d = table.shape
        description = f"{kind} ({n} rows, {d} columns, {size_text(table.nbytes)})"
        if n == 0:
            raise ValueError(f"{description} has no rows, expected at least 1.")
        self.chosen = choose_columns(table.schema, columns, weight_column, dtype, description)
        super().__init__(description, self.chosen.features, self.chosen.dtype, self.chosen.weight)
        self.n_rows = n
        self.table = table.select(self.chosen.columns)

    def _pieces(self, rows: int) -> Iterator[Piece]:
        batches = self.table.to_batches(max_chunksize=self.chosen.batch_rows(rows))
        return as_pieces(batches, self.chosen, self.description)

    def fingerprint(self) -> dict[str, Any]:
        """Shape and checksum: it costs a pass."""
        shape = [self.n_rows, self.n_features]
        return {**self._facts("table"), "shape": shape, "checksum": self._checksum()}
