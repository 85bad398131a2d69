"""Optimal clusters of ascending values by dynamic programming, O(k n^2)."""

import numpy as np


def range_costs(values, weights, end):
    """Weighted sums of squares of ``values[s:end]`` about their means, for s = 0 ... end - 1.

    Measured from the last value, which is one of each range, squares are at most n times the cost.
    """
    x, w = (values[:end] - values[end - 1])[::-1], weights[:end][::-1]
    total = np.cumsum(w)
    costs = np.cumsum(w * x * x) - np.cumsum(w * x) ** 2 / total
    return np.maximum(costs, 0.0)[::-1]


def optimal_splits(values, weights, splits, n_threads):
    """Cut ascending values into k clusters with the least sum of squares about their means.

    Writes to ``splits`` (k + 1,) where each cluster begins, and the number of values last. Weights
    are positive, k is at most the number of values, which is below 2^31.
    """
    n, k = len(values), len(splits) - 1
    least = np.full((k + 1, n + 1), np.inf)
    least[0, 0] = 0.0
    best = np.zeros((k + 1, n + 1), dtype=np.int32)
    values = values * 2.0 ** -np.frexp(np.abs(values).max())[1]
    for end in range(1, n + 1):
        sums = least[:-1, :end] + range_costs(values, weights, end)
        best[1:, end] = np.argmin(sums, axis=1)
        least[1:, end] = sums.min(axis=1)
    splits[k] = n
    for j in range(k, 0, -1):
        splits[j - 1] = best[j, splits[j]]
