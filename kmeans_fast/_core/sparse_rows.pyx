"""Passes over sparse rows that compare a row with one point, or add rows up."""

import numpy as np

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t

from ._blocks cimport rows_in
from ._kernels cimport Csr, GridView, exact, real
from .sums cimport view_grid

cdef enum:
    TILE = 64
    SLICE_VALUES = 4_000_000  # non-zeros between two polls for signals


def feature_range(const real[::1] data, const int32_t[::1] indices, int64_t n_features):
    """Largest |x| of each feature, float64 (d,); inf or nan where a value is not finite."""
    cdef int64_t i
    cdef double value
    result = np.zeros(n_features)
    cdef double[::1] most = result
    with nogil:
        for i in range(data.shape[0]):
            value = abs(<double> data[i])
            if value > most[indices[i]] or value != value:
                most[indices[i]] = value
    return result


def row_squares(const real[::1] data, const int64_t[::1] indptr):
    """Squared norm of each row, float64 (n,)."""
    cdef int64_t row, i, n = indptr.shape[0] - 1
    cdef double total
    result = np.empty(n)
    cdef double[::1] squares = result
    with nogil:
        for row in range(n):
            total = 0
            for i in range(indptr[row], indptr[row + 1]):
                total += <double> data[i] * data[i]
            squares[row] = total
    return result


def squared_distances(const real[::1] data, const int32_t[::1] indices, const int64_t[::1] indptr,
                      const double[:, ::1] points, const int32_t[::1] rows,
                      const int64_t[::1] starts, double[::1] out, int n_threads):
    """Write the defining sum of each row and its point to ``out`` (float64 (n,)).

    ``rows`` lists the rows of point 0, then those of point 1, and so on: those of point j lie from
    ``starts[j]`` up to ``starts[j + 1]``.
    """
    cdef:
        int64_t k = points.shape[0], d = points.shape[1], tile, first, end, j, i
        int64_t step = max(1, SLICE_VALUES // (8 * d)) * n_threads
        Csr x = Csr(&indptr[0], &indices[0])
        const real *values = &data[0]
    edges = []
    for j in range(k):
        edges += [(j, i) for i in range(starts[j], starts[j + 1], TILE)]
    cdef int64_t[:, ::1] tiles = np.array(edges, dtype=np.int64).reshape(-1, 2)
    for first in range(0, tiles.shape[0], step):
        end = first + rows_in(tiles.shape[0], first, step)
        for tile in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            exact(values).sparse_squares(
                &x, values, &rows[tiles[tile, 1]],
                rows_in(starts[tiles[tile, 0] + 1], tiles[tile, 1], TILE),
                &points[tiles[tile, 0], 0], d, &out[0]
            )
        PyErr_CheckSignals()


def accumulate_rows(const real[::1] data, const int32_t[::1] indices, const int64_t[::1] indptr,
                    const double[::1] sample_weight, const int32_t[::1] labels_old,
                    const int32_t[::1] labels_new, int64_t[:, :, ::1] sums, grid):
    """Move rows between clusters in ``sums``; an old label of -1 only adds. Count those that moved.

    Rows of weight zero neither move nor count.
    """
    cdef:
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        int64_t n = indptr.shape[0] - 1, d = scale.shape[0] - 1, first, moved = 0
        int64_t step = max(1, SLICE_VALUES // (indices.shape[0] // max(1, n) + 1))
        Csr x = Csr(&indptr[0], &indices[0])
        const real *values = &data[0]
        const double *weight = NULL
    if sample_weight is not None:
        weight = &sample_weight[0]
    for first in range(0, n, step):
        with nogil:
            moved += exact(values).sparse_accumulate(
                &x, values, first, rows_in(n, first, step), d, weight, &labels_old[0],
                &labels_new[0], &view, &sums[0, 0, 0]
            )
        PyErr_CheckSignals()
    return moved


cdef double merged_square(
    const real *data, const int32_t *indices, int64_t count, const double *point,
    const int32_t *features, int64_t n_features
) noexcept nogil:
    """Squared distance of a row and a point whose values other than zero lie at ``features``."""
    cdef int64_t i = 0, j = 0
    cdef double total = 0, difference
    while i < count or j < n_features:
        if j == n_features or (i < count and indices[i] < features[j]):
            difference = data[i]
            i += 1
        elif i == count or features[j] < indices[i]:
            difference = point[features[j]]
            j += 1
        else:
            difference = <double> data[i] - point[features[j]]
            i += 1
            j += 1
        total += difference * difference
    return total


cdef double point_square(
    const real *data, const int32_t *indices, int64_t count, double square, const double *point,
    double point_norm, const int32_t *features, int64_t n_features
) noexcept nogil:
    """Squared distance of a row and a point, without large rounding where digits cancel."""
    cdef int64_t i
    cdef double dot = 0, about
    for i in range(count):
        dot += data[i] * point[indices[i]]
    about = square + point_norm - 2 * dot
    if about > (square + point_norm) * 2.0**-20:
        return about
    return merged_square(data, indices, count, point, features, n_features)


def point_squares(const real[::1] data, const int32_t[::1] indices, const int64_t[::1] indptr,
                  const double[::1] squares, const double[:, ::1] points, double scale,
                  double[:, ::1] out, int n_threads):
    """Write squared distances of all rows to each point, times ``scale``^2, to ``out`` (t, n)."""
    cdef:
        int64_t n = indptr.shape[0] - 1, t, row, n_features
        const int32_t *places = &indices[0]
        const real *values = &data[0]
        const int32_t[::1] features
        const int32_t *listed
        double norm
    for t in range(points.shape[0]):
        present = np.flatnonzero(points[t]).astype(np.int32)
        features, n_features = present, len(present)
        listed = &features[0] if n_features else NULL
        norm = np.dot(points[t], points[t])
        for row in prange(n, nogil=True, num_threads=n_threads, schedule="static"):
            out[t, row] = scale * (scale * point_square(
                values + indptr[row], places + indptr[row], indptr[row + 1] - indptr[row],
                squares[row], &points[t, 0], norm, listed, n_features
            ))
        PyErr_CheckSignals()
