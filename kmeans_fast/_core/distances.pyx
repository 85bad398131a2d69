"""Distances of rows to their own center, by the defining sum, and to all centers."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t

from ._blocks cimport BLOCK_ROWS, Buffer, block_count, rows_in, rows_per_task, tasks_per_slice
from ._kernels cimport SCRATCH_ROWS, exact, fast, real
from .statistics cimport largest_magnitude, scale_for


def squared_distances(const real[:, ::1] x, const real[:, ::1] centers, const int32_t[::1] labels,
                      double[::1] out, int n_threads):
    """Write the defining sum of each row and its own center to ``out`` (float64)."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = block_count(n)
        int64_t block, first, end, step = tasks_per_slice(BLOCK_ROWS, d, 1, n_threads)
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            exact(&x[0, 0]).squared_distances(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                &centers[0, 0], &labels[block * BLOCK_ROWS], &out[block * BLOCK_ROWS]
            )
        PyErr_CheckSignals()


def distance_rows(const real[:, ::1] x, const real[:, ::1] centers, real[:, ::1] out,
                  int n_threads):
    """Write the Euclidean distances of all rows to all centers to ``out`` (n, k)."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t rows = rows_per_task(n, 2 * k * d, n_threads), tasks = (n + rows - 1) // rows
        int64_t task, first, end, step = tasks_per_slice(rows, d, 2 * k, n_threads)
        size_t size = <size_t> (SCRATCH_ROWS * d) * sizeof(real)
        double magnitude
        real scale
        Buffer scratch
    if n == 0:
        return
    scratch = Buffer(size * n_threads)
    magnitude = max(
        largest_magnitude(&x[0, 0], n, d, n_threads),
        largest_magnitude(&centers[0, 0], k, d, n_threads),
    )
    scale = <real> scale_for(sizeof(real), magnitude)
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            fast(&x[0, 0]).distance_rows(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d, &centers[0, 0], k, scale,
                <real *> (scratch.data + size * threadid()), &out[task * rows, 0]
            )
        PyErr_CheckSignals()
