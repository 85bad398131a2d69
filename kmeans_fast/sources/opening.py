"""What a user has, as a `Source`: paths, memory maps, tables, data sets, lazy frames, `Blocks`."""

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .arrow import TableSource, choose_columns
from .blocks import FIX, Blocks, BlocksSource
from .checks import absolute, check_real, listed
from .matrix import MatrixSource, StoredMatrix
from .npy import mapped_file, read_header
from .parquet import ParquetSource
from .protocol import Source
from .queries import DatasetSource, LazySource


class Collectable(Protocol):
    """A query that is run when its rows are wanted: a polars `LazyFrame`."""

    def collect(self) -> Any:
        """Run the query."""


RowsLike: TypeAlias = (
    ArrayLike | os.PathLike[str] | Sequence[os.PathLike[str]] | Blocks | Collectable
)
"""What `kmeans` and `KMeans` take as rows; tables are array-like."""

PARQUET = (".parquet", ".pq")
KINDS = ".npy, .parquet, a folder of Parquet files, or a pattern such as 'folder/*.parquet'"


def open_source(
    X: Any,
    *,
    columns: Sequence[str] | Sequence[int] | None = None,
    weight_column: str | int | None = None,
    dtype: DTypeLike | None = None,
) -> Source | None:
    """Open what a user has as rows in blocks; None for arrays and frames in memory.

    Parameters
    ----------
    X : object
        A path to an .npy file, a Parquet file or a folder of Parquet files (all in it and below,
        sorted by name), a pattern of such files, a list of paths of Parquet files; an
        `np.memmap`; a `pyarrow.Table` or `pyarrow.dataset.Dataset`; a polars `DataFrame` or
        `LazyFrame`; a `zarr.Array`; or `Blocks`.
    columns : list of str or of int, optional
        Features, in this order: names in tables, positions in matrices. By default all columns
        but the weights; a table with other columns than numbers is refused then.
    weight_column : str or int, optional
        The column of the weights.
    dtype : float32 or float64, optional
        Type to compute in. By default float32 if all chosen columns are, else float64.

    Raises
    ------
    ValueError, TypeError
        If X can be read only once, does not exist, is damaged, or holds anything but real
        numbers; if a column does not exist.
    """
    chosen = columns, weight_column, dtype
    if isinstance(X, (str, os.PathLike)):
        return open_path(X, *chosen)
    if isinstance(X, (list, tuple)) and X and all(isinstance(x, (str, os.PathLike)) for x in X):
        return ParquetSource([existing_parquet(Path(x)) for x in X], f"{X[0]}, ...", *chosen)
    if isinstance(X, Blocks):
        if columns is not None or weight_column is not None:
            raise ValueError(
                "columns and weight_column must be None for Blocks: choose columns in the factory, "
                "and give weights with weighted=True."
            )
        return BlocksSource(X, dtype)
    if isinstance(X, np.memmap) and hasattr(X, "_mmap") and X._mmap is not None:
        check_real(X.dtype, f"memory map of {X.filename}")
        stored = mapped_file(X) if X.ndim == 2 and X.size else None
        if stored is not None:
            return StoredMatrix(stored, *chosen)
        source = MatrixSource(X, f"memory map of {X.filename}", *chosen)
        source.paths = () if X.filename is None else (absolute(Path(X.filename)),)
        return source
    refuse_one_pass(X)
    return open_library_object(X, *chosen)


def open_library_object(
    X: Any, columns: Any, weight_column: Any, dtype: DTypeLike | None
) -> Source | None:
    """A source for an object of a library that need not be installed; None if it is none."""
    # Whoever has such an object has imported its module.
    modules = sys.modules
    chosen = columns, weight_column, dtype
    if "pyarrow" in modules:
        import pyarrow as pa

        if isinstance(X, pa.RecordBatch):
            X = pa.Table.from_batches([X])
        if isinstance(X, pa.Table):
            return TableSource(X, "pyarrow Table", *chosen)
        if "pyarrow.dataset" in modules and isinstance(X, modules["pyarrow.dataset"].Dataset):
            return DatasetSource(X, *chosen)
    if "polars" in modules:
        pl = modules["polars"]
        if isinstance(X, pl.LazyFrame):
            return LazySource(X, *chosen)
        if isinstance(X, pl.DataFrame):
            return open_polars(X, *chosen)
    if "zarr" in modules and isinstance(X, modules["zarr"].Array):
        return MatrixSource(X, f"zarr array {X.name or X.store}", *chosen, chunk_rows=X.chunks[0])
    return None


