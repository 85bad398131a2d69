"""The public functions for Cython: serial, without the GIL, for float and double.

What they do, and what the arrays must be, is said in include/kmeans_fast.h, which has the same
functions for C. docs/c_api.md shows them at work.
"""

from libc.stdint cimport int32_t, int64_t

cdef enum:
    # of include/kmeans_fast.h, for modules that are compiled without it
    API_MAJOR = 1
    API_MINOR = 0


ctypedef fused real:
    float
    double


cdef int check_version(int major, int minor) except -1


cdef inline int import_kmeans_fast() except -1:
    """ImportError if this module was compiled for another version of the C API."""
    return check_version(API_MAJOR, API_MINOR)


cdef const char *isa() noexcept nogil
cdef int64_t packed_size(int64_t k, int64_t d, int64_t itemsize) noexcept nogil
cdef void pack_centers(const real *centers, int64_t k, int64_t d, void *packed) noexcept nogil
cdef int64_t scratch_size(int64_t n, int64_t d, int64_t itemsize) noexcept nogil
cdef void assign(
    const real *x, int64_t n, int64_t d, const real *centers, const void *packed, int64_t k,
    void *scratch, int32_t *labels
) noexcept nogil
cdef void squared_distances(
    const real *x, int64_t n, int64_t d, const real *centers, const int32_t *labels, double *out
) noexcept nogil
cdef void feature_range(const real *x, int64_t n, int64_t d, real *largest) noexcept nogil
cdef void make_grid(
    const real *largest, int64_t d, int64_t n, double total_weight, double max_weight, double *grid
) noexcept nogil
cdef int64_t accumulate(
    const real *x, int64_t n, int64_t d, const double *weight, const int32_t *labels_old,
    const int32_t *labels_new, const double *grid, int64_t *sums
) noexcept nogil
cdef void means(
    const int64_t *sums, int64_t k, int64_t d, const double *grid, double *means, double *weights
) noexcept nogil
