"""Columns of lists: the rows of embeddings, whatever kind of list holds them."""

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from forms import with_batches
from kmeans_fast import KMeans, kmeans
from kmeans_fast.sources import open_source
from passes import assert_gives, read_all

X = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
KINDS = {
    "list": pa.list_(pa.float32()),
    "large list": pa.large_list(pa.float32()),
    "fixed": pa.list_(pa.float32(), 4),
}


def save(path, columns, **options):
    pq.write_table(pa.table(columns), path, **options)
    return path


def lists(x, kind=KINDS["list"]):
    return pa.array(x.tolist(), kind)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_lists_are_rows(tmp_path, kind):
    table = pa.table({"id": range(50), "embedding": lists(X, kind)})
    path = save(tmp_path / "x.parquet", table, row_group_size=9)
    for data in (path, table, ds.dataset(path)):
        source = assert_gives(data, X, columns=["embedding"])
        assert source.feature_names == (
            "embedding[0]",
            "embedding[1]",
            "embedding[2]",
            "embedding[3]",
        )
    assert_gives(table.slice(7, 20), X[7:27], columns=["embedding"])
    alone = save(tmp_path / "alone.parquet", table.select(["embedding"]))
    assert_gives(alone, X)
    wanted = kmeans(X, 3, init=X[:3]).labels
    np.testing.assert_array_equal(kmeans(path, 3, init=X[:3], columns=["embedding"]).labels, wanted)


def test_frames_of_polars():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"id": np.arange(50), "embedding": X.tolist()})
    wanted = X.astype(np.float64)
    assert_gives(frame, wanted, columns=["embedding"])
    fixed = frame.select(pl.col("embedding").cast(pl.Array(pl.Float32, 4)))
    assert_gives(fixed, X)
    assert_gives(with_batches(frame.lazy()), wanted, columns=["embedding"])


def test_tensors(tmp_path):
    images = X[:48].reshape(12, 4, 4)
    array = pa.FixedShapeTensorArray.from_numpy_ndarray(images)
    path = save(tmp_path / "x.parquet", {"image": array, "id": range(12)}, row_group_size=5)
    for data in (path, pa.table({"image": array})):
        assert_gives(data, images.reshape(12, 16), columns=["image"])
    assert_gives(pa.table({"image": array.slice(3, 5)}), images.reshape(12, 16)[3:8])


def test_lists_beside_numbers_and_weights(tmp_path):
    columns = {"a": X[:, 0], "embedding": lists(X[:, 1:]), "w": X[:, 0] ** 2}
    path = save(tmp_path / "x.parquet", columns)
    source = open_source(path, columns=["embedding", "a"], weight_column="w")
    x, weight = read_all(source)
    np.testing.assert_array_equal(x, X[:, [1, 2, 3, 0]])
    np.testing.assert_array_equal(weight, X[:, 0] ** 2)
    assert source.feature_names == ("embedding[0]", "embedding[1]", "embedding[2]", "a")


def test_lists_beside_numbers_must_be_chosen(tmp_path):
    path = save(tmp_path / "x.parquet", {"id": range(50), "e": lists(X), "f": lists(X)})
    with pytest.raises(ValueError, match="a list of numbers per row") as caught:
        open_source(path)
    assert "columns=['id'] or columns=['e'] or columns=['f']" in str(caught.value)
    with pytest.raises(ValueError, match=r"'e' of .* has a list per row, expected a number"):
        open_source(path, columns=["id"], weight_column="e")


def test_an_estimator_finds_the_column_again(tmp_path):
    path = save(tmp_path / "x.parquet", {"id": range(50), "e": lists(X)})
    model = KMeans(3, columns=["e"], random_state=0).fit(path)
    assert list(model.feature_names_in_) == ["e[0]", "e[1]", "e[2]", "e[3]"]
    np.testing.assert_array_equal(model.predict(path), model.labels_)
    short = save(tmp_path / "y.parquet", {"e": lists(X[:, :3])})
    with pytest.raises(ValueError, match="has 3 features, but KMeans is expecting 4"):
        model.predict(short)


@pytest.mark.parametrize(
    ("numbers", "dtype"),
    [
        (pa.float16(), np.float64),
        (pa.float64(), np.float64),
        (pa.int8(), np.float64),
        (pa.decimal128(5, 1), np.float64),
        (pa.float32(), np.float32),
    ],
)
def test_types_of_numbers(tmp_path, numbers, dtype):
    x = np.arange(12.0).reshape(6, 2)
    values = pa.array(x.ravel()).cast(numbers)
    array = pa.FixedSizeListArray.from_arrays(values, 2).cast(pa.list_(numbers))
    assert_gives(save(tmp_path / "x.parquet", {"e": array}), x.astype(dtype))


@pytest.mark.parametrize("row", [1, 40])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (None, "no value (null) in row {row} (counted from 0), column 'e'"),
        ([1.0], "a list of length 1, where the first has length 4 in row {row} (counted from 0)"),
        ([0.0] * 5, "a list of length 5"),
        ([], "a list of length 0"),
        ([1.0, 2.0, None, 3.0], "(null) at position 2 of its list in row {row} (counted from 0)"),
        ([1.0, 2.0, float("nan"), 3.0], "NaN in row {row} (counted from 0), column 'e[2]'"),
        ([1.0, float("inf"), 2.0, 3.0], "infinity or a value too large for float32 in row {row}"),
    ],
)
def test_rows_that_are_no_vectors(tmp_path, row, change, message):
    values = X.tolist()
    values[row] = change
    path = save(tmp_path / "x.parquet", {"e": pa.array(values, KINDS["list"])}, row_group_size=9)
    for data in (path, pq.read_table(path)):
        with pytest.raises(ValueError, match=r"expected (finite numbers|lists)") as caught:
            read_all(open_source(data))
        assert message.format(row=row) in str(caught.value)


def test_first_rows_that_tell_no_length(tmp_path):
    for first, message in (([], "an empty list in row 0"), (None, r"no value \(null\) in row 0")):
        path = save(tmp_path / "x.parquet", {"e": pa.array([first, [1.0]])})
        with pytest.raises(ValueError, match=message):
            open_source(path)


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.list_(pa.list_(pa.float32()))])
def test_lists_of_other_things(tmp_path, kind):
    path = save(tmp_path / "x.parquet", {"e": pa.array([[]], kind)})
    with pytest.raises(ValueError, match=r"'e' of .* it has type list<"):
        open_source(path, columns=["e"])


def test_files_that_differ(tmp_path):
    parts = [tmp_path / name for name in ("0.parquet", "1.parquet", "2.parquet")]
    save(parts[0], {"e": lists(X[:0])})
    save(parts[1], {"e": lists(X[:20], KINDS["fixed"])})
    save(parts[2], {"e": lists(X[20:], KINDS["large list"])})
    assert_gives(tmp_path, X)
    save(parts[2], {"e": lists(X[20:], pa.list_(pa.float64()))})
    assert_gives(tmp_path, X.astype(np.float64))
    save(parts[2], {"e": lists(X[20:, :3])})
    with pytest.raises(ValueError, match=r"2\.parquet has a list of length 3, where .* in row 0"):
        read_all(open_source(tmp_path))
    save(parts[2], {"e": X[20:, 0]})
    with pytest.raises(ValueError, match=r"differ in column 'e': it has type .*list.* and float"):
        open_source(tmp_path)
