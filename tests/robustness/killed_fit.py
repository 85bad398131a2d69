"""A fit with a checkpoint, for the tests that kill it: ``python killed_fit.py SETTINGS.json``.

The settings are the arguments of `kmeans`. Each iteration waits a little, and moments of the
fit are written to standard output, so that a test can choose when to end the process.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from kmeans_fast import kmeans

settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
rng = getattr(np.random, settings.pop("rng"))(getattr(np.random, settings.pop("bits"))(5))
X = settings.pop("X")
if settings.pop("in_memory"):
    X = np.load(X)
if settings.pop("weighted"):
    settings["sample_weight"] = np.random.default_rng(1).integers(0, 4, settings.pop("n_rows"))
else:
    settings.pop("n_rows")


def callback(iteration):
    time.sleep(0.005)


print("begin", flush=True)
result = kmeans(X, rng=rng, callback=callback, **settings)
np.savez(
    settings["checkpoint"] + ".npz",
    labels=result.labels,
    centers=result.centers,
    inertia=result.inertia,
    n_iter=result.n_iter,
    moved=result.history.n_moved,
    inertias=result.history.inertia,
    best=result.restarts.best,
)
