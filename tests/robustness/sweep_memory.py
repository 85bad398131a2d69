"""Every entry point with less and less address space: a result or MemoryError, never a crash.

    export MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=0
    python tests/robustness/sweep_memory.py

With these settings the allocator returns all free memory and reserves none, so that the limit
applies to it.

For each call the program prints the number of limits, and the number of limits that were too low.
After each attempt a small fit must give the same result as before.
"""

import resource
from pathlib import Path

import numpy as np

from kmeans_fast import (
    ALGORITHMS,
    KMeans,
    _threads,
    assign,
    kmeans,
    kmeans_1d,
    kmeans_afkmc2,
    kmeans_parallel,
    kmeans_plusplus,
)
from kmeans_fast._names import INITS
from kmeans_fast.assigners.registry import takes

PAGE = resource.getpagesize()
LIMITS = [-32768, *range(0, 2048, 256), *range(2048, 8192, 1024), 16384, 24576, 32768, 65536]
"""Kilobytes beyond the memory of the process; threads that end late may return some."""


def calls():
    """Name and call of each entry point."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40_000, 8)).astype(np.float32)
    line = np.ascontiguousarray(x[:, :1])
    plane = np.ascontiguousarray(x[:, :2])
    model = KMeans(16, n_init=1, max_iter=2, random_state=0).fit(x)
    for algorithm in ALGORITHMS:
        d = next(d for d in (8, 2, 1) if takes(algorithm, d))
        rows = {8: x, 2: plane, 1: line}[d]
        yield (
            f"kmeans, {algorithm}",
            lambda rows=rows, a=algorithm: kmeans(
                rows, 16, init=rows[:16], algorithm=a, max_iter=3, n_threads=3
            ),
        )
    for init in INITS:
        yield (
            f"kmeans, {init}",
            lambda init=init: kmeans(x, 16, init=init, n_init=1, rng=0, max_iter=2, n_threads=3),
        )
    yield "KMeans.fit", lambda: KMeans(16, n_init=1, max_iter=2, random_state=0).fit(x)
    yield "KMeans.predict", lambda: model.predict(x)
    yield "KMeans.transform", lambda: model.transform(x)
    yield "KMeans.score", lambda: model.score(x)
    yield "assign", lambda: assign(x, x[:16], return_distance=True, n_threads=4)
    yield "assign, mixed types", lambda: assign(x, x[:16].astype(np.float64))
    yield "kmeans_plusplus", lambda: kmeans_plusplus(x, 16, random_state=0)
    yield "kmeans_parallel", lambda: kmeans_parallel(x, 16, random_state=0)
    yield "kmeans_afkmc2", lambda: kmeans_afkmc2(x, 16, random_state=0)
    yield "kmeans_1d", lambda: kmeans_1d(line, 16)


def used():
    """Address space of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * PAGE


def end_threads():
    """Make the next call start its threads again, under its memory limit."""
    _threads._backend.runtime.end_threads()
    _threads._thread.running = 1


def main():
    """Try every call under every limit."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    rng = np.random.default_rng(1)
    small = rng.standard_normal((100, 3))
    expected = kmeans(small, 3, init=small[:3]).centers
    for name, call in calls():
        failures = 0
        for i, kilobytes in enumerate(LIMITS):
            if i % 2:
                end_threads()
            resource.setrlimit(resource.RLIMIT_AS, (used() + 1024 * kilobytes, hard))
            try:
                call()
            except MemoryError:
                failures += 1
            finally:
                resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
            again = kmeans(small, 3, init=small[:3]).centers
            assert np.array_equal(again, expected), name
        call()
        print(f"{name}: {failures} of {len(LIMITS)}", flush=True)


if __name__ == "__main__":
    main()
