"""One iteration with Hamerly's bounds: only rows that they do not settle meet all centers.

csrc/exact/bounds.h says what ``upper`` and ``lower`` hold; unsettled rows are gathered into dense
tiles for the kernel that assigns all rows elsewhere.
"""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t

from . cimport _kernels
from ._blocks cimport Buffer, add_parts, lines, rows_in, rows_per_task, tasks_per_slice, weight_from
from ._kernels cimport SCRATCH_ROWS, real
from .assign cimport pack_for
from .lloyd cimport GridView, view_grid
from .narrow cimport filter_scratch_size, filter_two_rows, sample_narrow

cdef enum:
    # Gathered rows fill half of a small first-level cache.
    BATCH_BYTES = 16384
    MOVED = 0
    TIGHTENED = 1
    ASSIGNED = 2
    COUNTS = 8  # of a thread, one cache line


cdef struct Bounds:
    const double *travelled
    const double *half
    double fall
    bint known


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


cdef int64_t batch_rows(const real *x, int64_t d) noexcept nogil:
    """Rows that are gathered at a time: whole tiles."""
    cdef int64_t tiles = BATCH_BYTES // (SCRATCH_ROWS * d * <int64_t> sizeof(real))
    return SCRATCH_ROWS * (1 if tiles < 1 else 8 if tiles > 8 else tiles)


cdef size_t scratch_size(const real *x, int64_t task_rows, int64_t d) noexcept nogil:
    cdef size_t batch = <size_t> batch_rows(x, d)
    return (
        lines(task_rows * sizeof(int32_t)) + 3 * lines(batch * sizeof(int32_t))
        + 2 * lines(batch * sizeof(float)) + 2 * lines(batch * sizeof(double))
        + lines(batch * d * sizeof(real)) + lines(filter_scratch_size(x, d)) + 64
    )


cdef Scratch lay_out(const real *x, char *memory, int64_t task_rows, int64_t d) noexcept nogil:
    cdef size_t batch = <size_t> batch_rows(x, d)
    cdef Scratch s
    s.rows = <int32_t *> memory
    memory += lines(task_rows * sizeof(int32_t))
    s.undecided = <int32_t *> memory
    memory += lines(batch * sizeof(int32_t))
    s.labels_old = <int32_t *> memory
    memory += lines(batch * sizeof(int32_t))
    s.labels_new = <int32_t *> memory
    memory += lines(batch * sizeof(int32_t))
    s.upper = <float *> memory
    memory += lines(batch * sizeof(float))
    s.lower = <float *> memory
    memory += lines(batch * sizeof(float))
    s.second = <double *> memory
    memory += lines(batch * sizeof(double))
    s.weight = <double *> memory
    memory += lines(batch * sizeof(double))
    s.batch = memory
    memory += lines(batch * d * sizeof(real))
    s.tile = memory
    return s


