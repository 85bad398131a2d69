"""One iteration with Hamerly's bounds: only unsettled rows are compared with all centers.

csrc/exact/hamerly_bounds.h defines ``upper`` and ``lower``. Unsettled rows are gathered into dense
tiles for the kernel that assigns all rows in Lloyd's algorithm.
"""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer, Workers, reserve, rows_in, rows_per_task, tasks_per_slice, weight_from
from ._kernels cimport SCRATCH_ROWS, GridView, exact, kernels, real
from .drift cimport Drift
from .float32_filter cimport Packed, Packing, packed_scratch_size, assign_two_packed, pack_for
from .sums cimport view_grid

cdef enum:
    # Gathered rows fill half of a small first-level cache.
    BATCH_BYTES = 16384
    MOVED = 0
    TIGHTENED = 1
    ASSIGNED = 2


cdef struct Scratch:
    int32_t *rows
    int32_t *undecided
    int32_t *labels_old
    int32_t *labels_new
    float *upper
    float *lower
    double *second
    double *weight
    void *batch
    char *tile


cdef int64_t batch_rows(size_t itemsize, int64_t d) noexcept nogil:
    """Rows that are gathered at a time: whole tiles."""
    cdef int64_t tiles = BATCH_BYTES // (SCRATCH_ROWS * d * <int64_t> itemsize)
    return SCRATCH_ROWS * (1 if tiles < 1 else 8 if tiles > 8 else tiles)


cdef size_t lay_out(
    Scratch *s, char *base, size_t itemsize, int64_t task_rows, int64_t d
) noexcept nogil:
    """Place the arrays of one task from ``base`` on; return their bytes (``base`` may be null)."""
    cdef size_t batch = <size_t> batch_rows(itemsize, d), used = 0
    s.rows = <int32_t *> reserve(base, &used, task_rows * sizeof(int32_t))
    s.undecided = <int32_t *> reserve(base, &used, batch * sizeof(int32_t))
    s.labels_old = <int32_t *> reserve(base, &used, batch * sizeof(int32_t))
    s.labels_new = <int32_t *> reserve(base, &used, batch * sizeof(int32_t))
    s.upper = <float *> reserve(base, &used, batch * sizeof(float))
    s.lower = <float *> reserve(base, &used, batch * sizeof(float))
    s.second = <double *> reserve(base, &used, batch * sizeof(double))
    s.weight = <double *> reserve(base, &used, batch * sizeof(double))
    s.batch = reserve(base, &used, batch * d * itemsize)
    s.tile = <char *> reserve(base, &used, packed_scratch_size(itemsize, d))
    return used


cdef void step_task(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers,
    Packed packed, int64_t k, GridView grid, Drift drift, char *scratch, int64_t task_rows,
    int32_t *labels, float *upper, float *lower, int64_t *sums, int64_t *counts
) noexcept nogil:
    """Assign those of ``n`` rows that are not settled, move those that changed."""
    cdef int64_t count = n, first = 0, some, i, row, most = batch_rows(sizeof(real), d)
    cdef Scratch s
    cdef real *batch
    lay_out(&s, scratch, sizeof(real), task_rows, d)
    batch = <real *> s.batch
    if drift.known:
        count = kernels.exact_common.list_unsettled(
            labels, upper, lower, n, drift.travelled, drift.half, drift.fall, s.rows
        )
        counts[TIGHTENED] += count
        count = exact(x).tighten_rows(
            x, d, centers, labels, upper, lower, drift.travelled, drift.half, drift.fall,
            s.rows, count
        )
    else:
        for i in range(n):
            s.rows[i] = <int32_t> i
    counts[ASSIGNED] += count
    while first < count:
        some = rows_in(count, first, most)
        exact(x).gather_rows(x, d, s.rows + first, some, batch)
        for i in range(some):
            row = s.rows[first + i]
            s.labels_old[i] = labels[row]
            if weight != NULL:
                s.weight[i] = weight[row]
        i = assign_two_packed(
            <const real *> batch, some, d, packed, k, s.tile, s.labels_new, s.second, s.undecided
        )
        if i > 0:
            exact(batch).decide_rows(
                <const real *> batch, d, s.undecided, i, centers, k, <double *> s.tile,
                s.labels_new
            )
        exact(batch).set_bounds(
            <const real *> batch, some, d, centers, s.labels_new, s.second, drift.travelled,
            drift.fall, s.upper, s.lower
        )
        counts[MOVED] += exact(batch).accumulate_rows(
            <const real *> batch, some, d, NULL if weight == NULL else s.weight, s.labels_old,
            s.labels_new, &grid, sums
        )
        for i in range(some):
            row = s.rows[first + i]
            labels[row] = s.labels_new[i]
            upper[row] = s.upper[i]
            lower[row] = s.lower[i]
        first += most


def hamerly_step(const real[:, ::1] x, const double[::1] sample_weight,
                 const real[:, ::1] centers, int32_t[::1] labels, int64_t[:, :, ::1] sums, grid,
                 float[::1] upper, float[::1] lower, const double[::1] travelled,
                 const double[::1] half, double fall, bint known, int n_threads):
    """As `lloyd_step`, on rows that the bounds do not settle; sets the bounds of these rows.

    If ``known`` is false, all rows are assigned, and bounds are written without being read. Returns
    how many rows moved, how many were compared with their own center, and how many with all.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t rows = rows_per_task(n, k * d, n_threads), tasks = (n + rows - 1) // rows
        int64_t task, first, end, step = tasks_per_slice(rows, d, k, n_threads)
        Scratch measured
        size_t size = lay_out(&measured, NULL, sizeof(real), rows, d)
        Workers workers = Workers(n_threads, size, sums)
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        Drift drift = Drift(&travelled[0], &half[0], fall, known)
        const double *weight = NULL
        Packing packing
        int64_t *counts
    if sample_weight is not None:
        weight = &sample_weight[0]
    packing = pack_for(&x[0, 0], n, d, &centers[0, 0], k, workers.memory, size, n_threads)
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            step_task(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                weight_from(weight, task * rows), &centers[0, 0], packing.view, k, view, drift,
                workers.scratch(threadid()), rows, &labels[task * rows], &upper[task * rows],
                &lower[task * rows], workers.sums(threadid()), workers.counts(threadid())
            )
        PyErr_CheckSignals()
    counts = workers.merge()
    return counts[MOVED], counts[TIGHTENED], counts[ASSIGNED]


def count_unsettled(const int32_t[::1] labels, const float[::1] upper, const float[::1] lower,
                    const double[::1] travelled, const double[::1] half, double fall,
                    int64_t rows, int64_t[::1] counts, int n_threads):
    """Write to ``counts`` how many of each ``rows`` consecutive rows the bounds do not settle.

    No row is read. A step does not change a part without unsettled rows.
    """
    cdef:
        int64_t n = labels.shape[0], parts = (n + rows - 1) // rows, part, first, end
        int64_t step = tasks_per_slice(rows, 1, 1, n_threads)
        Buffer scratch = Buffer(<size_t> (rows * n_threads) * sizeof(int32_t))
    for first in range(0, parts, step):
        end = first + rows_in(parts, first, step)
        for part in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            counts[part] = kernels.exact_common.list_unsettled(
                &labels[part * rows], &upper[part * rows], &lower[part * rows],
                rows_in(n, part * rows, rows), &travelled[0], &half[0], fall,
                <int32_t *> scratch.data + threadid() * rows
            )
        PyErr_CheckSignals()
