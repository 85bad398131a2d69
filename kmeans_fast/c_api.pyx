"""Kernels for other people's modules: to Cython as functions, to C as a table in a capsule.

They are few and hide how the kernels share work, so that the kernels can change behind them.
"""

from cpython.pycapsule cimport PyCapsule_New
from libc.math cimport frexp, ldexp
from libc.stdint cimport int32_t, int64_t

from ._core._kernels cimport GridView, exact, fast, isa_in_use, kernels
from ._core.assign cimport assign_scratch_size, assign_task
from ._core.float32_filter cimport Packed


cdef extern from "kmeans_fast.h" nogil:
    int KMEANS_FAST_API_MAJOR, KMEANS_FAST_API_MINOR
    ctypedef struct kmf_api:
        int32_t major
        int32_t minor
        const char *(*isa)() noexcept
        int64_t (*packed_size)(int64_t k, int64_t d, int64_t itemsize) noexcept
        void (*pack_centers_f32)(
            const float *centers, int64_t k, int64_t d, void *packed
        ) noexcept
        void (*pack_centers_f64)(
            const double *centers, int64_t k, int64_t d, void *packed
        ) noexcept
        int64_t (*scratch_size)(int64_t n, int64_t d, int64_t itemsize) noexcept
        void (*assign_f32)(
            const float *x, int64_t n, int64_t d, const float *centers, const void *packed,
            int64_t k, void *scratch, int32_t *labels
        ) noexcept
        void (*assign_f64)(
            const double *x, int64_t n, int64_t d, const double *centers, const void *packed,
            int64_t k, void *scratch, int32_t *labels
        ) noexcept
        void (*squared_distances_f32)(
            const float *x, int64_t n, int64_t d, const float *centers, const int32_t *labels,
            double *out
        ) noexcept
        void (*squared_distances_f64)(
            const double *x, int64_t n, int64_t d, const double *centers, const int32_t *labels,
            double *out
        ) noexcept
        void (*feature_range_f32)(const float *x, int64_t n, int64_t d, float *largest) noexcept
        void (*feature_range_f64)(const double *x, int64_t n, int64_t d, double *largest) noexcept
        void (*make_grid_f32)(
            const float *largest, int64_t d, int64_t n, double total_weight, double max_weight,
            double *grid
        ) noexcept
        void (*make_grid_f64)(
            const double *largest, int64_t d, int64_t n, double total_weight, double max_weight,
            double *grid
        ) noexcept
        int64_t (*accumulate_f32)(
            const float *x, int64_t n, int64_t d, const double *weight, const int32_t *labels_old,
            const int32_t *labels_new, const double *grid, int64_t *sums
        ) noexcept
        int64_t (*accumulate_f64)(
            const double *x, int64_t n, int64_t d, const double *weight, const int32_t *labels_old,
            const int32_t *labels_new, const double *grid, int64_t *sums
        ) noexcept
        void (*means)(
            const int64_t *sums, int64_t k, int64_t d, const double *grid, double *means,
            double *weights
        ) noexcept


cdef enum:
    # of assigners/grid.py
    WORD_BITS = 40
    TERM_BITS = 50
    SUM_BITS = 60
    EXPONENT_LIMIT = 1000


cdef const char *isa() noexcept nogil:
    return isa_in_use()


cdef int64_t packed_size(int64_t k, int64_t d, int64_t itemsize) noexcept nogil:
    if itemsize == sizeof(float):
        return fast(<const float *> NULL).packed_size(k, d) * itemsize
    return fast(<const double *> NULL).packed_size(k, d) * itemsize


cdef void pack_centers(const real *centers, int64_t k, int64_t d, void *packed) noexcept nogil:
    # without the float32 filter of float64 rows: whether it pays depends on a sample of the rows
    fast(centers).pack_centers(centers, k, d, <real *> packed)


cdef int64_t scratch_size(int64_t n, int64_t d, int64_t itemsize) noexcept nogil:
    return <int64_t> assign_scratch_size(<size_t> itemsize, n, d)


