"""Scratch files: what was written is read, and nothing stays behind, whatever ends the process."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmeans_fast.sources import Scratch, default_directory, scratch
from processes import run_script

X = np.arange(60.0).reshape(20, 3)
fcntl = pytest.importorskip("fcntl", reason="locks of POSIX")


@pytest.fixture(params=["hidden", "named"])
def kind(request, monkeypatch):
    """Scratch files without a name, and those that keep it."""
    monkeypatch.setattr(scratch, "HIDE_AT_ONCE", request.param == "hidden")
    return request.param


def names(directory):
    return sorted(path.name for path in directory.iterdir())


@given(
    cuts=st.lists(st.integers(0, 20), max_size=6),
    dtype=st.sampled_from([np.float32, np.float64]),
    weighted=st.booleans(),
    flush=st.sampled_from([1, 100, 1 << 26]),
)
def test_what_is_written_is_read(tmp_path_factory, cuts, dtype, weighted, flush):
    directory = tmp_path_factory.mktemp("scratch")
    x, weight = X.astype(dtype), np.arange(20.0)
    with pytest.MonkeyPatch.context() as patch, Scratch(directory, 3, dtype, weighted) as spool:
        patch.setattr(scratch, "FLUSH_BYTES", flush)
        for part in np.split(np.arange(20), sorted(cuts)):
            spool.append(x[part], weight[part] if weighted else None)
        rows, weights = spool.finish()
        assert rows.n_rows == spool.n_rows == 20
        assert spool.n_bytes == x.nbytes + 160 * weighted
        np.testing.assert_array_equal(rows.read(0, 20, rows.empty(20)), x)
        np.testing.assert_array_equal(rows.read(7, 9, rows.empty(2)), x[7:9])
        if weighted:
            np.testing.assert_array_equal(weights.read(3, 20, weights.empty(17)), weight[3:])
        else:
            assert weights is None
    assert names(directory) == []


def test_the_name_is_hidden_at_once(tmp_path):
    with Scratch(tmp_path, 3, np.float64, weighted=True):
        assert names(tmp_path) == []


def test_the_file_is_removed_on_every_way_out(tmp_path, kind):
    spool = Scratch(tmp_path, 3, np.float64)
    spool.append(X)
    assert len(names(tmp_path)) == (kind == "named")
    spool.close()
    spool.close()
    assert names(tmp_path) == []
    with pytest.raises(KeyboardInterrupt), Scratch(tmp_path, 3, np.float64, weighted=True):
        raise KeyboardInterrupt
    assert names(tmp_path) == []
    spool = Scratch(tmp_path, 3, np.float64)
    rows, _ = spool.finish()
    del spool
    assert len(names(tmp_path)) == (kind == "named")
    del rows
    assert names(tmp_path) == []


def test_rows_outlive_the_scratch_that_wrote_them(tmp_path, kind):
    spool = Scratch(tmp_path, 3, np.float64)
    spool.append(X)
    rows, _ = spool.finish()
    del spool
    np.testing.assert_array_equal(rows.read(0, 20, rows.empty(20)), X)


def test_wrong_use(tmp_path):
    spool = Scratch(tmp_path, 3, np.float64, weighted=True)
    with pytest.raises(ValueError, match="Expected one weight per row"):
        spool.append(X)
    with pytest.raises(ValueError, match="Expected one weight per row"):
        spool.append(X, np.ones(3))
    with pytest.raises(ValueError, match="Expected rows of 3 features of float64, got float32"):
        spool.append(X.astype(np.float32), np.ones(20))
    spool.finish()
    with pytest.raises(ValueError, match="is finished"):
        spool.append(X, np.ones(20))
    with pytest.raises(ValueError, match=r"scratch_dir must be an existing folder, got '.*none'"):
        Scratch(tmp_path / "none", 3, np.float64)


def test_no_room_is_said_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    Scratch(tmp_path, 3, np.float64, n_rows=41)
    with pytest.raises(
        OSError, match=r"needs 1\.0 kB in .*, which has 1\.0 kB.*scratch_dir="
    ) as caught:
        Scratch(tmp_path, 3, np.float64, n_rows=42)
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(OSError, match=r"needs 1\.3 kB"):
        Scratch(tmp_path, 3, np.float64, weighted=True, n_rows=41)
    assert names(tmp_path) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up(tmp_path, kind, monkeypatch, code):
    spool = Scratch(tmp_path, 3, np.float64)
    spool.append(X)

    def full(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("kmeans_fast.sources.raw.write_at", full)
    with pytest.raises(OSError, match=r"no more room after 480 bytes .* scratch_dir=") as caught:
        spool.append(X)
    assert caught.value.errno == code
    assert names(tmp_path) == []
    with pytest.raises(ValueError, match="is closed"):
        spool.append(X)


def test_a_file_that_may_not_grow(tmp_path):
    run_script(
        f"""
import resource, signal, numpy as np
from pathlib import Path
from kmeans_fast.sources import Scratch
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
spool = Scratch(Path({str(tmp_path)!r}), 10, np.float64)
try:
    spool.append(np.zeros((10_000, 10)))
