"""One iteration on 8-bit codes: an exact filter for many features.

csrc/exact/codes_encode.h defines codes, csrc/fast/codes_scan.h their bounds on distances, and
csrc/exact/hamerly_bounds.h defines ``upper`` and ``lower``. Rows that the bounds do not settle are
gathered 64 at a time and compared in full with the centers that their codes do not exclude. Where
codes exclude too few centers, rows are assigned as in Lloyd's algorithm.
"""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, NAN, fmax
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy

from ._blocks cimport (
    BLOCK_ROWS, Buffer, Workers, block_count, reserve, rows_in, tasks_per_slice, weight_from
)
from ._kernels cimport SCRATCH_ROWS, GridView, chosen_isa, exact, kernels, real
from .drift cimport Drift
from .float32_filter cimport Packed, Packing, packed_scratch_size, assign_two_packed, pack_for
from .sums cimport view_grid

cdef extern from "structs.h" nogil:
    enum:
        SURVIVORS "KMF_SURVIVORS"
    ctypedef struct Codes "kmf_codes":
        int64_t d
        const uint8_t *codes
        const float *step
        const float *square
        double spread
    ctypedef struct CodeTile "kmf_code_tile":
        double *upper
        int32_t n_next
        const int32_t *next_rows
        const char *next
        int64_t row_bytes
    ctypedef struct Survivor "kmf_survivor":
        pass

cdef enum:
    MOST_TASK_ROWS = 8192
    TASKS_PER_THREAD = 8
    MOVED = 0
    DISTANCES = 1
    SCANNED = 2


# Multiply-adds of codes per task: 0.1 s on one core with AVX-512 VNNI.
cdef int64_t TASK_COST = 8_000_000_000


cdef struct Points:
    int64_t k
    double scale
    double spread
    const int32_t *codes
    Packed packed  # centers laid out for assignment, if rows are still to be assigned


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
    return chosen_isa() == "avx512vnni"


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
            spread[block] = exact(&x[0, 0]).encode_rows(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                &shift[0], scale, <double *> (scratch.data + size * threadid()),
                &codes[block * BLOCK_ROWS, 0], &step[block * BLOCK_ROWS],
                &square[block * BLOCK_ROWS]
            )
        PyErr_CheckSignals()
    for block in range(blocks):
        most = fmax(most, spread[block])
    return most