cdef void assign(
    const real *x, int64_t n, int64_t d, const real *centers, const void *packed, int64_t k,
    void *scratch, int32_t *labels
) noexcept nogil:
    assign_task(x, n, d, centers, Packed(packed, NULL), k, <char *> scratch, labels)


cdef void squared_distances(
    const real *x, int64_t n, int64_t d, const real *centers, const int32_t *labels, double *out
) noexcept nogil:
    exact(x).squared_distances(x, n, d, centers, labels, out)


cdef void feature_range(const real *x, int64_t n, int64_t d, real *largest) noexcept nogil:
    exact(x).feature_range(x, n, d, largest)


cdef inline int exponent_above(double value) noexcept nogil:
    """The least e with value <= 2^e."""
    cdef int exponent
    return exponent - 1 if frexp(value, &exponent) == 0.5 else exponent


cdef void make_grid(
    const real *largest, int64_t d, int64_t n, double total_weight, double max_weight, double *grid
) noexcept nogil:
    """As assigners/grid.py does: scales of features and of the weight, low and weight scale."""
    cdef:
        int exponent, bits
        int64_t f
        double weight_scale = 1
    frexp(max_weight, &exponent)
    if exponent < 1:
        weight_scale = ldexp(1, 1 - exponent)
    bits = min(
        WORD_BITS, SUM_BITS - exponent_above(max(<double> n, total_weight * weight_scale)),
        TERM_BITS - exponent_above(max(1.0, max_weight * weight_scale))
    )
    for f in range(d + 1):
        frexp(<double> largest[f] if f < d else 1.0, &exponent)
        exponent = bits - exponent
        if f < d and largest[f] == 0:
            exponent = 0
        grid[f] = ldexp(1, max(-EXPONENT_LIMIT, min(EXPONENT_LIMIT, exponent)))
    grid[d + 1] = ldexp(1, bits)
    grid[d + 2] = weight_scale


cdef int64_t accumulate(
    const real *x, int64_t n, int64_t d, const double *weight, const int32_t *labels_old,
    const int32_t *labels_new, const double *grid, int64_t *sums
) noexcept nogil:
    cdef GridView view = GridView(grid, grid[d + 1], grid[d + 2], 1, 0, 0)
    return exact(x).accumulate_rows(
        x, n, d, weight, labels_old, labels_new, &view, sums
    )


cdef void means(
    const int64_t *sums, int64_t k, int64_t d, const double *grid, double *means, double *weights
) noexcept nogil:
    cdef int64_t j
    cdef GridView view = GridView(grid, grid[d + 1], grid[d + 2], 1, 0, 0)
    for j in range(k):
        weights[j] = kernels.exact_common.cluster_mean(
            sums + j * 2 * (d + 1), d, &view, means + j * d
        )


cdef int check_version(int major, int minor) except -1:
    if major != API_MAJOR or minor > API_MINOR:
        raise ImportError(
            f"this module was built for version {major}.{minor} of the C API of kmeans_fast, "
            f"the installed one has {API_MAJOR}.{API_MINOR}"
        )
    return 0


# in the order of kmf_api, written once, here
cdef kmf_api functions
functions.major = KMEANS_FAST_API_MAJOR
functions.minor = KMEANS_FAST_API_MINOR
functions.isa = isa
functions.packed_size = packed_size
functions.pack_centers_f32 = pack_centers[float]
functions.pack_centers_f64 = pack_centers[double]
functions.scratch_size = scratch_size
functions.assign_f32 = assign[float]
functions.assign_f64 = assign[double]
functions.squared_distances_f32 = squared_distances[float]
functions.squared_distances_f64 = squared_distances[double]
functions.feature_range_f32 = feature_range[float]
functions.feature_range_f64 = feature_range[double]
functions.make_grid_f32 = make_grid[float]
functions.make_grid_f64 = make_grid[double]
functions.accumulate_f32 = accumulate[float]
functions.accumulate_f64 = accumulate[double]
functions.means = means

assert (API_MAJOR, API_MINOR) == (KMEANS_FAST_API_MAJOR, KMEANS_FAST_API_MINOR)
version = (API_MAJOR, API_MINOR)
table = PyCapsule_New(&functions, "kmeans_fast.c_api.table", NULL)
