"""Nearest centers by the defining sum: of (x_f - c_f)^2 in float64, in the order of features."""

import numpy as np

from .distances import distance_chunks, squared_distances
from .exact_sums import exact_sum


def assign_rows(x, centers, labels, n_threads):
    """Write the index of each row's nearest center, ties to the lowest, to ``labels`` (int32).

    Returns whether all rows are finite; if not, the labels mean nothing.
    """
    for rows, distances in distance_chunks(x, centers):
        if not np.isfinite(x[rows]).all():
            return False
        labels[rows] = np.argmin(distances, axis=1)
    return True


def assign_two_rows(x, centers, labels, nearest, second, n_threads):
    """As `assign_rows`, and squared distances to the nearest center and to the nearest other one.

    ``nearest`` and ``second`` are float64 (n,). The core may write less than the distance to the
    second nearest center, never more; with one center ``second`` is infinite.
    """
    for rows, distances in distance_chunks(x, centers):
        labels[rows] = np.argmin(distances, axis=1)
        index = np.arange(len(distances))
        nearest[rows] = distances[index, labels[rows]]
        distances[index, labels[rows]] = np.inf
        second[rows] = distances.min(axis=1)


def inertia(x, centers, labels, sample_weight, n_threads):
    """Exact sum of the weighted defining sums of all rows and their own centers."""
    out = np.empty(x.shape[0])
    squared_distances(x, centers, labels, out, n_threads)
    return exact_sum(out, sample_weight, n_threads)
