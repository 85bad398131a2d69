"""Statistics of the features: they scale ``tol``, the grid of the sums and the seeding."""

import numpy as np

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport frexp, ldexp
from libc.stdint cimport int64_t

from ._blocks cimport (
    BLOCK_ROWS, Buffer, add_parts, block_count, rows_in, tasks_per_slice, weight_from
)
from ._kernels cimport LIMBS, GridView, exact, kernels, real
from .exact_sums cimport int_of_limbs
from .sums cimport view_grid


cdef Buffer ranges(const real *x, int64_t n, int64_t d, int n_threads):
    """Largest |x| of each feature (reals); infinity or NaN where a value is not finite."""
    cdef:
        int64_t blocks = block_count(n), block, first, end, thread
        int64_t step = tasks_per_slice(BLOCK_ROWS, d, 1, n_threads)
        Buffer buffer = Buffer(<size_t> (n_threads * d) * sizeof(real))
        real *most = <real *> buffer.data
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            exact(x).feature_range(
                x + block * BLOCK_ROWS * d, rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                most + threadid() * d
            )
        PyErr_CheckSignals()
    for thread in range(1, n_threads):
        exact(most).feature_range(most + thread * d, 1, d, most)
    return buffer


def feature_range(const real[:, ::1] x, int n_threads):
    """Largest |x| of each feature, float64 (d,); inf or nan where a value is not finite."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], f
        double[::1] out
        Buffer most
    result = np.zeros(d)
    if n > 0 and d > 0:
        out = result
        most = ranges(&x[0, 0], n, d, n_threads)
        for f in range(d):
            out[f] = (<real *> most.data)[f]
    return result


cdef double largest_magnitude(const real *x, int64_t n, int64_t d, int n_threads) except -1:
    """Largest |x| of all elements of finite data."""
    cdef:
        Buffer most = ranges(x, n, d, n_threads)
        double largest = 0
        int64_t f
    for f in range(d):
        largest = max(largest, <double> (<real *> most.data)[f])
    return largest


cdef double scale_for(size_t itemsize, double magnitude) noexcept nogil:
    """Power of two that brings ``magnitude`` near 1, itself and its inverse in range."""
    cdef int exponent = 0, limit = 100 if itemsize == sizeof(float) else 1000
    frexp(magnitude, &exponent)
    return ldexp(1.0, -max(-limit, min(limit, exponent)))


def feature_moments(const real[:, ::1] x, const double[::1] sample_weight, int n_threads):
    """Weighted mean of each feature and weighted sum of squares about it, float64 (d,) each."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1]
        const double *weight = NULL
        double total = n
        double[::1] center
    if sample_weight is not None:
        weight = &sample_weight[0]
        total = np.sum(sample_weight)
    mean = np.asarray(x[0]).astype(np.float64)
    center = mean
    sums, _ = moments_about(&x[0, 0], n, d, weight, &center[0], n_threads)
    mean += sums / total
    sums, squares = moments_about(&x[0, 0], n, d, weight, &center[0], n_threads)
    return mean, squares


cdef moments_about(const real *x, int64_t n, int64_t d, const double *weight,
                   const double *mean, int n_threads):
    """Sums of w (x - mean) and w (x - mean)^2 of each feature: block sums in block order."""
    cdef:
        int64_t blocks = block_count(n), block, first, end, f
        int64_t step = tasks_per_slice(BLOCK_ROWS, d, 2, n_threads)
        Buffer buffer = Buffer(<size_t> (2 * blocks * d) * sizeof(double))
        double *block_sums = <double *> buffer.data
        double[::1] sums, squares
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            exact(x).feature_sums(
                x + block * BLOCK_ROWS * d, rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                weight_from(weight, block * BLOCK_ROWS), mean,
                block_sums + 2 * block * d, block_sums + (2 * block + 1) * d
            )
        PyErr_CheckSignals()
    result = np.zeros((2, d))
    sums, squares = result
    for block in range(blocks):
        for f in range(d):
            sums[f] += block_sums[2 * block * d + f]
            squares[f] += block_sums[(2 * block + 1) * d + f]
    return result


cdef void block_moments(
    const real *x, int64_t n, int64_t d, const double *weight, const double *origin,
    const GridView *grid, int64_t *sums, double *squares, int64_t *limbs
) noexcept nogil:
    exact(x).add_moments(x, n, d, weight, origin, grid, sums, squares)
    kernels.exact_common.add_terms(squares, weight, n, limbs)


def moments(const real[:, ::1] x, const double[::1] sample_weight, const double[::1] origin,
            int64_t[:, :, ::1] sums, grid, int n_threads):
    """Add all rows to the words of one cluster, ``sums`` (1, 2 * layers, d + 1).

    Returns the exact sum of the weighted defining sums of all rows and ``origin``, float64 (d,).
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = block_count(n), words = sums.size
        int64_t block, first, end, step = tasks_per_slice(BLOCK_ROWS, d, 1, n_threads)
        const double *weight = NULL
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        Buffer squares = Buffer(n_threads * BLOCK_ROWS * sizeof(double))
        Buffer limbs = Buffer(n_threads * LIMBS * sizeof(int64_t))
        Buffer parts = Buffer(n_threads * words * sizeof(int64_t))
    if sample_weight is not None and n > 0:
        weight = &sample_weight[0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            block_moments(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                weight_from(weight, block * BLOCK_ROWS), &origin[0], &view,
                <int64_t *> parts.data + threadid() * words,
                <double *> squares.data + threadid() * BLOCK_ROWS,
                <int64_t *> limbs.data + threadid() * LIMBS
            )
        PyErr_CheckSignals()
    add_parts(&sums[0, 0, 0], <int64_t *> parts.data, words, n_threads)
    return int_of_limbs(<int64_t *> limbs.data, n_threads)
