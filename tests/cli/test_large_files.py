"""The command on rows that stay in their file: the same answer, and a fit that can be killed."""

import json
import os
import signal
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from kmeans_fast import KMeans
from kmeans_fast.cli import clustering
from kmeans_fast.cli.file_rows import available_memory

FILES = ("labels.csv", "centers.csv")
FIT = ("fit", "-k", 5, "--init", "k-means||")
LIMIT = ("--memory-limit", "50MB")


@pytest.fixture
def rows():
    """Rows around five centers, float32."""
    rng = np.random.default_rng(0)
    centers = rng.uniform(-5, 5, (5, 3))
    return (centers[rng.integers(0, 5, 3000)] + rng.standard_normal((3000, 3))).astype(np.float32)


@pytest.fixture
def files(tmp_path, rows):
    """The rows in an .npy file, a Parquet file and a folder of them; the tables have a text."""
    np.save(tmp_path / "x.npy", rows)
    table = pa.table({**dict(zip("abc", rows.T, strict=True)), "name": ["x"] * len(rows)})
    pq.write_table(table, tmp_path / "x.parquet", row_group_size=700)
    (tmp_path / "parts").mkdir()
    for i in range(3):
        pq.write_table(table.slice(1000 * i, 1000), tmp_path / "parts" / f"{i}.parquet")
    return tmp_path


