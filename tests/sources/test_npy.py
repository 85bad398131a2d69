"""Matrices in .npy files and under memory maps."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kmeans_fast import KMeans, kmeans
from kmeans_fast.sources import RawRows, open_source
from passes import assert_gives, read_all

X = np.arange(60.0).reshape(20, 3) / 7
DTYPES = ["<f4", ">f4", "<f8", ">f8", "<f2", "i1", ">i2", "<i4", ">i8", "u1", "<u8", "?"]


def as_rows(x):
    """The rows as a fit takes them."""
    return x.astype(np.float32 if x.dtype.newbyteorder("=") == np.float32 else np.float64)


@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 9)),
    dtype=st.sampled_from(DTYPES),
    order=st.sampled_from("CF"),
    rows=st.integers(1, 50),
    data=st.data(),
)
@settings(max_examples=150)
def test_blocks_together_are_the_array(tmp_path_factory, shape, dtype, order, rows, data):
    elements = {"allow_nan": False, "allow_infinity": False} if "f" in dtype else None
    x = np.asarray(data.draw(hnp.arrays(dtype, shape, elements=elements)), order=order)
    path = tmp_path_factory.mktemp("npy") / "x.npy"
    np.save(path, x)
    for source in (open_source(path), open_source(np.load(path, mmap_mode="r"))):
        found, _ = read_all(source, rows)
        expected = as_rows(x)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("dtype", "order", "is_raw"),
    [
        ("<f4", "C", True),
        ("<f8", "C", True),
        (">f8", "C", False),
        ("<f4", "F", False),
        ("i4", "C", False),
    ],
)
def test_a_native_file_is_read_in_place(tmp_path, dtype, order, is_raw):
    np.save(tmp_path / "x.npy", np.asarray(X, dtype, order=order))
    raw = open_source(tmp_path / "x.npy").raw()
    assert (raw is not None) == is_raw
    if raw is not None:
        with raw:
            np.testing.assert_array_equal(raw.read(3, 9, raw.empty(6)), X.astype(dtype)[3:9])


def test_a_raw_file_needs_all_columns_and_no_other_type(tmp_path):
    np.save(tmp_path / "x.npy", X)
    path = str(tmp_path / "x.npy")
    assert open_source(path, columns=[0, 1]).raw() is None
    assert open_source(path, weight_column=0).raw() is None
    assert open_source(path, dtype=np.float32).raw() is None
    assert isinstance(open_source(path, columns=[0, 1, 2]).raw(), RawRows)


@pytest.mark.parametrize("order", ["C", "F"])
def test_columns_and_weights_by_position(tmp_path, order):
    np.save(tmp_path / "x.npy", np.asarray(X, order=order))
    source = open_source(tmp_path / "x.npy", columns=[2, 0], weight_column=1)
    x, weight = read_all(source)
    np.testing.assert_array_equal(x, X[:, [2, 0]])
    np.testing.assert_array_equal(weight, X[:, 1])
    x, weight = read_all(open_source(tmp_path / "x.npy", weight_column=1))
    np.testing.assert_array_equal(x, X[:, [0, 2]])


def test_facts(tmp_path):
    np.save(tmp_path / "x.npy", X)
    source = assert_gives(tmp_path / "x.npy", X)
    assert source.description == f"file {tmp_path / 'x.npy'} (20 rows, 3 columns, 480 bytes)"
    assert source.feature_names is None
    assert source.paths == (tmp_path / "x.npy",)
    facts = source.fingerprint()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["shape"] == [20, 3]
    assert facts["files"][0]["size"] == (tmp_path / "x.npy").stat().st_size
    os.utime(tmp_path / "x.npy", ns=(1, 1))
    assert source.fingerprint() != facts


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize(
    "view", [np.s_[:], np.s_[5:], np.s_[3:11], np.s_[::2], np.s_[::-1], np.s_[:, 1:], np.s_[4:5]]
)
def test_views_of_memory_maps(tmp_path, mode, view):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode=mode)
    source = assert_gives(mapped[view], X[view])
    json.dumps(source.fingerprint())
    assert_gives(mapped.T, X.T)


def test_changes_of_a_private_map_are_seen(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="c")
    mapped[0, 0] = 7
    source = open_source(mapped)
    assert source.raw() is None
    assert read_all(source)[0][0, 0] == 7


def test_a_map_whose_file_was_replaced_is_not_read_from_the_new_file(tmp_path):
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.save(tmp_path / "y.npy", X + 1)
    (tmp_path / "y.npy").replace(tmp_path / "x.npy")
    assert_gives(mapped, X)
    (tmp_path / "x.npy").unlink()
    assert_gives(mapped, X)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux")
def test_a_map_is_read_in_place(tmp_path):
    np.save(tmp_path / "x.npy", X)
    with open_source(np.load(tmp_path / "x.npy", mmap_mode="r")[4:]).raw() as raw:
        assert raw.n_rows == 16
        np.testing.assert_array_equal(raw.read(0, 2, raw.empty(2)), X[4:6])


def test_results_on_a_map_are_ordinary_arrays(tmp_path):
    np.save(tmp_path / "x.npy", X)
    assert open_source(np.load(tmp_path / "x.npy", mmap_mode="r") + 1) is None


def with_header(path, text):
    """An .npy file with this header and 480 bytes of values."""
    header = text.encode().ljust(117) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(480))
    return path


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("(-20, 3)", r"header gives the shape \(-20, 3\)"),
        ("(20, -3)", r"header gives the shape \(20, -3\)"),
        ("(-20, -3)", r"header gives the shape"),
        ("(True, 3)", r"header gives the shape"),
        ("(60,)", r"shape \(60,\), expected 2 dimensions"),
        ("(20, 3, 1)", "expected 2 dimensions"),
        ("(0, 3)", "at least 1 row"),
        ("(20, 0)", "1 column"),
        ("(21, 3)", "cut off: it has 608 bytes, expected 632"),
        ("(10**30, 3)", "damaged"),
        (f"({2**62}, {2**62})", "cut off"),
    ],
)
def test_impossible_shapes(tmp_path, shape, message):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    with pytest.raises(ValueError, match=message):
        open_source(with_header(tmp_path / "x.npy", header))


@pytest.mark.parametrize("text", ["{'descr': (", "{", "[1]", "\xff", "{'descr': '<f8'}", "1" * 100])
def test_damaged_headers(tmp_path, text):
    with pytest.raises(ValueError, match=r"x\.npy is not an \.npy file, or is damaged"):
        open_source(with_header(tmp_path / "x.npy", text))


@pytest.mark.parametrize("dtype", ["O", "c16", "U3", "S3", "M8[s]", "i4,f8"])
def test_other_types(tmp_path, dtype):
    np.save(tmp_path / "x.npy", np.zeros((3, 2), dtype), allow_pickle=True)
    with pytest.raises(ValueError, match=r"x\.npy has values of .*, expected real numbers"):
        open_source(tmp_path / "x.npy")


@pytest.mark.parametrize("keep", [0, 5, 8, 40, 127, 130, 607])
def test_truncated_files(tmp_path, keep):
    np.save(tmp_path / "x.npy", X)
    data = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(data[:keep])
    with pytest.raises(ValueError, match=r"x\.npy is (not an \.npy file|cut off)"):
        open_source(tmp_path / "x.npy")


def test_a_file_that_is_cut_off_later(tmp_path):
    np.save(tmp_path / "x.npy", X)
    source = open_source(tmp_path / "x.npy")
    os.truncate(tmp_path / "x.npy", 300)
    with pytest.raises(OSError, match=r"x\.npy ends after 300 bytes, expected at least"):
        read_all(source, 20)
    with pytest.raises(ValueError, match=r"x\.npy has changed since it was opened"):
        read_all(source, 5)


def written_to(path):
    """Write to the file; its size stays."""
    with path.open("r+b") as file:
        file.seek(200)
        file.write(b"1")
    os.utime(path)


def replaced(path):
    """Put another matrix of the same size in the file's place."""
    np.save(path.with_name("y.npy"), X + 1)
    path.with_name("y.npy").replace(path)


