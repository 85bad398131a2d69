"""Thread limits set by others, and other OpenMP runtimes in the same process."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from kmeans_fast import _threads, show_config
from kmeans_fast._threads import WORK_PER_THREAD, default_threads, effective_threads
from processes import run_script

HERE = str(Path(__file__).parent)
LARGE = 1000 * WORK_PER_THREAD

pytestmark = pytest.mark.skipif(
    not show_config(mode="dicts")["openmp"], reason="this build has no OpenMP"
)


@pytest.fixture
def four_cpus(monkeypatch):
    """A machine with four CPUs, which the runtime found when it started."""
    threadpoolctl = pytest.importorskip("threadpoolctl")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(_threads, "_granted_cpus", lambda: 4)
    monkeypatch.setattr(_threads, "_AT_START", 4)
    with threadpoolctl.threadpool_limits(limits=4, user_api="openmp"):
        yield threadpoolctl.threadpool_limits


def test_limits_of_threadpoolctl(four_cpus):
    assert default_threads() == 4
    for limit, expected in ((1, 1), (3, 3), (64, 4)):
        with four_cpus(limits=limit):
            assert default_threads() == effective_threads(None, LARGE) == expected
            # an explicit number wins
            assert effective_threads(2, LARGE) == 2
        assert default_threads() == 4


def test_limits_count_beside_the_environment(four_cpus, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    assert default_threads() == 6
    with four_cpus(limits=2):
        assert default_threads() == 2


@pytest.mark.parametrize(("value", "expected"), [("1", "1"), ("3", "3"), ("2,4", "2")])
def test_the_environment_at_the_start(value, expected):
    script = "from kmeans_fast._threads import default_threads; print(default_threads())"
    assert run_script(script, OMP_NUM_THREADS=value).strip() == expected


def test_a_worker_of_a_pool_of_processes_gets_one_thread(four_cpus, monkeypatch):
    import multiprocessing

    monkeypatch.setitem(multiprocessing.process.current_process()._config, "daemon", True)
    assert effective_threads(None, LARGE) == 1
    assert effective_threads(3, LARGE) == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert effective_threads(None, LARGE) == 2


def test_inside_a_parallel_region():
    """A fit inside a parallel region of the same runtime starts no further threads."""
    run_script(f"""
import ctypes, sys
from threadpoolctl import threadpool_info
sys.path.insert(0, {HERE!r})
from fits import digest
from kmeans_fast import _threads

runtimes = [ctypes.CDLL(info["filepath"]) for info in threadpool_info()
            if info["user_api"] == "openmp" and info["prefix"] == "libgomp"]
expected = digest()
calls = []

@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def region(_):
    calls.append((_threads.effective_threads(4, 1 << 40), digest()))

for runtime in runtimes:  # ours is among them, if it is libgomp at all
    runtime.GOMP_parallel(region, None, 2, 0)
assert set(calls) <= {{(1, expected), (4, expected)}}, calls
assert not runtimes or calls.count((1, expected)) == 2, calls
assert _threads.effective_threads(4, 1 << 40) == 4
""")


OTHERS = {
    "sklearn": """
from sklearn.cluster import KMeans
def other():
    KMeans(8, n_init=1, max_iter=3, random_state=0).fit(X)
""",
    "faiss": """
import faiss
def other():
    faiss.Kmeans(8, 8, niter=3, seed=1).train(X)
""",
    "sklearnex": """
from sklearnex.cluster import KMeans
def other():
    KMeans(8, n_init=1, max_iter=3, random_state=0).fit(X)
""",
    "torch": """
import torch
def other():
    torch.cdist(torch.from_numpy(X), torch.from_numpy(X[:100])).sum()
""",
}


@pytest.mark.parametrize("name", OTHERS)
def test_beside_another_runtime(name):
    """Fits of both in turn, from Python threads and in a forked child, do not hang; equal bits."""
    if find_spec(name) is None:  # not imported in this process, where its runtime would stay loaded
        pytest.skip(f"{name} is not installed")
    run_script(f"""
import os, sys, threading
sys.path.insert(0, {HERE!r})
from fits import X, digest
{OTHERS[name]}
expected = digest()
other()
assert digest() == expected
workers = [threading.Thread(target=call) for call in (other, digest, other, digest)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        os._exit(0 if digest() == expected else 1)
    assert os.waitpid(child, 0)[1] == 0
other()
assert digest() == expected
""")
