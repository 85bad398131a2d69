"""Tables: every format gives the same numbers, and every bad file one clear error."""

import io
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmeans_fast.cli.messages import UserError, one_line
from kmeans_fast.cli.tables import LeftOut, Selection, read_table

X = np.array([[1.5, 2.0], [3.0, -4.0], [5.0, 0.1]])


def save(path, x):
    """Write a matrix in the format of the path."""
    if path.suffix == ".npy":
        np.save(path, x)
    elif path.suffix == ".npz":
        np.savez(path, x=x)
    else:
        table = pa.table({str(f): column for f, column in enumerate(x.T)})
        writer = pa.csv.write_csv if path.suffix == ".csv" else pa.parquet.write_table
        writer(table, path)
    return path


def error_of(path, *columns, **options):
    with pytest.raises(UserError) as caught:
        read_table(path, Selection(columns, **options))
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".parquet", ".CSV"])
def test_formats_agree(tmp_path, suffix):
    path = save(tmp_path / f"x{suffix.lower()}", X).rename(tmp_path / f"y{suffix}")
    table = read_table(path)
    np.testing.assert_array_equal(table.values, X)
    assert table.columns == ("0", "1")
    assert table.left_out == ()


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".parquet"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_types_are_kept(tmp_path, suffix, dtype):
    assert read_table(save(tmp_path / f"x{suffix}", X.astype(dtype))).values.dtype == dtype


@pytest.mark.parametrize("dtype", [">f4", ">f8", "<i2", "u1", "f2"])
def test_other_numbers_in_npy(tmp_path, dtype):
    x = np.arange(6).reshape(3, 2).astype(dtype)
    table = read_table(save(tmp_path / "x.npy", x))
    np.testing.assert_array_equal(table.values, x)
    assert table.values.dtype.isnative


def test_wanted_columns(tmp_path):
    table = read_table(save(tmp_path / "x.npy", X), Selection(["1"]))
    np.testing.assert_array_equal(table.values, X[:, 1:])
    assert table.columns == ("1",)
    assert table.left_out == (LeftOut("0", "not chosen"),)


def test_columns_of_all_kinds(tmp_path):
    path = tmp_path / "x.parquet"
    columns = {
        "integer": pa.array([1, 2], pa.int64()),
        "float": pa.array([0.5, 1.5], pa.float32()),
        "decimal": pa.array([1, 2], pa.decimal128(10, 2)),
        "unsigned": pa.array([1, 2**64 - 1], pa.uint64()),
        "text": pa.array(["1", "2"]),
        "category": pa.array(["a", "b"]).dictionary_encode(),
        "truth": pa.array([True, False]),
        "empty": pa.array([None, None], pa.float64()),
        "day": pa.array([1, 2], pa.date32()),
        "list": pa.array([["1"], ["2"]]),
    }
    pa.parquet.write_table(pa.table(columns), path)
    table = read_table(path)
    assert table.columns == ("integer", "float", "decimal", "unsigned")
    np.testing.assert_array_equal(table.values, [[1, 0.5, 1, 1], [2, 1.5, 2, 2.0**64]])
    assert {item.name: item.reason for item in table.left_out} == {
        "text": "text",
        "category": "text",
        "truth": "true or false",
        "empty": "empty",
        "day": "date32[day]",
        "list": "list<element: string>",
    }


@pytest.mark.parametrize(
    ("text", "columns", "values"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b"), [[1, 2], [3, 4]]),
        ("a;b\n1;2\n3;4\n", ("a", "b"), [[1, 2], [3, 4]]),
        ("a\tb\r\n1\t2\r\n3\t4", ("a", "b"), [[1, 2], [3, 4]]),
        ("\ufeffa,b\n1,2\n3,4\n", ("a", "b"), [[1, 2], [3, 4]]),
        ('"a, b",name\n1e3,x\n3,y\n', ("a, b",), [[1000], [3]]),
        ("1,2\n3,4\n", ("0", "1"), [[1, 2], [3, 4]]),
        ("0,1\n3,4\n", ("0", "1"), [[3, 4]]),
        (",0,1\n0,1,2\n1,3,4\n", ("0", "1"), [[1, 2], [3, 4]]),
        ("a,a\n1,2\n3,4\n", ("a", "a"), [[1, 2], [3, 4]]),
    ],
    ids=[
        "comma",
        "semicolon",
        "tab",
        "byte order mark",
        "quoted",
        "no header",
        "positions",
        "row numbers",
        "same name",
    ],
)
def test_csv_dialects(tmp_path, text, columns, values):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode())
    table = read_table(path)
    assert table.columns == columns
    np.testing.assert_array_equal(table.values, values)


