"""One iteration on rows ordered in space, a box of neighbors at a time.

For a block of rows, the step keeps only the centers that can be nearest to a point of its box. Of
these, it keeps for each tile the centers that can be nearest to a point of the box of the tile.
Where one center remains, the rows of the tile are not read.
"""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from ._blocks cimport BLOCK_ROWS, Buffer, Workers, block_count, reserve, rows_in, tasks_per_slice
from ._kernels cimport SCRATCH_ROWS, GridView, exact, fast, kernels, real
from .sums cimport view_grid

cdef enum:
    TILE_ROWS = 64  # as in assigners/filtering.py
    MOVED = 0
    DISTANCES = 1
    SKIPPED = 2


cdef uint64_t morton_key(
    const real *row, int64_t d, const double *low, const double *scale, int bits
) noexcept nogil:
    cdef int64_t f
    cdef int bit
    cdef double place, last = (<uint64_t> 1 << bits) - 1
    cdef uint64_t cell, key = 0
    for f in range(d):
        place = (<double> row[f] - low[f]) * scale[f]
        place = last if place > last else place
        cell = <uint64_t> place if place > 0 else 0
        for bit in range(bits):
            key |= (cell >> bit & 1) << (bit * d + f)
    return key


def morton_keys(const real[:, ::1] x, const double[::1] low, const double[::1] scale, int bits,
                uint64_t[::1] keys, int n_threads):
    """Write ``keys`` (n,): place of the row on a space-filling curve, above 32 bits of its index.

    Feature f lies in cell ``(x_f - low_f) * scale_f`` of ``2 ** bits``; values outside lie in the
    first or last cell. The bits of the cells are interleaved.
    """
    cdef int64_t n = x.shape[0], i, first, end, step = tasks_per_slice(1, x.shape[1], 1, n_threads)
    for first in range(0, n, step):
        end = first + rows_in(n, first, step)
        for i in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            keys[i] = (
                morton_key(&x[i, 0], x.shape[1], &low[0], &scale[0], bits) << 32 | <uint64_t> i
            )
        PyErr_CheckSignals()


def reorder_rows(const real[:, ::1] x, const uint32_t[::1] order, real[:, ::1] out, int n_threads):
    """Write ``x[order]`` to ``out``."""
    cdef int64_t n = x.shape[0], i, f, first, end, step
    step = tasks_per_slice(1, x.shape[1], 1, n_threads)
    for first in range(0, n, step):
        end = first + rows_in(n, first, step)
        for i in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            for f in range(x.shape[1]):
                out[i, f] = x[order[i], f]
        PyErr_CheckSignals()


def bounding_boxes(const real[:, ::1] x, int64_t rows, double[:, :, ::1] boxes, int n_threads):
    """Write lows and highs of each run of ``rows`` rows to ``boxes`` (boxes, 2, d)."""
    cdef int64_t n = x.shape[0], box, first, end, count = boxes.shape[0], step
    step = tasks_per_slice(rows, x.shape[1], 1, n_threads)
    for first in range(0, count, step):
        end = first + rows_in(count, first, step)
        for box in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            exact(&x[0, 0]).bounding_box(
                &x[box * rows, 0], rows_in(n, box * rows, rows), x.shape[1], &boxes[box, 0, 0]
            )
        PyErr_CheckSignals()


cdef struct Rows:
    const double *weight
    const uint32_t *order
    int32_t *labels
    int32_t *ordered_labels
    int32_t *tile_labels
    const double *block_box
    const double *tile_boxes


cdef struct Centers:
    const double *columns
    int64_t k
    int64_t stride


cdef struct Scratch:
    double *values
    double *block_columns
    double *tile_columns
    int32_t *block_ids
    int32_t *tile_ids
    void *few
    void *tile


cdef size_t lay_out(Scratch *s, char *base, int64_t stride, int64_t d) noexcept nogil:
    """Place the arrays of one task from ``base`` on; return their bytes (``base`` may be null)."""
    cdef size_t used = 0
    s.values = <double *> reserve(base, &used, stride * sizeof(double))
    s.block_columns = <double *> reserve(base, &used, stride * d * sizeof(double))
    s.tile_columns = <double *> reserve(base, &used, stride * d * sizeof(double))
    s.block_ids = <int32_t *> reserve(base, &used, stride * sizeof(int32_t))
    s.tile_ids = <int32_t *> reserve(base, &used, stride * sizeof(int32_t))
    s.few = reserve(base, &used, stride * d * sizeof(double))
    s.tile = reserve(base, &used, SCRATCH_ROWS * d * sizeof(double))
    return used


cdef void assign_among(
    const real *x, int64_t n, int64_t d, const int32_t *ids, const double *columns,
    int64_t stride, int64_t count, Scratch s, int32_t *labels
) noexcept nogil:
    """Write ``labels`` (n,) of the rows of a tile, among ``count`` centers.

    ``columns`` (d, stride) are these centers by feature, ``ids`` (count,) their indices.
    """
    cdef real *few = <real *> s.few
    cdef int32_t undecided[TILE_ROWS]
    cdef int64_t i, j, f, left
    for j in range(count):
        for f in range(d):
            few[j * d + f] = <real> columns[f * stride + j]
    left = fast(x).assign_rows(x, n, d, few, count, <real *> s.tile, labels, undecided)
    if left > 0:
        exact(x).decide_rows(x, d, undecided, left, few, count, <double *> s.tile, labels)
    for i in range(n):
        labels[i] = ids[labels[i]]