@pytest.mark.parametrize("change", [written_to, replaced])
@pytest.mark.parametrize("options", [{}, {"columns": [1, 0]}])
def test_a_file_that_changes_after_it_was_opened(tmp_path, change, options):
    np.save(tmp_path / "x.npy", X)
    source = open_source(tmp_path / "x.npy", **options)
    change(tmp_path / "x.npy")
    with pytest.raises(ValueError, match=r"x\.npy has changed since it was opened"):
        read_all(source)


def test_a_raw_file_that_changes_between_two_reads(tmp_path):
    np.save(tmp_path / "x.npy", X)
    with open_source(tmp_path / "x.npy").raw() as raw:
        raw.read(0, 5, raw.empty(5))
        replaced(tmp_path / "x.npy")  # the open file is still the old one
        np.testing.assert_array_equal(raw.read(5, 9, raw.empty(4)), X[5:9])
    with open_source(tmp_path / "x.npy").raw() as raw:
        raw.read(0, 5, raw.empty(5))
        written_to(tmp_path / "x.npy")
        with pytest.raises(ValueError, match="has changed since it was opened"):
            raw.read(5, 9, raw.empty(4))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["<f4", ">f8"])
def test_values_that_are_not_finite(tmp_path, bad, dtype):
    x = X.astype(dtype)
    x[17, 2] = bad
    np.save(tmp_path / "x.npy", x)
    for rows in (1, 5, 100):
        with pytest.raises(ValueError, match=r"row 17 \(counted from 0\), column 2; expected fin"):
            list(open_source(tmp_path / "x.npy").blocks(rows))


def test_values_too_large_for_float32(tmp_path):
    np.save(tmp_path / "x.npy", np.array([[1.0], [1e300]]))
    with pytest.raises(ValueError, match=r"too large for float32 in row 1"):
        read_all(open_source(tmp_path / "x.npy", dtype=np.float32))


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_weights(tmp_path, bad):
    np.save(tmp_path / "x.npy", np.array([[1.0, 2.0], [1.0, bad]]))
    with pytest.raises(ValueError, match=r"weight .* in row 1 \(counted from 0\), column 1;"):
        read_all(open_source(tmp_path / "x.npy", weight_column=1))


@pytest.mark.parametrize("dtype", ["M8[s]", "m8[s]", "c16", "U3"])
@pytest.mark.parametrize("mode", ["r", "c"])
def test_maps_of_other_values_than_numbers(tmp_path, dtype, mode):
    path = tmp_path / "rows.npy"
    np.save(path, np.arange(12).reshape(6, 2).astype(dtype))
    rows = np.load(path, mmap_mode=mode)
    text = "memory map of .* has values of dtype .*, expected real numbers"
    with pytest.raises(ValueError, match=text):
        kmeans(rows, 2, memory_limit="64MiB")
    model = KMeans(2).fit(np.arange(12.0).reshape(6, 2))
    with pytest.raises(ValueError, match=text):
        model.predict_to(rows, tmp_path / "labels.npy")
