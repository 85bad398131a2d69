"""Read a table: a numeric matrix, its column names, and the omitted columns with their reasons.

No file can run code here (pickles are refused), and every problem with a file raises a `UserError`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from ..sources.vectors import is_vector, number_type
from .messages import UserError, one_line
from .row_numbers import REASONS, why_not_by_name
from .text_input import COMPRESSED, TEXT, is_stream, text_files, text_suffix
from .text_options import TextOptions
from .vectors import ask_which, fill_vectors, vector_names

CHECK_ROWS = 1 << 16


@dataclass(frozen=True)
class LeftOut:
    """A column (or an array of an .npz file) that is not clustered."""

    name: str
    reason: str


@dataclass(frozen=True)
class Table:
    """Rows to cluster: finite real numbers, at least one row and one column; perhaps weights.

    ``assumed`` says how a text table was read, if that is not plain.
    """

    values: np.ndarray[tuple[int, int], np.dtype[Any]]
    columns: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    weight: np.ndarray[tuple[int], np.dtype[Any]] | None = None
    assumed: str = ""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.values)


@dataclass(frozen=True)
class Selection:
    """What the user wants of a file: columns (empty: all of numbers), weights, an array.

    ``text`` says how a text table is written.
    """

    columns: Sequence[str] = ()
    weight_column: str | None = None
    array: str | None = None
    text: TextOptions = field(default_factory=TextOptions)


def read_table(path: Path, selection: Selection = Selection()) -> Table:
    """Read the numeric columns of a file, or the wanted ones, in the order of the file.

    Parameters
    ----------
    path : Path
        A .npy, .npz, .parquet or text file, a folder of text files, or ``-``: standard input.
    selection : Selection
        Columns by name (of an array, by position from 0). The name of an array in an .npz file is
        required if several arrays have two dimensions.

    Raises
    ------
    UserError
        If the file cannot be read, has no rows or no numeric column, or has a missing or infinite
        value.
    """
    read, kind = reader_of(path)
    if selection.array is not None and kind != ".npz":
        raise UserError(f"{path}: --array chooses from .npz files only")
    if selection.text != TextOptions() and kind != "text":
        raise UserError(f"{path}: options such as --delimiter are for text files only")
    try:
        table = read(path, selection)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    except Exception as error:  # NumPy and Arrow may raise any error for a damaged file
        raise UserError(f"{path}: cannot be read as {kind}: {one_line(error)}") from error
    check_finite(path, table)
    return table


def reader_of(path: Path) -> tuple["Reader", str]:
    """Function that reads the file, and the kind of the file."""
    if is_stream(path) or text_files(path):
        return read_texts, "text"
    if not path.exists():
        raise UserError(f"{path}: no such file")
    if not path.is_file():
        raise UserError(f"{path}: not a file")
    if text_suffix(path):
        return read_texts, "text"
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise UserError(
            f"{path}: unknown kind of file; expected one of {', '.join(KINDS)}, or text "
            f"compressed as {', '.join(COMPRESSED)}"
        )
    return READERS[suffix], suffix


def read_texts(path: Path, selection: Selection) -> Table:
    """Read a text file, or the text files of a folder."""
    from .text_tables import read_text

    return read_text(text_files(path) or [path], selection)


def read_npy(path: Path, selection: Selection) -> Table:
    """Read the one array of an .npy file."""
    with path.open("rb") as file:
        values = np.load(file, allow_pickle=False)
        if not isinstance(values, np.ndarray):
            raise UserError("contains several arrays; rename it to .npz")
        # For a negative length, NumPy before 2.3 returns arbitrary memory.
        if min(stored_shape(file), default=0) < 0:
            raise UserError("is damaged: its header has a negative length")
    reason = why_no_matrix(values)
    if reason:
        raise UserError(f"contains {reason}; expected rows and columns of real numbers")
    return from_array(values, selection, ())


def stored_shape(file: BinaryIO) -> tuple[int, ...]:
    """Shape in the header of an .npy file; NumPy has already read the file without an error."""
    file.seek(0)
    short = np.lib.format.read_magic(file) == (1, 0)
    read = np.lib.format.read_array_header_1_0 if short else np.lib.format.read_array_header_2_0
    shape: tuple[int, ...] = read(file)[0]
    return shape


def read_npz(path: Path, selection: Selection) -> Table:
    """Read the named array of an .npz file, or the only one that is a matrix of numbers."""
    matrices = {}
    left_out = []
    array = selection.array
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        if array is not None and array not in arrays:
            raise UserError(f"has no array {array!r}; it has {listed(arrays)}")
        for name in arrays:
            if array is not None and name != array:
                left_out.append(LeftOut(name, "not chosen"))
                continue
            try:
                values = arrays[name]
                reason = why_no_matrix(values)
            except ValueError as error:
                reason = one_line(error)
            if reason:
                left_out.append(LeftOut(name, reason))
            else:
                matrices[name] = values
    if len(matrices) > 1:
        raise UserError(f"has several matrices, {listed(matrices)}; choose one with --array")
    if not matrices:
        reasons = "; ".join(f"{item.name!r}: {item.reason}" for item in left_out)
        raise UserError(f"has no matrix of real numbers ({reasons or 'it is empty'})")
    (values,) = matrices.values()
    return from_array(values, selection, left_out)


def read_parquet(path: Path, selection: Selection) -> Table:
    """Read a Parquet file."""
    return from_arrow(pa.parquet.read_table(path), selection)


Reader = Callable[[Path, Selection], Table]
READERS: dict[str, Reader] = {
    ".npy": read_npy,
    ".npz": read_npz,
    ".parquet": read_parquet,
    ".pq": read_parquet,
}
KINDS = (*READERS, *TEXT)


def from_array(values: Any, selection: Selection, left_out: Sequence[LeftOut]) -> Table:
    """Take the wanted columns of a matrix; a column's name is its position."""
    names = [str(f) for f in range(values.shape[1])]
    choice = choose(names, [None] * len(names), selection)
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    weight = None if choice.weight is None else native[:, choice.weight].astype(np.float64)
    if len(choice.features) < len(names):
        native = native[:, choice.features]
    return Table(
        native, tuple(names[f] for f in choice.features), (*left_out, *choice.left_out), weight
    )


