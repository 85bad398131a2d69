"""One iteration on sketches of the rows: an exact filter for many features.

csrc/structs.h defines sketches, csrc/fast/sketch_scan.h and csrc/fast/codes_scan.h the bounds that
they give, csrc/exact/hamerly_bounds.h ``upper`` and ``lower``. The sketches of rows that these do
not settle are compared with those of all centers, 64 rows at a time, and the rows themselves with
the centers that survive. Where too many survive, rows are assigned as in Lloyd's algorithm.
"""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, NAN
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy

from ._blocks cimport (
    Buffer, Workers, reserve, rows_in, tasks_per_slice, weight_from
)
from ._kernels cimport SCRATCH_ROWS, GridView, exact, kernels, real
from .drift cimport Drift
from .float32_filter cimport Packed, Packing, packed_scratch_size, assign_two_packed, pack_for
from .sums cimport view_grid

cdef extern from "structs.h" nogil:
    enum:
        SURVIVORS "KMF_SURVIVORS"
    ctypedef struct Sketch "kmf_sketch":
        int64_t d
        const float *values
        const uint8_t *codes
        const float *step
        const float *square
        double spread
        double loose
    ctypedef struct ScanTile "kmf_scan_tile":
        double *upper
        int32_t n_next
        const int32_t *next_rows
        const char *next
        int64_t row_bytes
    ctypedef struct Survivor "kmf_survivor":
        int32_t row
        int32_t center

cdef enum:
    MOST_TASK_ROWS = 8192
    TASKS_PER_THREAD = 8
    # A scan takes about k (words + EPILOGUE) / 16 cycles a row, and reading the row TIGHTEN d / 16.
    EPILOGUE = 5
    TIGHTEN = 32
    MOVED = 0
    DISTANCES = 1
    SCANNED = 2


# Multiply-adds of codes per task: 0.1 s on one core with AVX-512 VNNI.
cdef int64_t TASK_COST = 8_000_000_000


cdef struct Points:
    int64_t k
    double scale
    double spread
    const void *sketch
    Packed packed  # centers laid out for assignment, if rows are still to be assigned


cdef struct Scratch:
    ScanTile *tile
    Survivor *found
    float *sketch_tile
    int32_t *rows
    int32_t *open
    int32_t *labels
    void *batch
    char *full_tile


cdef size_t lay_out(
    Scratch *s, char *base, size_t itemsize, int64_t rows, int64_t d, int64_t words
) noexcept nogil:
    """Place the arrays of one task from ``base`` on; return their bytes (``base`` may be null)."""
    cdef size_t used = 0
    s.tile = <ScanTile *> reserve(base, &used, sizeof(ScanTile))
    s.found = <Survivor *> reserve(base, &used, SURVIVORS * sizeof(Survivor))
    s.sketch_tile = <float *> reserve(base, &used, 2 * SCRATCH_ROWS * words * sizeof(float))
    s.rows = <int32_t *> reserve(base, &used, rows * sizeof(int32_t))
    s.open = <int32_t *> reserve(base, &used, SCRATCH_ROWS * sizeof(int32_t))
    s.labels = <int32_t *> reserve(base, &used, rows * sizeof(int32_t))
    s.batch = reserve(base, &used, SCRATCH_ROWS * d * itemsize)
    s.full_tile = <char *> reserve(base, &used, packed_scratch_size(itemsize, d))
    return used


cdef inline int64_t words_of(const Sketch *sketch) noexcept nogil:
    """Words of four bytes of the sketch of a row."""
    return (sketch.d + 3) // 4 if sketch.values == NULL else sketch.d


cdef Sketch sketch_from(const Sketch *sketch, int64_t row) noexcept nogil:
    """Sketches of the rows from ``row`` on."""
    cdef Sketch rest = sketch[0]
    if rest.values != NULL:
        rest.values += row * rest.d
    else:
        rest.codes += row * 4 * words_of(sketch)
        rest.step += row
    rest.square += row
    return rest


cdef inline int64_t scan(
    const Sketch *sketch, const int32_t *rows, int64_t count, const Points *points, Scratch *s
) noexcept nogil:
    if sketch.values != NULL:
        return kernels.fast_common.scan_sketch(
            sketch, rows, count, <const float *> points.sketch, points.k, s.sketch_tile, s.tile,
            s.found
        )
    return kernels.fast_common.scan_codes(
        sketch, rows, count, <const int32_t *> points.sketch, points.k, points.spread,
        s.sketch_tile, s.tile, s.found
    )


