"""Statistics of the features: they scale ``tol``, the grid of the sums and the seeding."""

import numpy as np

from .exact_sums import exact_sum
from .sums import accumulate_rows


def feature_range(x, n_threads):
    """Largest |x| of each feature, float64 (d,); inf or nan where a value is not finite."""
    return np.abs(x).max(axis=0).astype(np.float64)


def feature_moments(x, sample_weight, n_threads):
    """Weighted mean of each feature and weighted sum of squares about it, float64 (d,) each."""
    x = x.astype(np.float64)
    weight = np.ones(len(x)) if sample_weight is None else sample_weight
    mean = (weight[:, None] * x).sum(axis=0) / weight.sum()
    squares = (weight[:, None] * (x - mean) ** 2).sum(axis=0)
    return mean, squares


def moments(x, sample_weight, origin, sums, grid, n_threads):
    """Add all rows to the words of one cluster, ``sums`` (1, 2 * layers, d + 1).

    Returns the exact sum of the weighted defining sums of all rows and ``origin``, float64 (d,).
    """
    nowhere, here = np.full(len(x), -1, dtype=np.int32), np.zeros(len(x), dtype=np.int32)
    accumulate_rows(x, sample_weight, nowhere, here, sums, grid)
    squares = np.zeros(len(x))
    with np.errstate(over="ignore", under="ignore"):
        for f in range(x.shape[1]):
            squares += (x[:, f].astype(np.float64) - origin[f]) ** 2
    return exact_sum(squares, sample_weight, n_threads)
