"""Fits to files in adversity: scratch files go on every way out, and no result is ever wrong."""

import ctypes
import mmap
import os
import signal
import sys
import threading

import numpy as np
import pytest

from kmeans_fast import kmeans
from kmeans_fast.sources import scratch
from kmeans_fast.sources.parquet import ParquetSource
from processes import run_script
from results import assert_same_fit

N_CLUSTERS = 12


@pytest.fixture
def x():
    """Rows that take a dozen iterations."""
    return np.random.default_rng(0).random((2000, 3))


@pytest.fixture
def path(tmp_path, x):
    """The rows in a file that is read in each pass."""
    np.save(tmp_path / "x.npy", x)
    return tmp_path / "x.npy"


@pytest.fixture
def folder(tmp_path):
    """A folder for scratch files."""
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


@pytest.fixture
def decoded(tmp_path, x):
    """The rows in a file that must be decoded into a scratch file."""
    np.save(tmp_path / "columns.npy", np.asfortranarray(x))
    return tmp_path / "columns.npy"


def fit(data, **options):
    return kmeans(data, N_CLUSTERS, init="k-means||", rng=0, tol=0, **options)


class StoppedError(Exception):
    """Raised by a callback."""


@pytest.mark.parametrize("hidden", [True, False])
def test_the_scratch_file_goes_after_a_fit_and_after_an_error(
    decoded, folder, x, monkeypatch, hidden
):
    monkeypatch.setattr(scratch, "HIDE_AT_ONCE", hidden)
    seen = []

    def callback(iteration):
        seen.append(len([*folder.iterdir()]))
        if iteration.iteration == 2 and len(seen) > 5:
            raise StoppedError

    assert_same_fit(fit(decoded, scratch_dir=folder, callback=callback), fit(x))
    assert set(seen) == {0 if hidden else 1}
    assert [*folder.iterdir()] == []
    with pytest.raises(StoppedError):
        fit(decoded, scratch_dir=folder, callback=callback)
    with pytest.raises(ValueError, match="n_clusters=3000"):
        kmeans(decoded, 3000, scratch_dir=folder)
    with pytest.raises(ValueError, match="too small"):
        fit(decoded, scratch_dir=folder, memory_limit=1000)
    assert [*folder.iterdir()] == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_the_next_fit_removes_what_a_killed_one_has_left(decoded, folder, x):
    with pytest.raises(AssertionError, match="exit status -9"):
        run_script(
            f"""
import os
from kmeans_fast import kmeans
from kmeans_fast.sources import scratch
scratch.HIDE_AT_ONCE = False
kmeans({str(decoded)!r}, 5, scratch_dir={str(folder)!r}, callback=lambda _: os.kill(os.getpid(), 9))
"""
        )
    assert len([*folder.iterdir()]) == 1
    assert_same_fit(fit(decoded, scratch_dir=folder), fit(x))
    assert [*folder.iterdir()] == []


INTERRUPTED = """
import os, signal, sys, threading, time
from pathlib import Path
import numpy as np
from kmeans_fast import kmeans
from kmeans_fast.progress import Watcher
from kmeans_fast.sources import scratch

signal.signal(signal.SIGINT, signal.default_int_handler)
phase, hidden, folder = sys.argv[1], sys.argv[2] == "True", Path(sys.argv[3])
scratch.HIDE_AT_ONCE = hidden
x = np.random.default_rng(0).random((1_500_000, 8), dtype=np.float32)
np.save(folder / "x.npy", np.asfortranarray(x))
(folder / "scratch").mkdir()
sent = []

def interrupt():
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)

def passed(self, what, *_, **__):
    if what == phase and not sent:
        sent.append(None)
        threading.Timer(0.01, interrupt).start()

Watcher.passed = passed
try:
    kmeans(folder / "x.npy", 300, rng=0, tol=0, scratch_dir=folder / "scratch", memory_limit="60MB")
except KeyboardInterrupt:
    waited = time.perf_counter() - sent[-1]
    assert waited < 1, waited
else:
    raise AssertionError("it was over too soon")
assert [*(folder / "scratch").iterdir()] == []
assert [t for t in threading.enumerate() if "read-ahead" in t.name] == []
small = x[:1000]
assert kmeans(small, 3, rng=0).n_iter
"""


@pytest.mark.parametrize("phase", ["reading", "moments", "seeding", "assigning"])
def test_ctrl_c_ends_every_phase_within_a_second(tmp_path, phase):
    run_script(INTERRUPTED, phase, phase == "seeding", tmp_path)


