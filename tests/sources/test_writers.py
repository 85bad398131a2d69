"""Writing in pieces: whole files that NumPy and Arrow read, or none."""

import os
import signal
import stat
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmeans_fast.sources import distance_writer, label_writer, open_source

LABELS = np.arange(50, dtype=np.int32) % 7
DISTANCES = np.arange(150.0).reshape(50, 3) / 7
SUFFIXES = [".npy", ".parquet"]


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def fail(kind, path, **options):
    """Fail while labels are written."""
    with label_writer(path, **options) as writer:
        writer.append(LABELS)
        raise kind


def read(path):
    """The rows of a file of results, and the names of its columns."""
    if path.suffix == ".npy":
        return np.load(path), None
    table = pq.read_table(path)
    columns = [column.to_numpy() for column in table.columns]
    return (columns[0] if len(columns) == 1 else np.column_stack(columns)), table.column_names


@given(
    cuts=st.lists(st.integers(0, 50), max_size=6),
    suffix=st.sampled_from(SUFFIXES),
    known=st.booleans(),
    dtype=st.sampled_from(["f4", "f8"]),
)
def test_what_is_written_is_read(tmp_path_factory, cuts, suffix, known, dtype):
    folder = tmp_path_factory.mktemp("out")
    n_rows = 50 if known else None
    with (
        label_writer(folder / f"labels{suffix}", n_rows=n_rows) as labels,
        distance_writer(folder / f"distances{suffix}", 3, dtype, n_rows=n_rows) as distances,
    ):
        for part in np.split(np.arange(50), sorted(cuts)):
            labels.append(LABELS[part])
            distances.append(DISTANCES.astype(dtype)[part])
        assert not (folder / f"labels{suffix}").exists()
    assert names(folder) == [f"distances{suffix}", f"labels{suffix}"]
    found, columns = read(folder / f"labels{suffix}")
    np.testing.assert_array_equal(found, LABELS)
    assert found.dtype == np.int32
    assert columns in (None, ["label"])
    found, columns = read(folder / f"distances{suffix}")
    np.testing.assert_array_equal(found, DISTANCES.astype(dtype))
    assert found.dtype == dtype
    assert columns in (None, ["distance_0", "distance_1", "distance_2"])


def test_columns_of_a_fortran_array_and_one_column(tmp_path):
    with distance_writer(tmp_path / "x.npy", 3, "f8") as writer:
        writer.append(np.asfortranarray(DISTANCES))
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), DISTANCES)
    with distance_writer(tmp_path / "y.npy", 1, "f8") as writer:
        writer.append(DISTANCES[:, :1])
    assert np.load(tmp_path / "y.npy").shape == (50, 1)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_nothing(tmp_path, suffix, kind):
    with pytest.raises(kind):
        fail(kind, tmp_path / f"x{suffix}")
    assert names(tmp_path) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_existing_file_stays_until_the_new_one_is_whole(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_text("old")
    with pytest.raises(FileExistsError, match=r"exists; overwrite=True replaces it"):
        label_writer(path)
    with pytest.raises(ZeroDivisionError):
        fail(ZeroDivisionError, path, overwrite=True)
    assert path.read_text() == "old"
    assert names(tmp_path) == [path.name]
    with path.open() as old:
        with label_writer(path, overwrite=True) as writer:
            writer.append(LABELS)
        assert old.read() == "old"
    np.testing.assert_array_equal(read(path)[0], LABELS)
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("n_rows", [49, 51])
def test_a_wrong_number_of_rows(tmp_path, suffix, n_rows):
    with (
        pytest.raises(ValueError, match=rf"was to get {n_rows} rows, got 50: not written"),
        label_writer(tmp_path / f"x{suffix}", n_rows=n_rows) as writer,
    ):
        writer.append(LABELS)
    assert names(tmp_path) == []


def test_rows_of_a_wrong_shape(tmp_path):
    message = r"Expected rows of shape \(50,\), got \(50, 3\)"
    with pytest.raises(ValueError, match=message), label_writer(tmp_path / "x.npy") as writer:
        writer.append(DISTANCES)
    message = r"Expected rows of shape \(50, 2\), got \(50, 3\)"
    writer = distance_writer(tmp_path / "y.npy", 2, "f8")
    with pytest.raises(ValueError, match=message), writer:
        writer.append(DISTANCES)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.csv", r"must end in one of \.npy, \.parquet, got '\.csv'"),
        ("x", r"got ''"),
        ("none/x.npy", r"must be in an existing folder"),
        ("folder.npy", r"must be a file, and is a folder"),
    ],
)
def test_paths_that_cannot_be_written(tmp_path, name, message):
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(ValueError, match=message):
        label_writer(tmp_path / name, overwrite=True)
    assert names(tmp_path) == ["folder.npy"]


def test_input_is_never_written_over(tmp_path):
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "x.npy", DISTANCES)
    (tmp_path / "link.npy").symlink_to(tmp_path / "x.npy")
    with label_writer(tmp_path / "in" / "0.parquet") as writer:
        writer.append(LABELS)
    for output in ("x.npy", "link.npy"):
        inputs = open_source(tmp_path / "x.npy").paths
        with pytest.raises(ValueError, match="is read, and cannot be written"):
            label_writer(tmp_path / output, overwrite=True, inputs=inputs)
    inputs = open_source(tmp_path / "in").paths
    with pytest.raises(ValueError, match="whose files are read: it would become one of them"):
        label_writer(tmp_path / "in" / "1.parquet", inputs=inputs)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), DISTANCES)
    with label_writer(tmp_path / "y.npy", inputs=inputs) as writer:
        writer.append(LABELS)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_permissions_are_those_of_any_new_file(tmp_path, suffix):
    with label_writer(tmp_path / f"x{suffix}") as writer:
        writer.append(LABELS)
    (tmp_path / "y").touch()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (f"x{suffix}", "y")}
    assert len(modes) == 1


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_killed_process_leaves_no_file_of_the_final_name(tmp_path, suffix):
    script = """
import sys, time, numpy as np
from kmeans_fast.sources import label_writer
with label_writer(sys.argv[1]) as writer:
    writer.append(np.zeros(1000, np.int32))
    print("started", flush=True)
    time.sleep(60)
"""
    path = tmp_path / f"x{suffix}"
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    )
    child.stdout.readline()
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert not path.exists()
