"""The number of threads for a piece of work; results never depend on it.

An explicit argument wins. Without one, the number is ``OMP_NUM_THREADS``, or else the number of
CPUs that this process may run on. It is smaller if a control group (the CPU limit of a container)
grants fewer CPUs, or if a smaller number was set in OpenMP (threadpoolctl,
``omp_set_num_threads``). Python threads that compute at the same time share these CPUs. One thread
is used inside a parallel region, for work that is too small to share, and, without an explicit
number, inside a worker of a process pool.

The threads of OpenMP do not exist in a forked child. So we end them before a fork, and they start
again in parent and child. Where they cannot be ended, the child uses one thread for all work.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from math import ceil
from pathlib import Path
from threading import get_ident, local

from . import _backend

# Multiply-adds that take about 10 microseconds, at 10 to 30 per nanosecond; waking a thread takes
# 2 to 10 microseconds (benchmarks/two_threads.py).
WORK_PER_THREAD = 1 << 17
# More threads than this multiple of the CPUs gain nothing, and may be impossible to start.
MOST_PER_CPU, LEAST_LIMIT = 4, 16
STACK_UNITS = {"B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


class _Process:
    """State of this process: whether it used several threads, and forked after that."""

    used_several = False
    forked_after_several = False


class _Thread(local):
    """State of this Python thread: its running OpenMP threads, and whether they were ended."""

    running = 1
    ended = False


_thread = _Thread()
_computing: set[int] = set()
"""Python threads that currently do work large enough for several threads."""


def _before_fork() -> None:
    _thread.ended = _backend.runtime.end_threads()
    _thread.running = 1


def _after_fork_in_child() -> None:
    # Another thread may have been inside the runtime, with its locks taken.
    alone = _computing <= {get_ident()}
    _Process.forked_after_several |= _Process.used_several and not (_thread.ended and alone)
    _computing.intersection_update({get_ident()})
    _thread.ended = False


def _after_fork_in_parent() -> None:
    _thread.ended = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_child=_after_fork_in_child,
        after_in_parent=_after_fork_in_parent,
    )


def effective_threads(n_threads: int | None, work: int) -> int:
    """Number of threads for ``work`` multiply-adds, at most ``n_threads`` unless that is None."""
    most = work // WORK_PER_THREAD
    if most <= 1 or _Process.forked_after_several or _backend.runtime.in_parallel():
        return 1
    asked = _own_share(default_threads()) if n_threads is None else int(n_threads)
    threads = min(most, asked)
    if threads > LEAST_LIMIT:  # counting the CPUs takes as long as a step on a few thousand rows
        threads = min(threads, max(LEAST_LIMIT, MOST_PER_CPU * (os.cpu_count() or 1)))
    if threads > _thread.running:
        # A runtime that fails to start a thread ends the process, so test it first.
        threads = _backend.runtime.start_threads(threads, _stack_size())
    if threads > 1:
        _thread.running = threads
        _Process.used_several = True
    return threads


def computing(work: int) -> AbstractContextManager[None]:
    """Context for ``work``: other Python threads leave this one its share of the CPUs."""
    if work < 2 * WORK_PER_THREAD or get_ident() in _computing:
        return nullcontext()
    return _counted()


@contextmanager
def _counted() -> Iterator[None]:
    _computing.add(get_ident())
    try:
        yield
    finally:
        _computing.discard(get_ident())


def _own_share(threads: int) -> int:
    others = len(_computing - {get_ident()})
    return max(1, threads // (1 + others))


def default_threads() -> int:
    """Threads for large work without an explicit number, while no other Python thread computes."""
    asked = _environment_threads()
    limit: int = _backend.runtime.max_threads()
    if limit not in (0, _AT_START):  # changed since the start
        return min(limit, _granted_cpus())
    if asked is not None:
        return asked
    return 1 if _in_pool_worker() else _granted_cpus()


def _environment_threads() -> int | None:
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(first) if first.isdecimal() and int(first) > 0 else None


def _allowed_cpus() -> int:
    """CPUs in the affinity mask."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _granted_cpus() -> int:
    """CPUs that this process may run on, limited by the CPU time that it is granted."""
    quota = cpu_quota()
    return _allowed_cpus() if quota is None else max(1, min(_allowed_cpus(), ceil(quota)))


_AT_START = _environment_threads() or _allowed_cpus()
"""Number of threads with which an OpenMP runtime starts."""


def _in_pool_worker() -> bool:
    """Whether this is a worker of `multiprocessing.Pool` (joblib and Dask set OMP_NUM_THREADS)."""
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and bool(processes.current_process().daemon)


def _stack_size() -> int:
    """Stack size of an OpenMP thread in bytes, 0 if OMP_STACKSIZE is not set."""
    text = os.environ.get("OMP_STACKSIZE", "").strip().upper()
    number, unit = (text[:-1], text[-1]) if text[-1:] in STACK_UNITS else (text, "K")
    return int(number) * STACK_UNITS[unit] if number.strip().isdecimal() else 0


@cache
def cpu_quota(
    mounted: str = "/sys/fs/cgroup", membership: str = "/proc/self/cgroup"
) -> float | None:
    """CPU time per second that the control groups of this process grant, None if unlimited."""
    try:
        lines = Path(membership).read_text().splitlines()
    except OSError:
        return None
    quotas: list[float] = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            quotas += _group_quotas(Path(mounted), group, _quota_v2)
        elif "cpu" in controllers.split(","):
            for mount in {"cpu", controllers}:
                quotas += _group_quotas(Path(mounted) / mount, group, _quota_v1)
    return min(quotas, default=None)


def _group_quotas(
    mount: Path, group: str, read: Callable[[Path], tuple[int, int]]
) -> Iterator[float]:
    """Quotas of a group and of all its parents; each of them limits the process."""
    directory = mount / group.lstrip("/")
    for folder in (directory, *directory.parents):
        try:
            quota, period = read(folder)
            if quota > 0 and period > 0:
                yield quota / period
        except (OSError, ValueError):  # no such file, or "max": this group has no limit
            pass
        if folder == mount:
            return


def _quota_v2(folder: Path) -> tuple[int, int]:
    quota, period = (folder / "cpu.max").read_text().split()
    return int(quota), int(period)


def _quota_v1(folder: Path) -> tuple[int, int]:
    quota, period = ((folder / f"cpu.cfs_{item}_us").read_text() for item in ("quota", "period"))
    return int(quota), int(period)
