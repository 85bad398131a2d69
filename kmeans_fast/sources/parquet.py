"""Parquet files, one after another, decoded in batches so small that no row group is held whole."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

from numpy.typing import DTypeLike

from .._sizes import size_text
from .arrow import Chosen, as_piece, choose_columns, why_not_real
from .assemble import Piece
from .checks import absolute, file_facts, listed, one_line
from .columns import as_list
from .raw import open_file
from .row_source import RowSource
from .vectors import is_vector, number_type

READ_BUFFER = 1 << 18
"""Bytes read ahead per column chunk; without it Arrow reads the chunks of a row group whole."""

DROP_BYTES = 64 << 20
"""Decoded bytes after which the file's pages are dropped from the page cache."""


def pyarrow() -> ModuleType:
    """PyArrow, with the module for Parquet."""
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            "Reading and writing Parquet needs PyArrow: pip install pyarrow"
        ) from error
    module: ModuleType = pa
    return module


def open_parquet(path: Path) -> Any:
    """Open a Parquet file; what is damaged is a `ValueError` that names it."""
    pa = pyarrow()
    try:
        return pa.parquet.ParquetFile(
            path,
            buffer_size=READ_BUFFER,
            pre_buffer=False,
            page_checksum_verification=True,  # of pages that have one
        )
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last of column names
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> Exception:
    """What to raise for an error of Arrow's: errors of the system stay what they are."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return ValueError(f"file {path} is not a Parquet file, or is damaged: {one_line(error)}")


class ParquetSource(RowSource):
    """Parquet files in the given order, which agree in their columns.

    Names such as ``year=2024`` of folders (Hive partitions) are not columns.

    Parameters
    ----------
    files : sequence of Path
        At least one.
    place : Path or str
        The file, the folder or the pattern that they were found by.
    columns, weight_column, dtype
        As in `open_source`.
    folder : Path, optional
        What all of them lie in, if a folder was asked for.
    """

    def __init__(
        self,
        files: Sequence[Path],
        place: Path | str,
        columns: Any = None,
        weight_column: Any = None,
        dtype: DTypeLike | None = None,
        folder: Path | None = None,
    ) -> None:
        self.files = [absolute(path) for path in files]
        size = size_text(sum(path.stat().st_size for path in self.files))
        kind = "folder" if folder is not None else "file" if len(files) == 1 else "files"
        count = "" if kind == "file" else f"{len(files)} files, "
        description = f"Parquet {kind} {place} ({count}{size})"
        schema, n_rows = read_footers(self.files, columns, weight_column)
        if n_rows == 0:
            raise ValueError(f"{description} has no rows, expected at least 1.")
        self.chosen = choose_columns(
            schema,
            lambda name: first_value(self.files, name),
            *(columns, weight_column, dtype, description),
        )
        super().__init__(description, self.chosen.names, self.chosen.dtype, self.chosen.weight)
        self.n_rows = n_rows
        folders = () if folder is None else (absolute(folder),)
        self.paths = (*folders, *self.files)

    def _pieces(self, rows: int) -> Iterator[Piece]:
        for path in self.files:
            yield from read_file(path, self.chosen, rows)

    def fingerprint(self) -> dict[str, Any]:
        """Paths, sizes and times of change of the files."""
        return {
            **self._facts("parquet"),
            "files": file_facts(self.files),
            "shape": [self.n_rows, self.n_features],
        }


def read_footers(files: Sequence[Path], columns: Any, weight_column: Any) -> tuple[Any, int]:
    """The schema that holds for all files, and the number of their rows.

    Where two files have different types of numbers in a column, it is float64; in lists as well.
    Files may differ in columns that are not asked for.
    """
    schema: Any = None
    n_rows = 0
    for path in files:
        with open_parquet(path) as file:
            n_rows += file.metadata.num_rows
            found = file.schema_arrow
        if schema is None:
            schema = found
        wanted = set(found.names) | set(schema.names)
        if columns is not None:
            wanted &= {*as_list(columns), weight_column}
        lacking = [name for name in wanted if (name in found.names) != (name in schema.names)]
        if lacking:
            raise ValueError(
                f"{files[0]} and {path} differ in their columns: only one of them has "
                f"{listed(sorted(lacking))}. Expected the same columns in all files; choose "
                "those that all have with columns=[...]."
            )
        for i, field in enumerate(schema):
            if field.name not in wanted or found.field(field.name).type == field.type:
                continue
            kind = found.field(field.name).type
            if not why_not_real(kind) and is_vector(kind) != is_vector(field.type):
                raise ValueError(
                    f"{files[0]} and {path} differ in column {field.name!r}: it has type "
                    f"{field.type} in one and {kind} in the other. Expected the same in all files."
                )
            schema = schema.set(i, field.with_type(common_type(field.type, kind)))
    return schema, n_rows


def common_type(first: Any, second: Any) -> Any:
    """Type of a column that has two types in two files."""
    import pyarrow as pa

    for kind in (first, second):
        if why_not_real(kind):
            return kind
    if not is_vector(first):
        return pa.float64()
    numbers = {number_type(first), number_type(second)}
    return pa.list_(numbers.pop() if len(numbers) == 1 else pa.float64())


def first_value(files: Sequence[Path], name: str) -> Any:
    """Value of a column in the first row of all files, as an Arrow scalar."""
    import pyarrow as pa

    for path in files:
        with open_parquet(path) as file:
            try:
                for batch in file.iter_batches(1, columns=[name], use_threads=False):
                    if batch.num_rows:
                        return batch.column(name)[0]
            except (pa.ArrowException, OSError) as error:
                raise damaged(path, error) from error
    raise ValueError(f"{files[0]} has no rows, expected at least 1.")


def read_file(path: Path, chosen: Chosen, rows: int) -> Iterator[Piece]:
    """The chosen columns of one file, in batches."""
    import pyarrow as pa

    batch_rows = chosen.batch_rows(rows)
    row = undropped = 0
    with closing(open_file(path)) as pages, open_parquet(path) as file:
        try:
            # With threads Arrow holds half as much again, and is not faster at this batch size.
            for batch in file.iter_batches(batch_rows, columns=chosen.columns, use_threads=False):
                yield as_piece(batch, chosen, row, f"file {path}")
                row += batch.num_rows
                undropped += batch.nbytes
                if undropped > DROP_BYTES:
                    pages.drop_pages(0, path.stat().st_size)
                    undropped = 0
        except (pa.ArrowException, OSError) as error:
            raise damaged(path, error) from error
        pages.drop_pages(0, path.stat().st_size)
