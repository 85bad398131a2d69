"""Statistics of the features: what scales ``tol``, the sums' grid and the seeding."""

import numpy as np


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
