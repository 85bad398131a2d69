"""Passes over sparse rows, which are made dense here.

Rows are ``data``, ``indices`` (int32) and ``indptr`` (int64) of a CSR matrix whose indices ascend
in each row, without duplicates.
"""

import numpy as np

from .distances import squared_distance_matrix
from .sums import accumulate_rows as accumulate_dense


def dense_rows(data, indices, indptr, n_features):
    """All rows as a matrix."""
    x = np.zeros((len(indptr) - 1, n_features), dtype=data.dtype)
    x[np.repeat(np.arange(len(x)), np.diff(indptr)), indices] = data
    return x


def feature_range(data, indices, n_features):
    """Largest |x| of each feature, float64 (d,); inf or nan where a value is not finite."""
    most = np.zeros(n_features)
    with np.errstate(invalid="ignore"):
        np.maximum.at(most, indices, np.abs(data).astype(np.float64))
    return most


def row_squares(data, indptr):
    """Squared norm of each row, float64 (n,)."""
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    squares = np.zeros(len(indptr) - 1)
    np.add.at(squares, rows, data.astype(np.float64) ** 2)
    return squares


def squared_distances(data, indices, indptr, points, rows, starts, out, n_threads):
    """Write the defining sum of each row and its point to ``out`` (float64 (n,)).

    ``rows`` lists the rows of point 0, then those of point 1, and so on: those of point j lie from
    ``starts[j]`` up to ``starts[j + 1]``.
    """
    x = dense_rows(data, indices, indptr, points.shape[1])
    for j, point in enumerate(points):
        own = rows[starts[j] : starts[j + 1]]
        out[own] = squared_distance_matrix(x[own], point[None])[:, 0]


def accumulate_rows(data, indices, indptr, sample_weight, labels_old, labels_new, sums, grid):
    """Move rows between clusters in ``sums``; an old label of -1 only adds. Count those that moved.

    Rows of weight zero neither move nor count.
    """
    x = dense_rows(data, indices, indptr, len(grid.scale) - 1)
    return accumulate_dense(x, sample_weight, labels_old, labels_new, sums, grid)


def point_squares(data, indices, indptr, squares, points, scale, out, n_threads):
    """Write squared distances of all rows to each point, times ``scale``^2, to ``out`` (t, n).

    The core rounds in another order; it never lets more than 20 bits cancel.
    """
    x = dense_rows(data, indices, indptr, points.shape[1])
    out[:] = scale * (scale * squared_distance_matrix(x, points).T)
