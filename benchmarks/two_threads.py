"""The least work for which a second thread pays: the source of `WORK_PER_THREAD` in `_threads`.

    python benchmarks/two_threads.py

Assigns few rows of 8 features to 8 centers, with one thread and with two, without the threshold.
"""

import timeit
from functools import partial

import numpy as np

from kmeans_fast import _backend
from kmeans_fast._threads import WORK_PER_THREAD
from table import markdown

SIZES = [1 << power for power in range(14, 24)]
"""Amounts of work, in multiply-adds."""
REPEATS, SECONDS_PER_REPEAT = 9, 0.02
FEATURES = CENTERS = 8


def main():
    """Print the table."""
    rows = []
    for work in SIZES:
        x = np.random.default_rng(0).standard_normal((work // (FEATURES * CENTERS), FEATURES))
        centers, labels = x[:CENTERS].copy(), np.empty(len(x), dtype=np.int32)
        one, two = (
            fastest(partial(_backend.assign.assign_rows, x, centers, labels, n_threads))
            for n_threads in (1, 2)
        )
        uses = "2" if work >= 2 * WORK_PER_THREAD else "1"
        rows.append([f"{work:,}", f"{one:.1f}", f"{two:.1f}", f"{one / two:.2f}", uses])
    print(
        markdown(
            "A second thread",
            ["multiply-adds", "1 thread, microseconds", "2 threads", "times faster", "we use"],
            rows,
            f"float64, {FEATURES} features, {CENTERS} centers; fastest of {REPEATS} series.",
        )
    )


def fastest(call):
    """Microseconds of one call, in the fastest series."""
    timer = timeit.Timer(call)
    number = max(1, int(SECONDS_PER_REPEAT / max(1e-7, timer.timeit(3) / 3)))
    return 1e6 * min(timer.repeat(REPEATS, number)) / number


if __name__ == "__main__":
    main()
