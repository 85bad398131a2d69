"""One Lloyd iteration on order-free cluster sums."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from ._blocks cimport Workers, rows_in, rows_per_task, tasks_per_slice, weight_from
from ._kernels cimport GridView, exact, real
from .assign cimport FEW_ROWS, assign_scratch_size, assign_task
from .float32_filter cimport Packed, Packing, pack_for
from .sums cimport view_grid


cdef int64_t step_task(
    const real *x, int64_t n, int64_t d, const double *weight, const real *centers,
    Packed packed, int64_t k, GridView grid, char *scratch, size_t scratch_size,
    int32_t *labels, int64_t *sums
) noexcept nogil:
    """Assign ``n`` rows, move those that changed, return their number."""
    cdef int32_t *labels_new = <int32_t *> (scratch + scratch_size)
    cdef int64_t moved
    assign_task(x, n, d, centers, packed, k, scratch, labels_new)
    moved = exact(x).accumulate_rows(
        x, n, d, weight, labels, labels_new, &grid, sums
    )
    memcpy(labels, labels_new, n * sizeof(int32_t))
    return moved


def lloyd_step(const real[:, ::1] x, const double[::1] sample_weight, const real[:, ::1] centers,
               int32_t[::1] labels, int64_t[:, :, ::1] sums, grid, int n_threads):
    """Assign all rows to ``centers``, update ``labels`` and ``sums``; return how many moved."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t rows = rows_per_task(n, k * d, n_threads), tasks = (n + rows - 1) // rows
        int64_t task, first, end, step = tasks_per_slice(rows, d, k, n_threads)
        int64_t moved = 0
        size_t assign_size = assign_scratch_size(sizeof(real), rows, d)
        size_t size = assign_size + <size_t> rows * sizeof(int32_t)
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        const double *weight = NULL
        Packed packed = Packed(NULL, NULL)
        Packing packing
        Workers workers = Workers(n_threads, size, sums)
    if sample_weight is not None:
        weight = &sample_weight[0]
    if n > FEW_ROWS:
        packing = pack_for(&x[0, 0], n, d, &centers[0, 0], k, workers.memory, size, n_threads)
        packed = packing.view
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            moved += step_task(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d,
                weight_from(weight, task * rows), &centers[0, 0], packed, k, view,
                workers.scratch(threadid()), assign_size, &labels[task * rows],
                workers.sums(threadid())
            )
        PyErr_CheckSignals()
    workers.merge()
    return moved
