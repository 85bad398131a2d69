"""What other Cython code may cimport of sums.pyx."""

from libc.stdint cimport int64_t

cdef struct GridView:
    const double *scale
    double low_scale
    double weight_scale

cdef GridView view_grid(const double[::1] scale, grid)
cdef double cluster_mean(
    const int64_t *words, int64_t d, GridView grid, double *mean
) noexcept nogil
