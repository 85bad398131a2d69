"""Parquet files, one or many, and how they are found."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kmeans_fast.sources import open_source
from passes import assert_gives, read_all

X = np.arange(150.0).reshape(50, 3) / 7


def table_of(x, names="abcdefgh"):
    return pa.table({names[f]: column for f, column in enumerate(x.T)})


def save(path, x, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table_of(x), path, **options)
    return path


@given(
    n=st.integers(1, 60),
    d=st.integers(1, 5),
    dtype=st.sampled_from(["f4", "f8"]),
    group=st.integers(1, 40),
    rows=st.integers(1, 70),
)
@settings(max_examples=60)
def test_blocks_together_are_the_table(tmp_path_factory, n, d, dtype, group, rows):
    x = np.random.default_rng(n).standard_normal((n, d)).astype(dtype)
    path = save(tmp_path_factory.mktemp("p") / "x.parquet", x, row_group_size=group)
    found, _ = read_all(open_source(path), rows)
    assert found.dtype == x.dtype
    np.testing.assert_array_equal(found, x)


def test_a_batch_has_less_rows_than_a_row_group(tmp_path, monkeypatch):
    monkeypatch.setattr("kmeans_fast.sources.arrow.BATCH_BYTES", 8 * 3 * 4)
    assert_gives(save(tmp_path / "x.parquet", X), X)


def test_files_in_the_order_of_their_names(tmp_path):
    folder = tmp_path / "data"
    save(folder / "b.parquet", X[20:30])
    save(folder / "a" / "y.parquet", X[:20])
    save(folder / "c" / "year=2024" / "z.PARQUET", X[30:])
    (folder / "_SUCCESS").touch()
    (folder / ".hidden.txt").touch()
    save(folder / "_delta_log" / "x.parquet", X)
    source = assert_gives(folder, X)
    assert source.description.startswith(f"Parquet folder {folder} (3 files, ")
    assert source.paths[0] == folder
    assert source.feature_names == ("a", "b", "c")
    parts = [
        folder / "a" / "y.parquet",
        folder / "b.parquet",
        folder / "c" / "year=2024" / "z.PARQUET",
    ]
    assert_gives(parts, X)
    assert_gives([str(part) for part in parts[::-1]], np.concatenate([X[30:], X[20:30], X[:20]]))
    assert_gives(str(folder / "**" / "[by]*.parquet"), X[:30])


def test_a_link_to_a_folder_above_is_not_followed_for_ever(tmp_path):
    save(tmp_path / "data" / "x.parquet", X)
    (tmp_path / "data" / "up").symlink_to(tmp_path / "data")
    assert_gives(tmp_path / "data", X)


def test_relative_paths_stay_valid_elsewhere(tmp_path, monkeypatch):
    save(tmp_path / "x.parquet", X)
    monkeypatch.chdir(tmp_path)
    source = open_source("x.parquet")
    monkeypatch.chdir("/")
    np.testing.assert_array_equal(read_all(source)[0], X)
    assert source.fingerprint()["files"][0]["path"] == str(tmp_path / "x.parquet")


def test_a_fingerprint_changes_with_the_files(tmp_path):
    save(tmp_path / "p" / "x.parquet", X)
    facts = open_source(tmp_path / "p").fingerprint()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["shape"] == [50, 3]
    os.utime(tmp_path / "p" / "x.parquet", ns=(1, 1))
    assert open_source(tmp_path / "p").fingerprint() != facts


def test_types_that_differ_between_files(tmp_path):
    save(tmp_path / "p" / "0.parquet", X[:30].astype(np.float32))
    save(tmp_path / "p" / "1.parquet", X[30:])
    x, _ = read_all(open_source(tmp_path / "p"))
    assert x.dtype == np.float64
    np.testing.assert_array_equal(x[30:], X[30:])


def test_columns_that_differ_between_files(tmp_path):
    save(tmp_path / "p" / "0.parquet", X[:30])
    save(tmp_path / "p" / "1.parquet", X[30:, :2])
    with pytest.raises(ValueError, match=r"1\.parquet differ in their columns: .* has 'c'"):
        open_source(tmp_path / "p")
    with pytest.raises(ValueError, match="'c'"):
        open_source(tmp_path / "p", columns=["a", "c"])
    x, _ = read_all(open_source(tmp_path / "p", columns=["b", "a"]))
    np.testing.assert_array_equal(x, X[:, [1, 0]])


def test_text_in_a_later_file(tmp_path):
    save(tmp_path / "p" / "0.parquet", X)
    pq.write_table(pa.table({"a": [1.0], "b": [1.0], "c": ["x"]}), tmp_path / "p" / "1.parquet")
    with pytest.raises(ValueError, match="'c': it has type string"):
        open_source(tmp_path / "p")


@pytest.mark.parametrize("position", [0, 33, 49])
def test_nulls_and_nans(tmp_path, position):
    column = X[:, 1].tolist()
    column[position] = None
    table = pa.table({"a": X[:, 0], "b": column})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=9)
    with pytest.raises(ValueError, match=rf"\(null\) in row {position} \(.*column 'b'; expected"):
        read_all(open_source(tmp_path / "x.parquet"))
    column[position] = float("nan")
    pq.write_table(pa.table({"a": X[:, 0], "b": column}), tmp_path / "x.parquet")
    with pytest.raises(ValueError, match=rf"NaN in row {position} \(.*column 'b'; expected"):
        read_all(open_source(tmp_path / "x.parquet"))


def test_weights(tmp_path):
    source = open_source(save(tmp_path / "x.parquet", X), weight_column="b")
    x, weight = read_all(source)
    np.testing.assert_array_equal(x, X[:, [0, 2]])
    np.testing.assert_array_equal(weight, X[:, 1])
    assert source.fingerprint()["weight_column"] == "b"
    with pytest.raises(ValueError, match=r"weight -.* in row 0 .*column 'b'"):
        read_all(open_source(save(tmp_path / "y.parquet", -1 - X), weight_column="b"))


def test_no_rows(tmp_path):
    with pytest.raises(ValueError, match="has no rows, expected at least 1"):
        open_source(save(tmp_path / "x.parquet", X[:0]))
    save(tmp_path / "p" / "0.parquet", X[:0])
    save(tmp_path / "p" / "1.parquet", X)
    assert_gives(tmp_path / "p", X)


@pytest.mark.parametrize("keep", [0, 3, 4, 100, 0.5, 0.99])
def test_truncated_files(tmp_path, keep):
    path = save(tmp_path / "x.parquet", X)
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data)) if isinstance(keep, float) else keep])
    with pytest.raises(ValueError, match=r"x\.parquet is not a Parquet file, or is damaged: "):
        open_source(path)


def test_checksums_of_pages_are_checked(tmp_path):
    path = save(tmp_path / "x.parquet", X, write_page_checksum=True, compression="NONE")
    data = path.read_bytes()
    where = data.index(X[7:8, 1].tobytes())
    path.write_bytes(data[:where] + X[8:9, 1].tobytes() + data[where + 8 :])
    with pytest.raises(ValueError, match=r"x\.parquet is .*damaged: .*[Cc][Rr][Cc]"):
        read_all(open_source(path))


@given(seed=st.integers(0, 2**32 - 1))
@example(seed=7885)  # a name of a column that is not UTF-8
@settings(max_examples=80)
def test_damaged_files_end_in_one_error_or_in_rows(tmp_path_factory, seed):
    rng = np.random.default_rng(seed)
    path = save(tmp_path_factory.mktemp("p") / "x.parquet", X)
    data = bytearray(path.read_bytes())
    for position in rng.integers(0, len(data), 5):
        data[position] = rng.integers(0, 256)
    path.write_bytes(data)
    message = "x.parquet"
    try:
        read_all(open_source(path))
    except ValueError as error:
        message = str(error)
    assert "x.parquet" in message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.parquet", "there is no such file; expected .npy"),
        ("none-*.parquet", "No file is matched by the pattern"),
        ("x.csv", "has the extension '.csv', expected .npy, .parquet"),
        ("*.csv", "has the extension '.csv'"),
        ("empty", "has no Parquet files"),
        ("mixed", "files that are not Parquet: 'readme.md'. Choose with a pattern"),
        ("s3://bucket/x.parquet", "pyarrow.dataset.dataset"),
    ],
)
def test_paths_that_cannot_be_read(tmp_path, name, message):
    (tmp_path / "x.csv").write_text("1,2\n")
    (tmp_path / "empty").mkdir()
    save(tmp_path / "mixed" / "x.parquet", X)
    (tmp_path / "mixed" / "readme.md").touch()
    path = name if "://" in name else str(tmp_path / name)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        open_source(path)
    assert name.split("*")[0] in str(caught.value)


def test_lists_of_paths_that_cannot_be_read(tmp_path):
    path = save(tmp_path / "x.parquet", X)
    with pytest.raises(ValueError, match=r"There is no file '.*y\.parquet'"):
        open_source([path, tmp_path / "y.parquet"])
    np.save(tmp_path / "x.npy", X)
    with pytest.raises(ValueError, match=r"has the extension '\.npy'"):
        open_source([path, tmp_path / "x.npy"])


OPEN_FILES = Path("/proc/self/fd")


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="needs Linux")
def test_closing_early_closes_the_files(tmp_path):
    path = save(tmp_path / "x.parquet", X)
    before = len(list(OPEN_FILES.iterdir()))
    blocks = open_source(path).blocks(3)
    next(blocks)
    blocks.close()
    assert len(list(OPEN_FILES.iterdir())) == before
