"""float64 rows through the float32 kernels: where their packed centers lie, and if it pays."""

from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer
from ._kernels cimport real


cdef enum:
    # For fewer rows the second packing and the sample do not pay.
    FEW_NARROW_ROWS = 512


cdef size_t filter_scratch_size(const real *x, int64_t d) noexcept nogil
cdef size_t both_packed_size(const real *centers, int64_t k, int64_t d) noexcept nogil
cdef void pack_both(
    const real *centers, int64_t k, int64_t d, real *packed, bint narrow
) noexcept nogil
cdef void sample_narrow(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, Buffer scratch,
    size_t scratch_size, int n_threads
) noexcept
cdef void also_narrow(
    const real *sampled, int64_t k, real *packed, int64_t k_packed, int64_t d
) noexcept nogil
cdef int64_t filter_rows(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, char *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil
cdef int64_t filter_two_rows(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, char *scratch,
    int32_t *labels, double *second, int32_t *undecided
) noexcept nogil