cdef void step_task(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers,
    const real *packed, int64_t k, GridView grid, Bounds bounds, Scratch s, int32_t *labels,
    float *upper, float *lower, int64_t *sums, int64_t *counts
) noexcept nogil:
    """Assign those of ``n`` rows that are not settled, move those that changed."""
    cdef int64_t count = n, first = 0, some, i, row, most = batch_rows(x, d)
    cdef real *batch = <real *> s.batch
    if bounds.known:
        count = _kernels.list_unsettled(
            labels, upper, lower, n, bounds.travelled, bounds.half, bounds.fall, s.rows
        )
        counts[TIGHTENED] += count
        count = _kernels.tighten_rows(
            x, d, centers, labels, upper, lower, bounds.travelled, bounds.half, bounds.fall,
            s.rows, count
        )
    else:
        for i in range(n):
            s.rows[i] = <int32_t> i
    counts[ASSIGNED] += count
    while first < count:
        some = rows_in(count, first, most)
        _kernels.gather_rows(x, d, s.rows + first, some, batch)
        for i in range(some):
            row = s.rows[first + i]
            s.labels_old[i] = labels[row]
            if weight != NULL:
                s.weight[i] = weight[row]
        i = filter_two_rows(
            <const real *> batch, some, d, packed, k, s.tile, s.labels_new, s.second, s.undecided
        )
        if i > 0:
            _kernels.decide_rows(
                <const real *> batch, d, s.undecided, i, centers, k, <double *> s.tile,
                s.labels_new
            )
        _kernels.set_bounds(
            <const real *> batch, some, d, centers, s.labels_new, s.second, bounds.travelled,
            bounds.fall, s.upper, s.lower
        )
        counts[MOVED] += _kernels.accumulate_rows(
            <const real *> batch, some, d, NULL if weight == NULL else s.weight, s.labels_old,
            s.labels_new, grid.scale, grid.low_scale, grid.weight_scale, sums
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
    """As `lloyd_step`, on rows that the bounds do not settle, whose bounds are set anew.

    Where not ``known``, all rows are assigned and the bounds only written. Returns how many rows
    moved, how many were held against their own center again, and how many against all.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0], words = k * 2 * (d + 1)
        int64_t rows = rows_per_task(n, k * d, n_threads), tasks = (n + rows - 1) // rows
        int64_t task, first, end, step = tasks_per_slice(rows, d, k, n_threads)
        size_t size = scratch_size(<const real *> NULL, rows, d)
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        Bounds bounds = Bounds(&travelled[0], &half[0], fall, known)
        const double *weight = NULL
        const real *packed
        int64_t *total = &sums[0, 0, 0]
        int64_t *others
        int64_t *counts
        Buffer scratch, packing, partial, counters
    if sample_weight is not None:
        weight = &sample_weight[0]
    scratch = Buffer(size * n_threads)
    counters = Buffer(n_threads * COUNTS * sizeof(int64_t))
    counts = <int64_t *> counters.data
    partial = Buffer(<size_t> ((n_threads - 1) * words) * sizeof(int64_t))
    others = <int64_t *> partial.data
    packing = pack_for(&x[0, 0], n, d, &centers[0, 0], k)
    packed = <const real *> packing.data
    sample_narrow(&x[0, 0], n, d, packed, k, scratch, size, n_threads)
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            step_task(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                weight_from(weight, task * rows), &centers[0, 0], packed, k, view, bounds,
                lay_out(<const real *> NULL, scratch.data + size * threadid(), rows, d),
                &labels[task * rows], &upper[task * rows], &lower[task * rows],
                total if threadid() == 0 else others + (threadid() - 1) * words,
                counts + threadid() * COUNTS
            )
        PyErr_CheckSignals()
    add_parts(total, others, words, n_threads - 1)
    add_parts(counts, counts + COUNTS, COUNTS, n_threads - 1)
    return counts[MOVED], counts[TIGHTENED], counts[ASSIGNED]


def count_unsettled(const int32_t[::1] labels, const float[::1] upper, const float[::1] lower,
                    const double[::1] travelled, const double[::1] half, double fall,
                    int64_t rows, int64_t[::1] counts, int n_threads):
    """Write to ``counts`` how many of each ``rows`` consecutive rows the bounds do not settle.

    No row is looked at: where none of a part is unsettled, a step would leave the part alone.
    """
    cdef:
        int64_t n = labels.shape[0], parts = (n + rows - 1) // rows, part, first, end
        int64_t step = tasks_per_slice(rows, 1, 1, n_threads)
        Buffer scratch = Buffer(<size_t> (rows * n_threads) * sizeof(int32_t))
    for first in range(0, parts, step):
        end = first + rows_in(parts, first, step)
        for part in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            counts[part] = _kernels.list_unsettled(
                &labels[part * rows], &upper[part * rows], &lower[part * rows],
                rows_in(n, part * rows, rows), &travelled[0], &half[0], fall,
                <int32_t *> scratch.data + threadid() * rows
            )
        PyErr_CheckSignals()