except OSError as error:
    assert "no more room" in str(error), error
else:
    raise SystemExit("no error")
"""
    )
    assert names(tmp_path) == []


SPOOLING = """
import os, signal, sys, time, numpy as np
from pathlib import Path
from kmeans_fast.sources import Scratch, scratch
signal.signal(signal.SIGINT, signal.default_int_handler)
directory, scratch.HIDE_AT_ONCE = Path(sys.argv[1]), sys.argv[2] == "hidden"
spool = Scratch(directory, 100, np.float64, weighted=True)
"""
ENDLESS = """
print("started", flush=True)
while True:
    spool.append(np.ones((100, 100)), np.ones(100))
    time.sleep(0.001)
"""


def start(directory, kind, script=SPOOLING + ENDLESS):
    """A process that writes to scratch files for ever."""
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", script, str(directory), kind],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout.readline() == "started\n"
    return child


def end(child, number):
    child.send_signal(number)
    child.communicate(timeout=60)


@pytest.mark.parametrize("hidden", ["hidden", "named"])
def test_the_next_start_removes_what_a_killed_process_left(tmp_path, hidden):
    child = start(tmp_path, hidden)
    alive = start(tmp_path, hidden)
    end(child, signal.SIGKILL)
    (tmp_path / "kmeans_fast-notes.scratch").touch()
    (tmp_path / "kmeans_fast-0123456789abcdef.scratch.bak").touch()
    (tmp_path / "kmeans_fast-0123456789abcdef.scratch").mkdir()
    assert len(names(tmp_path)) == 3 + 4 * (hidden == "named")
    with Scratch(tmp_path, 3, np.float64):
        left = set(names(tmp_path))
        assert len(left) == 3 + 2 * (hidden == "named")
    end(alive, signal.SIGKILL)
    with Scratch(tmp_path, 3, np.float64):
        pass
    assert len(names(tmp_path)) == 3


@pytest.mark.parametrize("hidden", ["hidden", "named"])
def test_ctrl_c_removes_the_file(tmp_path, hidden):
    child = start(tmp_path, hidden)
    time.sleep(0.2)
    end(child, signal.SIGINT)
    assert child.returncode != 0
    assert names(tmp_path) == []


@pytest.mark.parametrize("hidden", ["hidden", "named"])
def test_the_end_of_the_interpreter_removes_the_file(tmp_path, hidden):
    run_script(
        SPOOLING.replace("sys.argv[1]", repr(str(tmp_path))).replace("sys.argv[2]", repr(hidden))
    )
    assert names(tmp_path) == []


@pytest.mark.parametrize("hidden", ["hidden", "named"])
def test_a_child_leaves_the_file_of_its_parent(tmp_path, hidden):
    script = SPOOLING.replace("sys.argv[1]", repr(str(tmp_path))).replace(
        "sys.argv[2]", repr(hidden)
    )
    run_script(
        script
        + """
before = sorted(directory.iterdir())
spool.append(np.ones((7, 100)), np.ones(7))
for way in ("exit", "close", "collect"):
    child = os.fork()
    if child == 0:
        if way == "close":
            spool.close()
        del spool
        sys.exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sorted(directory.iterdir()) == before
    # The lock is still held: a new start does not take the file for a stale one.
    Scratch(directory, 1, np.float32).close()
    assert sorted(directory.iterdir()) == before
rows, _ = spool.finish()
assert (rows.read(0, 7, rows.empty(7)) == 1).all()
"""
    )
    assert names(tmp_path) == []


def test_many_processes_start_at_once(tmp_path):
    script = """
import sys, numpy as np
from pathlib import Path
from kmeans_fast.sources import Scratch, scratch
scratch.HIDE_AT_ONCE = False
for i in range(60):
    with Scratch(Path(sys.argv[1]), 3, np.float64) as spool:
        spool.append(np.full((2, 3), float(i)))
        rows, _ = spool.finish()
        assert (rows.read(0, 2, rows.empty(2)) == i).all()
        path = spool._rows._remove.peek()[2][0]
        assert path.exists(), "another process has removed the file of a living one"
"""
    children = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", script, str(tmp_path)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for child in children:
        assert child.communicate(timeout=120)[1] == ""
        assert child.returncode == 0
    assert names(tmp_path) == []


def test_a_file_that_was_taken_before_it_was_locked(tmp_path, monkeypatch):
    flock = fcntl.flock
    taken = []

    def late(descriptor, operation):
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(scratch, "HIDE_AT_ONCE", False)
    monkeypatch.setattr(fcntl, "flock", late)
    with Scratch(tmp_path, 3, np.float64):
        assert len(names(tmp_path)) == 1
        assert names(tmp_path) != [taken[0].name]


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    monkeypatch.setattr(scratch, "HIDE_AT_ONCE", False)
    with Scratch(tmp_path, 3, np.float64), Scratch(tmp_path, 3, np.float64):
        assert len(names(tmp_path)) == 2
    assert names(tmp_path) == []


def test_the_default_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", None)
    assert default_directory().is_dir()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert default_directory() == tmp_path
