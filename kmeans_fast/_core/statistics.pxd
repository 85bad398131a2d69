"""Ranges of whole arrays, for the algorithms of this package."""

from libc.stdint cimport int64_t

from ._kernels cimport real


cdef double largest_magnitude(const real *x, int64_t n, int64_t d, int n_threads) except -1
cdef real scale_for(const real *x, double magnitude) noexcept nogil
