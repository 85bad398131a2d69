"""Results appear completely or not at all, and are read back unchanged."""

import json
import os

import numpy as np
import pyarrow.csv
import pytest

from kmeans_fast.cli.messages import UserError
from kmeans_fast.cli.results import FILES, result_folder, write_results

LABELS = np.array([0, 1, 0], np.int32)


def write(folder, inertia=1.0, dtype=np.float64, columns=("a", 'b "quoted", and more')):
    centers = np.array([[0.1, 1 / 3], [-5e-9, 7e20]], dtype)
    with result_folder(folder) as staging:
        write_results(staging, LABELS, centers, columns, {"inertia": inertia})
    return centers


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_read_back_exactly(tmp_path, dtype):
    centers = write(tmp_path / "out", dtype=dtype)
    assert names(tmp_path / "out") == sorted(FILES)
    labels = pyarrow.csv.read_csv(tmp_path / "out" / "labels.csv")
    np.testing.assert_array_equal(labels["label"], LABELS)
    table = pyarrow.csv.read_csv(tmp_path / "out" / "centers.csv")
    assert table.column_names == ["cluster", "a", 'b "quoted", and more']
    for f, column in enumerate(table.columns[1:]):
        np.testing.assert_array_equal(column.to_numpy().astype(dtype), centers[:, f])


def test_earlier_results_are_replaced_and_others_left(tmp_path):
    write(tmp_path, inertia=1.0)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    write(tmp_path, inertia=2.0)
    assert names(tmp_path) == sorted((*FILES, "notes.txt"))
    assert json.loads((tmp_path / "summary.json").read_text("utf-8")) == {"inertia": 2.0}


def test_nothing_appears_before_the_end(tmp_path):
    folder = tmp_path / "out"
    with result_folder(folder) as staging:
        (staging / "labels.csv").write_text("", encoding="utf-8")
        assert not any((folder / name).exists() for name in FILES)
        for name in FILES[1:]:
            (staging / name).write_text("", encoding="utf-8")
    assert names(folder) == sorted(FILES)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_nothing_stays_after_an_error(tmp_path, error):
    def fail():
        with result_folder(tmp_path / "out") as staging:
            (staging / "labels.csv").write_text("half", encoding="utf-8")
            raise error

    with pytest.raises(error):
        fail()
    assert names(tmp_path) == []


@pytest.mark.parametrize("at", range(6))
def test_a_failed_move_is_undone(tmp_path, monkeypatch, at):
    write(tmp_path, inertia=1.0)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    replace = os.replace
    calls = iter(range(100))

    def failing(source, target):
        if next(calls) == at:
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, inertia=2.0)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_summary_stands_only_beside_a_whole_set(tmp_path, monkeypatch):
    write(tmp_path, inertia=1.0)
    replace = os.replace
    seen = []

    def watching(source, target):
        replace(source, target)
        seen.append({name for name in FILES if (tmp_path / name).exists()})

    monkeypatch.setattr(os, "replace", watching)
    write(tmp_path, inertia=2.0)
    assert len(seen) == 6
    assert [files for files in seen if "summary.json" in files] == [set(FILES)]


def test_a_full_disk_leaves_nothing(process, tmp_path):
    resource = pytest.importorskip("resource")
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((20_000, 2)))
    code = (
        "import resource, sys; import kmeans_fast.cli.command; from kmeans_fast.cli import main; "
        f"resource.setrlimit({resource.RLIMIT_FSIZE}, (20_000, 20_000)); sys.exit(main())"
    )
    fit = process("fit", tmp_path / "x.npy", "-k", 2, "--out", tmp_path / "out", code=code)
    _, err = fit.communicate(timeout=120)
    assert err == f"kmeans-fast: error: cannot write to {tmp_path / 'out'}: File too large\n"
    assert fit.returncode == 2
    assert names(tmp_path) == ["x.npy"]


def test_folders_that_cannot_take_results(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "taken" / "labels.csv").mkdir(parents=True)
    for folder, why in [
        (tmp_path / "file", "Not a directory"),
        (tmp_path / "file" / "out", "Not a directory"),
        (tmp_path / "missing" / "out", "No such file or directory"),
        (tmp_path / "taken", "labels.csv is a folder there"),
    ]:
        with pytest.raises(UserError, match=why):
            write(folder)
    assert names(tmp_path) == ["file", "taken"]
    assert names(tmp_path / "taken") == ["labels.csv"]
