"""Rows and start centers of a shape, the same bits in every run, and their inertia."""

import numpy as np

from kinds import KINDS


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
