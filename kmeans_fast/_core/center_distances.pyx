"""Distances between centers, rounded down: Elkan's assignment rules out centers by them."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, sqrt
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from ._blocks cimport Buffer, rows_in, tasks_per_slice
from ._kernels cimport SCRATCH_ROWS, fast, real
from .statistics cimport largest_magnitude, scale_for

cdef extern from "rounding.h":
    float float_below(double v) noexcept nogil


cdef void write_between(
    const real *distances, const int32_t *moved, int64_t count, int64_t k, double shrink,
    double lost, const double *moves, bint all_moved, float *between
) noexcept nogil:
    cdef int64_t m, j, row
    cdef float below
    for m in range(count):
        row = moved[m]
        for j in range(k):
            below = float_below(max(0.0, <double> distances[m * k + j] * shrink - lost))
            between[row * k + j] = below
            if not all_moved and moves[j] == 0:
                between[j * k + row] = below


cdef measure_between(
    const real *centers, int64_t k, int64_t d, const double *moves, bint all_moved, float *between,
    double *half, int n_threads
):
    """Write lower bounds on distances from moved centers to all others, and half the least of each.

    ``between`` is (k, k), ``half`` (k,).
    """
    cdef:
        int64_t j, count = 0, task, tasks, first, end, a
        int64_t step = tasks_per_slice(SCRATCH_ROWS, d, 2 * k, n_threads)
        double magnitude = largest_magnitude(centers, k, d, n_threads)
        real scale = <real> scale_for(sizeof(real), magnitude)
        double relative = 8 * (d + 8) * (2.0 ** -24 if real is float else 2.0 ** -53)
        double tiny = 2.0 ** -126 if real is float else 2.0 ** -1022
        double shrink = 1 - relative if relative < 0.25 else 0
        double lost = sqrt(8 * (d + 8) * tiny) / scale
        size_t size = <size_t> ((2 * d + k) * SCRATCH_ROWS) * sizeof(real)
        Buffer list = Buffer(<size_t> k * sizeof(int32_t))
        Buffer scratch = Buffer(size * n_threads)
        int32_t *moved = <int32_t *> list.data
        double nearest
    for j in range(k):
        if all_moved or moves[j] > 0:
            moved[count] = <int32_t> j
            count += 1
    tasks = (count + SCRATCH_ROWS - 1) // SCRATCH_ROWS
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            between_task(
                centers, moved + task * SCRATCH_ROWS,
                rows_in(count, task * SCRATCH_ROWS, SCRATCH_ROWS), k, d, scale, shrink, lost,
                moves, all_moved, <real *> (scratch.data + size * threadid()), between
            )
        PyErr_CheckSignals()
    for a in range(k):
        nearest = INFINITY
        for j in range(k):
            if j != a and between[a * k + j] < nearest:
                nearest = between[a * k + j]
        half[a] = nearest / 2 * (1 - relative)


cdef void between_task(
    const real *centers, const int32_t *moved, int64_t count, int64_t k, int64_t d, real scale,
    double shrink, double lost, const double *moves, bint all_moved, real *rows, float *between
) noexcept nogil:
    cdef int64_t m
    cdef real *tile = rows + SCRATCH_ROWS * d
    cdef real *distances = tile + SCRATCH_ROWS * d
    for m in range(count):
        memcpy(rows + m * d, centers + moved[m] * d, d * sizeof(real))
    fast(rows).distance_rows(rows, count, d, centers, k, scale, tile, distances)
    write_between(distances, moved, count, k, shrink, lost, moves, all_moved, between)
