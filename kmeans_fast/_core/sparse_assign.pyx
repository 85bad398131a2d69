"""Nearest centers of sparse rows: fast scores, and the defining sum where these leave ties open."""

import numpy as np

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, sqrt
from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer, lines, reserve, rows_in
from ._kernels cimport SPARSE_LANES, Csr, exact, fast, real

cdef enum:
    TASK_ROWS = 256
    PACKED_FEATURES = 16  # one cache line of float32 of each center
    SLICE_TASKS = 16  # per thread: 10 ms with 60 non-zeros per row and 200 centers

cdef extern from "float.h":
    const float FLT_MIN, FLT_MAX


cdef double half_square(const real *center, int64_t d) noexcept nogil:
    """Half of the squared norm, in any order of addition."""
    cdef double sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0
    cdef int64_t f = 0
    while f + 4 <= d:
        sum0 += <double> center[f] * center[f]
        sum1 += <double> center[f + 1] * center[f + 1]
        sum2 += <double> center[f + 2] * center[f + 2]
        sum3 += <double> center[f + 3] * center[f + 3]
        f += 4
    while f < d:
        sum0 += <double> center[f] * center[f]
        f += 1
    return ((sum0 + sum1) + (sum2 + sum3)) / 2


cdef void pack_features(
    const real *centers, int64_t first, int64_t d, const int32_t *order, int64_t k,
    int64_t stride, real *packed
) noexcept nogil:
    """Write features from ``first`` on of all centers to their lanes."""
    cdef int64_t lane, f, some = rows_in(d, first, PACKED_FEATURES)
    cdef const real *center
    for lane in range(k):
        center = centers + order[lane] * d + first
        for f in range(some):
            packed[(1 + first + f) * stride + lane] = center[f]


cdef _Packing pack_lanes(const real[:, ::1] centers, moved, double longest, int n_threads):
    """Lay out centers, those that ``moved`` (mask (k,) or None for all) in the first lanes.

    ``longest`` is a lower bound for the longest norm that error bands count with.
    """
    cdef:
        int64_t k = centers.shape[0], d = centers.shape[1], lane, block
        int64_t stride = (k + SPARSE_LANES - 1) // SPARSE_LANES * SPARSE_LANES
        int64_t blocks = (d + PACKED_FEATURES - 1) // PACKED_FEATURES, n_first = k
        _Packing packing = _Packing()
        real *packed
        double *half
        int32_t *order
        int32_t *lanes
        int32_t[::1] sequence
    if moved is None:
        sequence = np.arange(k, dtype=np.int32)
    else:
        sequence = np.argsort(~moved, kind="stable").astype(np.int32)
        n_first = np.count_nonzero(moved)
    packing.packed = Buffer(<size_t> ((1 + d) * stride) * sizeof(real))
    packing.half = Buffer(stride * sizeof(double))
    packing.order = Buffer(k * sizeof(int32_t))
    packing.lane = Buffer(k * sizeof(int32_t))
    packed, half = <real *> packing.packed.data, <double *> packing.half.data
    order, lanes = <int32_t *> packing.order.data, <int32_t *> packing.lane.data
    for lane in range(k):
        order[lane] = sequence[lane]
        lanes[sequence[lane]] = <int32_t> lane
    for block in prange(blocks, nogil=True, num_threads=n_threads, schedule="static"):
        pack_features(&centers[0, 0], block * PACKED_FEATURES, d, order, k, stride, packed)
    for lane in prange(k, nogil=True, num_threads=n_threads, schedule="static"):
        half[lane] = half_square(&centers[order[lane], 0], d)
        packed[lane] = <real> -half[lane]
    for lane in range(k):
        longest = max(longest, sqrt(2 * half[lane]) * (1 + 2.0**-20))
    for lane in range(k, stride):
        half[lane] = INFINITY
        packed[lane] = <real> -INFINITY
    n_first = (n_first + SPARSE_LANES - 1) // SPARSE_LANES * SPARSE_LANES
    packing.view = Lanes(packed, half, order, lanes, stride, k, d, n_first, longest)
    return packing


cdef double band_of(
    size_t itemsize, double square, int64_t count, int64_t d, double longest
) noexcept nogil:
    """At least twice the error of a score of a row with ``count`` non-zeros and its defining sum.

    A chain of m = count + 3 rounded steps errs by gamma_m (|x| |c| + |c|^2 / 2), and gamma_m is at
    most 1.01 m u for m u <= 2^-7; the term of d covers the defining sum.
    """
    cdef double unit = 2.0**-24 if itemsize == sizeof(float) else 2.0**-53
    cdef double reach = sqrt(square) * (1 + 2.0**-20) + longest
    if (count + 3) * unit > 2.0**-7:
        return INFINITY
    if itemsize == sizeof(float) and reach * reach > FLT_MAX / 4:
        return INFINITY  # scores may overflow
    return (
        (1.02 * (count + 4) * unit + 2 * (d + 8) * 2.0**-53) * reach * reach
        + 2 * (count + 2) * <double> FLT_MIN * (1 if itemsize == sizeof(float) else 2.0**-880)
    )


