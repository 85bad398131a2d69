"""Fits after a fork: in a child, in pools of children, from threads, in the middle of a fit."""

import os
from pathlib import Path

import pytest

from processes import run_script

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

HERE = str(Path(__file__).parent)
OPENING = f"""
import multiprocessing, os, sys, threading
from concurrent.futures import ProcessPoolExecutor
sys.path.insert(0, {HERE!r})
from fits import X, digest
from kmeans_fast import _backend, _threads

def threads():
    return _threads.effective_threads(4, 1 << 40)

def in_child(*checks):
    child = os.fork()
    if child == 0:
        os._exit(0 if all(check() for check in checks) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

expected = digest(n_threads=1)
# where the runtime cannot end its threads before a fork, the child makes do with one
several = 4 if _backend.runtime.end_threads() else 1
"""


def check(body):
    run_script(OPENING + body)


def test_parent_and_child_both_fit_on_several_threads():
    check("""
assert digest() == expected and threads() == 4
assert in_child(lambda: digest() == expected, lambda: threads() == several)
assert digest() == expected and threads() == 4
""")


def test_a_child_of_a_child():
    check("""
assert digest() == expected
assert in_child(lambda: digest() == expected, lambda: in_child(lambda: digest() == expected))
""")


def test_only_the_child_has_fitted():
    check("""
assert in_child(lambda: digest() == expected, lambda: threads() == 4)
assert digest() == expected
""")


def test_after_a_fit_in_a_python_thread():
    check("""
thread = threading.Thread(target=digest)
thread.start()
thread.join()
assert in_child(lambda: digest() == expected, lambda: threads() == several)
assert digest() == expected
""")


def test_a_python_thread_forks():
    check("""
results = []
assert digest() == expected
def fork():
    digest()
    results.append(in_child(lambda: digest() == expected, lambda: threads() == several))
thread = threading.Thread(target=fork)
thread.start()
thread.join()
assert results == [True]
""")


def test_another_thread_is_in_the_middle_of_a_fit():
    """The other thread may hold locks of the runtime, so the child uses one thread."""
    check("""
inside, go_on = threading.Event(), threading.Event()
def wait(iteration):
    inside.set()
    go_on.wait()
thread = threading.Thread(target=digest, kwargs={"callback": wait})
thread.start()
inside.wait()
assert in_child(lambda: digest() == expected, lambda: threads() == 1)
go_on.set()
thread.join()
assert digest() == expected and threads() == 4
""")


def test_many_forks_while_threads_fit():
    check("""
stop = threading.Event()
def fit():
    while not stop.is_set():
        digest()
workers = [threading.Thread(target=fit) for _ in range(3)]
for worker in workers:
    worker.start()
assert all(in_child(lambda: digest() == expected) for _ in range(20))
stop.set()
for worker in workers:
    worker.join()
""")


def test_a_callback_forks():
    check("""
done = []
def fork(iteration):
    done.append(in_child(lambda: digest() == expected, lambda: threads() == several))
assert digest(callback=fork) == expected
assert done and all(done)
""")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_of_processes(tmp_path, method):
    """Each worker runs one fit at a time, after any fits in the parent."""
    path = tmp_path / "pool.py"
    path.write_text(
        OPENING
        + f"""
if __name__ == "__main__":
    assert digest() == expected
    context = multiprocessing.get_context({method!r})
    with context.Pool(3) as pool:
        assert set(pool.map(digest, [0] * 6)) == {{expected}}
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert set(pool.map(digest, [0] * 4)) == {{expected}}
    assert digest() == expected
"""
    )
    run_script(path)


def test_joblib():
    pytest.importorskip("joblib")
    check("""
from joblib import Parallel, delayed
assert digest() == expected
for backend in ("loky", "threading", "multiprocessing"):
    found = Parallel(n_jobs=2, backend=backend)(delayed(digest)(n_threads=None) for _ in range(4))
    assert set(found) == {expected}, backend
    counts = Parallel(n_jobs=2, backend=backend)(
        delayed(_threads.default_threads)() for _ in range(2)
    )
    if backend != "threading":
        assert max(counts) <= max(1, os.cpu_count() // 2), (backend, counts)
""")


def test_dask():
    pytest.importorskip("dask")
    check("""
import dask
assert digest() == expected
tasks = [dask.delayed(digest)(n_threads=None) for _ in range(6)]
for scheduler in ("threads", "synchronous"):
    assert set(dask.compute(*tasks, scheduler=scheduler, num_workers=3)) == {expected}
""")


def test_dask_workers(tmp_path):
    """Processes that run two tasks at a time."""
    pytest.importorskip("distributed")
    path = tmp_path / "workers.py"
    path.write_text(
        OPENING
        + """
if __name__ == "__main__":
    from distributed import Client, LocalCluster
    assert digest() == expected
    with (
        LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        workers = [worker.worker_address for worker in cluster.workers.values()]
        fits = [client.map(digest, [0] * 3, n_threads=2, pure=False, workers=w) for w in workers]
        assert client.gather(fits) == [[expected] * 3] * 2
    assert digest() == expected
"""
    )
    run_script(path)
