"""Distances of rows and centers by the defining sum."""

import numpy as np

from .blocks import block_slices

CHUNK_ELEMENTS = 1 << 20


def squared_distance_matrix(x, centers):
    """Defining sums of all rows against all centers, float64 (n, k)."""
    total = np.zeros((x.shape[0], centers.shape[0]))
    with np.errstate(over="ignore", under="ignore"):
        for f in range(x.shape[1]):
            difference = x[:, f, None].astype(np.float64) - centers[None, :, f].astype(np.float64)
            total += difference * difference
    return total


def distance_chunks(x, centers):
    """Slices of the rows and their defining sums against all centers."""
    step = max(1, CHUNK_ELEMENTS // max(1, centers.shape[0]))
    for start in range(0, x.shape[0], step):
        rows = slice(start, start + step)
        yield rows, squared_distance_matrix(x[rows], centers)


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


def distance_rows(x, centers, out, n_threads):
    """Write the Euclidean distances of all rows to all centers to ``out`` (n, k)."""
    for rows, distances in distance_chunks(x, centers):
        with np.errstate(over="ignore"):
            out[rows] = np.sqrt(distances)