def from_arrow(table: Any, selection: Selection) -> Table:
    """Take the wanted (or all numeric) columns of an Arrow table; float32 if all of them are."""
    if table.num_rows == 0:
        raise UserError("has no rows")
    names = table.column_names
    reasons = [
        "empty" if column.null_count == len(column) else why_not_used(name, column.type)
        for name, column in zip(names, table.columns, strict=True)
    ]
    vectors = {i for i, column in enumerate(table.columns) if is_vector(column.type)}
    choice = choose(names, reasons, selection, vectors)
    types = [number_type(table.column(i).type) for i in choice.features]
    dtype = np.float32 if all(map(pa.types.is_float32, types)) else np.float64
    values, features = as_features(table, choice.features, vectors, dtype)
    weight = None if choice.weight is None else as_numbers(table.column(choice.weight), np.float64)
    return Table(values, tuple(features), choice.left_out, weight)


def as_features(
    table: Any, chosen: Sequence[int], vectors: Collection[int], dtype: type[np.floating[Any]]
) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Columns of numbers and of lists side by side, and the names of the features."""
    columns = [(table.column_names[i], table.column(i), i in vectors) for i in chosen]
    names = [
        feature
        for name, column, is_list in columns
        for feature in (vector_names(name, column) if is_list else [name])
    ]
    values = np.empty((table.num_rows, len(names)), dtype)
    f = 0
    for name, column, is_list in columns:
        if is_list:
            f += fill_vectors(values[:, f:], name, column)
        else:
            values[:, f] = as_numbers(column, dtype)
            f += 1
    return values, names


def as_numbers(column: Any, dtype: type[np.floating[Any]]) -> np.ndarray[Any, Any]:
    """Values of an Arrow column of numbers; NaN where there is none."""
    values: np.ndarray[Any, Any] = column.cast(pa.from_numpy_dtype(dtype), safe=False).to_numpy()
    return values


class Choice(NamedTuple):
    """Positions of the columns to cluster and of the weights, and the columns left out."""

    features: list[int]
    weight: int | None
    left_out: tuple[LeftOut, ...]


def choose(
    names: Sequence[str],
    reasons: Sequence[str | None],
    selection: Selection,
    vectors: Collection[int] = (),
) -> Choice:
    """Choose columns.

    ``reasons`` has a text for each column that cannot be clustered, and None for the others.
    ``vectors`` are the positions of columns of lists.
    """
    wanted, weight = selection.columns, selection.weight_column
    for name in [*wanted, *([] if weight is None else [weight])]:
        if name not in names:
            raise UserError(f"has no column {name!r}; it has {listed(names)}")
        reason = reasons[names.index(name)]
        if reason and reason not in REASONS:
            use = "have the weights" if name == weight else "be clustered"
            raise UserError(f"column {name!r} cannot {use}: {reason}")
    if weight is not None and list(names).index(weight) in vectors:
        raise UserError(f"column {weight!r} cannot have the weights: a list per row")
    if not wanted:
        usable = [i for i, why in enumerate(reasons) if why is None and names[i] != weight]
        ask_which(names, usable, vectors)
    if weight in wanted:
        raise UserError(f"--weight-column {weight!r} cannot be clustered, too")
    chosen = []
    left_out = []
    for i, (name, reason) in enumerate(zip(names, reasons, strict=True)):
        if name == weight:
            continue
        if name in wanted or (reason is None and not wanted):
            chosen.append(i)
        else:
            left_out.append(LeftOut(name, reason or "not chosen"))
    if not chosen:
        why = listed(f"{item.name} ({item.reason})" for item in left_out)
        raise UserError(f"has no numeric columns; left out: {why}")
    return Choice(chosen, None if weight is None else list(names).index(weight), tuple(left_out))


def why_no_matrix(values: Any) -> str | None:
    """Reason why an array is not a matrix of real numbers; None if it is one."""
    if values.dtype.kind not in "iuf":
        return f"values of type {values.dtype}"
    if values.ndim != 2:
        return f"an array of shape {values.shape}"
    if values.size == 0:
        return f"no values (shape {values.shape})"
    return None


def why_not_used(name: str, kind: Any) -> str | None:
    """Reason why an Arrow column of this name and type is not clustered; None if it is."""
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    if any(test(number_type(kind)) for test in tests):
        return why_not_by_name(name)
    if pa.types.is_boolean(kind):
        return "true or false"
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return "text"
    return one_line(kind)


def check_finite(path: Path, table: Table) -> None:
    """Raise a `UserError` that names the first value that is missing or infinite."""
    for start in range(0, len(table.values), CHECK_ROWS):
        bad = ~np.isfinite(table.values[start : start + CHECK_ROWS])
        if bad.any():
            row, f = np.argwhere(bad)[0]
            value = table.values[start + row, f]
            raise UserError(
                f"{path}: row {start + row + 1} (counted from 1), column {table.columns[f]!r}: "
                f"{'missing' if np.isnan(value) else 'infinite'} value; "
                "remove such rows, or choose other columns with --column"
            )
    if table.weight is not None and not np.isfinite(table.weight).all():
        row = int(np.argmin(np.isfinite(table.weight)))
        raise UserError(f"{path}: row {row + 1} (counted from 1): missing or infinite weight")


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names on one line: the first ``most``, and the number of the others."""
    names = [str(name) for name in names]
    more = [f"and {len(names) - most} more"] if len(names) > most else []
    return ", ".join(names[:most] + more) or "none"
