"""Order-free cluster sums and their means; _reference/sums.py explains the layout of ``sums``.

Rows that keep their cluster do not change the sums: sums that are updated by moved rows have the
same bits as sums over all rows.
"""

import numpy as np

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer, rows_in, tasks_per_slice, weight_from
from ._kernels cimport GridView, exact, kernels, real


cdef GridView view_grid(const double[::1] scale, grid):
    return GridView(
        &scale[0], grid.low_scale, grid.weight_scale, grid.layers, grid.layer_bits, grid.exponent
    )


def accumulate_rows(const real[:, ::1] x, const double[::1] sample_weight,
                    const int32_t[::1] labels_old, const int32_t[::1] labels_new,
                    int64_t[:, :, ::1] sums, grid):
    """Move rows between clusters in ``sums``; an old label of -1 only adds. Count those that moved.

    Rows of weight zero neither move nor count.
    """
    cdef:
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        int64_t n = x.shape[0], d = x.shape[1], first, some, moved = 0
        int64_t step = tasks_per_slice(1, d, 1, 1)
        const double *weight = NULL
    if n == 0:
        return 0
    if sample_weight is not None:
        weight = &sample_weight[0]
    for first in range(0, n, step):
        some = rows_in(n, first, step)
        with nogil:
            moved += exact(&x[0, 0]).accumulate_rows(
                &x[first, 0], some, d, weight_from(weight, first), &labels_old[first],
                &labels_new[first], &view, &sums[0, 0, 0]
            )
        PyErr_CheckSignals()
    return moved


def cluster_means(const int64_t[:, :, ::1] sums, grid):
    """Means (float64 (k, d), 0 where empty) and weights (float64 (k,)) of all clusters."""
    cdef:
        int64_t k = sums.shape[0], d = sums.shape[2] - 1, j
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        double[:, ::1] means
        double[::1] weights
    means_array = np.empty((k, d))
    weights_array = np.empty(k)
    means, weights = means_array, weights_array
    for j in range(k):
        weights[j] = kernels.exact_common.cluster_mean(&sums[j, 0, 0], d, &view, &means[j, 0])
    return means_array, weights_array


def update_centers(const int64_t[:, :, ::1] sums, grid, const double[::1] mean,
                   const real[:, ::1] centers, real[:, ::1] centers_new):
    """Write the clusters' means to ``centers_new``, rounded to its dtype.

    An empty cluster gets the center of the heaviest one. ``mean`` (float64 (d,)) is the mean of
    all rows. Returns the number of empty clusters, the squared Frobenius norm of
    ``centers_new - centers``, and the part of the rows' sum of squares about ``mean`` that the
    assignment to ``centers`` explains, sum_j w_j (|m_j - mean|^2 - |m_j - c_j|^2): the rest is its
    inertia.
    """
    cdef:
        int64_t k = sums.shape[0], d = sums.shape[2] - 1, j, f, empty = 0, heaviest = 0
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        Buffer buffer = Buffer(<size_t> (d + k) * sizeof(double))
        double *own = <double *> buffer.data
        double *weight = own + d
        double gain, explained = 0, shift = 0, difference
    for j in range(k):
        weight[j] = kernels.exact_common.cluster_mean(&sums[j, 0, 0], d, &view, own)
        if weight[j] > weight[heaviest]:
            heaviest = j
        gain = 0
        for f in range(d):
            centers_new[j, f] = <real> own[f]
            gain += (own[f] - mean[f]) ** 2 - (own[f] - centers[j, f]) ** 2
        explained += weight[j] * gain
    for j in range(k):
        if weight[j] == 0:
            empty += 1
            centers_new[j, :] = centers_new[heaviest, :]
        for f in range(d):
            difference = <double> centers_new[j, f] - <double> centers[j, f]
            shift += difference * difference
    return empty, shift, explained
