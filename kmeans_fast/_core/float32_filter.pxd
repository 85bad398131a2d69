"""Packed centers, with those of a filter, and the assignment of rows through both."""

from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer
from ._kernels cimport real


cdef enum:
    # For fewer rows the second packing and the sample do not pay.
    FEW_FLOAT32_ROWS = 512


cdef struct Packed:
    const void *wide    # centers for the kernels of their type; null if they were not packed
    # null if no filter is used: float64 centers for the float32 filter; float32 centers for that of
    # integers, which gives labels alone
    const void *narrow


cdef class Packing:
    """Packed centers, and their memory."""
    cdef Buffer memory, integers
    cdef Packed view


cdef size_t packed_scratch_size(size_t itemsize, int64_t d) noexcept nogil
cdef size_t packed_size(const real *centers, int64_t k, int64_t d) noexcept nogil
cdef Packed pack_both(
    const real *centers, int64_t k, int64_t d, char *memory, bint narrow
) noexcept nogil
cdef Packed sample_float32(
    const real *x, int64_t n, int64_t d, Packed packed, int64_t k, Buffer scratch,
    size_t scratch_size, int n_threads
)
cdef Packing pack(const real *centers, int64_t k, int64_t d)
cdef Packing pack_for(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, Buffer scratch,
    size_t scratch_size, int n_threads
)
cdef int64_t assign_packed(
    const real *x, int64_t n, int64_t d, Packed packed, int64_t k, char *scratch, int32_t *labels,
    int32_t *undecided
) noexcept nogil
cdef int64_t decide_by_type(
    const real *x, int64_t d, Packed packed, int64_t k, int64_t count, char *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil
cdef int64_t assign_two_packed(
    const real *x, int64_t n, int64_t d, Packed packed, int64_t k, char *scratch, int32_t *labels,
    double *second, int32_t *undecided
) noexcept nogil
