"""The data sets of all benchmarks here: new ones are added, existing ones never change."""

import numpy as np

DTYPES = ["float32", "float64"]
REPEAT = (2, 6, 3.0)
"""Repeats of slow benchmarks: from two to six, within about three seconds."""
SHAPES = {
    "100k, 2, 100": (100_000, 2, 100),
    "100k, 16, 64": (100_000, 16, 64),
    "50k, 32, 256": (50_000, 32, 256),
    "20k, 128, 512": (20_000, 128, 512),
    "5k, 768, 256": (5_000, 768, 256),
}


def blobs(name, dtype):
    """Rows in k normal groups, and k of the rows as start centers."""
    n, d, k = SHAPES[name]
    rng = np.random.default_rng(0)
    means = rng.uniform(-10, 10, (k, d))
    x = means[rng.integers(0, k, n)] + rng.standard_normal((n, d))
    return x.astype(dtype), x[rng.choice(n, k, replace=False)].astype(dtype)


OVERLAPPING = {
    "100k, 2, 100": (100_000, 2, 100),
    "50k, 16, 64": (50_000, 16, 64),
    "20k, 32, 500": (20_000, 32, 500),
    "10k, 128, 256": (10_000, 128, 256),
    "5k, 384, 128": (5_000, 384, 128),
}


def overlapping(name):
    """Rows in 50 overlapping groups, with decaying spread, and k of the rows as start centers."""
    n, d, k = OVERLAPPING[name]
    rng = np.random.default_rng(0)
    spread = np.arange(1, d + 1) ** -0.6
    x = (
        rng.standard_normal((50, d))[rng.integers(0, 50, n)] + rng.standard_normal((n, d))
    ) * spread
    x = (x @ np.linalg.qr(rng.standard_normal((d, d)))[0]).astype(np.float32)
    return x, x[rng.choice(n, k, replace=False)]