cdef inline int64_t tighten(
    const real *x, int64_t d, const real *centers, Drift drift, const int32_t *labels,
    float *upper, const float *lower, int32_t *rows, int64_t count
) noexcept nogil:
    return exact(x).tighten_rows(
        x, d, centers, labels, upper, lower, drift.travelled, drift.half, drift.fall, rows, count
    )


cdef int64_t survivors_of(
    Points points, Sketch sketch, Drift drift, Scratch s, int64_t count, const float *upper
) noexcept nogil:
    """List the survivors of ``count`` open rows; returns how many, -1 if they are too many."""
    cdef int64_t i, row
    cdef double above
    for i in range(count):
        row = s.open[i]
        above = (upper[row] + drift.travelled[s.labels[row]]) * points.scale
        s.tile.upper[i] = above * above * (1 + 2.0 ** -50)
    return scan(&sketch, s.open, count, &points, &s)


cdef int64_t verify(
    const real *x, int64_t d, const real *centers, Points points, Drift drift, Scratch s,
    int64_t count, int64_t found, bint tight, const int32_t *labels, float *upper, float *lower,
    int64_t *counts
) noexcept nogil:
    """Write labels and bounds of ``count`` open rows, given their survivors.

    Returns how many rows are still to be assigned: their upper bounds are NaN.
    """
    cdef int64_t i, row, pending = 0
    if found >= 0:
        counts[DISTANCES] += exact(x).verify_rows(
            x, d, centers, points.scale, s.open, count, s.tile, s.found, found, tight,
            drift.travelled, drift.fall, s.labels, upper, lower
        )
    for i in range(count):
        row = s.open[i]
        if found < 0:
            upper[row] = NAN
        if upper[row] != upper[row]:
            s.labels[row] = labels[row]
            pending += 1
    return pending


cdef bint most_are_alone(const Scratch *s, int64_t count, int64_t found) noexcept nogil:
    """Whether at least half of ``count`` open rows have one survivor."""
    cdef int32_t survivors[SCRATCH_ROWS]
    cdef int64_t i, alone = 0
    for i in range(count):
        survivors[i] = 0
    for i in range(found):
        survivors[s.found[i].row] += 1
    for i in range(count):
        alone += survivors[i] == 1
    return 2 * alone >= count


cdef int64_t scan_task(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers, Points points,
    Sketch sketch, GridView grid, Drift drift, char *scratch, int64_t task_rows, int32_t *labels,
    float *upper, float *lower, int64_t *sums, int64_t *counts
) noexcept nogil:
    """Assign those of ``n`` rows that are not settled; move those that changed.

    Rows are read before the scan, for tight upper bounds, where that is cheap compared with the
    scan, or where the first rows of the task show that they would be read after it. Returns the
    number of rows that are still to be assigned: their upper bounds are NaN.
    """
    cdef int64_t count = n, done = 0, some, taken, found, i
    cdef int64_t pending = 0, words = words_of(&sketch)
    cdef bint tight = not drift.known or points.k * (words + EPILOGUE) > TIGHTEN * d
    cdef Scratch s
    lay_out(&s, scratch, sizeof(real), task_rows, d, words)
    if drift.known:
        count = kernels.exact_common.list_unsettled(
            labels, upper, lower, n, drift.travelled, drift.half, drift.fall, s.rows
        )
    else:
        for i in range(n):
            s.rows[i] = <int32_t> i
            lower[i] = -INFINITY
    memcpy(s.labels, labels, n * sizeof(int32_t))
    s.tile.next = <const char *> x
    s.tile.row_bytes = d * <int64_t> sizeof(real)
    while done < count:
        some = 0
        while some < SCRATCH_ROWS and done < count:
            taken = rows_in(count, done, SCRATCH_ROWS - some)
            memcpy(s.open + some, s.rows + done, taken * sizeof(int32_t))
            done += taken
            if tight:
                counts[DISTANCES] += taken
                taken = tighten(
                    x, d, centers, drift, s.labels, upper, lower, s.open + some, taken
                )
            some += taken
        counts[SCANNED] += some
        s.tile.next_rows = s.rows + done
        s.tile.n_next = 0
        if tight:
            s.tile.n_next = <int32_t> rows_in(count, done, SCRATCH_ROWS)
        found = survivors_of(points, sketch, drift, s, some, upper)
        if not tight and done <= SCRATCH_ROWS and not most_are_alone(&s, some, found):
            tight = True
            counts[DISTANCES] += some
            some = tighten(x, d, centers, drift, s.labels, upper, lower, s.open, some)
            found = survivors_of(points, sketch, drift, s, some, upper)
        pending += verify(
            x, d, centers, points, drift, s, some, found, tight, labels, upper, lower, counts
        )
    counts[MOVED] += exact(x).accumulate_rows(
        x, n, d, weight, labels, s.labels, &grid, sums
    )
    memcpy(labels, s.labels, n * sizeof(int32_t))
    return pending


