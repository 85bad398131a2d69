"""The data sets of our history: new ones are appended, existing ones never change."""

import numpy as np

DTYPES = ["float32", "float64"]
SHAPES = {
    "100k, 2, 100": (100_000, 2, 100),
    "100k, 16, 64": (100_000, 16, 64),
    "50k, 32, 256": (50_000, 32, 256),
    "20k, 128, 512": (20_000, 128, 512),
    "5k, 768, 256": (5_000, 768, 256),
}


def blobs(name, dtype):
    """Rows in as many normal groups as centers, and start centers among them."""
    n, d, k = SHAPES[name]
    rng = np.random.default_rng(0)
    means = rng.uniform(-10, 10, (k, d))
    x = means[rng.integers(0, k, n)] + rng.standard_normal((n, d))
    return x.astype(dtype), x[rng.choice(n, k, replace=False)].astype(dtype)
