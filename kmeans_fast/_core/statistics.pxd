"""Ranges of whole arrays, for the algorithms of this package."""

from libc.stdint cimport int64_t

from ._kernels cimport real


cdef double largest_magnitude(const real *x, int64_t n, int64_t d, int n_threads) except -1
cdef double scale_for(size_t itemsize, double magnitude) noexcept nogil
