"""One iteration on 8-bit codes: an exact filter for many features.

csrc/exact/encode.h says what codes are, csrc/kernels/codes.h what they bound, csrc/exact/bounds.h
what ``upper`` and ``lower`` hold. Rows that those do not settle are gathered 64 at a time; centers
that their codes do not exclude are held against them in full. Where codes exclude too little, rows
are assigned as everywhere else.
"""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, NAN, fmax
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy

from . cimport _kernels
from ._blocks cimport (
    BLOCK_ROWS, Buffer, add_parts, block_count, lines, rows_in, tasks_per_slice, weight_from
)
from ._kernels cimport SCRATCH_ROWS, SURVIVORS, Codes, CodeTile, Survivor, real
from .assign cimport pack_for
from .lloyd cimport GridView, view_grid
from .narrow cimport filter_scratch_size, filter_two_rows, sample_narrow

cdef enum:
    MOST_TASK_ROWS = 8192
    TASKS_PER_THREAD = 8
    MOVED = 0
    DISTANCES = 1
    SCANNED = 2
    COUNTS = 8  # of a thread, one cache line


# Multiply-adds of codes after which a task has done enough: 0.1 s on one core with AVX-512 VNNI.
cdef int64_t TASK_COST = 8_000_000_000


cdef struct Drift:
    const double *travelled
    const double *half
    double fall
    bint known


cdef struct Points:
    int64_t k
    double scale
    double spread
    const int32_t *codes
    const void *packed  # centers laid out for assignment, or null


cdef struct Scratch:
    CodeTile *tile
    Survivor *found
    float *words
    int32_t *rows
    int32_t *open
    int32_t *labels
    void *batch
    char *full_tile


def fast_codes():
    """Whether this processor multiplies codes several times as fast as float32 numbers."""
    return _kernels.chosen_isa() == "avx512vnni"


