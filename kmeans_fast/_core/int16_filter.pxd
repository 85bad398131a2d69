"""float32 rows through 16-bit integers: their packed centers, and whether the filter pays."""

from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer
from ._kernels cimport real
from .float32_filter cimport Packing


cdef struct IntegerRows:
    # rows as integers in the caller's memory: what is known of them, the shift and the tiles
    int32_t *state
    float *scale
    float *length
    float *shift
    int32_t *tiles


cdef bint pays(int64_t n, int64_t d, int64_t k) noexcept nogil
cdef int64_t integers_size(int64_t n, int64_t d) noexcept nogil
cdef IntegerRows view_integers(int32_t *memory, int64_t d) noexcept nogil
cdef bint pack_integers(const float *centers, int64_t k, int64_t d, IntegerRows rows, Packing own)
cdef Packing pack_for_labels(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, Buffer scratch,
    size_t scratch_size, int n_threads, IntegerRows *rows
)
