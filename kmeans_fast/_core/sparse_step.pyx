"""One iteration on sparse rows: rows that bounds settle are skipped, others meet few centers.

Two exact rules leave out centers. Hamerly's bounds (csrc/exact/hamerly_bounds.h) settle whole rows.
A center that did not move cannot become nearest to a row whose own center came nearer or stayed:
it was not nearest before. So most rows are compared with the centers that moved only.
"""

import numpy as np

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, NAN, fmax, sqrt
from libc.stdint cimport int32_t, int64_t, uint8_t

from ._blocks cimport Buffer, reserve, rows_in
from ._kernels cimport Csr, fast, kernels, real
from .drift cimport Drift
from .sparse_assign cimport Lanes, _Packing, band_of, decide_row, decide_scratch, pack_lanes

cdef enum:
    TASK_ROWS = 256
    SLICE_TASKS = 16
    COUNTERS = 8
    ASSIGNED = 0
    PRODUCTS = 1

cdef extern from "rounding.h" nogil:
    float float_above(double v)
    float float_below(double v)


cdef struct Bounds:
    # of all rows: the score of the own center, NaN where it is not known, and Hamerly's bounds
    void *own
    float *upper
    float *lower


cdef struct Scratch:
    int32_t *rows
    int32_t *open_rows
    int32_t *index
    int32_t *open_index
    void *best
    void *second
    void *open_best
    void *open_second
    char *decide


cdef size_t lay_out(
    Scratch *s, char *base, size_t itemsize, int64_t d, int64_t stride
) noexcept nogil:
    """Place the arrays of one task from ``base`` on; return their bytes (``base`` may be null)."""
    cdef size_t used = 0
    s.decide = <char *> reserve(base, &used, decide_scratch(itemsize, d, stride))
    s.rows = <int32_t *> reserve(base, &used, TASK_ROWS * sizeof(int32_t))
    s.open_rows = <int32_t *> reserve(base, &used, TASK_ROWS * sizeof(int32_t))
    s.index = <int32_t *> reserve(base, &used, TASK_ROWS * sizeof(int32_t))
    s.open_index = <int32_t *> reserve(base, &used, TASK_ROWS * sizeof(int32_t))
    s.best = reserve(base, &used, TASK_ROWS * itemsize)
    s.second = reserve(base, &used, TASK_ROWS * itemsize)
    s.open_best = reserve(base, &used, TASK_ROWS * itemsize)
    s.open_second = reserve(base, &used, TASK_ROWS * itemsize)
    return used


cdef real own_score(Csr x, const real *data, int64_t row, Lanes lanes, int64_t lane) noexcept nogil:
    """The score of one center, within the error of any other score."""
    cdef const real *packed = <const real *> lanes.packed + lane
    cdef real score = packed[0]
    cdef int64_t i
    for i in range(x.indptr[row], x.indptr[row + 1]):
        score += data[i] * packed[(1 + <int64_t> x.indices[i]) * lanes.stride]
    return score


cdef void step_task(
    Csr x, const real *data, const double *squares, int64_t start, int64_t n, const real *centers,
    Lanes lanes, const uint8_t *moved, Drift drift, double fall_before, Bounds bounds,
    char *memory, const int32_t *labels, int32_t *labels_new, int64_t *counts
) noexcept nogil:
    """Write the labels of ``n`` rows from ``start`` on, and the bounds of those not settled."""
    cdef Scratch s
    cdef int64_t i, row, lane, some = n, n_open = 0, first = lanes.first
    cdef int32_t label
    cdef double band, rest
    cdef real score
    cdef real *own = <real *> bounds.own
    cdef real *best
    cdef real *second
    cdef real *open_best
    cdef real *open_second
    cdef bint excluded
    lay_out(&s, memory, sizeof(real), lanes.d, lanes.stride)
    best, second = <real *> s.best, <real *> s.second
    open_best, open_second = <real *> s.open_best, <real *> s.open_second
    for i in range(n):
        labels_new[start + i] = labels[start + i]
    if drift.known:
        some = kernels.exact_common.list_unsettled(
            labels + start, bounds.upper + start, bounds.lower + start, n, drift.travelled,
            drift.half, drift.fall, s.rows
        )
        row = 0
        for i in range(n):
            if row < some and s.rows[row] == i:
                row += 1
            elif moved[labels[start + i]]:
                own[start + i] = <real> NAN
        for i in range(some):
            s.rows[i] += <int32_t> start
    else:
        for i in range(n):
            s.rows[i] = <int32_t> (start + i)
    counts[ASSIGNED] += some
    counts[PRODUCTS] += some * first
    for i in range(some):
        best[i] = second[i] = <real> -INFINITY
        s.index[i] = 0
    fast(data).sparse_two_best(
        &x, data, s.rows, some, <const real *> lanes.packed, lanes.stride, <int64_t> 0, first,
        best, second, s.index
    )
    if drift.known and first < lanes.stride:
        for i in range(some):
            row = s.rows[i]
            label = labels[row]
            lane = lanes.lane[label]
            excluded = not moved[label]
            if excluded:
                score = own[row]
                if score != score:
                    score = own_score(x, data, row, lanes, lane)
                if lane >= first:
                    if score > best[i]:
                        second[i] = best[i]
                        best[i] = score
                        s.index[i] = <int32_t> lane
                    elif score > second[i]:
                        second[i] = score
            else:
                band = band_of(
                    sizeof(real), squares[row], x.indptr[row + 1] - x.indptr[row], lanes.d,
                    lanes.longest
                )
                rest = fmax(0.0, bounds.lower[row] - fall_before)
                excluded = (
                    <double> best[i] >= <double> own[row] + band
                    or squares[row] - 2 * <double> best[i] + 2 * band < rest * rest * (1 - 2.0**-40)
                )
            if not excluded:
                s.open_rows[n_open] = <int32_t> row
                s.open_index[n_open] = s.index[i]
                open_best[n_open] = best[i]
                open_second[n_open] = second[i]
                n_open += 1
        counts[PRODUCTS] += n_open * (lanes.stride - first)
        fast(data).sparse_two_best(
            &x, data, s.open_rows, n_open, <const real *> lanes.packed, lanes.stride, first,
            lanes.stride, open_best, open_second, s.open_index
        )
    lane = 0
    for i in range(some):
        row = s.rows[i]
        rest = INFINITY if lanes.first < lanes.stride else -INFINITY
        if lane < n_open and s.open_rows[lane] == row:
            best[i], second[i] = open_best[lane], open_second[lane]
            s.index[i] = s.open_index[lane]
            lane += 1
            rest = -INFINITY
        band = band_of(
            sizeof(real), squares[row], x.indptr[row + 1] - x.indptr[row], lanes.d, lanes.longest
        )
        label = lanes.order[s.index[i]]
        if <double> best[i] - second[i] > band:
            own[row] = best[i]
        else:
            label = decide_row(x, data, row, centers, lanes, s.decide)
            second[i] = best[i]
            own[row] = <real> NAN
        labels_new[row] = label
        set_bounds(
            squares[row], <double> best[i], <double> second[i], band, rest > 0, fall_before, drift,
            label, row, bounds
        )