cdef void assign_pending(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers, Points points,
    GridView grid, Drift drift, char *scratch, int64_t task_rows, int64_t words, int32_t *labels,
    float *upper, float *lower, int64_t *sums, int64_t *counts
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
    lay_out(&s, scratch, sizeof(real), task_rows, d, words)
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


cdef Sketch view_sketch(sketch):
    """A view of a `RowSketch`, which must outlive it."""
    cdef:
        const float[:, ::1] values = sketch.values
        const uint8_t[:, ::1] codes = sketch.codes
        const float[::1] step = sketch.step
        const float[::1] square = sketch.square
        Sketch view = Sketch(
            sketch.width, NULL, NULL, NULL, &square[0], sketch.spread, sketch.loose
        )
    if values is not None:
        view.values = &values[0, 0]
    else:
        view.codes, view.step = &codes[0, 0], &step[0]
    return view


cdef Buffer packed_sketch(const Sketch *centers, int64_t k, double row_spread):
    """Sketches of centers as the scan reads them."""
    cdef Buffer packed
    if centers.values != NULL:
        packed = Buffer(
            kernels.fast_common.packed_sketch_size(k, centers.d) * sizeof(float)
        )
        kernels.fast_common.pack_sketch(centers, k, <float *> packed.data)
    else:
        packed = Buffer(kernels.fast_common.packed_codes_size(k, centers.d) * sizeof(int32_t))
        kernels.fast_common.pack_codes(centers, k, row_spread, <int32_t *> packed.data)
    return packed


def survivors_step(const real[:, ::1] x, const double[::1] sample_weight,
                   const real[:, ::1] centers, int32_t[::1] labels, int64_t[:, :, ::1] sums,
                   grid, sketch, center_sketch, double scale, float[::1] upper, float[::1] lower,
                   const double[::1] travelled, const double[::1] half, double fall, bint known,
                   int n_threads):
    """As `lloyd_step`, on rows that the bounds do not settle, with sketches as a first filter.

    ``sketch`` and ``center_sketch`` are sketches (`RowSketch`) made with the same ``scale``. If
    ``known`` is false, there are labels, but bounds are written without being read. Returns how
    many rows moved, how many distances were evaluated in full, and how many rows were compared with
    the sketches of all centers.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t rows = min(<int64_t> MOST_TASK_ROWS, n // (TASKS_PER_THREAD * n_threads))
        int64_t tasks, task, first, end, slice_tasks, pending = 0
        size_t size
        const double[::1] grid_scale = grid.scale
        GridView view = view_grid(grid_scale, grid)
        Drift drift = Drift(&travelled[0], &half[0], fall, known)
        Sketch of_rows = view_sketch(sketch), of_centers = view_sketch(center_sketch)
        int64_t words = words_of(&of_rows)
        Buffer packed = packed_sketch(&of_centers, k, of_rows.spread)
        Points points = Points(k, scale, of_centers.spread, packed.data, Packed(NULL, NULL))
        const double *weight = NULL
        int64_t *counts
        int64_t *pending_of
        Scratch measured
        Packing packing
        Workers workers
        Buffer still_open
    if sample_weight is not None:
        weight = &sample_weight[0]
    rows = max(1, min(rows, TASK_COST // (k * (d + words) + 1)) // SCRATCH_ROWS) * SCRATCH_ROWS
    tasks = (n + rows - 1) // rows
    slice_tasks = tasks_per_slice(rows, d, k, n_threads)
    size = lay_out(&measured, NULL, sizeof(real), rows, d, words)
    workers = Workers(n_threads, size, sums)
    still_open = Buffer(tasks * sizeof(int64_t))
    pending_of = <int64_t *> still_open.data
    for first in range(0, tasks, slice_tasks):
        end = first + rows_in(tasks, first, slice_tasks)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            pending_of[task] = scan_task(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                weight_from(weight, task * rows), &centers[0, 0], points,
                sketch_from(&of_rows, task * rows), view, drift,
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
                    workers.scratch(threadid()), rows, words, &labels[task * rows],
                    &upper[task * rows], &lower[task * rows], workers.sums(threadid()),
                    workers.counts(threadid())
                )
            PyErr_CheckSignals()
    counts = workers.merge()
    return counts[MOVED], counts[DISTANCES], counts[SCANNED]
