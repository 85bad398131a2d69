"""Distances between centers, for the algorithms of this package."""

from libc.stdint cimport int64_t

from ._kernels cimport real


cdef measure_between(
    const real *centers, int64_t k, int64_t d, const double *moves, bint all_moved, float *between,
    double *half, int n_threads
)
