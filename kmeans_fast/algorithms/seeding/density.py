"""Seeds where the data are dense and far from each other, without chance.

Redmond and Heneghan 2007, "A method for initialising the K-means clustering algorithm using
kd-trees" (Pattern Recognition Letters 28). A kd-tree, split at medians, cuts the rows into leaves
of at most n / (10 k) rows. A leaf stands for a seed at its mean, with the density weight / volume;
since volumes differ by orders of magnitude, densities enter by their rank. The first seed is the
densest leaf, each next one maximizes rank times distance to the seeds so far. The 20 percent of
leaves with the lowest density count as outliers and are left out.
"""

import numpy as np

from ..._chunks import chunks
from ..._interruptible_sort import sort_rows, take_rows

LEAVES_PER_CLUSTER = 10
OUTLIERS = 0.2


def density_seeds(x, sample_weight, n_clusters):
    """Start centers (k, d) of the dtype of x; O(n d log k) time and O(n) extra memory."""
    means, log_density = _leaves(x, sample_weight, n_clusters)
    order = np.argsort(log_density, kind="stable")
    n_out = min(int(OUTLIERS * len(order)), max(0, len(order) - n_clusters))
    kept = order[n_out:]
    points = means[kept]
    rank = np.arange(1, len(kept) + 1) / len(kept)
    chosen = [len(kept) - 1]
    distance = np.full(len(kept), np.inf)
    while len(chosen) < n_clusters:
        np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1), out=distance)
        chosen.append(int(np.argmax(distance * rank)))
    return points[chosen].astype(x.dtype)


def _leaves(x, sample_weight, n_clusters):
    """Means (m, d) and logarithms of the densities (m,) of the leaves of the tree."""
    rows = np.arange(len(x)) if sample_weight is None else np.flatnonzero(sample_weight)
    total = len(rows) if sample_weight is None else float(sample_weight.sum())
    largest = total / (LEAVES_PER_CLUSTER * n_clusters)
    means, densities, pending = [], [], [rows]
    while pending:
        rows = pending.pop()
        points = take_rows(x, rows, np.float64)
        weight = np.ones(len(rows)) if sample_weight is None else sample_weight[rows]
        low, high = _box(points)
        widest = int(np.argmax(high - low))
        if weight.sum() <= largest or low[widest] == high[widest]:
            means.append(low if (low == high).all() else _mean(points, weight))
            densities.append((np.log(weight.sum()), high - low))
            continue
        left = points[:, widest] <= _median(points[:, widest], weight)
        pending += [rows[~left], rows[left]]
    return np.array(means), _log_density(densities)


def _box(points):
    """Smallest and largest value of each feature."""
    parts = [points[rows] for rows in chunks(len(points))]
    low = np.min([part.min(axis=0) for part in parts], axis=0)
    return low, np.max([part.max(axis=0) for part in parts], axis=0)


def _mean(points, weight):
    """Weighted mean, without BLAS: OpenBLAS ends the process where it cannot get memory."""
    return np.einsum("i,ij->j", weight, points) / weight.sum()


def _median(values, weight):
    """Smallest value with half the weight at or below it, but less than the largest value."""
    ordered, order = sort_rows(values, kind="stable")
    ends = np.cumsum(take_rows(weight, order))
    median = ordered[np.searchsorted(ends, ends[-1] / 2)]
    return median if median < ordered[-1] else ordered[ordered < median].max()


def _log_density(leaves):
    """Logarithms of weight over volume; a side of length 0 counts as the leaf's mean side.

    A leaf of equal rows, which has no volume, counts as one whose sides are the shortest of all.
    """
    sides = np.array([side for _, side in leaves])
    with np.errstate(divide="ignore"):
        log_sides = np.log(sides)
    shortest = log_sides[sides > 0].min(initial=np.inf)
    for row in log_sides:
        known = np.isfinite(row)
        row[~known] = row[known].mean() if known.any() else min(shortest, 0.0)
    return np.array([weight for weight, _ in leaves]) - log_sides.sum(axis=1)