def test_npz_of_many_arrays(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, x=X, y=np.arange(3), who=np.array([object()], dtype=object))
    table = read_table(path)
    np.testing.assert_array_equal(table.values, X)
    assert [item.name for item in table.left_out] == ["y", "who"]
    np.savez(path, train=X, test=X[:1])
    assert "several matrices, train, test; choose one with --array" in error_of(path)
    np.testing.assert_array_equal(read_table(path, Selection(array="test")).values, X[:1])
    assert "no array 'valid'; it has train, test" in error_of(path, array="valid")


def npy_bytes(x, **kwargs):
    buffer = io.BytesIO()
    np.save(buffer, x, **kwargs)
    return buffer.getvalue()


HOSTILE = {
    "empty.npy": b"",
    "empty.npz": b"",
    "empty.csv": b"",
    "empty.parquet": b"",
    "blank.csv": b"\n\n",
    "truncated.npy": npy_bytes(X)[:-1],
    "header only.npy": npy_bytes(X)[:20],
    "claims too much.npy": npy_bytes(X).replace(b"(3, 2)", b"(9999999999999, 2)"),
    "negative.npy": npy_bytes(X).replace(b"(3, 2)", b"(-3, 2)"),
    "not a literal.npy": npy_bytes(X).replace(b"(3, 2)", b"(3/ 2)"),
    "pickled.npy": npy_bytes(np.array([[{}]], dtype=object), allow_pickle=True),
    "bare pickle.npy": b"\x80\x04K\x01.",
    "text.npy": npy_bytes(np.array([["a"]])),
    "complex.npy": npy_bytes(X.astype(complex)),
    "structured.npy": npy_bytes(np.zeros((2, 2), "f8,i4")),
    "one dimension.npy": npy_bytes(X[0]),
    "no rows.npy": npy_bytes(X[:0]),
    "no columns.npy": npy_bytes(X[:, :0]),
    "not a zip.npz": b"PK\x03\x04garbage",
    "parquet by name.parquet": b"PAR1 but not really PAR1",
    "header alone.csv": b"a,b\n",
    "ragged.csv": b"a,b\n1,2\n3\n",
    "text alone.csv": b"name,town\nx,y\n",
    "bytes.csv": b"a\n\xff\xfe\n",
    "missing value.csv": b"a,b\n1,2\n3,\n",
    "infinite.csv": b"a,b\n1,2\n3,-inf\n",
    "nan.npy": npy_bytes(np.array([[1.0], [np.nan]])),
    "unknown.xlsx": b"",
    "no ending": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    error_of(path)


def test_bad_value_is_located(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("id,height\n" + "1,2\n" * 70000 + "1,\n", encoding="utf-8")
    assert "row 70001 (counted from 1), column 'height': missing value" in error_of(path)
    assert len(read_table(path, Selection(["id"])).values) == 70001


def test_paths_that_are_no_files(tmp_path):
    assert "no such file" in error_of(tmp_path / "missing.csv")
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert "not a file" in error_of(folder)


def test_wrong_columns(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("name,age\nx,1\n", encoding="utf-8")
    assert "no column 'size'; it has name, age" in error_of(path, "size")
    assert "column 'name' cannot be clustered: text" in error_of(path, "name")
    assert "--array chooses from .npz files only" in error_of(path, array="x")


def test_npz_with_a_damaged_member(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", npy_bytes(X)[:-1])
    assert "no matrix of real numbers" in error_of(path)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".parquet"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_files_never_raise_anything_else(tmp_path, suffix, data):
    content = bytearray(save(tmp_path / f"x{suffix}", X).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / f"damaged{suffix}"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except UserError:
        return
    assert table.values.ndim == 2
    assert np.isfinite(table.values).all()
    assert len(table.columns) == table.values.shape[1]


def test_one_line():
    assert one_line("a\nb\x1b[31m\tc") == "a b?[31m c"
