"""Growth of memory in a process with fits, predictions and seedings of changing shapes.

    python tests/robustness/grow.py 3000

prints the growth of the resident memory in megabytes over 3,000 rounds, after 300 rounds of
warm-up. The test runs fewer rounds.
"""

import ctypes
import gc
import os
import pickle
import sys
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np

import kmeans_fast
from kmeans_fast import ALGORITHMS, KMeans
from kmeans_fast.assigners.registry import takes

INITS = ("k-means++", "k-means||", "afk-mc2", "random", "random-partition", "density")
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident_megabytes():
    """Resident memory of this process, after free memory was returned to the system."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20


def one_round(i):
    """Call everything once, with a shape that only this round has."""
    rng = np.random.default_rng(i)
    n, d, k = rng.integers(40, 3000), rng.integers(1, 40), rng.integers(1, 40)
    if i % 3 == 0:
        d = 1 + i % 4
    x = rng.standard_normal((n, d)).astype(rng.choice([np.float32, np.float64]))
    names = [name for name in ALGORITHMS if takes(name, d)]
    model = KMeans(
        int(k),
        init=INITS[i % len(INITS)],
        algorithm=names[i % len(names)],
        n_init=1,
        max_iter=5,
        n_threads=1 + i % 3,
        random_state=i,
    )
    model.fit(x, sample_weight=rng.random(n) if i % 2 else None)
    model = pickle.loads(pickle.dumps(model))
    model.predict(x[: n // 2])
    model.transform(x[:50])
    model.score(x)
    kmeans_fast.kmeans_plusplus(x, int(k), random_state=i)
    kmeans_fast.kmeans_1d(x[:, 0], int(min(k, 9)))
    kmeans_fast.assign(x, model.cluster_centers_, return_distance=True)
    with suppress(ValueError):
        kmeans_fast.kmeans(x * np.nan, 2)


def growth(rounds):
    """Growth of memory over all rounds, in megabytes."""
    warm_up = max(20, rounds // 10)
    for i in range(warm_up):
        one_round(i)
    before = resident_megabytes()
    for i in range(warm_up, warm_up + rounds):
        one_round(i)
    return resident_megabytes() - before


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(f"{growth(int(sys.argv[1])):.2f}")
