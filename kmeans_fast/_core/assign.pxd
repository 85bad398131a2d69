"""Assignment of the rows of one task, for the algorithms of this package."""

from libc.stdint cimport int32_t, int64_t

from ._kernels cimport real
from .float32_filter cimport Packed

cdef enum:
    # Up to this many rows, the defining sum alone is faster than packing the centers.
    FEW_ROWS = 16


cdef size_t assign_scratch_size(size_t itemsize, int64_t rows, int64_t d) noexcept nogil
cdef char *after_indices(char *scratch, int64_t rows) noexcept nogil
cdef void decide_listed(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, char *scratch,
    int64_t count, int32_t *labels
) noexcept nogil
cdef void assign_task(
    const real *x, int64_t n, int64_t d, const real *centers, Packed packed, int64_t k,
    char *scratch, int32_t *labels
) noexcept nogil
