"""The data sets of the comparison and their start centers; the same bits in every run."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shape:
    """Rows, features, centers, kind of data, and the speed-up over scikit-learn we ask for."""

    n: int
    d: int
    k: int
    kind: str
    at_least: float | None = None

    def __str__(self):
        return f"{thousands(self.n)}, {self.d}, {self.k} ({self.kind})"


def thousands(n):
    """1500000 as 1.5M, 200000 as 200k."""
    return f"{n / 1e6:g}M" if n >= 1_000_000 else f"{n / 1e3:g}k" if n >= 1000 else str(n)


FIT_SHAPES = (
    Shape(1_000_000, 2, 100, "blobs", 6),
    Shape(500_000, 3, 64, "pixels", 4),
    Shape(500_000, 16, 64, "blobs", 2.5),
    Shape(200_000, 8, 256, "uniform", 3.5),
    Shape(200_000, 32, 1000, "normal", 2.2),
    Shape(200_000, 128, 1024, "normal", 1.5),
    Shape(50_000, 768, 256, "normal", 1.3),
)

SEEDING_SHAPES = (
    Shape(100_000, 32, 200, "blobs", 8),
    Shape(270_000, 3, 256, "pixels", 8),
)


def normal(rng, shape):
    """Isotropic normal rows: no clusters at all."""
    return rng.standard_normal((shape.n, shape.d), dtype=np.float32)


def uniform(rng, shape):
    """Rows spread evenly over the unit cube."""
    return rng.random((shape.n, shape.d), dtype=np.float32)


def blobs(rng, shape):
    """As many normal groups of deviation 1 as centers, their means uniform in [-10, 10]."""
    means = rng.uniform(-10, 10, (shape.k, shape.d)).astype(np.float32)
    return means[rng.integers(0, shape.k, shape.n)] + normal(rng, shape)


def pixels(rng, shape):
    """The colors of scikit-learn's picture of China, repeated until there are n of them."""
    from sklearn.datasets import load_sample_image

    colors = load_sample_image("china.jpg").reshape(-1, 3).astype(np.float32) / 255
    return np.resize(colors, (shape.n, 3))


KINDS = {maker.__name__: maker for maker in (normal, uniform, blobs, pixels)}


def make_data(shape, dtype, seed=0):
    """Rows (n, d) and start centers (k, d): distinct rows, the same for every peer."""
    rng = np.random.default_rng(seed)
    x = KINDS[shape.kind](rng, shape).astype(dtype)
    distinct = np.unique(x[rng.permutation(shape.n)[: 20 * shape.k]], axis=0)
    return x, distinct[rng.permutation(len(distinct))[: shape.k]]


def true_inertia(x, centers):
    """Sum of squared distances to the nearest centers, in float64, on all rows."""
    mean = x.mean(axis=0, dtype=np.float64)
    centers = centers.astype(np.float64) - mean
    norms = (centers**2).sum(axis=1)
    total = 0.0
    for start in range(0, len(x), 4096):
        rows = x[start : start + 4096] - mean
        distances = norms - 2 * rows @ centers.T
        total += float((rows**2).sum() + distances.min(axis=1).sum())
    return total
