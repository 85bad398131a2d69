"""Rows that are computed anew in each pass: Arrow data sets and lazy frames of polars.

A pass may see other rows than the one before (a file has changed, a query samples); the checksum
of the first whole pass tells.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import DTypeLike

from .._sizes import size_text
from .arrow import as_pieces, choose_columns
from .assemble import Piece
from .checks import absolute, file_facts, one_line
from .parquet import READ_BUFFER, read_file, read_footers
from .row_source import RowSource


class DatasetSource(RowSource):
    """A `pyarrow.dataset.Dataset`, in the order of its fragments.

    Columns that come from names of folders (partitions) are used only if they are asked for.
    """

    is_query = True

    def __init__(
        self,
        dataset: Any,
        columns: Any = None,
        weight_column: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        import pyarrow.fs

        names = list(getattr(dataset, "files", ()))
        is_local = isinstance(getattr(dataset, "filesystem", None), pyarrow.fs.LocalFileSystem)
        files = [absolute(Path(name)) for name in names] if is_local else []
        size = f", {size_text(sum(path.stat().st_size for path in files))}" if files else ""
        description = f"pyarrow dataset ({len(names)} files{size})" if names else "pyarrow dataset"
        partitioning = getattr(dataset, "partitioning", None)
        partitions = partitioning.schema.names if partitioning is not None else ()

        def first_value(name: str) -> Any:
            options = {"batch_size": 1, "batch_readahead": 1, "fragment_readahead": 1}
            with self._readable():
                return first_of(dataset.head(1, columns=[name], **options), description)

        self.description = description
        chosen = choose_columns(
            dataset.schema, first_value, columns, weight_column, dtype, description, partitions
        )
        super().__init__(description, chosen.names, chosen.dtype, chosen.weight)
        self.chosen = chosen
        self.paths = tuple(files)
        self.dataset = dataset
        self.is_parquet = "Parquet" in type(getattr(dataset, "format", None)).__name__
        self.is_plain = False
        if self.is_parquet and not getattr(dataset, "_scan_options", None):
            with self._readable():
                # `count_rows` counts row groups, too, that a fragment leaves out.
                self.n_rows = sum(
                    group.num_rows
                    for fragment in dataset.get_fragments()
                    for group in fragment.row_groups
                )
            self.is_plain = self._is_plain(set(partitions))

    def _is_plain(self, partitions: set[str]) -> bool:
        """Whether the data set is no more than its files, which we read with less memory."""
        columns = self.chosen.columns
        if not self.paths or partitions.intersection(columns):
            return False
        try:
            schema, n_rows = read_footers(self.paths, columns, None)
        except ValueError:
            return False
        types_agree = all(
            name in schema.names and schema.field(name).type == self.dataset.schema.field(name).type
            for name in columns
        )
        return types_agree and n_rows == self.n_rows

    def _pieces(self, rows: int) -> Iterator[Piece]:
        if self.is_plain:
            for path in self.paths:
                yield from read_file(path, self.chosen, rows)
            return
        import pyarrow.dataset as ds

        options: dict[str, Any] = {"batch_readahead": 1, "fragment_readahead": 1}
        if self.is_parquet:
            options["fragment_scan_options"] = ds.ParquetFragmentScanOptions(
                use_buffered_stream=True, buffer_size=READ_BUFFER, pre_buffer=False
            )
        batches = self.dataset.to_batches(
            self.chosen.columns,
            batch_size=self.chosen.batch_rows(rows),
            use_threads=False,  # threads read further ahead than they are told
            **options,
        )
        with self._readable():
            yield from as_pieces(batches, self.chosen, self.description)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn Arrow's errors into one that names the data; those of the system stay."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise ValueError(f"{self.description} cannot be read: {one_line(error)}") from error

    def fingerprint(self) -> dict[str, Any]:
        """Facts of local files, shape and checksum: files do not tell what a query makes of them.

        It costs a pass.
        """
        checksum = self._checksum()
        shape = [self.n_rows, self.n_features]
        files = file_facts(self.paths)
        return {**self._facts("dataset"), "files": files, "shape": shape, "checksum": checksum}


def first_of(table: Any, description: str) -> Any:
    """Value of the first row of a table with one column, as an Arrow scalar."""
    if table.num_rows == 0:
        raise ValueError(f"{description} has no rows, expected at least 1.")
    return table.column(0)[0]


class LazySource(RowSource):
    """A lazy frame of polars, run by its streaming engine in each pass."""

    is_query = True

    def __init__(
        self,
        frame: Any,
        columns: Any = None,
        weight_column: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if not hasattr(frame, "collect_batches"):
            raise TypeError(
                "X is a polars LazyFrame, and this version of polars cannot give it in batches; "
                "expected a newer one, or a path: X.sink_parquet('x.parquet')."
            )
        description = "polars LazyFrame"
        schema = frame.head(0).collect().to_arrow().schema

        def first_value(name: str) -> Any:
            return first_of(frame.select(name).head(1).collect().to_arrow(), description)

        self.chosen = choose_columns(
            schema, first_value, columns, weight_column, dtype, description
        )
        super().__init__(description, self.chosen.names, self.chosen.dtype, self.chosen.weight)
        self.frame = frame.select(self.chosen.columns)

    def _pieces(self, rows: int) -> Iterator[Piece]:
        chunk_size = self.chosen.batch_rows(rows)
        frames = self.frame.collect_batches(chunk_size=chunk_size, maintain_order=True, lazy=True)
        batches = (batch for frame in frames for batch in frame.to_arrow().to_batches())
        return as_pieces(batches, self.chosen, self.description)

    def fingerprint(self) -> dict[str, Any]:
        """Shape and checksum: it costs a pass."""
        checksum = self._checksum()
        shape = [self.n_rows, self.n_features]
        return {**self._facts("lazy frame"), "shape": shape, "checksum": checksum}