def results(folder):
    """The files as written, and the summary without the name of the data."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    del summary["data"], summary["data_path"]
    return [(folder / name).read_bytes() for name in FILES], summary


def assert_error(result, *parts):
    code, out, err = result
    assert (code, err.count("\n")) == (2, 1), out + err
    assert err.startswith("kmeans-fast: error: ")
    for part in parts:
        assert part in err


def refuse(*_):
    raise AssertionError("the rows were read into memory")


@pytest.mark.parametrize("name", ["x.npy", "x.parquet", "parts", "parts/*.parquet"])
def test_the_answer_is_that_of_rows_in_memory(command, files, name, monkeypatch):
    in_memory = "x.npy" if name == "x.npy" else "x.parquet"
    assert command(*FIT, files / in_memory, "--out", files / "memory")[0] == 0
    monkeypatch.setattr(clustering, "read_table", refuse)
    code, out, err = command(*FIT, files / name, *LIMIT, "--out", files / "file")
    assert (code, err) == (0, "")
    assert results(files / "file") == results(files / "memory")
    assert "3,000 rows, 3 columns" in out
    assert "read in blocks: 36.0 kB of rows; --memory-limit 50MB" in out
    assert ("left out: name (text)" in out) == (name != "x.npy")


def test_a_folder_needs_no_limit(command, files):
    code, out, _ = command("fit", "-k", 2, files / "parts", "--out", files / "out")
    assert code == 0
    assert "read in blocks: 36.0 kB of rows; several files" in out
    assert "seeding: k-means||, for k-means++ reads all rows once per cluster" in out
    assert results(files / "out")[1]["init"] == "k-means||"


@pytest.mark.parametrize("name", ["x.npy", "x.parquet"])
def test_a_large_file_stays_where_it_is(command, files, name, monkeypatch):
    monkeypatch.setattr(clustering, "available_memory", lambda: 4 * 36_000)
    assert "read in blocks" not in command(*FIT, files / name)[1]
    monkeypatch.setattr(clustering, "available_memory", lambda: 4 * 36_000 - 4)
    monkeypatch.setattr(clustering, "read_table", refuse)
    out = command(*FIT, files / name)[1]
    assert "read in blocks: 36.0 kB of rows; more than a quarter of the 144.0 kB of memory" in out


def test_memory_of_this_machine():
    available = available_memory()
    assert available is None or 1 << 20 < available < 1 << 50


def test_scaled_rows(command, files):
    for limit, folder in ((LIMIT, "file"), ((), "memory")):
        run = command(*FIT, files / "x.parquet", "--scale", *limit, "--out", files / folder)
        assert run[0] == 0
    (labels, _), summary = results(files / "file")
    (expected, _), _ = results(files / "memory")
    assert labels == expected
    assert summary["scaled"] is True
    found, wanted = (
        np.column_stack(pa.csv.read_csv(files / folder / "centers.csv").columns)
        for folder in ("file", "memory")
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.parametrize("kind", ["csv", "npy", "npz", "parquet", "limited npy", "limited parquet"])
def test_weights(command, tmp_path, rows, kind):
    limit, kind = (LIMIT, kind.split()[1]) if " " in kind else ((), kind)
    x, path = rows.astype(float), tmp_path / f"x.{kind}"
    weight = np.random.default_rng(1).integers(0, 5, len(x)).astype(float)
    table = pa.table({"a": x[:, 0], "w": weight, "b": x[:, 1], "c": x[:, 2]})
    matrix = np.column_stack(table.columns)
    if kind == "npy":
        np.save(path, matrix)
    elif kind == "npz":
        np.savez(path, x=matrix)
    else:
        (pa.csv.write_csv if kind == "csv" else pq.write_table)(table, path)
    column = "1" if kind in ("npy", "npz") else "w"
    options = ("--weight-column", column, *limit, "--out", tmp_path / "out")
    code, out, _ = command(*FIT, path, *options)
    assert code == 0
    assert f"weights: {column}" in out
    model = KMeans(5, init="k-means||", random_state=0).fit(x, sample_weight=weight)
    summary = results(tmp_path / "out")[1]
    assert summary["inertia"] == model.inertia_
    assert summary["weight_column"] == column
    assert len(summary["columns"]) == 3
    assert column not in summary["left_out"]
    labels = pa.csv.read_csv(tmp_path / "out" / "labels.csv")["label"].to_numpy()
    np.testing.assert_array_equal(labels, model.labels_)


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["x.parquet", "--memory-limit", "1kB"], ["--memory-limit '1kB' is too small", "3,000"]),
        (["x.parquet", *LIMIT, "-c", "size"], ["x.parquet: has no column 'size'; it has a, b, c"]),
        (["x.parquet", *LIMIT, "-c", "name"], ["column 'name' cannot be clustered: text"]),
        (["x.parquet", *LIMIT, "--weight-column", "name"], ["'name' cannot have the weights"]),
        (["x.parquet", *LIMIT, "--weight-column", "w"], ["has no column 'w'"]),
        (["x.parquet", *LIMIT, "--weight-column", "a", "-c", "a"], ["--weight-column 'a'"]),
        (["x.parquet", *LIMIT, "--weight-column", "a"], ["weight", "at least 0"]),
        (["x.parquet", "--weight-column", "a"], ["Negative values", "--weight-column"]),
        (["x.parquet", *LIMIT, "--init", "density"], ["--init 'density'"]),
        (["x.parquet", *LIMIT, "--array", "x"], ["--array chooses from .npz"]),
        (["x.npy", *LIMIT, "-c", "7"], ["x.npy: has no column '7'; it has 0, 1, 2"]),
        (["x.csv", *LIMIT], ["--memory-limit is for .npy"]),
        (["none.parquet", *LIMIT], ["none.parquet: no such file"]),
        (["none/*.parquet"], ["No file is matched"]),
        (["bad.npy", *LIMIT], ["bad.npy", "NaN", "row 7"]),
        (["damaged.parquet", *LIMIT], ["damaged.parquet"]),
        (["."], ["has files that are not Parquet"]),
        (["x.npy", "--scratch-dir", "x.npy"], ["--scratch-dir"]),
    ],
)
def test_errors_are_one_line_and_name_the_option(
    command, files, rows, arguments, parts, monkeypatch
):
    monkeypatch.chdir(files)
    (files / "x.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    (files / "damaged.parquet").write_bytes((files / "x.parquet").read_bytes()[:-50])
    rows[7, 1] = np.nan
    np.save("bad.npy", rows)
    assert_error(command(*FIT, *arguments), *parts)


def test_a_checkpoint_is_used_on_request_only(command, files):
    state = ("--checkpoint", files / "run.ckpt")
    fit = (*FIT, files / "x.npy", *LIMIT)
    assert command(*fit, *state, "--resume", "--out", files / "one")[0] == 0
    assert (files / "run.ckpt").exists()
    text = "exists: --resume goes on from it; remove the file to begin anew"
    assert_error(command(*fit, *state), "--checkpoint", text)
    assert command(*fit, *state, "--resume", "--out", files / "two")[0] == 0
    assert results(files / "two") == results(files / "one")
    other = command(*FIT, files / "x.npy", "--max-iter", 7, *state, "--resume")
    assert_error(other, "of another fit: its --max-iter is 300, here it is 7")


def test_folders_that_cannot_be_written(command, files, monkeypatch):
    (files / "read-only").mkdir()
    may = os.access

    def access(path, mode, **options):
        return may(path, mode, **options) and not (mode == os.W_OK and "read-only" in str(path))

    monkeypatch.setattr(os, "access", access)
    fit = (*FIT, files / "x.parquet", *LIMIT)
    for option, name in (("--checkpoint", "read-only/run.ckpt"), ("--scratch-dir", "read-only")):
        assert_error(command(*fit, option, files / name), option, "writ")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folders(command, files):
    (files / "read-only").mkdir(mode=0o555)
    fit = (*FIT, files / "x.parquet", *LIMIT)
    for option, name in (
        ("--checkpoint", "read-only/run.ckpt"),
        ("--scratch-dir", "read-only"),
        ("--out", "read-only"),
        ("--out", "read-only/out"),
    ):
        assert_error(command(*fit, option, files / name), "writ")


@pytest.fixture
def slow(tmp_path):
    """Arguments of a fit that takes a few seconds, in a process of its own."""
    x = np.random.default_rng(0).random((100_000, 8), dtype=np.float32)
    pq.write_table(pa.table({str(f): x[:, f] for f in range(8)}), tmp_path / "x.parquet")
    options = ("--tol", 0, "--n-init", 2, "--max-iter", 60, *LIMIT)
    state = ("--checkpoint", tmp_path / "run.ckpt", "--checkpoint-seconds", 0)
    return ("fit", tmp_path / "x.parquet", "-k", 50, *options, *state)


def end(process, arguments, folder, number, delay):
    """Send a signal to the command when it has saved its state; its exit code and stderr."""
    child = process(*arguments, "--resume", "--out", folder / "killed")
    first = time.monotonic()
    while not (folder / "run.ckpt").exists():
        assert child.poll() is None
        assert time.monotonic() - first < 100
        time.sleep(0.01)
    time.sleep(delay)
    child.send_signal(number)
    _, err = child.communicate(timeout=60)
    return child.returncode, err


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_killed_fit_goes_on(process, command, slow, tmp_path):
    for delay in (0.0, 0.3, 0.7):
        assert end(process, slow, tmp_path, signal.SIGKILL, delay) == (-signal.SIGKILL, "")
        assert not (tmp_path / "killed" / "summary.json").exists()
    assert command(*slow, "--resume", "--out", tmp_path / "killed")[0] == 0
    (tmp_path / "run.ckpt").unlink()
    assert command(*slow, "--out", tmp_path / "whole")[0] == 0
    assert results(tmp_path / "killed") == results(tmp_path / "whole")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_an_interrupt_says_how_to_go_on(process, slow, tmp_path):
    code, err = end(process, slow, tmp_path, signal.SIGINT, 0.3)
    assert code == 130
    text = f"--resume goes on from {tmp_path / 'run.ckpt'}"
    assert err == f"kmeans-fast: interrupted; {text}\n"
    assert not (tmp_path / "killed").exists()