def cut_off(path):
    os.truncate(path, path.stat().st_size // 2)


def written_to(path):
    with path.open("r+b") as file:
        file.seek(-8, 2)
        file.write(np.float64(0.25).tobytes())
    os.utime(path)


@pytest.mark.parametrize("when", [0, 3])
@pytest.mark.parametrize("change", [cut_off, written_to])
def test_a_file_that_changes_during_a_fit_is_an_error(path, change, when):
    def callback(iteration):
        if iteration.iteration == when:
            change(path)

    with pytest.raises((OSError, ValueError), match=r"x\.npy (has changed since|ends after)"):
        fit(path, callback=callback)


@pytest.mark.parametrize("algorithm", ["hamerly", "lloyd"])
def test_a_file_that_is_removed_or_replaced_goes_on_as_it_was(path, x, algorithm):
    def callback(iteration):
        if iteration.iteration == 1:
            path.unlink()
        if iteration.iteration == 3:
            np.save(path, x + 1)

    assert_same_fit(fit(path, callback=callback, algorithm=algorithm), fit(x))


def test_parquet_that_changes_while_it_is_decoded_is_an_error(tmp_path, x, folder, monkeypatch):
    pq = pytest.importorskip("pyarrow.parquet")
    pa = pytest.importorskip("pyarrow")
    parts = tmp_path / "parts"
    parts.mkdir()
    for i in range(2):
        pq.write_table(pa.table({"a": x[i::2, 0], "b": x[i::2, 1]}), parts / f"{i}.parquet")
    pieces = ParquetSource._pieces

    def changing(self, rows):
        for i, piece in enumerate(pieces(self, rows)):
            yield piece
            if i == 0:
                os.utime(parts / "0.parquet", (1, 1))

    monkeypatch.setattr(ParquetSource, "_pieces", changing)
    with pytest.raises(ValueError, match="has changed while it was read"):
        fit(parts, scratch_dir=folder)
    assert [*folder.iterdir()] == []


def test_two_fits_at_once(decoded, folder, x):
    found = {}

    def run(seed):
        found[seed] = kmeans(decoded, N_CLUSTERS, rng=seed, tol=0, scratch_dir=folder)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, result in found.items():
        assert_same_fit(result, kmeans(x, N_CLUSTERS, init="k-means||", rng=seed, tol=0))
    assert len(found) == 4
    assert [*folder.iterdir()] == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("hidden", [True, False])
def test_a_child_fits_and_leaves_the_scratch_file_of_its_parent(tmp_path, hidden):
    run_script(
        """
import os, sys
from pathlib import Path
import numpy as np
from kmeans_fast import kmeans
from kmeans_fast.sources import scratch

folder = Path(sys.argv[1])
scratch.HIDE_AT_ONCE = sys.argv[2] == "True"
x = np.random.default_rng(0).random((20_000, 3))
np.save(folder / "x.npy", np.asfortranarray(x))
(folder / "scratch").mkdir()

def fit(data, **options):
    options = {"init": "k-means||", "rng": 0, "max_iter": 6, "tol": 0, **options}
    return kmeans(data, 8, **options).inertia

def stream(**options):
    return fit(folder / "x.npy", scratch_dir=folder / "scratch", **options)

def forks(_iteration):
    child = os.fork()
    if child == 0:
        os._exit(0 if stream() == expected else 1)
    children.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

children = []
expected = fit(x)
assert stream() == expected
assert stream(callback=forks) == expected
assert children == [0] * 6, children
assert [*(folder / "scratch").iterdir()] == []
""",
        tmp_path,
        hidden,
    )


def resident_bytes(path):
    """Bytes of a file that the page cache holds."""
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        view = np.frombuffer(mapped, dtype=np.uint8)
        pages = (ctypes.c_ubyte * -(-len(view) // mmap.PAGESIZE))()
        address = ctypes.c_void_p(view.ctypes.data)
        assert libc.mincore(address, ctypes.c_size_t(len(view)), pages) == 0
        del view
    return mmap.PAGESIZE * sum(page & 1 for page in pages)


@pytest.mark.skipif(sys.platform != "linux", reason="the page cache is asked in Linux's way")
def test_the_page_cache_is_left_to_others(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.random.default_rng(0).random((500_000, 8)))
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if resident_bytes(path):
        pytest.skip("this file system keeps its pages")
    most = 0

    def callback(_iteration):
        nonlocal most
        most = max(most, resident_bytes(path))

    kmeans(path, 8, rng=0, max_iter=4, callback=callback)
    assert most < path.stat().st_size / 2
    assert resident_bytes(path) < path.stat().st_size / 100  # the header


MEMORY = """
import sys
from pathlib import Path
import numpy as np
from kmeans_fast import kmeans

STATUS = Path("/proc/self/status")
def kibibytes(field):
    return next(int(s.split()[1]) for s in STATUS.read_text().splitlines() if s.startswith(field))

path, limit = Path(sys.argv[1]), int(sys.argv[2])
kmeans(np.zeros((9000, 2), dtype=np.float32), 1)
small = path.with_name("small.npy")
np.save(small, np.random.default_rng(0).random((9000, 2)))
kmeans(small, 5, memory_limit=limit, max_iter=2)
options = {"memory_limit": limit, "max_iter": 3, "scratch_dir": path.parent, "rng": 0}
options |= eval(sys.argv[3])
Path("/proc/self/clear_refs").write_text("5")
before = kibibytes("VmRSS")
result = kmeans(path, 20, **options)
assert len(result.labels)
print(1024 * (kibibytes("VmHWM") - before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is asked in Linux's way")
@pytest.mark.parametrize(
    ("order", "options"),
    [
        ("C", "{}"),
        ("F", "{'n_init': 2, 'init': 'random'}"),
        ("C", "{'init': 'afk-mc2', 'sample_weight': np.ones(2_500_000)}"),
        ("C", "{'init': 'random-partition', 'n_init': 2}"),
    ],
)
def test_peak_memory_is_below_the_limit(tmp_path, order, options):
    path, limit = tmp_path / "x.npy", 120 << 20
    x = np.random.default_rng(0).random((2_500_000, 16), dtype=np.float32)
    np.save(path, np.asarray(x, order=order))
    peak = int(run_script(MEMORY, path, limit, options))
    assert peak < limit
    path.unlink()
