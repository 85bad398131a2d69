"""Longest time between two checks for signals, which is the delay of Ctrl-C, per entry point.

    python tests/robustness/measure_interrupts.py --megabytes 1000

A timer sends a signal every few milliseconds. Its handler, like that of Ctrl-C, runs when the
interpreter or a loop of the core checks for signals. The program prints one line of JSON per call:
its name, the shape of the data, its seconds, the longest time without a check, and the place in the
Python code where that time ended.
"""

import argparse
import json
import signal
import time
from functools import partial
from pathlib import Path

import numpy as np

from kmeans_fast import (
    KMeans,
    assign,
    kmeans,
    kmeans_1d,
    kmeans_afkmc2,
    kmeans_parallel,
    kmeans_plusplus,
)

INTERVAL = 0.004


def rows(megabytes, d, dtype=np.float32):
    """Rows of standard normal numbers, of the given megabytes, drawn in chunks."""
    n = max(6000, int(megabytes * 1e6) // (d * np.dtype(dtype).itemsize))
    x = np.empty((n, d), dtype=dtype)
    rng = np.random.default_rng(0)
    for start in range(0, n, 1 << 20):
        part = x[start : start + (1 << 20)]
        part[:] = rng.standard_normal(part.shape, dtype=np.float32)
    return x


def pixels(megabytes):
    """Rows with repetitions: three features of 64 values each."""
    x = rows(megabytes, 3)
    np.clip(np.rint(x * 10), -31, 32, out=x)
    return x


def fit(k, **parameters):
    """A call of `kmeans` that starts from rows and takes two iterations."""
    options = {"init": lambda x, k, rng: x[:: len(x) // k][:k].copy(), "n_init": 1, "max_iter": 2}
    return lambda x: partial(kmeans, x, k, rng=0, **{**options, **parameters})


def given(function, *arguments):
    """A call of a function with the rows and other arguments."""
    return lambda x: partial(function, x, *arguments)


def estimator(method):
    """A call of a method of an estimator that was fitted to a few rows."""

    def call(x):
        model = KMeans(8, n_init=1, max_iter=2, random_state=0).fit(x[:2000])
        return partial(getattr(model, method), x)

    return call


def weighted(x):
    """A fit with weights, some of which are zero."""
    weight = np.resize([1.0, 0.5, 0.0, 2.0], len(x))
    return partial(kmeans, x, 8, sample_weight=weight, init=x[:8], max_iter=2)


# name: (function that makes the rows, function that makes the call from the rows)
CALLS = {
    "lloyd": (lambda m: rows(m, 16), fit(64, algorithm="lloyd")),
    "lloyd, float64": (lambda m: rows(m, 16, np.float64), fit(64, algorithm="lloyd")),
    "lloyd, many centers": (lambda m: rows(m / 20, 64), fit(5000, algorithm="lloyd")),
    "lloyd, weighted": (lambda m: rows(m / 2, 4), weighted),
    "hamerly": (lambda m: rows(m, 16), fit(64, algorithm="hamerly")),
    "elkan": (lambda m: rows(m / 2, 128), fit(512, algorithm="elkan")),
    "elkan, many centers": (lambda m: rows(m / 4, 32), fit(4000, algorithm="elkan")),
    "codes": (lambda m: rows(m / 2, 128), fit(512, algorithm="codes")),
    "sketch": (lambda m: rows(m / 2, 128), fit(512, algorithm="sketch")),
    "filtering": (lambda m: rows(m, 2), fit(64, algorithm="filtering")),
    "sorted": (lambda m: rows(m, 1), fit(64, algorithm="sorted")),
    "auto": (lambda m: rows(m, 8), fit(32)),
    "auto, identical rows": (pixels, fit(32)),
    "k-means++": (lambda m: rows(m, 16), fit(64, init="k-means++", max_iter=1)),
    "k-means||": (lambda m: rows(m, 16), fit(16, init="k-means||", max_iter=1)),
    "afk-mc2": (lambda m: rows(m, 16), fit(16, init="afk-mc2", max_iter=1)),
    "random": (lambda m: rows(m, 16), fit(16, init="random", max_iter=1)),
    "random-partition": (lambda m: rows(m, 16), fit(16, init="random-partition", max_iter=1)),
    "density": (lambda m: rows(m, 16), fit(16, init="density", max_iter=1)),
    "kmeans_plusplus": (lambda m: rows(m, 4), given(kmeans_plusplus, 32)),
    "kmeans_parallel": (lambda m: rows(m, 4), given(kmeans_parallel, 8)),
    "kmeans_afkmc2": (lambda m: rows(m, 4), given(kmeans_afkmc2, 32)),
    "kmeans_1d": (lambda m: rows(m / 12, 1), given(kmeans_1d, 6)),
    "assign": (lambda m: rows(m, 16), given(assign, np.eye(64, 16, dtype=np.float32))),
    "assign, mixed types": (lambda m: rows(m, 16), given(assign, np.eye(64, 16))),
    "KMeans.fit": (lambda m: rows(m, 16), estimator("fit")),
    "KMeans.predict": (lambda m: rows(m, 8), estimator("predict")),
    "KMeans.transform": (lambda m: rows(m, 8), estimator("transform")),
    "KMeans.score": (lambda m: rows(m, 8), estimator("score")),
}


def longest_wait(call):
    """Seconds of a call, its longest time without a check for signals, and the place after it."""
    stamps, places = [time.perf_counter()], [""]

    def look(number, frame):
        stamps.append(time.perf_counter())
        places.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
    try:
        call()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    stamps.append(time.perf_counter())
    places.append("the end")
    waits = np.diff(stamps)
    worst = int(np.argmax(waits))
    return stamps[-1] - stamps[0], float(waits[worst]), places[worst + 1]


def main():
    """Measure all calls, or the named ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("calls", nargs="*", default=list(CALLS))
    arguments = parser.parse_args()
    for name in arguments.calls:
        make_rows, make_call = CALLS[name]
        x = make_rows(arguments.megabytes)
        seconds, wait, place = longest_wait(make_call(x))
        line = {"call": name, "shape": x.shape, "seconds": round(seconds, 3)}
        print(json.dumps({**line, "longest_wait": round(wait, 3), "before": place}), flush=True)


if __name__ == "__main__":
    main()
