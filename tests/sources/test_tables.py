"""Tables in memory and queries: Arrow, polars, zarr; and what is no source at all."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from forms import with_batches
from kmeans_fast.sources import open_source
from kmeans_fast.sources.matrix import MatrixSource
from passes import assert_gives, read_all

X = np.arange(150.0).reshape(50, 3) / 7
TABLE = pa.table({"abc"[f]: column for f, column in enumerate(X.T)})


def save_parts(folder):
    folder.mkdir()
    pq.write_table(TABLE.slice(0, 20), folder / "0.parquet", row_group_size=7)
    pq.write_table(TABLE.slice(20), folder / "1.parquet")
    return folder


def test_arrow_tables():
    source = assert_gives(TABLE, X)
    assert source.description == "pyarrow Table (50 rows, 3 columns, 1.2 kB)"
    assert_gives(pa.concat_tables([TABLE.slice(0, 5), TABLE.slice(5, 1), TABLE.slice(6)]), X)
    assert_gives(TABLE.combine_chunks().to_batches()[0], X)
    facts = source.fingerprint()
    assert json.loads(json.dumps(facts)) == facts
    changed = pa.table(
        {"abc"[f]: column for f, column in enumerate(np.where(X[49, 2] > X, X, 0).T)}
    )
    assert open_source(changed).fingerprint() != facts
    with pytest.raises(ValueError, match="no rows"):
        open_source(TABLE.slice(0, 0))


def test_a_fingerprint_needs_no_pass_before():
    source = open_source(TABLE)
    facts = source.fingerprint()
    read_all(source)
    assert source.fingerprint() == facts == open_source(TABLE).fingerprint()


def test_nulls_in_a_table():
    table = pa.table({"a": [1.0, 2.0, None, 4.0]})
    for rows in (1, 2, 10):
        with pytest.raises(ValueError, match=r"\(null\) in row 2 "):
            list(open_source(table).blocks(rows))


def test_datasets(tmp_path):
    save_parts(tmp_path / "p")
    source = assert_gives(ds.dataset(tmp_path / "p"), X)
    assert source.n_rows == 50
    facts = source.fingerprint()
    assert json.loads(json.dumps(facts)) == facts
    assert len(facts["files"]) == 2
    assert_gives(ds.dataset(TABLE), X)
    pyarrow.csv.write_csv(TABLE, tmp_path / "x.csv")
    assert_gives(ds.dataset(tmp_path / "x.csv", format="csv"), X)


def test_a_filter_of_a_dataset_holds(tmp_path):
    dataset = ds.dataset(save_parts(tmp_path / "p")).filter(ds.field("a") > 10)
    assert_gives(dataset, X[X[:, 0] > 10])
    assert open_source(dataset).fingerprint() != open_source(
        ds.dataset(tmp_path / "p")
    ).fingerprint() | {"shape": [26, 3]}


def test_a_part_of_the_row_groups_of_a_dataset(tmp_path):
    dataset = ds.dataset(save_parts(tmp_path / "p"))
    first = next(iter(dataset.get_fragments()))
    part = ds.FileSystemDataset(
        [first.subset(row_group_ids=[1])], dataset.schema, dataset.format, dataset.filesystem
    )
    assert_gives(part, X[7:14])


def test_a_schema_of_a_dataset_holds(tmp_path):
    schema = pa.schema([(name, pa.float32()) for name in "abc"])
    dataset = ds.dataset(save_parts(tmp_path / "p"), schema=schema)
    assert_gives(dataset, X.astype(np.float32))
    integers = pa.schema([(name, pa.int64()) for name in "abc"])
    with pytest.raises(ValueError, match=r"cannot be read: .* truncated"):
        read_all(open_source(ds.dataset(tmp_path / "p", schema=integers)))


def test_partitions_are_features_only_by_name(tmp_path):
    save_parts(tmp_path / "year=2024")
    dataset = ds.dataset(tmp_path, partitioning="hive")
    with pytest.raises(ValueError, match="'year': part of the names of the folders"):
        open_source(dataset)
    assert_gives(dataset, X[:, [2]], columns=["c"])
    x, _ = read_all(open_source(dataset, columns=["year", "c"]))
    np.testing.assert_array_equal(x, np.column_stack([np.full(50, 2024), X[:, 2]]))


def test_a_dataset_whose_files_are_damaged(tmp_path):
    save_parts(tmp_path / "p")
    plain = ds.dataset(tmp_path / "p")
    dataset = plain.filter(ds.field("a") > 0)
    data = (tmp_path / "p" / "1.parquet").read_bytes()
    (tmp_path / "p" / "1.parquet").write_bytes(data[:100])
    with pytest.raises(ValueError, match=r"pyarrow dataset .* cannot be read: "):
        read_all(open_source(dataset))
    with pytest.raises(ValueError, match=r"pyarrow dataset .* cannot be read: "):
        open_source(plain)


def test_a_query_that_gives_other_rows_in_the_next_pass(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3,4\n")
    source = open_source(ds.dataset(tmp_path / "x.csv", format="csv"))
    assert source.n_rows is None
    read_all(source)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3,5\n")
    with pytest.raises(ValueError, match="gave other values in this pass than in the first one"):
        read_all(source)


def test_polars(tmp_path):
    pl = pytest.importorskip("polars")
    frame = pl.from_arrow(TABLE)
    assert assert_gives(frame, X).description.startswith("polars DataFrame (50 rows, 3 col")
    assert_gives(frame.with_columns(s=pl.lit("text")), X[:, [2, 0]], columns=["c", "a"])
    with pytest.raises(ValueError, match="'s': it has type large_string"):
        open_source(frame.with_columns(s=pl.lit("text")))
    with pytest.raises(ValueError, match=r"null.* row 49 .* 'a'"):
        read_all(open_source(frame.with_columns(pl.col("a").shift(-1))))
    source = open_source(frame, weight_column="a")
    np.testing.assert_array_equal(read_all(source)[1], X[:, 0])


def test_lazy_frames(tmp_path):
    pl = pytest.importorskip("polars")
    save_parts(tmp_path / "p")
    frame = with_batches(pl.scan_parquet(tmp_path / "p" / "*.parquet"))
    assert open_source(frame).n_rows is None
    source = assert_gives(frame, X)
    assert source.fingerprint()["shape"] == [50, 3]
    assert_gives(frame.filter(pl.col("a") > 10).select("b"), X[X[:, 0] > 10][:, [1]])
    with pytest.raises(ValueError, match="no column 'd'"):
        open_source(frame, columns=["d"])
    with pytest.raises(ValueError, match="no rows"):
        read_all(open_source(frame.filter(pl.col("a") > 1e6)))
    blocks = open_source(frame).blocks(3)
    next(blocks)
    blocks.close()


def test_no_chunk_is_decoded_twice(monkeypatch):
    class Chunked:
        shape, dtype = X.shape, X.dtype

        def __getitem__(self, rows):
            assert rows.start % 8 == 0
            taken.append(rows.start)
            return X[rows]

    monkeypatch.setattr("kmeans_fast.sources.matrix.PIECE_BYTES", 20 * 24)
    for rows, starts in ((1, range(0, 50, 8)), (100, range(0, 50, 16))):
        taken = []
        x, _ = read_all(MatrixSource(Chunked(), "chunks", chunk_rows=8), rows)
        np.testing.assert_array_equal(x, X)
        assert taken == list(starts)


@pytest.mark.parametrize("chunks", [(50, 3), (7, 2), (1, 1), (64, 3)])
def test_zarr(tmp_path, chunks):
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(store=tmp_path / "x.zarr", shape=X.shape, chunks=chunks, dtype="f4")
    array[:] = X
    source = assert_gives(array, X.astype(np.float32))
    assert_gives(array, X.astype(np.float32)[:, [2, 0]], columns=[2, 0])
    assert source.fingerprint()["shape"] == [50, 3]
    flat = zarr.create_array(store=tmp_path / "y.zarr", shape=(5,), dtype="f4")
    with pytest.raises(ValueError, match="expected 2 dimensions"):
        open_source(flat)


def test_what_lies_in_memory_is_no_source():
    pd = pytest.importorskip("pandas")
    for data in (X, X.tolist(), [], (), pd.DataFrame(X), np.float64(1), None, 7, [["a"]]):
        assert open_source(data) is None