cdef size_t decide_scratch(size_t itemsize, int64_t d, int64_t stride) noexcept nogil:
    """Bytes that `decide_row` needs: zeros."""
    return lines(stride * sizeof(double)) + lines(d * itemsize)


cdef int32_t decide_row(
    Csr x, const real *data, int64_t row, const real *centers, Lanes lanes, char *scratch
) noexcept nogil:
    """The label of one row, by the defining sum."""
    cdef int64_t begin = x.indptr[row]
    return exact(data).sparse_decide(
        data + begin, x.indices + begin, x.indptr[row + 1] - begin, lanes.d,
        <const real *> lanes.packed, lanes.stride, lanes.half, lanes.longest, lanes.order,
        lanes.k, centers, <double *> scratch,
        <real *> (scratch + lines(lanes.stride * sizeof(double)))
    )


cdef void assign_task(
    Csr x, const real *data, const double *squares, int64_t first, int64_t n,
    const real *centers, Lanes lanes, char *scratch, int32_t *labels
) noexcept nogil:
    """Labels of the rows from ``first`` on."""
    cdef size_t used = decide_scratch(sizeof(real), lanes.d, lanes.stride)
    cdef int32_t *rows = <int32_t *> reserve(scratch, &used, TASK_ROWS * sizeof(int32_t))
    cdef int32_t *index = <int32_t *> reserve(scratch, &used, TASK_ROWS * sizeof(int32_t))
    cdef real *best = <real *> reserve(scratch, &used, TASK_ROWS * sizeof(real))
    cdef real *second = <real *> reserve(scratch, &used, TASK_ROWS * sizeof(real))
    cdef int64_t i
    cdef double band
    for i in range(n):
        rows[i] = <int32_t> (first + i)
        index[i] = 0
        best[i] = second[i] = <real> -INFINITY
    fast(data).sparse_two_best(
        &x, data, rows, n, <const real *> lanes.packed, lanes.stride, <int64_t> 0, lanes.stride,
        best, second, index
    )
    for i in range(n):
        band = band_of(
            sizeof(real), squares[first + i], x.indptr[first + i + 1] - x.indptr[first + i],
            lanes.d, lanes.longest
        )
        if <double> best[i] - second[i] > band:
            labels[first + i] = lanes.order[index[i]]
        else:
            labels[first + i] = decide_row(x, data, first + i, centers, lanes, scratch)


def assign_rows(const real[::1] data, const int32_t[::1] indices, const int64_t[::1] indptr,
                const double[::1] squares, const real[:, ::1] centers, int32_t[::1] labels,
                int n_threads):
    """Write the index of each row's nearest center, ties to the lowest, to ``labels`` (int32).

    ``squares`` (n,) are the squared norms of the rows, within rounding.
    """
    cdef:
        int64_t n = indptr.shape[0] - 1, tasks = (n + TASK_ROWS - 1) // TASK_ROWS, task, first, end
        _Packing packing = pack_lanes(centers, None, 0.0, n_threads)
        Lanes lanes = packing.view
        size_t size = (
            decide_scratch(sizeof(real), lanes.d, lanes.stride) + 4 * TASK_ROWS * sizeof(double)
        )
        Buffer scratch = Buffer(size * n_threads)
        Csr x = Csr(&indptr[0], &indices[0])
        const real *values = &data[0]
    for first in range(0, tasks, SLICE_TASKS * n_threads):
        end = first + rows_in(tasks, first, SLICE_TASKS * n_threads)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            assign_task(
                x, values, &squares[0], task * TASK_ROWS, rows_in(n, task * TASK_ROWS, TASK_ROWS),
                &centers[0, 0], lanes, scratch.data + size * threadid(), &labels[0]
            )
        PyErr_CheckSignals()


def distance_rows(const real[::1] data, const int32_t[::1] indices, const int64_t[::1] indptr,
                  const real[:, ::1] centers, real[:, ::1] out, int n_threads):
    """Write the Euclidean distances of all rows to all centers to ``out`` (n, k)."""
    cdef:
        int64_t n = indptr.shape[0] - 1, row, first, end, step = 64 * n_threads
        _Packing packing = pack_lanes(centers, None, 0.0, n_threads)
        Lanes lanes = packing.view
        size_t size = decide_scratch(sizeof(real), lanes.d, lanes.stride)
        size_t dense = lines(lanes.stride * sizeof(double))
        Buffer scratch = Buffer(size * n_threads)
        const int32_t *features = &indices[0]
        const real *values = &data[0]
    for first in range(0, n, step):
        end = first + rows_in(n, first, step)
        for row in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            exact(values).sparse_distances(
                values + indptr[row], features + indptr[row], indptr[row + 1] - indptr[row],
                lanes.d, <const real *> lanes.packed, lanes.stride, lanes.half, lanes.order,
                lanes.k, &centers[0, 0], <double *> (scratch.data + size * threadid()),
                <real *> (scratch.data + size * threadid() + dense), &out[row, 0]
            )
        PyErr_CheckSignals()
