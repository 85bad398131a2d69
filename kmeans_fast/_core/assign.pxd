"""Assignment of one task's rows, for the algorithms of this package."""

from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer
from ._kernels cimport real

cdef enum:
    # Up to so many rows the defining sum alone is faster than packing the centers.
    FEW_ROWS = 16


cdef size_t assign_scratch_size(const real *x, int64_t rows, int64_t d) noexcept nogil
cdef Buffer pack(const real *centers, int64_t k, int64_t d)
cdef Buffer pack_for(const real *x, int64_t n, int64_t d, const real *centers, int64_t k)
cdef void assign_task(
    const real *x, int64_t n, int64_t d, const real *centers, const real *packed, int64_t k,
    char *scratch, int32_t *labels
) noexcept nogil
