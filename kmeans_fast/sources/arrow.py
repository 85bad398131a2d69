"""Columns of Arrow tables as features: which can be used, and their values as NumPy arrays.

PyArrow is imported where a table is read, never before.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._sizes import size_text
from .assemble import Piece
from .checks import float_type, one_line
from .columns import choose
from .row_source import RowSource
from .vectors import as_matrix, feature_names, find_flaw, find_width, is_vector, number_type

ROW_NUMBERS = ("", "__index_level_0__")
"""What pandas calls an index without a name."""

BATCH_BYTES = 4 << 20
"""Decoded bytes of one batch, at 8 per value: what a reader holds besides the block it fills."""


class Chosen(NamedTuple):
    """The columns to read, by name, and the lengths of their lists (None for plain numbers)."""

    features: list[str]
    widths: list[int | None]
    weight: str | None
    dtype: np.dtype[Any]

    @property
    def names(self) -> list[str]:
        """Names of the features: a list has one per position."""
        return [
            feature
            for name, width in zip(self.features, self.widths, strict=True)
            for feature in ([name] if width is None else feature_names(name, width))
        ]

    @property
    def columns(self) -> list[str]:
        """All columns to read."""
        return self.features if self.weight is None else [*self.features, self.weight]

    def batch_rows(self, rows: int) -> int:
        """Rows of a batch: no more than a block has."""
        n_values = sum(width or 1 for width in self.widths) + (self.weight is not None)
        return max(1, min(rows, BATCH_BYTES // (8 * n_values)))


def choose_columns(
    schema: Any,
    first_value: Callable[[str], Any],
    columns: Any,
    weight_column: Any,
    dtype: DTypeLike | None,
    description: str,
    partitions: Iterable[str] = (),
) -> Chosen:
    """Choose columns of an Arrow schema; float32 only if all chosen ones are.

    ``first_value`` gives the value of the first row of a column. A column of lists beside other
    columns is used only by name: a vector and a number such as an id are rarely meant together.
    """
    import pyarrow as pa

    reasons = {}
    only_by_name = {}
    indexes = pandas_indexes(schema)
    vectors = {i for i, field in enumerate(schema) if is_vector(field.type)}
    for i, field in enumerate(schema):
        if reason := why_not_real(field.type):
            reasons[i] = reason
        elif field.name in ROW_NUMBERS or field.name in indexes:
            only_by_name[i] = "row numbers or names, the index in pandas"
        elif pa.types.is_boolean(field.type):
            only_by_name[i] = "true or false"
        elif i in vectors and len(schema) > 1:
            only_by_name[i] = "a list of numbers per row"
        if field.name in partitions:
            only_by_name[i] = "part of the names of the folders"
    names = schema.names
    choice = choose(names, columns, weight_column, description, reasons, only_by_name, vectors)
    if choice.weight in vectors:
        raise ValueError(
            f"weight_column: column {weight_column!r} of {description} has a list per row, "
            "expected a number."
        )
    types = [number_type(schema.field(i).type) for i in choice.features]
    found = np.dtype(np.float32 if all(map(pa.types.is_float32, types)) else np.float64)
    weight = None if choice.weight is None else names[choice.weight]
    widths = [
        width_of(schema.field(i), first_value, description) if i in vectors else None
        for i in choice.features
    ]
    return Chosen([names[i] for i in choice.features], widths, weight, float_type(dtype, found))


def width_of(field: Any, first_value: Callable[[str], Any], description: str) -> int:
    """Length of the lists of a column."""
    try:
        return find_width(field.type, lambda: first_value(field.name))
    except ValueError as error:
        raise no_vector(description, error, 0, field.name) from None


def no_vector(description: str, what: object, row: int, name: str) -> ValueError:
    """The error for a row without a list of the expected length."""
    return ValueError(
        f"{description} has {what} in row {row} (counted from 0), column {name!r}; expected lists "
        "of finite numbers, all of the same length."
    )


def why_not_real(kind: Any) -> str | None:
    """Why values of an Arrow type are not real numbers, booleans or lists of those; else None."""
    import pyarrow as pa

    is_real = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    numbers = number_type(kind)
    if any(test(numbers) for test in is_real):
        return None
    hint = ": write numbers, such as seconds since a start" if pa.types.is_temporal(numbers) else ""
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
    for name, width in zip(chosen.columns, [*chosen.widths, None], strict=False):
        array = batch.column(batch.schema.get_field_index(name))
        if width is not None:
            flaw = find_flaw(array, width)
            if flaw is not None:
                raise no_vector(description, flaw[1], first_row + flaw[0], name)
            arrays.append(as_matrix(array, width))
            continue
        if array.null_count:
            row = first_row + array.is_null().index(True).as_py()
            raise ValueError(
                f"{description} has no value (null) in row {row} (counted from 0), column "
                f"{name!r}; expected finite numbers."
            )
        arrays.append(as_numpy(array))
    weight = None if chosen.weight is None else arrays.pop()
    return Piece(side_by_side(arrays), weight, batch.num_rows)


def side_by_side(arrays: list[NDArray[Any]]) -> NDArray[Any] | list[NDArray[Any]]:
    """Columns (m,) and matrices (m, width) as one matrix or as columns, without a copy."""
    if len(arrays) == 1 and arrays[0].ndim == 2:
        return arrays[0]
    return [column for array in arrays for column in (array.T if array.ndim == 2 else [array])]


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
        self.chosen = choose_columns(
            table.schema, lambda name: table[name][0], columns, weight_column, dtype, description
        )
        super().__init__(description, self.chosen.names, self.chosen.dtype, self.chosen.weight)
        self.n_rows = n
        self.table = table.select(self.chosen.columns)

    def _pieces(self, rows: int) -> Iterator[Piece]:
        batches = self.table.to_batches(max_chunksize=self.chosen.batch_rows(rows))
        return as_pieces(batches, self.chosen, self.description)

    def fingerprint(self) -> dict[str, Any]:
        """Shape and checksum: it costs a pass."""
        shape = [self.n_rows, self.n_features]
        return {**self._facts("table"), "shape": shape, "checksum": self._checksum()}
