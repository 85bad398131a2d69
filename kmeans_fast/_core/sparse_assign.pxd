"""Centers laid out for sparse rows, for other Cython code."""

from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer
from ._kernels cimport Csr, real


cdef struct Lanes:
    const void *packed  # ((1 + d), stride) reals: see sparse_two_best in csrc/typed_tables.h
    const double *half  # (stride,)
    const int32_t *order  # (k,) the center of each lane
    const int32_t *lane  # (k,) the lane of each center
    int64_t stride
    int64_t k
    int64_t d
    int64_t first  # lanes that come first: those of the centers that moved, padded
    double longest


cdef class _Packing:
    cdef Buffer packed, half, order, lane
    cdef Lanes view


cdef _Packing pack_lanes(const real[:, ::1] centers, moved, double longest, int n_threads)
cdef double band_of(
    size_t itemsize, double square, int64_t count, int64_t d, double longest
) noexcept nogil
cdef size_t decide_scratch(size_t itemsize, int64_t d, int64_t stride) noexcept nogil
cdef int32_t decide_row(
    Csr x, const real *data, int64_t row, const real *centers, Lanes lanes, char *scratch
) noexcept nogil
