"""One Lloyd iteration on order-free cluster sums."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from ._blocks cimport Workers, rows_in, rows_per_task, tasks_per_slice, weight_from
from ._kernels cimport SCRATCH_ROWS, GridView, exact, kernels, real
from .assign cimport FEW_ROWS, after_indices, assign_scratch_size, assign_task, decide_listed
from .float32_filter cimport Packed, Packing, decide_by_type, pack_for
from .int16_filter cimport (
    IntegerRows, integers_size, pack_for_labels, pack_integers, pays, view_integers
)
from .sums cimport view_grid

cdef enum:
    # What `IntegerRows.state` tells of the rows.
    UNSEEN, KEPT, REFUSED
    # Rows stay integers as long as fewer than 1 in 8 are undecided.
    MOST_UNDECIDED = 8


def integer_rows_size(int64_t n, int64_t d, int64_t k, int itemsize):
    """Elements (int32) of the memory in which `lloyd_step` keeps rows as integers; 0 for none."""
    return integers_size(n, d) if itemsize == sizeof(float) and pays(n, d, k) else 0


cdef int64_t assign_integers(
    const real *x, int64_t n, int64_t d, const real *centers, Packed packed, int64_t k,
    int32_t *tiles, bint kept, char *scratch, int32_t *labels
) noexcept nogil:
    """As `assign_task`, by ``tiles`` of integers, which are made unless they are ``kept``.

    Returns how many rows they leave undecided.
    """
    cdef int32_t *undecided = <int32_t *> scratch
    cdef char *memory = after_indices(scratch, n)
    cdef int64_t found = 0
    if real is float:
        if not kept:
            kernels.fast_common.int16_rows(
                x, n, d, <const int32_t *> packed.narrow, <float *> memory, tiles
            )
        found = kernels.fast_common.int16_assign_tiles(
            tiles, n, d, <const int32_t *> packed.narrow, k, labels, undecided
        )
        decide_listed(
            x, n, d, centers, k, scratch,
            decide_by_type(x, d, packed, k, found, memory, labels, undecided), labels
        )
    return found


cdef int64_t step_task(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers,
    Packed packed, int64_t k, GridView grid, int32_t *tiles, bint kept, char *scratch,
    size_t scratch_size, int32_t *labels, int64_t *sums, int64_t *undecided
) noexcept nogil:
    """Assign ``n`` rows, move those that changed, return their number.

    ``tiles`` of integers are used unless they are null; rows that they leave undecided are counted.
    """
    cdef int32_t *labels_new = <int32_t *> (scratch + scratch_size)
    cdef int64_t moved
    if tiles == NULL:
        assign_task(x, n, d, centers, packed, k, scratch, labels_new)
    else:
        undecided[0] += assign_integers(
            x, n, d, centers, packed, k, tiles, kept, scratch, labels_new
        )
    moved = exact(x).accumulate_rows(
        x, n, d, weight, labels, labels_new, &grid, sums
    )
    memcpy(labels, labels_new, n * sizeof(int32_t))
    return moved


cdef Packing pack_for_step(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, Workers workers,
    IntegerRows *rows, int n_threads
):
    """Centers for a step; rows that are not seen yet get their shift and scale, or are refused."""
    cdef Packing packing
    cdef size_t size = workers.scratch_size
    if rows == NULL or rows.state[0] == REFUSED:
        return pack_for_labels(x, n, d, centers, k, workers.memory, size, n_threads, NULL)
    if rows.state[0] == UNSEEN:
        packing = pack_for_labels(x, n, d, centers, k, workers.memory, size, n_threads, rows)
        if packing.view.narrow == NULL:
            rows.state[0] = REFUSED
        return packing
    packing = pack_for(x, n, d, centers, k, workers.memory, size, n_threads)
    if real is float:
        if not pack_integers(centers, k, d, rows[0], packing):
            rows.state[0] = REFUSED
        elif (<float *> packing.view.narrow)[0] != rows.scale[0]:
            rows.state[0] = REFUSED
            packing.view.narrow = NULL
    return packing


def lloyd_step(const real[:, ::1] x, const double[::1] sample_weight, const real[:, ::1] centers,
               int32_t[::1] labels, int64_t[:, :, ::1] sums, grid, int n_threads,
               int32_t[::1] integers=None):
    """Assign all rows to ``centers``, update ``labels`` and ``sums``; return how many moved.

    ``integers`` (`integer_rows_size`) is zeros for the first of several steps on the same rows, and
    keeps the rows in another form from step to step. It changes no result.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t rows = rows_per_task(n, k * d, n_threads), tasks = (n + rows - 1) // rows
        int64_t task, first, end, step = tasks_per_slice(rows, d, k, n_threads)
        int64_t moved = 0, tile = kernels.fast_common.int16_tile_size(d)
        size_t assign_size = assign_scratch_size(sizeof(real), rows, d)
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        const double *weight = NULL
        Packed packed = Packed(NULL, NULL)
        Packing packing
        Workers workers = Workers(n_threads, assign_size + <size_t> rows * sizeof(int32_t), sums)
        IntegerRows kept_rows
        IntegerRows *kept = NULL
        int32_t *tiles = NULL
        bint known = False
    if sample_weight is not None:
        weight = &sample_weight[0]
    if integers is not None:
        kept_rows = view_integers(&integers[0], d)
        kept = &kept_rows
    if n > FEW_ROWS:
        packing = pack_for_step(&x[0, 0], n, d, &centers[0, 0], k, workers, kept, n_threads)
        packed = packing.view
        if kept != NULL and kept.state[0] != REFUSED:
            tiles = kept.tiles
            known = kept.state[0] == KEPT
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            moved += step_task(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                weight_from(weight, task * rows), &centers[0, 0], packed, k, view,
                NULL if tiles == NULL else tiles + task * rows // SCRATCH_ROWS * tile, known,
                workers.scratch(threadid()), assign_size, &labels[task * rows],
                workers.sums(threadid()), workers.counts(threadid())
            )
        PyErr_CheckSignals()
    if tiles != NULL:
        kept.state[0] = KEPT
    if workers.merge()[0] * MOST_UNDECIDED > n:
        kept.state[0] = REFUSED
    return moved