cdef void set_bounds(
    double square, double best, double second, double band, bint partial, double fall_before,
    Drift drift, int32_t label, int64_t row, Bounds bounds
) noexcept nogil:
    """Bounds of a row just assigned, whose score is at least ``best`` - band.

    ``second`` is the best score of the other centers it was compared with; for all others, where
    the comparison was ``partial``, the bounds of the last iteration stay valid: they did not move.
    """
    cdef double above = sqrt(fmax(0.0, square - 2 * best + 4 * band)) * (1 + 2.0**-40)
    cdef double below = sqrt(fmax(0.0, square - 2 * second - 4 * band)) * (1 - 2.0**-40)
    if partial:
        below = min(below, <double> bounds.lower[row] - fall_before)
    bounds.upper[row] = float_above(above - drift.travelled[label])
    bounds.lower[row] = float_below(below + drift.fall)


def sparse_step(const real[::1] data, const int32_t[::1] indices, const int64_t[::1] indptr,
                const double[::1] squares, const real[:, ::1] centers, moved,
                double longest, const int32_t[::1] labels, int32_t[::1] labels_new,
                real[::1] own, float[::1] upper, float[::1] lower, const double[::1] travelled,
                const double[::1] half, double fall, double fall_before, bint known,
                int n_threads):
    """Write the index of each row's nearest center to ``labels_new``; ``labels`` are those before.

    ``moved`` (k,) tells which centers have moved since the last step, after which the bounds were
    at ``fall_before``; it is not read unless ``known``. ``own`` (n,), of the dtype of the rows, has
    scores for the next step. Returns how many rows were compared with centers, how many products
    of a row and a center that took, and the longest norm of any center so far, rounded up.
    """
    cdef:
        int64_t n = indptr.shape[0] - 1, tasks = (n + TASK_ROWS - 1) // TASK_ROWS, task, first, end
        _Packing packing = pack_lanes(centers, moved if known else None, longest, n_threads)
        Lanes lanes = packing.view
        Scratch s
        size_t size = lay_out(&s, NULL, sizeof(real), lanes.d, lanes.stride)
        Buffer scratch = Buffer(size * n_threads)
        Buffer counters = Buffer(n_threads * COUNTERS * sizeof(int64_t))
        int64_t *counts = <int64_t *> counters.data
        Csr x = Csr(&indptr[0], &indices[0])
        const real *values = &data[0]
        const uint8_t[::1] mask = np.asarray(moved).view(np.uint8)
        Bounds bounds = Bounds(&own[0], &upper[0], &lower[0])
        Drift drift = Drift(&travelled[0], &half[0], fall, known)
        int thread
    for first in range(0, tasks, SLICE_TASKS * n_threads):
        end = first + rows_in(tasks, first, SLICE_TASKS * n_threads)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            step_task(
                x, values, &squares[0], task * TASK_ROWS, rows_in(n, task * TASK_ROWS, TASK_ROWS),
                &centers[0, 0], lanes, &mask[0], drift, fall_before, bounds,
                scratch.data + size * threadid(), &labels[0], &labels_new[0],
                counts + COUNTERS * threadid()
            )
        PyErr_CheckSignals()
    for thread in range(1, n_threads):
        counts[ASSIGNED] += counts[COUNTERS * thread + ASSIGNED]
        counts[PRODUCTS] += counts[COUNTERS * thread + PRODUCTS]
    return counts[ASSIGNED], counts[PRODUCTS], lanes.longest