def open_polars(frame: Any, columns: Any, weight_column: Any, dtype: DTypeLike | None) -> Source:
    """A source for a polars frame, of which only the chosen columns become Arrow's."""
    schema = frame.head(0).to_arrow().schema
    chosen = choose_columns(
        schema,
        lambda name: frame.select(name).head(1).to_arrow().column(0)[0],
        *(columns, weight_column, dtype, "polars DataFrame"),
    )
    table = frame.select(chosen.columns).to_arrow()
    return TableSource(table, "polars DataFrame", chosen.features, chosen.weight, dtype)


def refuse_one_pass(X: Any) -> None:
    """Refuse what can be read once only, and functions that make such things."""
    name = type(X).__name__
    is_reader = name in {"RecordBatchReader", "Scanner"} and "pyarrow" in sys.modules
    if isinstance(X, Iterator) or is_reader:
        raise TypeError(
            f"X is a {name}, which can be read once only; the rows are needed several times. "
            f"Write {FIX} around what makes it, so that it can be made again."
        )
    if callable(X) and not hasattr(X, "__array__") and not isinstance(X, type):
        raise TypeError(f"X is a {name}, expected data. If it makes blocks of rows: Blocks(...).")


def open_path(
    X: str | os.PathLike[str], columns: Any, weight_column: Any, dtype: DTypeLike | None
) -> Source:
    """A source for a file, a folder or a pattern."""
    path = Path(X)
    chosen = columns, weight_column, dtype
    if path.suffix.lower() == ".npy" and path.is_file():
        return StoredMatrix(read_header(path), *chosen)
    folder = path if path.is_dir() else None
    return ParquetSource(parquet_files(X), path, *chosen, folder=folder)


def parquet_files(X: str | os.PathLike[str]) -> list[Path]:
    """Parquet files of a path: the file, all in a folder and below, or those of a pattern."""
    path = Path(X)
    if path.is_dir():
        return files_in(path)
    if path.exists():
        return [existing_parquet(path)]
    if any(mark in str(path) for mark in "*?["):
        found = sorted(Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207 - of any root
        files = [existing_parquet(name) for name in found if name.is_file()]
        if not files:
            raise ValueError(f"No file is matched by the pattern {str(path)!r}.")
        return files
    hint = ""
    if "://" in str(X):
        hint = " For other file systems give a pyarrow.dataset.dataset(...)."
    raise ValueError(
        f"X is the path {str(X)!r}, and there is no such file; expected {KINDS}.{hint}"
    )


def existing_parquet(path: Path) -> Path:
    """The path, if it is a file of a known name."""
    if not path.exists():
        raise ValueError(f"There is no file {str(path)!r}.")
    if path.suffix.lower() not in PARQUET:
        raise ValueError(f"{str(path)!r} has the extension {path.suffix!r}, expected {KINDS}.")
    if not path.is_file():
        raise ValueError(f"{str(path)!r} is not a file.")
    return path


def files_in(folder: Path) -> list[Path]:
    """All Parquet files in a folder and below, sorted by name; hidden ones are left out.

    As in Arrow, names that begin with a dot or an underline are hidden.
    """
    files: list[Path] = []
    others: list[Path] = []
    visited = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        here = Path(place)
        if here.resolve() in visited:  # a link to a folder above
            folders.clear()
            continue
        visited.add(here.resolve())
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in names:
            if not name.startswith((".", "_")):
                is_parquet = name.lower().endswith(PARQUET)
                (files if is_parquet else others).append(here / name)
    if others:
        found = listed(str(path.relative_to(folder)) for path in sorted(others))
        raise ValueError(
            f"The folder {str(folder)!r} has files that are not Parquet: {found}. Choose with a "
            f"pattern: {str(folder / '**' / '*.parquet')!r}."
        )
    if not files:
        raise ValueError(f"The folder {str(folder)!r} has no Parquet files.")
    return sorted(files)
