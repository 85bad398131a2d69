"""Nearest centers by the defining sum: over features ascending, of (x_f - c_f)^2, in float64."""

import numpy as np

from .blocks import block_slices
from .exact_sums import exact_sum

CHUNK_ELEMENTS = 1 << 20


def squared_distance_matrix(x, centers):
    """Defining sums of all rows against all centers, float64 (n, k)."""
    total = np.zeros((x.shape[0], centers.shape[0]))
    with np.errstate(over="ignore", under="ignore"):
        for f in range(x.shape[1]):
            difference = x[:, f, None].astype(np.float64) - centers[None, :, f].astype(np.float64)
            total += difference * difference
    return total


def _chunks(x, centers):
    step = max(1, CHUNK_ELEMENTS // max(1, centers.shape[0]))
    for start in range(0, x.shape[0], step):
        rows = slice(start, start + step)
        yield rows, squared_distance_matrix(x[rows], centers)


def assign_rows(x, centers, labels, n_threads):
    """Write the index of each row's nearest center, ties to the lowest, to ``labels`` (int32)."""
    for rows, distances in _chunks(x, centers):
        labels[rows] = np.argmin(distances, axis=1)


def assign_two_rows(x, centers, labels, nearest, second, n_threads):
    """As `assign_rows`, and squared distances to the nearest center and to the nearest other one.

    ``nearest`` and ``second`` are float64 (n,). The core may write less than the distance to the
    second nearest center, never more; with one center ``second`` is infinite.
    """
    for rows, distances in _chunks(x, centers):
        labels[rows] = np.argmin(distances, axis=1)
        index = np.arange(len(distances))
        nearest[rows] = distances[index, labels[rows]]
        distances[index, labels[rows]] = np.inf
        second[rows] = distances.min(axis=1)


def squared_distances(x, centers, labels, out, n_threads):
    """Write the defining sum of each row and its own center to ``out`` (float64)."""
    for rows in block_slices(x.shape[0]):
        total = np.zeros(x[rows].shape[0])
        with np.errstate(over="ignore", under="ignore"):
            for f in range(x.shape[1]):
                own = centers[labels[rows], f].astype(np.float64)
                difference = x[rows, f].astype(np.float64) - own
                total += difference * difference
        out[rows] = total


def inertia(x, centers, labels, sample_weight, n_threads):
    """Exact sum of the weighted defining sums of all rows and their own centers."""
    out = np.empty(x.shape[0])
    squared_distances(x, centers, labels, out, n_threads)
    return exact_sum(out, sample_weight, n_threads)


def distance_rows(x, centers, out, n_threads):
    """Write the Euclidean distances of all rows to all centers to ``out`` (n, k)."""
    for rows, distances in _chunks(x, centers):
        with np.errstate(over="ignore"):
            out[rows] = np.sqrt(distances)
