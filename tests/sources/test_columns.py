"""Which columns are features: none is left out silently, and every error offers a way on."""

import numpy as np
import pyarrow as pa
import pytest

from kmeans_fast.sources import open_source
from passes import read_all

TABLE = pa.table(
    {
        "height": [1.5, 2.5],
        "width": pa.array([1, 2], pa.int8()),
        "name": ["a", "b"],
        "flag": [True, False],
        "size": [{"x": 1}, {"x": 2}],
    }
)


def error_of(kind, data, **options):
    with pytest.raises(kind) as caught:
        open_source(data, **options)
    return str(caught.value)


def test_other_columns_than_numbers_must_be_left_out_by_name():
    message = error_of(ValueError, TABLE)
    assert "'name': it has type string" in message
    assert "'flag': true or false" in message
    assert "'size': it has type struct<x: int64>" in message
    assert "columns=['height', 'width']" in message


def test_chosen_columns_come_in_the_order_asked_for():
    x, _ = read_all(open_source(TABLE, columns=["width", "flag", "height"]))
    np.testing.assert_array_equal(x, [[1, 1, 1.5], [2, 0, 2.5]])


def test_the_weights_are_no_feature():
    table = TABLE.select(["height", "width"])
    source = open_source(table, weight_column="height")
    assert source.feature_names == ("width",)
    x, weight = read_all(source)
    np.testing.assert_array_equal(x, [[1], [2]])
    np.testing.assert_array_equal(weight, [1.5, 2.5])


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"columns": ["heigth"]}, ValueError, "no column 'heigth'; did you mean 'height'?"),
        ({"columns": ["zzz"]}, ValueError, "it has 'height', 'width', 'name', 'flag', 'size'"),
        ({"columns": "height"}, TypeError, "columns=['height']"),
        ({"columns": [0]}, TypeError, "must be names (str), got 0"),
        ({"columns": []}, ValueError, "no features left (columns=[])"),
        ({"columns": 3}, TypeError, "must be a list, got 3"),
        ({"columns": ["height", "height"]}, ValueError, "must differ from each other"),
        ({"columns": ["name"]}, ValueError, "'name' of pyarrow Table"),
        ({"columns": ["size"]}, ValueError, "it has type struct"),
        (
            {"columns": ["height"], "weight_column": "height"},
            ValueError,
            "weight_column 'height' must not be one of columns",
        ),
        ({"columns": ["height"], "weight_column": "widht"}, ValueError, "did you mean 'width'"),
        ({"columns": ["height"], "weight_column": "name"}, ValueError, "weight_column: column"),
        ({"columns": ["height"], "dtype": np.int32}, ValueError, "dtype must be float32, float64"),
        ({"columns": ["height"], "dtype": "pear"}, ValueError, "got 'pear'"),
    ],
)
def test_mistakes_in_tables(options, kind, message):
    assert message in error_of(kind, TABLE, **options)


@pytest.mark.parametrize(
    ("columns", "kind", "message"),
    [
        ([3], ValueError, "has 3 columns, got 3"),
        ([-1], ValueError, "has 3 columns, got -1"),
        (["a"], TypeError, "positions from 0 to 2"),
        ([True], TypeError, "positions from 0 to 2"),
        ([1.0], TypeError, "positions from 0 to 2"),
    ],
)
def test_mistakes_in_matrices(tmp_path, columns, kind, message):
    np.save(tmp_path / "x.npy", np.zeros((4, 3)))
    assert message in error_of(kind, tmp_path / "x.npy", columns=columns)


def test_two_columns_of_one_name():
    table = pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["a", "a"])
    assert "2 columns 'a', expected one" in error_of(ValueError, table, columns=["a"])


def test_the_index_of_pandas_is_no_feature():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0], "key": [7, 9, 1]}).set_index("key")
    message = error_of(ValueError, pa.Table.from_pandas(frame))
    assert "'key': row numbers or names" in message
    assert "columns=['a']" in message


def test_no_column_of_numbers_at_all():
    assert "has no such column" in error_of(ValueError, pa.table({"a": ["x"]}))


@pytest.mark.parametrize(
    ("types", "dtype"),
    [
        ([pa.float32(), pa.float32()], np.float32),
        ([pa.float32(), pa.float64()], np.float64),
        ([pa.float32(), pa.int8()], np.float64),
        ([pa.float16(), pa.float16()], np.float64),
        ([pa.uint64(), pa.decimal128(9, 2)], np.float64),
    ],
)
def test_float32_only_if_all_columns_are(types, dtype):
    arrays = [
        pa.array(np.array([1, 2], np.float16))
        if kind == pa.float16()
        else pa.array([1.0, 2.0]).cast(kind, safe=False)
        for kind in types
    ]
    source = open_source(pa.Table.from_arrays(arrays, names=["a", "b"]))
    assert source.dtype == dtype
    x, _ = read_all(source)
    np.testing.assert_array_equal(x, [[1, 1], [2, 2]])
