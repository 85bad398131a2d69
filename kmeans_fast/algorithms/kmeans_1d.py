"""Optimal clusters of values on a line: distinct values with weights, cut by the backend."""

from itertools import pairwise

import numpy as np

from .. import _backend
from .._interruptible_sort import sort_rows, sort_values, take_rows
from .._threads import computing, effective_threads
from .._typing import Doubles, Indices, Matrix

WORK_PER_VALUE = 32
"""Multiply-adds per value and layer, about."""
MOST_VALUES = (1 << 31) - 2
"""The core stores splits in 32 bits."""


def optimal_centers(
    values: Matrix, sample_weight: Doubles | None, n_clusters: int, n_threads: int | None
) -> Doubles:
    """Ascending means of the optimal clusters, float64; at most one per distinct value."""
    distinct, weights = _distinct(values, sample_weight)
    if len(distinct) > MOST_VALUES:
        raise ValueError(f"x has {len(distinct)} distinct values, more than {MOST_VALUES}.")
    splits = np.empty(min(n_clusters, len(distinct)) + 1, dtype=np.int64)
    work = WORK_PER_VALUE * len(distinct)
    with computing(work):
        _backend.kmeans_1d.optimal_splits(
            distinct, weights, splits, effective_threads(n_threads, work)
        )
    parts = [slice(start, end) for start, end in pairwise(splits)]
    return np.array([_mean(distinct[part], weights[part]) for part in parts])


def _distinct(values: Matrix, sample_weight: Doubles | None) -> tuple[Doubles, Doubles]:
    """Ascending distinct values of positive weight, float64, and their weights, at most 1."""
    if sample_weight is None:
        values = sort_values(values.copy())
        first = _first_of_each(values)
        counts = np.diff(first, append=len(values))
        return values[first].astype(np.float64), counts.astype(np.float64)
    present = sample_weight > 0
    values, weights = values[present], sample_weight[present]
    values, order = sort_rows(values, kind="stable")  # weights are added in the order of the rows
    weights = take_rows(weights, order)
    first = _first_of_each(values)
    scaled = np.ldexp(weights, -int(np.frexp(weights.max())[1]))
    return values[first].astype(np.float64), np.add.reduceat(scaled, first)


def _first_of_each(values: Matrix) -> Indices:
    """Index of the first of each run of equal values; ``values`` ascend."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1]))


def _mean(values: Doubles, weights: Doubles) -> float:
    """Mean of ascending values, measured from one of them: a large offset costs no digits."""
    origin = values[len(values) // 2]
    return float(origin + (weights * (values - origin)).sum() / weights.sum())
