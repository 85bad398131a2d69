# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Lloyd's iterations, rows in parallel, with the kernels of kmeans_fast."""

import numpy as np

from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from kmeans_fast.c_api cimport (
    accumulate, assign, feature_range, import_kmeans_fast, make_grid, means, pack_centers,
    packed_size, real, scratch_size
)

import_kmeans_fast()

cdef enum:
    ROWS = 1024


cdef int64_t step(
    const real *x, int64_t n, int64_t d, const real *centers, const void *packed, int64_t k,
    const double *grid, char *scratch, int32_t *labels, int64_t *sums
) noexcept nogil:
    """Assign n rows and move those whose label changed; return how many."""
    cdef int32_t *labels_new = <int32_t *> scratch
    cdef int64_t moved
    assign(x, n, d, centers, packed, k, scratch + ROWS * sizeof(int32_t), labels_new)
    moved = accumulate(x, n, d, NULL, labels, labels_new, grid, sums)
    memcpy(labels, labels_new, n * sizeof(int32_t))
    return moved


def lloyd(const real[:, ::1] x, real[:, ::1] centers, int iterations, int n_threads):
    """Move ``centers`` until no label changes or the iterations are over; return the labels."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0], item = sizeof(real)
        int64_t block, blocks = (n + ROWS - 1) // ROWS, moved, j, f
        real[::1] largest = np.zeros(d, np.asarray(x).dtype)
        double[::1] grid = np.empty(d + 3), weights = np.empty(k)
        double[:, ::1] mean = np.empty((k, d))
        int32_t[::1] labels = np.full(n, -1, np.int32)
        int64_t[:, :, :, ::1] sums = np.zeros((n_threads, k, 2, d + 1), np.int64)
        int64_t[:, :, ::1] total
        char[::1] packed = np.empty(packed_size(k, d, item), np.int8)
        char[:, ::1] scratch = np.empty(
            (n_threads, ROWS * sizeof(int32_t) + scratch_size(ROWS, d, item)), np.int8
        )
    feature_range(&x[0, 0], n, d, &largest[0])
    make_grid(&largest[0], d, n, n, 1, &grid[0])
    while True:
        pack_centers(&centers[0, 0], k, d, &packed[0])
        moved = 0
        for block in prange(blocks, nogil=True, num_threads=n_threads, schedule="dynamic"):
            moved += step(
                &x[block * ROWS, 0], min(n - block * ROWS, ROWS), d, &centers[0, 0], &packed[0],
                k, &grid[0], &scratch[threadid(), 0], &labels[block * ROWS],
                &sums[threadid(), 0, 0, 0]
            )
        if moved == 0 or iterations == 0:
            return np.asarray(labels)
        iterations -= 1
        # integers: the sum does not depend on which thread had which rows
        total = np.asarray(sums).sum(axis=0)
        means(&total[0, 0, 0], k, d, &grid[0], &mean[0, 0], &weights[0])
        for j in range(k):
            for f in range(d):
                if weights[j] > 0:
                    centers[j, f] = <real> mean[j, f]
