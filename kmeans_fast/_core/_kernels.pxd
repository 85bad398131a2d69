"""The kernels of csrc; only the module _kernels links them, the others cimport its tables.

    fast(x).assign_rows(x, n, d, ...)     the kernel for the type that x, a pointer, points to
    kernels.exact_common.add_terms(...)   a kernel without an element type

So there is one copy of the kernels in the process, and one chosen instruction set. Only
csrc/tables.h and csrc/typed_tables.h declare what kernels do and take. Here stand their names and
their return types: a call is compiled against C's own declaration, so that the C compiler checks
the arguments.
"""

from libc.stdint cimport int32_t, int64_t

ctypedef fused real:
    float
    double

cdef extern from "tables.h" nogil:
    """
    /* of the argument only the type counts: it is not evaluated */
    #define KMF_OF_TYPE(kind, x)                                                                  \
        _Generic(*(x), float: kmf_chosen_tables->kind##_f32, double: kmf_chosen_tables->kind##_f64)
    #define KMF_FAST(x) KMF_OF_TYPE(fast, x)
    #define KMF_EXACT(x) KMF_OF_TYPE(exact, x)
    """
    enum:
        SCRATCH_ROWS "KMF_SCRATCH_ROWS"
        LIMBS "KMF_LIMBS"
        SPARSE_LANES "KMF_SPARSE_LANES"

    ctypedef struct GridView "kmf_grid":
        const double *scale
        double low_scale
        double weight_scale
        int64_t layers
        int64_t layer_bits
        int64_t exponent

    ctypedef struct Csr "kmf_csr":
        const int64_t *indptr
        const int32_t *indices

    ctypedef struct fast_kernels "kmf_fast_f32":
        int64_t (*packed_size)(...) noexcept nogil
        void (*pack_centers)(...) noexcept nogil
        int64_t (*assign_rows)(...) noexcept nogil
        int64_t (*assign_two_rows)(...) noexcept nogil
        void (*distance_rows)(...) noexcept nogil
        void (*seed_step)(...) noexcept nogil
        int64_t (*seed_bound)(...) noexcept nogil
        void (*seed_try)(...) noexcept nogil
        void (*seed_take)(...) noexcept nogil
        void (*seed_count)(...) noexcept nogil
        int64_t (*seed_find)(...) noexcept nogil
        void (*elkan_moves)(...) noexcept nogil
        int64_t (*elkan_values)(...) noexcept nogil
        int64_t (*elkan_tile)(...) noexcept nogil
        void (*elkan_store)(...) noexcept nogil
        void (*elkan_store_two)(...) noexcept nogil
        void (*sparse_two_best)(...) noexcept nogil

    ctypedef struct exact_kernels "kmf_exact_f32":
        void (*decide_rows)(...) noexcept nogil
        void (*squared_distances)(...) noexcept nogil
        int64_t (*accumulate_rows)(...) noexcept nogil
        int64_t (*tighten_rows)(...) noexcept nogil
        void (*set_bounds)(...) noexcept nogil
        void (*gather_rows)(...) noexcept nogil
        void (*bounding_box)(...) noexcept nogil
        void (*feature_range)(...) noexcept nogil
        void (*feature_sums)(...) noexcept nogil
        void (*add_moments)(...) noexcept nogil
        double (*seed_encode_rows)(...) noexcept nogil
        void (*seed_encode_points)(...) noexcept nogil
        double (*encode_rows)(...) noexcept nogil
        void (*scaled_rows)(...) noexcept nogil
        int64_t (*verify_rows)(...) noexcept nogil
        int64_t (*elkan_rows)(...) noexcept nogil
        int32_t (*sparse_decide)(...) noexcept nogil
        void (*sparse_distances)(...) noexcept nogil
        void (*sparse_squares)(...) noexcept nogil
        int64_t (*sparse_accumulate)(...) noexcept nogil

    ctypedef struct fast_common_kernels "kmf_fast_common":
        int64_t (*float32_packed_size)(...) noexcept nogil
        bint (*float32_pack)(...) noexcept nogil
        int64_t (*float32_assign_rows)(...) noexcept nogil
        int64_t (*float32_assign_two_rows)(...) noexcept nogil
        int64_t (*int16_packed_size)(...) noexcept nogil
        void (*int16_shift)(...) noexcept nogil
        double (*longest_row)(...) noexcept nogil
        bint (*int16_pack)(...) noexcept nogil
        int64_t (*int16_assign_rows)(...) noexcept nogil
        int64_t (*int16_tile_size)(...) noexcept nogil
        void (*int16_rows)(...) noexcept nogil
        int64_t (*int16_assign_tiles)(...) noexcept nogil
        int64_t (*packed_codes_size)(...) noexcept nogil
        void (*pack_codes)(...) noexcept nogil
        int64_t (*scan_codes)(...) noexcept nogil
        int64_t (*packed_sketch_size)(...) noexcept nogil
        void (*pack_sketch)(...) noexcept nogil
        int64_t (*scan_sketch)(...) noexcept nogil
        void (*pack_directions)(...) noexcept nogil
        void (*project_rows)(...) noexcept nogil

    ctypedef struct exact_common_kernels "kmf_exact_common":
        void (*add_terms)(...) noexcept nogil
        int64_t (*find_term)(...) noexcept nogil
        double (*cluster_mean)(...) noexcept nogil
        double (*running_mean)(...) noexcept nogil
        int64_t (*list_unsettled)(...) noexcept nogil
        int64_t (*elkan_scan)(...) noexcept nogil
        int64_t (*filter_centers)(...) noexcept nogil
        void (*sketch_rest)(...) noexcept nogil
        void (*prefix_sums)(...) noexcept nogil
        int64_t (*cheapest_split)(...) noexcept nogil
        void (*cheapest_splits)(...) noexcept nogil

    ctypedef struct kmf_tables:
        const fast_common_kernels *fast_common
        const exact_common_kernels *exact_common

    const fast_kernels *fast "KMF_FAST"(...)
    const exact_kernels *exact "KMF_EXACT"(...)

# of the chosen instruction set, from the import of _kernels on
cdef const kmf_tables *kernels "kmf_chosen_tables"

cdef const char *isa_in_use() noexcept nogil
cpdef str chosen_isa()
cpdef tuple available_isas()
