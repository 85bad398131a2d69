"""The same rows in each form that a source may have."""

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from kmeans_fast import Blocks

NAMES = ["a", "b", "c"]


def as_table(x, weight=None):
    """Table of the rows, the weights in the column w."""
    columns = {name: x[:, f] for f, name in enumerate(NAMES)}
    return pa.table(columns if weight is None else {**columns, "w": weight})


def as_npy(folder, x, weight):
    """A .npy file; the weights are its last column, so they must be of the dtype of the rows."""
    np.save(folder / "x.npy", x if weight is None else np.column_stack([x, weight]).astype(x.dtype))
    return folder / "x.npy"


def as_memmap(folder, x, weight):
    return np.load(as_npy(folder, x, weight), mmap_mode="r")


def as_parquet(folder, x, weight):
    pq.write_table(as_table(x, weight), folder / "x.parquet", row_group_size=70)
    return str(folder / "x.parquet")


def as_folder(folder, x, weight):
    (folder / "parts").mkdir()
    for i, part in enumerate(np.array_split(np.arange(len(x)), 3)):
        own = as_table(x[part], None if weight is None else weight[part])
        pq.write_table(own, folder / "parts" / f"{i}.parquet")
    return folder / "parts"


def as_dataset(folder, x, weight):
    return ds.dataset(as_folder(folder, x, weight))


def as_lazy_frame(folder, x, weight):
    return with_batches(pytest.importorskip("polars").scan_parquet(as_parquet(folder, x, weight)))


def with_batches(frame):
    """A lazy frame of a version of polars that can give it in batches."""
    if not hasattr(frame, "collect_batches"):
        pytest.skip("this version of polars has no batches")
    return frame


def as_blocks(folder, x, weight):
    parts = np.array_split(np.arange(len(x)), 4)
    if weight is None:
        return Blocks(lambda: (x[part] for part in parts), n_features=3, dtype=x.dtype)
    pairs = lambda: ((x[part], weight[part]) for part in parts)  # noqa: E731
    return Blocks(pairs, n_features=3, dtype=x.dtype, weighted=True)


SOURCES = {
    "npy": as_npy,
    "memmap": as_memmap,
    "parquet": as_parquet,
    "folder": as_folder,
    "dataset": as_dataset,
    "table": lambda _, x, weight: as_table(x, weight),
    "lazy frame": as_lazy_frame,
    "blocks": as_blocks,
}
NAMED = ("parquet", "folder", "dataset", "table", "lazy frame")
