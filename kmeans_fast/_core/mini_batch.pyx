"""Centers that follow batches of rows; _reference/mini_batch.py explains ``running``."""

from libc.stdint cimport int64_t
from libc.string cimport memset

from ._blocks cimport Buffer
from ._kernels cimport GridView, kernels, real
from .sums cimport view_grid


def follow_batch(int64_t[:, :, ::1] sums, grid, double unit, const double[::1] factors,
                 double[:, :, ::1] running, double[::1] added, real[:, ::1] centers):
    """Multiply ``running`` by ``factors`` (k,), add a batch, and set the centers to the means.

    ``sums`` are the words of the batch, zeros afterwards; ``unit`` is that of its weights. A
    center to which no row of the batch belongs stays. Writes the weight of the batch in each
    cluster to ``added`` (k,).
    """
    cdef:
        int64_t k = sums.shape[0], d = sums.shape[2] - 1, j, f
        size_t size = <size_t> (sums.shape[1] * sums.shape[2]) * sizeof(int64_t)
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        Buffer buffer = Buffer(<size_t> d * sizeof(double))
        double *mean = <double *> buffer.data
    with nogil:
        for j in range(k):
            added[j] = kernels.exact_common.running_mean(
                &sums[j, 0, 0], d, &view, unit, factors[j], &running[j, 0, 0], mean
            )
            if added[j] > 0:
                memset(&sums[j, 0, 0], 0, size)
                for f in range(d):
                    centers[j, f] = <real> mean[f]
