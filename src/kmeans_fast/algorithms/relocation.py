"""Empty clusters get a row each: those farthest from their centers, as in scikit-learn.

Rows of positive weight in order of descending distance, ties to the lowest index, go to the empty
clusters in ascending order. Where every row lies on its center nothing is moved: there are fewer
distinct rows than clusters.
"""

import numpy as np

from .. import _backend
from .sorting import PIECE


def relocate_empty_clusters(problem, centers, labels, sums):
    """Copy of ``sums`` in which no cluster is empty; ``sums`` itself where relocation is idle."""
    x, weight = problem.x, problem.sample_weight
    distances = np.empty(len(x))
    _backend.assign.squared_distances(x, centers, labels, distances, problem.n_threads(1))
    if weight is not None:
        distances[weight == 0] = -1.0
    if distances.max() <= 0:
        return sums
    _, weights = _backend.lloyd.cluster_means(sums, problem.grid)
    empty = np.flatnonzero(weights == 0).astype(np.int32)
    farthest = _largest(distances, len(empty))
    relocated = sums.copy()
    _backend.lloyd.accumulate_rows(
        x[farthest],
        None if weight is None else weight[farthest],
        labels[farthest],
        empty,
        relocated,
        problem.grid,
    )
    return relocated


def _largest(values, count):
    """Indices of the ``count`` largest values, descending, ties to the lowest index."""
    top = values[:0]
    for start in range(0, len(values), PIECE):
        top = np.append(top, values[start : start + PIECE])
        top = np.partition(top, max(0, len(top) - count))[-count:]
    smallest_kept = top.min()
    candidates = np.flatnonzero(values >= smallest_kept)
    return candidates[np.argsort(-values[candidates], kind="stable")[:count]]