def encode_rows(const real[:, ::1] x, const double[::1] shift, double scale,
                uint8_t[:, ::1] codes, float[::1] step, float[::1] square, int n_threads):
    """Codes (n, 4 ceil(d / 4)), steps and squared norms of ``scale * (x - shift)``, rotated.

    Returns their spread: the largest distance of a row from its codes, in steps; infinite where
    rows are too far out.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = block_count(n)
        int64_t block, first, end, slice_blocks = tasks_per_slice(BLOCK_ROWS, d, 20, n_threads)
        size_t size = <size_t> (8 * d) * sizeof(double)
        Buffer scratch = Buffer(size * n_threads)
        Buffer spreads = Buffer(blocks * sizeof(double))
        double *spread = <double *> spreads.data
        double most = 0
    for first in range(0, blocks, slice_blocks):
        end = first + rows_in(blocks, first, slice_blocks)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            spread[block] = _kernels.encode_rows(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                &shift[0], scale, <double *> (scratch.data + size * threadid()),
                &codes[block * BLOCK_ROWS, 0], &step[block * BLOCK_ROWS],
                &square[block * BLOCK_ROWS]
            )
        PyErr_CheckSignals()
    for block in range(blocks):
        most = fmax(most, spread[block])
    return most


cdef size_t scratch_size(const real *x, int64_t rows, int64_t d) noexcept nogil:
    return (
        lines(sizeof(CodeTile)) + lines(SURVIVORS * sizeof(Survivor))
        + lines(2 * SCRATCH_ROWS * (d // 4 + 1) * sizeof(float))
        + 2 * lines(rows * sizeof(int32_t)) + lines(SCRATCH_ROWS * sizeof(int32_t))
        + lines(SCRATCH_ROWS * d * sizeof(real)) + lines(filter_scratch_size(x, d))
    )


cdef Scratch lay_out(const real *x, char *memory, int64_t rows, int64_t d) noexcept nogil:
    cdef Scratch s
    s.tile = <CodeTile *> memory
    memory += lines(sizeof(CodeTile))
    s.found = <Survivor *> memory
    memory += lines(SURVIVORS * sizeof(Survivor))
    s.words = <float *> memory
    memory += lines(2 * SCRATCH_ROWS * (d // 4 + 1) * sizeof(float))
    s.rows = <int32_t *> memory
    memory += lines(rows * sizeof(int32_t))
    s.open = <int32_t *> memory
    memory += lines(SCRATCH_ROWS * sizeof(int32_t))
    s.labels = <int32_t *> memory
    memory += lines(rows * sizeof(int32_t))
    s.batch = memory
    memory += lines(SCRATCH_ROWS * d * sizeof(real))
    s.full_tile = memory
    return s


cdef Codes codes_from(const Codes *codes, int64_t row) noexcept nogil:
    """Codes of the rows from ``row`` on."""
    cdef Codes rest = codes[0]
    rest.codes += row * ((rest.d + 3) // 4 * 4)
    rest.step += row
    rest.square += row
    return rest


cdef inline int64_t take_rows(
    const real *x, int64_t d, const real *centers, Drift drift, const int32_t *labels,
    float *upper, const float *lower, const int32_t *rows, int64_t count, int64_t *done,
    int32_t *open, int64_t taken
) noexcept nogil:
    """Fill up ``open`` from ``rows``; returns how many more rows stay unsettled in it."""
    cdef int64_t some = rows_in(count, done[0], SCRATCH_ROWS - taken)
    memcpy(open + taken, rows + done[0], some * sizeof(int32_t))
    done[0] += some
    if not drift.known:
        return some
    return _kernels.tighten_rows(
        x, d, centers, labels, upper, lower, drift.travelled, drift.half, drift.fall,
        open + taken, some
    )


cdef int64_t filter_rows(
    const real *x, int64_t d, const real *centers, Points points, Codes codes, Drift drift,
    Scratch s, int64_t count, const int32_t *labels, float *upper, float *lower, int64_t *counts
) noexcept nogil:
    """Labels and bounds of up to 64 open rows; returns how many are still to be assigned."""
    cdef int64_t i, row, found, pending = 0
    cdef double above
    for i in range(count):
        row = s.open[i]
        above = INFINITY
        if drift.known:
            above = (upper[row] + drift.travelled[labels[row]]) * points.scale
        s.tile.upper[i] = above * above * (1 + 2.0 ** -50)
    found = _kernels.scan_codes(
        &codes, s.open, count, points.codes, points.k, points.spread, s.words, s.tile, s.found
    )
    if found >= 0:
        counts[DISTANCES] += _kernels.verify_rows(
            x, d, centers, points.scale, s.open, count, s.tile, s.found, found, drift.travelled,
            drift.fall, s.labels, upper, lower
        )
    for i in range(count):
        row = s.open[i]
        if found < 0:
            upper[row] = NAN
        pending += upper[row] != upper[row]
    return pending


cdef int64_t filter_task(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers, Points points,
    Codes codes, GridView grid, Drift drift, Scratch s, int32_t *labels, float *upper,
    float *lower, int64_t *sums, int64_t *counts
) noexcept nogil:
    """Assign those of ``n`` rows that are not settled; move those that changed.

    Returns the number of rows that are still to be assigned: their upper bounds are NaN.
    """
    cdef int64_t count = n, done = 0, some, i
    cdef int64_t pending = 0
    if drift.known:
        count = _kernels.list_unsettled(
            labels, upper, lower, n, drift.travelled, drift.half, drift.fall, s.rows
        )
        counts[DISTANCES] += count
    else:
        for i in range(n):
            s.rows[i] = <int32_t> i
    memcpy(s.labels, labels, n * sizeof(int32_t))
    while done < count:
        some = 0
        while some < SCRATCH_ROWS and done < count:
            some += take_rows(
                x, d, centers, drift, labels, upper, lower, s.rows, count, &done, s.open, some
            )
        counts[SCANNED] += some
        s.tile.next = <const char *> x
        s.tile.row_bytes = d * <int64_t> sizeof(real)
        s.tile.next_rows = s.rows + done
        s.tile.n_next = <int32_t> rows_in(count, done, SCRATCH_ROWS)
        pending += filter_rows(
            x, d, centers, points, codes, drift, s, some, labels, upper, lower, counts
        )
    counts[MOVED] += _kernels.accumulate_rows(
        x, n, d, weight, labels, s.labels, grid.scale, grid.low_scale, grid.weight_scale, sums
    )
    memcpy(labels, s.labels, n * sizeof(int32_t))
    return pending


cdef void assign_pending(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers, Points points,
    GridView grid, Drift drift, Scratch s, int32_t *labels, float *upper, float *lower,
    int64_t *sums, int64_t *counts
) noexcept nogil:
    """Assign the rows whose upper bounds are NaN; move those that changed."""
    cdef int32_t labels_old[SCRATCH_ROWS]
    cdef int32_t labels_new[SCRATCH_ROWS]
    cdef int32_t undecided[SCRATCH_ROWS]
    cdef double weights[SCRATCH_ROWS]
    cdef double second[SCRATCH_ROWS]
    cdef float above[SCRATCH_ROWS]
    cdef float below[SCRATCH_ROWS]
    cdef int64_t i, row, tile, first, some, count = 0
    cdef real *batch = <real *> s.batch
    for i in range(n):
        if upper[i] != upper[i]:
            s.rows[count] = <int32_t> i
            count += 1
    counts[SCANNED] += count
    for tile in range((count + SCRATCH_ROWS - 1) // SCRATCH_ROWS):
        first = tile * SCRATCH_ROWS
        some = rows_in(count, first, SCRATCH_ROWS)
        _kernels.gather_rows(x, d, s.rows + first, some, batch)
        for i in range(some):
            row = s.rows[first + i]
            labels_old[i] = labels[row]
            if weight != NULL:
                weights[i] = weight[row]
        i = filter_two_rows(
            <const real *> batch, some, d, <const real *> points.packed, points.k, s.full_tile,
            labels_new, second, undecided
        )
        if i > 0:
            _kernels.decide_rows(
                <const real *> batch, d, undecided, i, centers, points.k,
                <double *> s.full_tile, labels_new
            )
        _kernels.set_bounds(
            <const real *> batch, some, d, centers, labels_new, second, drift.travelled,
            drift.fall, above, below
        )
        counts[MOVED] += _kernels.accumulate_rows(
            <const real *> batch, some, d, NULL if weight == NULL else weights, labels_old,
            labels_new, grid.scale, grid.low_scale, grid.weight_scale, sums
        )
        for i in range(some):
            row = s.rows[first + i]
            labels[row] = labels_new[i]
            upper[row] = above[i]
            lower[row] = below[i]


cdef Codes view_codes(int64_t d, tuple parts):
    cdef:
        const uint8_t[:, ::1] codes = parts[0]
        const float[::1] step = parts[1]
        const float[::1] square = parts[2]
    return Codes(d, &codes[0, 0], &step[0], &square[0], parts[3])


def sketch_step(const real[:, ::1] x, const double[::1] sample_weight, const real[:, ::1] centers,
                int32_t[::1] labels, int64_t[:, :, ::1] sums, grid, codes, center_codes,
                double scale, float[::1] upper, float[::1] lower, const double[::1] travelled,
                const double[::1] half, double fall, bint known, int n_threads):
    """As `lloyd_step`, on rows that the bounds do not settle, with codes as a first filter.

    ``codes`` and ``center_codes`` are tuples of what `encode_rows` wrote and returned, with the
    same shift and ``scale``. Where not ``known``, bounds are only written. Returns how many rows
    moved, how many distances were taken in full, and how many rows met the codes of all centers.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0], words = k * 2 * (d + 1)
        int64_t rows = min(<int64_t> MOST_TASK_ROWS, n // (TASKS_PER_THREAD * n_threads))
        int64_t tasks, task, first, end, slice_tasks, pending = 0
        size_t size
        const double[::1] grid_scale = grid.scale
        GridView view = view_grid(grid_scale, grid)
        Drift drift = Drift(&travelled[0], &half[0], fall, known)
        Codes row_codes = view_codes(d, codes), point_codes = view_codes(d, center_codes)
        Buffer packed_codes = Buffer(_kernels.packed_codes_size(k, d) * sizeof(int32_t))
        Points points = Points(
            k, scale, point_codes.spread, <const int32_t *> packed_codes.data, NULL
        )
        const double *weight = NULL
        int64_t *total = &sums[0, 0, 0]
        int64_t *others
        int64_t *counts
        int64_t *pending_of
        Buffer scratch, packing, partial, counters, still_open
    if sample_weight is not None:
        weight = &sample_weight[0]
    rows = max(1, min(rows, TASK_COST // (k * d + 1)) // SCRATCH_ROWS) * SCRATCH_ROWS
    tasks = (n + rows - 1) // rows
    slice_tasks = tasks_per_slice(rows, d, k, n_threads)
    size = scratch_size(<const real *> NULL, rows, d)
    scratch = Buffer(size * n_threads)
    counters = Buffer(n_threads * COUNTS * sizeof(int64_t))
    counts = <int64_t *> counters.data
    still_open = Buffer(tasks * sizeof(int64_t))
    pending_of = <int64_t *> still_open.data
    partial = Buffer(<size_t> ((n_threads - 1) * words) * sizeof(int64_t))
    others = <int64_t *> partial.data
    _kernels.pack_codes(&point_codes, k, row_codes.spread, <int32_t *> packed_codes.data)
    for first in range(0, tasks, slice_tasks):
        end = first + rows_in(tasks, first, slice_tasks)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            pending_of[task] = filter_task(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                weight_from(weight, task * rows), &centers[0, 0], points,
                codes_from(&row_codes, task * rows), view, drift,
                lay_out(<const real *> NULL, scratch.data + size * threadid(), rows, d),
                &labels[task * rows], &upper[task * rows], &lower[task * rows],
                total if threadid() == 0 else others + (threadid() - 1) * words,
                counts + threadid() * COUNTS
            )
        PyErr_CheckSignals()
    for task in range(tasks):
        pending += pending_of[task]
    if pending > 0:
        packing = pack_for(&x[0, 0], n, d, &centers[0, 0], k)
        points.packed = packing.data
        sample_narrow(
            &x[0, 0], n, d, <const real *> packing.data, k, scratch, size, n_threads
        )
        for first in range(0, tasks, slice_tasks):
            end = first + rows_in(tasks, first, slice_tasks)
            for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
                if pending_of[task] == 0:
                    continue
                assign_pending(
                    &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                    weight_from(weight, task * rows), &centers[0, 0], points, view, drift,
                    lay_out(<const real *> NULL, scratch.data + size * threadid(), rows, d),
                    &labels[task * rows], &upper[task * rows], &lower[task * rows],
                    total if threadid() == 0 else others + (threadid() - 1) * words,
                    counts + threadid() * COUNTS
                )
            PyErr_CheckSignals()
    add_parts(total, others, words, n_threads - 1)
    add_parts(counts, counts + COUNTS, COUNTS, n_threads - 1)
    return counts[MOVED], counts[DISTANCES], counts[SCANNED]