cdef void move_rows(
    const real *x, int64_t n, int64_t d, Rows rows, int64_t start, const int32_t *labels,
    GridView grid, int64_t *sums, int64_t *counts
) noexcept nogil:
    """Store the new ``labels`` (n,) of a tile in both orders; move changed rows in ``sums``."""
    cdef double weight[TILE_ROWS]
    cdef int32_t *before = rows.ordered_labels + start
    cdef int64_t i
    cdef int32_t changed = 0
    for i in range(n):
        changed |= labels[i] ^ before[i]
    if changed == 0:
        return
    if rows.weight != NULL:
        for i in range(n):
            weight[i] = rows.weight[rows.order[start + i]]
    counts[MOVED] += exact(x).accumulate_rows(
        x, n, d, NULL if rows.weight == NULL else weight, before, labels, &grid, sums
    )
    for i in range(n):
        if labels[i] != before[i]:
            before[i] = labels[i]
            rows.labels[rows.order[start + i]] = labels[i]


cdef void block_task(
    const real *x, int64_t n, int64_t d, int64_t block, Rows rows, Centers centers, GridView grid,
    char *scratch, int64_t *sums, int64_t *counts
) noexcept nogil:
    """Assign the ``n`` rows of one block; ``x`` begins at its first row."""
    cdef int64_t k = centers.k, stride = centers.stride, start = 0, some, tile, i, count, among
    cdef int32_t labels[TILE_ROWS]
    cdef int32_t only
    cdef Scratch s
    lay_out(&s, scratch, stride, d)
    count = kernels.exact_common.filter_centers(
        rows.block_box, d, centers.columns, NULL, k, stride, s.values, s.block_columns,
        s.block_ids
    )
    counts[DISTANCES] += k
    while start < n:
        tile = (block * BLOCK_ROWS + start) // TILE_ROWS
        some = rows_in(n, start, TILE_ROWS)
        among = kernels.exact_common.filter_centers(
            rows.tile_boxes + tile * 2 * d, d, s.block_columns, s.block_ids, count, stride,
            s.values, s.tile_columns, s.tile_ids
        )
        counts[DISTANCES] += count
        only = s.tile_ids[0] if among == 1 else -1
        if among == 1:
            counts[SKIPPED] += some
            for i in range(some):
                labels[i] = only
        else:
            counts[DISTANCES] += some * among
            assign_among(
                x + start * d, some, d, s.tile_ids, s.tile_columns, stride, among, s, labels
            )
        if only < 0 or rows.tile_labels[tile] != only:
            move_rows(
                x + start * d, some, d, rows, block * BLOCK_ROWS + start, labels, grid, sums,
                counts
            )
        rows.tile_labels[tile] = only
        start += TILE_ROWS


def filtering_step(const real[:, ::1] x, const uint32_t[::1] order,
                   const double[:, :, ::1] block_boxes, const double[:, :, ::1] tile_boxes,
                   const double[::1] sample_weight, const real[:, ::1] centers,
                   int32_t[::1] labels, int32_t[::1] ordered_labels, int32_t[::1] tile_labels,
                   int64_t[:, :, ::1] sums, grid, int n_threads):
    """As `lloyd_step`, for rows ``x`` that stand in ``order`` in the user's array.

    ``labels`` and ``sample_weight`` are in the user's order, ``ordered_labels`` in that of ``x``;
    ``tile_labels`` is the label that all rows of a tile have, -1 where it is not known. Returns how
    many rows moved, how many distances (of rows or boxes) that took, and how many rows were settled
    by their box.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t blocks = block_count(n), block, first, end, i
        int64_t step = tasks_per_slice(BLOCK_ROWS, d, k, n_threads)
        int64_t stride = (k + 7) // 8 * 8
        Scratch measured
        Workers workers = Workers(n_threads, lay_out(&measured, NULL, stride, d), sums)
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        Rows rows
        Centers points
        int64_t *counts
        double *columns
        Buffer transposed
    rows.weight = NULL
    if sample_weight is not None:
        rows.weight = &sample_weight[0]
    rows.order = &order[0]
    rows.labels = &labels[0]
    rows.ordered_labels = &ordered_labels[0]
    rows.tile_labels = &tile_labels[0]
    rows.tile_boxes = &tile_boxes[0, 0, 0]
    transposed = Buffer(<size_t> (stride * d) * sizeof(double))
    columns = <double *> transposed.data
    for i in range(k * d):
        columns[i % d * stride + i // d] = centers[i // d, i % d]
    points = Centers(columns, k, stride)
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            block_task(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d, block,
                with_box(rows, &block_boxes[block, 0, 0]), points, view,
                workers.scratch(threadid()), workers.sums(threadid()), workers.counts(threadid())
            )
        PyErr_CheckSignals()
    counts = workers.merge()
    return counts[MOVED], counts[DISTANCES], counts[SKIPPED]


cdef inline Rows with_box(Rows rows, const double *box) noexcept nogil:
    rows.block_box = box
    return rows
