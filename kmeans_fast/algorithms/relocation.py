"""Empty clusters get a row each: those farthest from their centers, as in scikit-learn.

Rows of positive weight in order of descending distance, ties to the lowest index, go to the empty
clusters in ascending order. Where every row lies on its center nothing is moved: there are fewer
distinct rows than clusters.
"""

import numpy as np

from .. import _backend
from .chunks import chunks


def relocate_empty_clusters(problem, centers, labels, sums):
    """Copy of ``sums`` in which no cluster is empty; ``sums`` itself where relocation is idle."""
    x, weight = problem.x, problem.sample_weight
    _, weights = _backend.lloyd.cluster_means(sums, problem.grid)
    empty = np.flatnonzero(weights == 0).astype(np.int32)
    farthest, largest = _farthest(problem, centers, labels, len(empty))
    if largest <= 0:
        return sums
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


def _farthest(problem, centers, labels, count):
    """``count`` rows, farthest first, ties to the lowest index; and the largest squared distance.

    Only a chunk of the rows and the farthest so far are ever held.
    """
    x, weight, threads = problem.x, problem.sample_weight, problem.n_threads(1)
    indices, values, least = np.empty(0, dtype=np.int64), np.empty(0), -1.0
    for rows in chunks(len(x)):
        distances = np.empty(rows.stop - rows.start)
        _backend.assign.squared_distances(x[rows], centers, labels[rows], distances, threads)
        if weight is not None:
            distances[weight[rows] == 0] = -1.0
        farther = np.flatnonzero(distances > least)
        indices = np.append(indices, rows.start + farther)
        values = np.append(values, distances[farther])
        order = np.argsort(-values, kind="stable")[:count]
        indices, values = indices[order], values[order]
        if len(values) == count:
            least = values[-1]
    return indices, values[0]
