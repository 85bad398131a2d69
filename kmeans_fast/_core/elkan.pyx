"""Elkan's assignment with bounds of one byte; csrc/elkan_bounds.h explains the bounds."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, frexp, ldexp, sqrt
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memcpy, memset

from ._blocks cimport Buffer, rows_in, tasks_per_slice, weight_from
from ._kernels cimport SCRATCH_ROWS, GridView, exact, fast, kernels, real
from .center_distances cimport measure_between
from .float32_filter cimport Packing, pack
from .statistics cimport largest_magnitude
from .sums cimport view_grid

cdef extern from "structs.h" nogil:
    enum:
        ELKAN_EPOCHS "KMF_ELKAN_EPOCHS"
        ELKAN_UNITS "KMF_ELKAN_UNITS"
        ELKAN_NO_EPOCH "KMF_ELKAN_NO_EPOCH"
    ctypedef struct Elkan "kmf_elkan":
        int64_t k, d, groups, group_size, stride, most
        int epoch
        const double *travelled
        const double *spread
        const double *half
        const float *gap_limit
        const float *upper_limit
        const float *between
        const double *since
        const uint8_t *paid
        const double *unit
        float *upper
        float *gap
        float *base
        uint8_t *unit_of
        uint8_t *epoch_of
        uint8_t *bounds
        uint8_t *used

cdef enum:
    # Tasks are long, so that the rows which remain unsettled fill tiles.
    MOST_ROWS = 8192
    # Distances between centers cost as much as those of k rows.
    ROWS_PER_CENTER = 64
    MOST_CENTERS_BETWEEN = 4096
    PAIRS = ELKAN_EPOCHS * ELKAN_UNITS

cdef extern from "rounding.h":
    float float_above(double v) noexcept nogil
    float float_below(double v) noexcept nogil

cdef double ROUND_UP = 1 + 2.0 ** -49
cdef double FARTHEST = 1e150
cdef int64_t TASK_COST = 2_000_000_000


cdef inline double add_above(double total, double term) noexcept nogil:
    """``total + term``, rounded up."""
    return total if term == 0 else (total + term) * ROUND_UP


cdef class ElkanBounds:
    """Bounds of the rows, and the distances that centers have travelled, in one run.

    A row takes ``n_groups`` bytes, one for each group of consecutive centers: from k groups of one
    center down to one group of all.
    """
    cdef readonly int64_t n, k, d
    cdef int64_t step, next_epoch, n_epochs, moved
    cdef int epoch
    cdef bint keeps
    cdef Buffer rows, row_bytes, centers, doubles, floats, used, paid, between
    cdef double *travelled
    cdef double *spread
    cdef double *half
    cdef double *moves
    cdef double *group_travelled
    cdef double *epoch_travelled
    cdef double *since
    cdef double *unit
    cdef float *gap_limit
    cdef float *upper_limit
    cdef Elkan view

    def __init__(self, int64_t n, int64_t k, int64_t d, int64_t n_groups):
        """Bounds of ``n`` rows on ``k`` centers; they settle nothing yet."""
        cdef int64_t size = (k + n_groups - 1) // n_groups, groups = (k + size - 1) // size
        self.n, self.k, self.d = n, k, d
        self.rows = Buffer(<size_t> (3 * n) * sizeof(float))
        self.row_bytes = Buffer(<size_t> (n * (groups + 2) + 64))
        self.centers = Buffer(<size_t> (k * d) * sizeof(double))
        self.doubles = Buffer(
            <size_t> (4 * k + (1 + 2 * ELKAN_EPOCHS) * groups + ELKAN_UNITS) * sizeof(double)
        )
        self.floats = Buffer(<size_t> (2 * k) * sizeof(float))
        self.used = Buffer(PAIRS)
        self.paid = Buffer(<size_t> (PAIRS * ((groups + 63) // 64 * 64)))
        if k <= MOST_CENTERS_BETWEEN and ROWS_PER_CENTER * k <= n:
            self.between = Buffer(<size_t> (k * k) * sizeof(float))
        self.place(groups, size)

    cdef place(self, int64_t groups, int64_t group_size):
        cdef double *doubles = <double *> self.doubles.data
        self.travelled = doubles
        self.spread = self.travelled + self.k
        self.half = self.spread + self.k
        self.moves = self.half + self.k
        self.group_travelled = self.moves + self.k
        self.epoch_travelled = self.group_travelled + groups
        self.since = self.epoch_travelled + ELKAN_EPOCHS * groups
        self.unit = self.since + ELKAN_EPOCHS * groups
        self.gap_limit = <float *> self.floats.data
        self.upper_limit = self.gap_limit + self.k
        self.view.k, self.view.d = self.k, self.d
        self.view.groups, self.view.group_size = groups, group_size
        self.view.stride = (groups + 63) // 64 * 64
        self.view.travelled, self.view.spread = self.travelled, self.spread
        self.view.half = self.half
        self.view.gap_limit, self.view.upper_limit = self.gap_limit, self.upper_limit
        self.view.since, self.view.unit = self.since, self.unit
        self.view.paid = <uint8_t *> self.paid.data
        self.view.upper = <float *> self.rows.data
        self.view.gap = self.view.upper + self.n
        self.view.base = self.view.gap + self.n
        self.view.unit_of = <uint8_t *> self.row_bytes.data
        self.view.epoch_of = self.view.unit_of + self.n
        self.view.bounds = self.view.epoch_of + self.n
        if self.between is not None:
            self.view.between = <float *> self.between.data

    cdef void forget(self) noexcept:
        """Set all bounds to values that settle nothing."""
        cdef int64_t i
        for i in range(self.n):
            self.view.upper[i] = INFINITY
            self.view.gap[i] = -INFINITY
        memset(self.view.epoch_of, ELKAN_NO_EPOCH, self.n)
        memset(self.doubles.data, 0, <size_t> (
            4 * self.k + (1 + 2 * ELKAN_EPOCHS) * self.view.groups
        ) * sizeof(double))
        memset(self.used.data, 0, PAIRS)
        self.epoch = -1
        self.n_epochs = 0
        self.next_epoch = self.step
        self.moved = self.n


cdef Elkan view_from(Elkan view, int64_t row, uint8_t *used) noexcept nogil:
    """The view of rows from ``row`` on."""
    view.upper += row
    view.gap += row
    view.base += row
    view.unit_of += row
    view.epoch_of += row
    view.bounds += row * view.groups
    view.used = used
    return view


cdef bint add_moves(ElkanBounds b) noexcept:
    """Add the moves of all centers; false where one is too long for the arithmetic."""
    cdef int64_t j, g, farthest = 0
    cdef double most = 0, second = 0, of_group
    for j in range(b.k):
        if not b.moves[j] <= FARTHEST:
            return False
        if b.moves[j] > most:
            second, most, farthest = most, b.moves[j], j
        elif b.moves[j] > second:
            second = b.moves[j]
    for j in range(b.k):
        b.travelled[j] = add_above(b.travelled[j], b.moves[j])
        b.spread[j] = add_above(
            b.spread[j], (b.moves[j] + (second if j == farthest else most)) * ROUND_UP
        )
    for g in range(b.view.groups):
        of_group = 0
        for j in range(g * b.view.group_size, min((g + 1) * b.view.group_size, b.k)):
            of_group = max(of_group, b.moves[j])
        b.group_travelled[g] = add_above(b.group_travelled[g], of_group)
    return True


cdef void make_units(ElkanBounds b, double largest) noexcept:
    """Write the units: in the first, the distance ``largest`` fits a byte; each next is smaller by
    sqrt(2)."""
    cdef int s, exponent = 0
    cdef double unit
    frexp(largest, &exponent)
    unit = ldexp(1.0, max(-900, min(900, exponent - 6)))
    for s in range(ELKAN_UNITS):
        b.unit[s] = unit * 2.0 ** (-(s // 2)) * (1.0 if s % 2 == 0 else sqrt(0.5))


cdef void open_epoch(ElkanBounds b) noexcept:
    """Store the distances that groups have travelled so far; overwrite the oldest epoch."""
    cdef int64_t i, g
    b.epoch = (b.epoch + 1) % ELKAN_EPOCHS
    if b.n_epochs >= ELKAN_EPOCHS:
        for i in range(b.n):
            if b.view.epoch_of[i] == b.epoch:
                b.view.epoch_of[i] = ELKAN_NO_EPOCH
    b.n_epochs += 1
    memset(b.used.data + b.epoch * ELKAN_UNITS, 0, ELKAN_UNITS)
    for g in range(b.view.groups):
        b.epoch_travelled[b.epoch * b.view.groups + g] = b.group_travelled[g]
    b.view.epoch = b.epoch
    b.next_epoch = b.step + 1 + b.step // 4


cdef void pay(ElkanBounds b) noexcept nogil:
    """Tabulate the distances travelled since each epoch, in each unit that rows use."""
    cdef int64_t e, s, g, groups = b.view.groups
    cdef double *since
    cdef uint8_t *paid
    cdef double steps
    for e in range(ELKAN_EPOCHS):
        since = b.since + e * groups
        for g in range(groups):
            since[g] = b.group_travelled[g] - b.epoch_travelled[e * groups + g]
        for s in range(ELKAN_UNITS):
            if not b.used.data[e * ELKAN_UNITS + s]:
                continue
            paid = <uint8_t *> b.paid.data + (e * ELKAN_UNITS + s) * b.view.stride
            for g in range(groups):
                steps = since[g] / b.unit[s] * ROUND_UP
                steps = 255 if steps >= 254 else steps + 1 if steps > 0 else 0
                paid[g] = <uint8_t> steps


cdef prepare(ElkanBounds b, const real *centers, int n_threads):
    """Add the moves to ``centers`` (k, d); update limits, units, epochs and tables."""
    cdef:
        int64_t j, k = b.k, d = b.d
        bint first = b.step == 0
        double pair_cost, row_cost, width = sizeof(real) / 4
    if not first:
        fast(centers).elkan_moves(<const real *> b.centers.data, centers, k, d, b.moves)
        first = not add_moves(b)
    if first:
        b.forget()
    memcpy(b.centers.data, centers, k * d * sizeof(real))
    if b.between is not None:
        measure_between(
            centers, k, d, b.moves, first, <float *> b.between.data, b.half, n_threads
        )
    for j in range(k):
        b.gap_limit[j] = float_above(b.spread[j])
        b.upper_limit[j] = float_below(b.half[j] - b.travelled[j])
    b.keeps = b.moved * 4 < b.n
    if b.keeps and b.epoch < 0:
        make_units(b, 2 * largest_magnitude(centers, k, d, n_threads) * sqrt(<double> d))
    if b.keeps and b.step >= b.next_epoch:
        open_epoch(b)
    pay(b)
    # nanoseconds, measured on Zen 5: one center alone; all centers in a tile, with their bytes
    pair_cost = 12 + d * width / 20
    row_cost = k * (0.8 + d * width / 100)
    b.view.most = <int64_t> (row_cost / pair_cost / b.view.group_size)


cdef struct Task:
    # working memory of a thread, and its counters
    Elkan view
    int32_t *active
    int32_t *before
    int32_t *dense
    int32_t *log_label
    int64_t *log_row
    int64_t log_size
    int64_t log_limit
    int64_t *sums
    bint touched
    char *scratch
    int64_t distances
    int64_t skipped
    int64_t moved


cdef int64_t tile_task(
    Task *task, const Elkan *view, const real *x, const real *centers, const real *packed,
    const int32_t *rows, int64_t count, bint keeps, int32_t *labels
) noexcept nogil:
    """Compare ``count`` (at most SCRATCH_ROWS) ``rows`` with all centers.

    Writes ``labels`` and the bounds of these rows; returns the number of distances.
    """
    cdef:
        int64_t d = view.d, k = view.k, i, undecided_count
        int32_t tile_labels[SCRATCH_ROWS]
        int32_t undecided[SCRATCH_ROWS]
        double second[SCRATCH_ROWS]
        real *gathered = <real *> task.scratch
        real *tile = gathered + SCRATCH_ROWS * d
        real *values = tile + SCRATCH_ROWS * d
        const real *from_x = x + rows[0] * d
    if rows[count - 1] - rows[0] != count - 1:
        for i in range(count):
            memcpy(gathered + i * d, x + rows[i] * d, d * sizeof(real))
        from_x = gathered
    if keeps:
        undecided_count = fast(from_x).elkan_tile(
            from_x, count, d, packed, k, tile, values, tile_labels, undecided
        )
    else:
        undecided_count = fast(from_x).assign_two_rows(
            from_x, count, d, packed, k, tile, tile_labels, second, undecided
        )
    if undecided_count > 0:
        exact(from_x).decide_rows(
            from_x, d, undecided, undecided_count, centers, k, <double *> tile, tile_labels
        )
    if keeps:
        fast(from_x).elkan_store(view, from_x, count, centers, values, tile_labels, rows)
    else:
        fast(from_x).elkan_store_two(view, from_x, count, centers, second, tile_labels, rows)
    for i in range(count):
        labels[rows[i]] = tile_labels[i]
    return count * k


cdef void move_row(
    Task *task, const real *x, int64_t d, const double *weight, int32_t before, int32_t after,
    GridView grid, int64_t row
) noexcept nogil:
    """Log that a row moved; move it in the sums of this thread if the log is full."""
    if weight != NULL and weight[0] == 0:
        return
    task.moved += 1
    if task.log_size < task.log_limit:
        task.log_row[task.log_size] = row
        task.log_label[2 * task.log_size] = before
        task.log_label[2 * task.log_size + 1] = after
        task.log_size += 1
        return
    task.touched = True
    exact(x).accumulate_rows(
        x, 1, d, weight, &before, &after, &grid, task.sums
    )


cdef void rows_task(
    Task *task, const real *x, int64_t first, int64_t n, const double *weight,
    const real *centers, const real *packed, bint keeps, GridView grid, int32_t *labels
) noexcept nogil:
    """Update labels and bounds of ``n`` rows from ``first`` on; log rows that moved."""
    cdef:
        Elkan view = view_from(task.view, first, task.view.used)
        int64_t d = view.d, count, i, a, n_dense = 0
        int32_t *active = task.active
        const double *row_weight
    x += first * d
    labels += first
    count = kernels.exact_common.elkan_scan(&view, labels, n, active)
    task.skipped += n - count
    for a in range(count):
        task.before[a] = labels[active[a]]
    task.distances += exact(x).elkan_rows(
        &view, x, centers, active, count, task.scratch, labels, task.dense, &n_dense
    )
    for a in range((n_dense + SCRATCH_ROWS - 1) // SCRATCH_ROWS):
        i = a * SCRATCH_ROWS
        task.distances += tile_task(
            task, &view, x, centers, packed, task.dense + i, rows_in(n_dense, i, SCRATCH_ROWS),
            keeps, labels
        )
    for a in range(count):
        i = active[a]
        if labels[i] != task.before[a]:
            row_weight = weight_from(weight, first + i)
            move_row(
                task, x + i * d, d, row_weight, task.before[a], labels[i], grid, first + i
            )


cdef int64_t task_rows(int64_t n, int64_t row_cost, int n_threads) noexcept nogil:
    cdef int64_t rows = min(<int64_t> MOST_ROWS, TASK_COST // (row_cost + 1))
    rows = min(rows, n // (4 * n_threads))
    return max(<int64_t> SCRATCH_ROWS, rows // SCRATCH_ROWS * SCRATCH_ROWS)


def elkan_step(const real[:, ::1] x, const double[::1] sample_weight, const real[:, ::1] centers,
               int32_t[::1] labels, int64_t[:, :, ::1] sums, grid, ElkanBounds bounds,
               int n_threads):
    """Assign all rows to ``centers``, update ``labels``, ``sums`` and ``bounds``.

    The caller does not change ``labels`` between steps with the same ``bounds``. Returns how many
    rows moved, how many distances were evaluated, and how many rows were settled without any.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t words = sums.size, log_limit = max(16, k // 4)
        int64_t rows = task_rows(n, k * d, n_threads), tasks = (n + rows - 1) // rows
        int64_t task, first, end, step = tasks_per_slice(rows, d, k, n_threads), i, j
        int64_t moved = 0, distances = 0, skipped = 0
        size_t dense_size = <size_t> (
            2 * SCRATCH_ROWS * d + fast(&x[0, 0]).elkan_values(k)
        ) * sizeof(real)
        size_t size = (max(dense_size, <size_t> (17 * k + 64)) + 127) // 64 * 64
        size_t lists = <size_t> ((rows * 3 + log_limit * 4) * sizeof(int32_t) + 63) // 64 * 64
        const double[::1] scale = grid.scale
        GridView grid_view = view_grid(scale, grid)
        const double *weight = NULL
        int64_t *total = &sums[0, 0, 0]
        const real *packed
        Task *workers
        Task *worker
        char *place
        Packing packing
        Buffer scratch, states, used, partial = None
    if n == 0:
        return 0, 0, 0
    if sample_weight is not None:
        weight = &sample_weight[0]
    prepare(bounds, &centers[0, 0], n_threads)
    packing = pack(&centers[0, 0], k, d)
    packed = <const real *> packing.view.wide
    scratch = Buffer((size + lists) * n_threads)
    states = Buffer(n_threads * sizeof(Task))
    used = Buffer(n_threads * PAIRS)
    if n_threads > 1:
        partial = Buffer(<size_t> ((n_threads - 1) * words) * sizeof(int64_t))
    workers = <Task *> states.data
    for i in range(n_threads):
        worker = workers + i
        place = scratch.data + (size + lists) * i
        worker.view = bounds.view
        worker.view.used = <uint8_t *> used.data + i * PAIRS
        worker.scratch = place
        worker.log_row = <int64_t *> (place + size)
        worker.log_label = <int32_t *> (worker.log_row + log_limit)
        worker.active = worker.log_label + 2 * log_limit
        worker.before = worker.active + rows
        worker.dense = worker.before + rows
        worker.log_limit = log_limit if bounds.step > 0 else 0
        worker.sums = total if i == 0 else <int64_t *> partial.data + (i - 1) * words
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            rows_task(
                workers + threadid(), &x[0, 0], task * rows, rows_in(n, task * rows, rows), weight,
                &centers[0, 0], packed, bounds.keeps, grid_view, &labels[0]
            )
        PyErr_CheckSignals()
    for i in range(n_threads):
        worker = workers + i
        moved += worker.moved
        distances += worker.distances
        skipped += worker.skipped
        for j in range(PAIRS):
            bounds.used.data[j] |= worker.view.used[j]
        if i > 0 and worker.touched:
            for j in range(words):
                total[j] += worker.sums[j]
        for j in range(worker.log_size):
            exact(&x[0, 0]).accumulate_rows(
                &x[worker.log_row[j], 0], 1, d,
                weight_from(weight, worker.log_row[j]),
                worker.log_label + 2 * j, worker.log_label + 2 * j + 1, &grid_view, total
            )
    bounds.moved = moved
    bounds.step += 1
    return moved, distances, skipped
