"""Seeds at dense places that are far from each other; deterministic.

Redmond and Heneghan 2007, "A method for initialising the K-means clustering algorithm using
kd-trees" (Pattern Recognition Letters 28). A kd-tree, split at medians, divides the rows into
leaves of at most n / (10 k) rows. The candidates are the means of the leaves. The density of a leaf
is its weight divided by its volume; the method uses the rank of the density, because volumes differ
by orders of magnitude. The first seed is the candidate of the densest leaf; each further one
maximizes rank times distance to the nearest seed. The 20 percent of leaves with the lowest density
count as outliers and give no candidate.
"""

from __future__ import annotations

import numpy as np

from ..._chunks import chunks
from ..._interruptible_sort import sort_rows, take_rows
from ..._typing import Doubles, Indices, Matrix

LEAVES_PER_CLUSTER = 10
OUTLIERS = 0.2


def density_seeds(x: Matrix, sample_weight: Doubles | None, n_clusters: int) -> Matrix:
    """Start centers (k, d) of the dtype of x; O(n d log k) time, and a copy of x in float64."""
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


def _leaves(x: Matrix, sample_weight: Doubles | None, n_clusters: int) -> tuple[Doubles, Doubles]:
    """Means (m, d) of the leaves of the tree, and the logarithms of their densities (m,)."""
    rows: Indices = np.arange(len(x)) if sample_weight is None else np.flatnonzero(sample_weight)
    total = len(rows) if sample_weight is None else float(sample_weight.sum())
    largest = total / (LEAVES_PER_CLUSTER * n_clusters)
    means: list[Doubles] = []
    densities: list[tuple[float, Doubles]] = []
    pending = [rows]
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


def _box(points: Doubles) -> tuple[Doubles, Doubles]:
    """Smallest and largest value of each feature."""
    parts = [points[rows] for rows in chunks(len(points))]
    low = np.min([part.min(axis=0) for part in parts], axis=0)
    return low, np.max([part.max(axis=0) for part in parts], axis=0)


def _mean(points: Doubles, weight: Doubles) -> Doubles:
    """Weighted mean, without BLAS: OpenBLAS ends the process if it cannot get memory."""
    mean: Doubles = np.einsum("i,ij->j", weight, points) / weight.sum()
    return mean


def _median(values: Doubles, weight: Doubles) -> float:
    """Smallest value with half of the weight at or below it.

    If that is the largest value, the largest one below it: both sides of the split have rows.
    """
    ordered, order = sort_rows(values, kind="stable")
    ends = np.cumsum(take_rows(weight, order))
    median = ordered[np.searchsorted(ends, ends[-1] / 2)]
    return float(median if median < ordered[-1] else ordered[ordered < median].max())


def _log_density(leaves: list[tuple[float, Doubles]]) -> Doubles:
    """Logarithms of weight divided by volume, of leaves given as (log of the weight, sides).

    A side of length 0 counts as the geometric mean of the other sides of its leaf. If all sides of
    a leaf have length 0, each counts as the shortest side of all leaves, but at most as 1.
    """
    sides = np.array([side for _, side in leaves])
    with np.errstate(divide="ignore"):
        log_sides = np.log(sides)
    shortest = log_sides[sides > 0].min(initial=np.inf)
    for row in log_sides:
        known = np.isfinite(row)
        row[~known] = row[known].mean() if known.any() else min(shortest, 0.0)
    log_weights = np.array([weight for weight, _ in leaves])
    log_volumes: Doubles = log_sides.sum(axis=1)
    return log_weights - log_volumes