cdef size_t lay_out(
    Scratch *s, char *base, size_t itemsize, int64_t rows, int64_t d
) noexcept nogil:
    """Place the arrays of one task from ``base`` on; return their bytes (``base`` may be null)."""
    cdef size_t used = 0
    s.tile = <CodeTile *> reserve(base, &used, sizeof(CodeTile))
    s.found = <Survivor *> reserve(base, &used, SURVIVORS * sizeof(Survivor))
    s.words = <float *> reserve(base, &used, 2 * SCRATCH_ROWS * (d // 4 + 1) * sizeof(float))
    s.rows = <int32_t *> reserve(base, &used, rows * sizeof(int32_t))
    s.open = <int32_t *> reserve(base, &used, SCRATCH_ROWS * sizeof(int32_t))
    s.labels = <int32_t *> reserve(base, &used, rows * sizeof(int32_t))
    s.batch = reserve(base, &used, SCRATCH_ROWS * d * itemsize)
    s.full_tile = <char *> reserve(base, &used, packed_scratch_size(itemsize, d))
    return used


cdef Codes codes_from(const Codes *codes, int64_t row) noexcept nogil:
    """Codes of the rows from ``row`` on."""
    cdef Codes rest = codes[0]
    rest.codes += row * ((rest.d + 3) // 4 * 4)
    rest.step += row
    rest.square += row
    return rest


cdef inline int64_t fill_open(
    const real *x, int64_t d, const real *centers, Drift drift, const int32_t *labels,
    float *upper, const float *lower, const int32_t *rows, int64_t count, int64_t *done,
    int32_t *open, int64_t taken
) noexcept nogil:
    """Append unsettled ones of ``rows`` to ``open`` (64,); return how many.

    ``taken`` rows are in ``open``; ``done`` of ``count`` rows have been tried. Tightens ``upper``.
    """
    cdef int64_t some = rows_in(count, done[0], SCRATCH_ROWS - taken)
    memcpy(open + taken, rows + done[0], some * sizeof(int32_t))
    done[0] += some
    if not drift.known:
        return some
    return exact(x).tighten_rows(
        x, d, centers, labels, upper, lower, drift.travelled, drift.half, drift.fall,
        open + taken, some
    )


cdef int64_t scan_rows(
    const real *x, int64_t d, const real *centers, Points points, Codes codes, Drift drift,
    Scratch s, int64_t count, const int32_t *labels, float *upper, float *lower, int64_t *counts
) noexcept nogil:
    """Write labels and bounds of ``count`` (up to 64) open rows by their codes.

    Returns how many rows are still to be assigned: their upper bounds are NaN.
    """
    cdef int64_t i, row, found, pending = 0
    cdef double above
    for i in range(count):
        row = s.open[i]
        above = INFINITY
        if drift.known:
            above = (upper[row] + drift.travelled[labels[row]]) * points.scale
        s.tile.upper[i] = above * above * (1 + 2.0 ** -50)
    found = kernels.fast_common.scan_codes(
        &codes, s.open, count, points.codes, points.k, points.spread, s.words, s.tile, s.found
    )
    if found >= 0:
        counts[DISTANCES] += exact(x).verify_rows(
            x, d, centers, points.scale, s.open, count, s.tile, s.found, found, drift.travelled,
            drift.fall, s.labels, upper, lower
        )
    for i in range(count):
        row = s.open[i]
        if found < 0:
            upper[row] = NAN
        pending += upper[row] != upper[row]
    return pending


cdef int64_t scan_task(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers, Points points,
    Codes codes, GridView grid, Drift drift, char *scratch, int64_t task_rows, int32_t *labels,
    float *upper, float *lower, int64_t *sums, int64_t *counts
) noexcept nogil:
    """Assign those of ``n`` rows that are not settled; move those that changed.

    Returns the number of rows that are still to be assigned: their upper bounds are NaN.
    """
    cdef int64_t count = n, done = 0, some, i
    cdef int64_t pending = 0
    cdef Scratch s
    lay_out(&s, scratch, sizeof(real), task_rows, d)
    if drift.known:
        count = kernels.exact_common.list_unsettled(
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
            some += fill_open(
                x, d, centers, drift, labels, upper, lower, s.rows, count, &done, s.open, some
            )
        counts[SCANNED] += some
        s.tile.next = <const char *> x
        s.tile.row_bytes = d * <int64_t> sizeof(real)
        s.tile.next_rows = s.rows + done
        s.tile.n_next = <int32_t> rows_in(count, done, SCRATCH_ROWS)
        pending += scan_rows(
            x, d, centers, points, codes, drift, s, some, labels, upper, lower, counts
        )
    counts[MOVED] += exact(x).accumulate_rows(
        x, n, d, weight, labels, s.labels, &grid, sums
    )
    memcpy(labels, s.labels, n * sizeof(int32_t))
    return pending


cdef void assign_pending(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers, Points points,
    GridView grid, Drift drift, char *scratch, int64_t task_rows, int32_t *labels, float *upper,
    float *lower, int64_t *sums, int64_t *counts
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
    cdef Scratch s
    cdef real *batch
    lay_out(&s, scratch, sizeof(real), task_rows, d)
    batch = <real *> s.batch
    for i in range(n):
        if upper[i] != upper[i]:
            s.rows[count] = <int32_t> i
            count += 1
    counts[SCANNED] += count
    for tile in range((count + SCRATCH_ROWS - 1) // SCRATCH_ROWS):
        first = tile * SCRATCH_ROWS
        some = rows_in(count, first, SCRATCH_ROWS)
        exact(x).gather_rows(x, d, s.rows + first, some, batch)
        for i in range(some):
            row = s.rows[first + i]
            labels_old[i] = labels[row]
            if weight != NULL:
                weights[i] = weight[row]
        i = assign_two_packed(
            <const real *> batch, some, d, points.packed, points.k, s.full_tile,
            labels_new, second, undecided
        )
        if i > 0:
            exact(batch).decide_rows(
                <const real *> batch, d, undecided, i, centers, points.k,
                <double *> s.full_tile, labels_new
            )
        exact(batch).set_bounds(
            <const real *> batch, some, d, centers, labels_new, second, drift.travelled,
            drift.fall, above, below
        )
        counts[MOVED] += exact(batch).accumulate_rows(
            <const real *> batch, some, d, NULL if weight == NULL else weights, labels_old,
            labels_new, &grid, sums
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


def codes_step(const real[:, ::1] x, const double[::1] sample_weight, const real[:, ::1] centers,
               int32_t[::1] labels, int64_t[:, :, ::1] sums, grid, codes, center_codes,
               double scale, float[::1] upper, float[::1] lower, const double[::1] travelled,
               const double[::1] half, double fall, bint known, int n_threads):
    """As `lloyd_step`, on rows that the bounds do not settle, with codes as a first filter.

    ``codes`` and ``center_codes`` are tuples of what `encode_rows` wrote and returned, with the
    same shift and ``scale``. If ``known`` is false, bounds are written without being read. Returns
    how many rows moved, how many distances were evaluated in full, and how many rows were compared
    with all codes.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t rows = min(<int64_t> MOST_TASK_ROWS, n // (TASKS_PER_THREAD * n_threads))
        int64_t tasks, task, first, end, slice_tasks, pending = 0
        size_t size
        const double[::1] grid_scale = grid.scale
        GridView view = view_grid(grid_scale, grid)
        Drift drift = Drift(&travelled[0], &half[0], fall, known)
        Codes row_codes = view_codes(d, codes), point_codes = view_codes(d, center_codes)
        Buffer packed_codes = Buffer(kernels.fast_common.packed_codes_size(k, d) * sizeof(int32_t))
        Points points = Points(
            k, scale, point_codes.spread, <const int32_t *> packed_codes.data, Packed(NULL, NULL)
        )
        const double *weight = NULL
        int64_t *counts
        int64_t *pending_of
        Scratch measured
        Packing packing
        Workers workers
        Buffer still_open
    if sample_weight is not None:
        weight = &sample_weight[0]
    rows = max(1, min(rows, TASK_COST // (k * d + 1)) // SCRATCH_ROWS) * SCRATCH_ROWS
    tasks = (n + rows - 1) // rows
    slice_tasks = tasks_per_slice(rows, d, k, n_threads)
    size = lay_out(&measured, NULL, sizeof(real), rows, d)
    workers = Workers(n_threads, size, sums)
    still_open = Buffer(tasks * sizeof(int64_t))
    pending_of = <int64_t *> still_open.data
    kernels.fast_common.pack_codes(&point_codes, k, row_codes.spread, <int32_t *> packed_codes.data)
    for first in range(0, tasks, slice_tasks):
        end = first + rows_in(tasks, first, slice_tasks)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            pending_of[task] = scan_task(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                weight_from(weight, task * rows), &centers[0, 0], points,
                codes_from(&row_codes, task * rows), view, drift,
                workers.scratch(threadid()), rows, &labels[task * rows], &upper[task * rows],
                &lower[task * rows], workers.sums(threadid()), workers.counts(threadid())
            )
        PyErr_CheckSignals()
    for task in range(tasks):
        pending += pending_of[task]
    if pending > 0:
        packing = pack_for(&x[0, 0], n, d, &centers[0, 0], k, workers.memory, size, n_threads)
        points.packed = packing.view
        for first in range(0, tasks, slice_tasks):
            end = first + rows_in(tasks, first, slice_tasks)
            for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
                if pending_of[task] == 0:
                    continue
                assign_pending(
                    &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                    weight_from(weight, task * rows), &centers[0, 0], points, view, drift,
                    workers.scratch(threadid()), rows, &labels[task * rows], &upper[task * rows],
                    &lower[task * rows], workers.sums(threadid()), workers.counts(threadid())
                )
            PyErr_CheckSignals()
    counts = workers.merge()
    return counts[MOVED], counts[DISTANCES], counts[SCANNED]
