"""One name for each kernel of csrc/kmf.h, for float and double: the only module that links them.

Other modules, ours and other people's, cimport these functions, so there is one copy of the kernels
in the process and one chosen instruction set. What they do is said in csrc/kmf.h.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t

cdef enum:
    ELKAN_EPOCHS = 16
    ELKAN_UNITS = 64
    ELKAN_NO_EPOCH = 255


cdef struct Elkan:
    # kmf_elkan of csrc/kmf.h, field by field, so that who cimports this needs no header
    int64_t k
    int64_t d
    int64_t groups
    int64_t group_size
    int64_t stride
    int64_t most
    int epoch
    const double *drift
    const double *spread
    const double *half
    const float *gap_limit
    const float *upper_limit
    const float *between
    const double *since
    const uint8_t *paid
    const double *unit
    float *upper
    float *gap
    float *base
    uint8_t *unit_of
    uint8_t *epoch_of
    uint8_t *bounds
    uint8_t *used


ctypedef fused real:
    float
    double

cdef enum:
    SCRATCH_ROWS = 64
    SURVIVORS = 32 * SCRATCH_ROWS
    LIMBS = 54

# the structs of csrc/kmf.h, field by field
ctypedef struct Codes:
    int64_t d
    const uint8_t *codes
    const float *step
    const float *square
    double spread

ctypedef struct CodeTile:
    double upper[SCRATCH_ROWS]
    float threshold[SCRATCH_ROWS]
    float least[SCRATCH_ROWS]
    float step[SCRATCH_ROWS]
    float square[SCRATCH_ROWS]
    int32_t reach[SCRATCH_ROWS]
    int32_t margin
    int32_t n_next
    const int32_t *next_rows
    const char *next
    int64_t row_bytes

ctypedef struct Survivor:
    int32_t row
    int32_t center
    float value


# kmf_seed_sketch, for modules that are compiled without kmf.h.
cdef struct SeedSketch:
    const uint8_t *codes
    int32_t *halves
    const float *radii
    uint8_t *skip
    const int8_t *points
    const int32_t *limits
    double inverse
    int64_t features


cdef int64_t packed_size(const real *centers, int64_t k, int64_t d) noexcept nogil
cdef void pack_centers(const real *centers, int64_t k, int64_t d, real *packed) noexcept nogil
cdef int64_t assign_rows(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, real *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil
cdef int64_t assign_two_rows(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, real *scratch,
    int32_t *labels, double *second, int32_t *undecided
) noexcept nogil
cdef int64_t narrow_packed_size(int64_t k, int64_t d) noexcept nogil
cdef bint narrow_pack(const double *packed, int64_t k, int64_t d, void *narrow) noexcept nogil
cdef int64_t narrow_assign_rows(
    const double *x, int64_t n, int64_t d, const void *narrow, int64_t k, void *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil
cdef int64_t narrow_assign_two_rows(
    const double *x, int64_t n, int64_t d, const void *narrow, int64_t k, void *scratch,
    int32_t *labels, double *second, int32_t *undecided
) noexcept nogil
cdef void decide_rows(
    const real *x, int64_t d, const int32_t *rows, int64_t count, const real *centers, int64_t k,
    double *scratch, int32_t *labels
) noexcept nogil
cdef void squared_distances(
    const real *x, int64_t n, int64_t d, const real *centers, const int32_t *labels, double *out
) noexcept nogil
cdef void distance_rows(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, real scale, real *scratch,
    real *out
) noexcept nogil
cdef int64_t accumulate_rows(
    const real *x, int64_t n, int64_t d, const double *weight, const int32_t *labels_old,
    const int32_t *labels_new, const double *scale, double low_scale, double weight_scale,
    int64_t *sums
) noexcept nogil
cdef void seed_step(
    const real *x, int64_t n, int64_t d, const real *points, int64_t count, bint pending,
    real scale, const double *weight, real *closest, real *scratch,
    const SeedSketch *sketch, double unit, const int64_t *words, int64_t *left
) noexcept nogil
cdef void seed_count(
    const real *closest, const double *weight, int64_t n, double unit, int64_t *words
) noexcept nogil
cdef int64_t seed_find(
    const real *closest, const double *weight, int64_t n, double unit, const int64_t *target
) noexcept nogil
cdef double seed_encode_rows(
    const real *x, int64_t n, int64_t d, int64_t features, double scale, const double *middle,
    double inverse, int8_t *scratch, uint8_t *codes, int32_t *halves, float *radii
) noexcept nogil
cdef void seed_encode_points(
    const real *points, int64_t count, int64_t d, int64_t features, double scale,
    const double *middle, double inverse, int8_t *codes, int32_t *limits
) noexcept nogil
cdef int64_t list_unsettled(
    const int32_t *labels, const float *upper, const float *lower, int64_t n,
    const double *travelled, const double *half, double fall, int32_t *rows
) noexcept nogil
cdef int64_t tighten_rows(
    const real *x, int64_t d, const real *centers, const int32_t *labels, float *upper,
    const float *lower, const double *travelled, const double *half, double fall, int32_t *rows,
    int64_t count
) noexcept nogil
cdef void set_bounds(
    const real *x, int64_t n, int64_t d, const real *centers, const int32_t *labels,
    const double *second, const double *travelled, double fall, float *upper, float *lower
) noexcept nogil
cdef void gather_rows(
    const real *x, int64_t d, const int32_t *rows, int64_t count, real *out
) noexcept nogil
cdef int64_t filter_centers(
    const double *box, int64_t d, const double *centers, const int32_t *ids, int64_t count,
    int64_t stride, double *values, double *kept, int32_t *kept_ids
) noexcept nogil
cdef void bounding_box(const real *x, int64_t n, int64_t d, double *box) noexcept nogil
cdef void feature_range(const real *x, int64_t n, int64_t d, real *range) noexcept nogil
cdef void feature_sums(
    const real *x, int64_t n, int64_t d, const double *weight, const double *mean, double *sums,
    double *squares
) noexcept nogil
cdef void add_moments(
    const real *x, int64_t n, int64_t d, const double *weight, const double *origin,
    const double *scale, double low_scale, double weight_scale, int64_t *sums, double *squares
) noexcept nogil
cdef void elkan_moves(
    const real *before, const real *after, int64_t k, int64_t d, double *moves
) noexcept nogil
cdef int64_t elkan_scan(
    const Elkan *elkan, const int32_t *labels, int64_t n, int32_t *active
) noexcept nogil
cdef int64_t elkan_rows(
    const Elkan *elkan, const real *x, const real *centers, const int32_t *active,
    int64_t count, void *scratch, int32_t *labels, int32_t *dense, int64_t *n_dense
) noexcept nogil
cdef int64_t elkan_values(const real *x, int64_t k) noexcept nogil
cdef int64_t elkan_tile(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, real *scratch,
    real *values, int32_t *labels, int32_t *undecided
) noexcept nogil
cdef void elkan_store(
    const Elkan *elkan, const real *x, int64_t n, const real *centers, const real *values,
    const int32_t *labels, const int32_t *rows
) noexcept nogil
cdef void elkan_store_two(
    const Elkan *elkan, const real *x, int64_t n, const real *centers, const double *second,
    const int32_t *labels, const int32_t *rows
) noexcept nogil
cdef void add_terms(
    const double *terms, const double *weight, int64_t n, int64_t *limbs
) noexcept nogil
cdef int64_t find_term(
    const double *terms, const double *weight, int64_t n, int64_t *limbs
) noexcept nogil
cdef void prefix_sums(
    const double *values, const double *weights, int64_t first, int64_t last, int64_t n,
    double shift, double scale, double *sums
) noexcept nogil
cdef int64_t cheapest_split(
    const double *sums, int64_t stride, const double *previous, int64_t low, int64_t high,
    int64_t end, double *least
) noexcept nogil
cdef void cheapest_splits(
    const double *sums, int64_t stride, const double *previous, int64_t low, int64_t high,
    int64_t end, int64_t n, double *least, int32_t *splits
) noexcept nogil
cdef int64_t packed_codes_size(int64_t k, int64_t d) noexcept nogil
cdef void pack_codes(
    const Codes *centers, int64_t k, double spread, int32_t *packed
) noexcept nogil
cdef int64_t scan_codes(
    const Codes *codes, const int32_t *rows, int64_t count, const int32_t *packed, int64_t k,
    double center_spread, float *scratch, CodeTile *tile, Survivor *found
) noexcept nogil
cdef double encode_rows(
    const real *x, int64_t n, int64_t d, const double *shift, double scale, double *scratch,
    uint8_t *codes, float *step, float *square
) noexcept nogil
cdef int64_t verify_rows(
    const real *x, int64_t d, const real *centers, double scale, const int32_t *rows,
    int64_t count, const CodeTile *tile, const Survivor *found, int64_t n_found,
    const double *travelled, double fall, int32_t *labels, float *upper, float *lower
) noexcept nogil
cdef const char *isa_in_use() noexcept nogil
cpdef str chosen_isa()
cpdef tuple available_isas()
