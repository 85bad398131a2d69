"""How many threads a piece of work gets; results never depend on it.

An explicit argument wins, then ``OMP_NUM_THREADS``, then the CPUs this process may run on, less
where a control group (a container's CPU limit) grants fewer. Work too small to share stays on one
thread, and so does everything in a forked child whose parent had used several: the threads of the
parent's OpenMP pool do not exist in the child, and waiting for them would never end.
"""

import os
from functools import cache
from math import ceil
from pathlib import Path

# About 10 microseconds of multiply-adds at 10 to 30 per nanosecond; waking a thread takes 2 to 10.
WORK_PER_THREAD = 1 << 17
# More than so many times the CPUs win nothing, and a process may not be able to start them.
MOST_PER_CPU, LEAST_LIMIT = 4, 16


class _Process:
    """What this process has done so far."""

    used_several = False
    forked_after_several = False


def _after_fork_in_child():
    _Process.forked_after_several |= _Process.used_several


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


def effective_threads(n_threads, work):
    """Threads for ``work`` multiply-adds, at most ``n_threads`` where that is not None."""
    most = work // WORK_PER_THREAD
    if most <= 1 or _Process.forked_after_several:
        return 1
    asked = default_threads() if n_threads is None else int(n_threads)
    threads = min(most, asked, max(LEAST_LIMIT, MOST_PER_CPU * (os.cpu_count() or 1)))
    if threads > 1:
        _Process.used_several = True
    return threads


def default_threads():
    """Threads that large work gets where nobody asked for a number."""
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if first.isdecimal() and int(first) > 0:
        return int(first)
    if hasattr(os, "sched_getaffinity"):
        n_cpus = len(os.sched_getaffinity(0))
    else:
        n_cpus = os.cpu_count() or 1
    quota = cpu_quota()
    return n_cpus if quota is None else max(1, min(n_cpus, ceil(quota)))


@cache
def cpu_quota(mounted="/sys/fs/cgroup", membership="/proc/self/cgroup"):
    """CPUs' worth of time the control groups of this process grant, None where unlimited."""
    try:
        lines = Path(membership).read_text().splitlines()
    except OSError:
        return None
    quotas = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            quotas += _group_quotas(Path(mounted), group, _quota_v2)
        elif "cpu" in controllers.split(","):
            for mount in {"cpu", controllers}:
                quotas += _group_quotas(Path(mounted) / mount, group, _quota_v1)
    return min(quotas, default=None)


def _group_quotas(mount, group, read):
    """Quotas of a group and of all groups above it; each of them limits the process."""
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


def _quota_v2(folder):
    quota, period = (folder / "cpu.max").read_text().split()
    return int(quota), int(period)


def _quota_v1(folder):
    quota, period = ((folder / f"cpu.cfs_{item}_us").read_text() for item in ("quota", "period"))
    return int(quota), int(period)
