"""Definitions of _kernels.pxd."""

import os

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t


cdef extern from "kmf.h" nogil:
    ctypedef struct kmf_seed_sketch:
        const uint8_t *codes
        int32_t *halves
        const float *radii
        uint8_t *skip
        const int8_t *points
        const int32_t *limits
        double inverse
        int64_t features
    int KMF_ELKAN_EPOCHS, KMF_ELKAN_UNITS, KMF_ELKAN_NO_EPOCH
    ctypedef struct kmf_elkan:
        pass
    const char *kmf_isa_name(int isa)
    const char *kmf_chosen_isa()
    void kmf_add_terms(const double *terms, const double *weight, int64_t n, int64_t *limbs)
    int64_t kmf_find_term(const double *terms, const double *weight, int64_t n, int64_t *limbs)
    void kmf_prefix_sums(
        const double *values, const double *weights, int64_t first, int64_t last, int64_t n,
        double shift, double scale, double *sums
    )
    int64_t kmf_cheapest_split(
        const double *sums, int64_t stride, const double *previous, int64_t low, int64_t high,
        int64_t end, double *least
    )
    void kmf_cheapest_splits(
        const double *sums, int64_t stride, const double *previous, int64_t low, int64_t high,
        int64_t end, int64_t n, double *least, int32_t *splits
    )
    int64_t kmf_packed_size_f32(int64_t k, int64_t d)
    int64_t kmf_packed_size_f64(int64_t k, int64_t d)
    void kmf_pack_centers_f32(const float *centers, int64_t k, int64_t d, float *packed)
    void kmf_pack_centers_f64(const double *centers, int64_t k, int64_t d, double *packed)
    int64_t kmf_assign_rows_f32(
        const float *x, int64_t n, int64_t d, const float *packed, int64_t k, float *scratch,
        int32_t *labels, int32_t *undecided
    )
    int64_t kmf_assign_rows_f64(
        const double *x, int64_t n, int64_t d, const double *packed, int64_t k, double *scratch,
        int32_t *labels, int32_t *undecided
    )
    int64_t kmf_assign_two_rows_f32(
        const float *x, int64_t n, int64_t d, const float *packed, int64_t k, float *scratch,
        int32_t *labels, double *second, int32_t *undecided
    )
    int64_t kmf_assign_two_rows_f64(
        const double *x, int64_t n, int64_t d, const double *packed, int64_t k, double *scratch,
        int32_t *labels, double *second, int32_t *undecided
    )
    int64_t kmf_narrow_packed_size(int64_t k, int64_t d)
    int kmf_narrow_pack(const double *packed, int64_t k, int64_t d, void *narrow)
    int64_t kmf_narrow_assign_rows(
        const double *x, int64_t n, int64_t d, const void *narrow, int64_t k, void *scratch,
        int32_t *labels, int32_t *undecided
    )
    int64_t kmf_narrow_assign_two_rows(
        const double *x, int64_t n, int64_t d, const void *narrow, int64_t k, void *scratch,
        int32_t *labels, double *second, int32_t *undecided
    )
    void kmf_decide_rows_f32(
        const float *x, int64_t d, const int32_t *rows, int64_t count, const float *centers,
        int64_t k, double *scratch, int32_t *labels
    )
    void kmf_decide_rows_f64(
        const double *x, int64_t d, const int32_t *rows, int64_t count, const double *centers,
        int64_t k, double *scratch, int32_t *labels
    )
    void kmf_squared_distances_f32(
        const float *x, int64_t n, int64_t d, const float *centers, const int32_t *labels,
        double *out
    )
    void kmf_squared_distances_f64(
        const double *x, int64_t n, int64_t d, const double *centers, const int32_t *labels,
        double *out
    )
    void kmf_distance_rows_f32(
        const float *x, int64_t n, int64_t d, const float *centers, int64_t k, float scale,
        float *scratch, float *out
    )
    void kmf_distance_rows_f64(
        const double *x, int64_t n, int64_t d, const double *centers, int64_t k, double scale,
        double *scratch, double *out
    )
    int64_t kmf_accumulate_rows_f32(
        const float *x, int64_t n, int64_t d, const double *weight, const int32_t *labels_old,
        const int32_t *labels_new, const double *scale, double low_scale, double weight_scale,
        int64_t *sums
    )
    int64_t kmf_accumulate_rows_f64(
        const double *x, int64_t n, int64_t d, const double *weight, const int32_t *labels_old,
        const int32_t *labels_new, const double *scale, double low_scale, double weight_scale,
        int64_t *sums
    )
    void kmf_seed_step_f32(
        const float *x, int64_t n, int64_t d, const float *points, int64_t count, int pending,
        float scale, const double *weight, float *closest, float *scratch,
        const kmf_seed_sketch *sketch, double unit, const int64_t *words, int64_t *left
    )
    void kmf_seed_count_f32(
        const float *closest, const double *weight, int64_t n, double unit, int64_t *words
    )
    int64_t kmf_seed_find_f32(
        const float *closest, const double *weight, int64_t n, double unit, const int64_t *target
    )
    double kmf_seed_encode_rows_f32(
        const float *x, int64_t n, int64_t d, int64_t features, double scale, const double *middle,
        double inverse, int8_t *scratch, uint8_t *codes, int32_t *halves, float *radii
    )
    void kmf_seed_encode_points_f32(
        const float *points, int64_t count, int64_t d, int64_t features, double scale,
        const double *middle, double inverse, int8_t *codes, int32_t *limits
    )
    void kmf_seed_step_f64(
        const double *x, int64_t n, int64_t d, const double *points, int64_t count, int pending,
        double scale, const double *weight, double *closest, double *scratch,
        const kmf_seed_sketch *sketch, double unit, const int64_t *words, int64_t *left
    )
    void kmf_seed_count_f64(
        const double *closest, const double *weight, int64_t n, double unit, int64_t *words
    )
    int64_t kmf_seed_find_f64(
        const double *closest, const double *weight, int64_t n, double unit, const int64_t *target
    )
    double kmf_seed_encode_rows_f64(
        const double *x, int64_t n, int64_t d, int64_t features, double scale, const double *middle,
        double inverse, int8_t *scratch, uint8_t *codes, int32_t *halves, float *radii
    )
    void kmf_seed_encode_points_f64(
        const double *points, int64_t count, int64_t d, int64_t features, double scale,
        const double *middle, double inverse, int8_t *codes, int32_t *limits
    )
    int64_t kmf_list_unsettled(
        const int32_t *labels, const float *upper, const float *lower, int64_t n,
        const double *travelled, const double *half, double fall, int32_t *rows
    )
    int64_t kmf_tighten_rows_f32(
        const float *x, int64_t d, const float *centers, const int32_t *labels, float *upper,
        const float *lower, const double *travelled, const double *half, double fall,
        int32_t *rows, int64_t count
    )
    void kmf_set_bounds_f32(
        const float *x, int64_t n, int64_t d, const float *centers, const int32_t *labels,
        const double *second, const double *travelled, double fall, float *upper, float *lower
    )
    void kmf_gather_rows_f32(
        const float *x, int64_t d, const int32_t *rows, int64_t count, float *out
    )
    int64_t kmf_tighten_rows_f64(
        const double *x, int64_t d, const double *centers, const int32_t *labels, float *upper,
        const float *lower, const double *travelled, const double *half, double fall,
        int32_t *rows, int64_t count
    )
    void kmf_set_bounds_f64(
        const double *x, int64_t n, int64_t d, const double *centers, const int32_t *labels,
        const double *second, const double *travelled, double fall, float *upper, float *lower
    )
    void kmf_gather_rows_f64(
        const double *x, int64_t d, const int32_t *rows, int64_t count, double *out
    )
    int64_t kmf_filter_centers(
        const double *box, int64_t d, const double *centers, const int32_t *ids, int64_t count,
        int64_t stride, double *values, double *kept, int32_t *kept_ids
    )
    void kmf_bounding_box_f32(const float *x, int64_t n, int64_t d, double *box)
    void kmf_bounding_box_f64(const double *x, int64_t n, int64_t d, double *box)
    void kmf_feature_range_f32(const float *x, int64_t n, int64_t d, float *range)
    void kmf_feature_range_f64(const double *x, int64_t n, int64_t d, double *range)
    void kmf_feature_sums_f32(
        const float *x, int64_t n, int64_t d, const double *weight, const double *mean,
        double *sums, double *squares
    )
    void kmf_feature_sums_f64(
        const double *x, int64_t n, int64_t d, const double *weight, const double *mean,
        double *sums, double *squares
    )
    void kmf_add_moments_f32(
        const float *x, int64_t n, int64_t d, const double *weight, const double *origin,
        const double *scale, double low_scale, double weight_scale, int64_t *sums, double *squares
    )
    void kmf_add_moments_f64(
        const double *x, int64_t n, int64_t d, const double *weight, const double *origin,
        const double *scale, double low_scale, double weight_scale, int64_t *sums, double *squares
    )
    ctypedef struct kmf_codes:
        pass
    ctypedef struct kmf_code_tile:
        pass
    ctypedef struct kmf_survivor:
        pass
    int64_t kmf_packed_codes_size(int64_t k, int64_t d)
    void kmf_pack_codes(const kmf_codes *centers, int64_t k, double spread, int32_t *packed)
    int64_t kmf_scan_codes(
        const kmf_codes *codes, const int32_t *rows, int64_t count, const int32_t *packed,
        int64_t k, double center_spread, float *scratch, kmf_code_tile *tile, kmf_survivor *found
    )
    double kmf_encode_rows_f32(
        const float *x, int64_t n, int64_t d, const double *shift, double scale, double *scratch,
        uint8_t *codes, float *step, float *square
    )
    int64_t kmf_verify_rows_f32(
        const float *x, int64_t d, const float *centers, double scale, const int32_t *rows,
        int64_t count, const kmf_code_tile *tile, const kmf_survivor *found, int64_t n_found,
        const double *travelled, double fall, int32_t *labels, float *upper, float *lower
    )
    double kmf_encode_rows_f64(
        const double *x, int64_t n, int64_t d, const double *shift, double scale, double *scratch,
        uint8_t *codes, float *step, float *square
    )
    int64_t kmf_verify_rows_f64(
        const double *x, int64_t d, const double *centers, double scale, const int32_t *rows,
        int64_t count, const kmf_code_tile *tile, const kmf_survivor *found, int64_t n_found,
        const double *travelled, double fall, int32_t *labels, float *upper, float *lower
    )
    void kmf_elkan_moves_f32(
        const float *before, const float *after, int64_t k, int64_t d, double *moves
    )
    void kmf_elkan_moves_f64(
        const double *before, const double *after, int64_t k, int64_t d, double *moves
    )
    int64_t kmf_elkan_scan(
        const kmf_elkan *elkan, const int32_t *labels, int64_t n, int32_t *active
    )
    int64_t kmf_elkan_rows_f32(
        const kmf_elkan *elkan, const float *x, const float *centers, const int32_t
        *active, int64_t count, void *scratch, int32_t *labels, int32_t *dense, int64_t
        *n_dense
    )
    int64_t kmf_elkan_rows_f64(
        const kmf_elkan *elkan, const double *x, const double *centers, const int32_t
        *active, int64_t count, void *scratch, int32_t *labels, int32_t *dense, int64_t
        *n_dense
    )
    int64_t kmf_elkan_values_f32(int64_t k)
    int64_t kmf_elkan_values_f64(int64_t k)
    int64_t kmf_elkan_tile_f32(
        const float *x, int64_t n, int64_t d, const float *packed, int64_t k, float
        *scratch, float *values, int32_t *labels, int32_t *undecided
    )
    int64_t kmf_elkan_tile_f64(
        const double *x, int64_t n, int64_t d, const double *packed, int64_t k, double
        *scratch, double *values, int32_t *labels, int32_t *undecided
    )
    void kmf_elkan_store_f32(
        const kmf_elkan *elkan, const float *x, int64_t n, const float *centers, const
        float *values, const int32_t *labels, const int32_t *rows
    )
    void kmf_elkan_store_f64(
        const kmf_elkan *elkan, const double *x, int64_t n, const double *centers, const
        double *values, const int32_t *labels, const int32_t *rows
    )
    void kmf_elkan_store_two_f32(
        const kmf_elkan *elkan, const float *x, int64_t n, const float *centers, const
        double *second, const int32_t *labels, const int32_t *rows
    )
    void kmf_elkan_store_two_f64(
        const kmf_elkan *elkan, const double *x, int64_t n, const double *centers, const
        double *second, const int32_t *labels, const int32_t *rows
    )


cdef int64_t packed_size(const real *centers, int64_t k, int64_t d) noexcept nogil:
    if real is float:
        return kmf_packed_size_f32(k, d)
    else:
        return kmf_packed_size_f64(k, d)


cdef void pack_centers(const real *centers, int64_t k, int64_t d, real *packed) noexcept nogil:
    if real is float:
        kmf_pack_centers_f32(centers, k, d, packed)
    else:
        kmf_pack_centers_f64(centers, k, d, packed)


cdef int64_t assign_rows(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, real *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil:
    if real is float:
        return kmf_assign_rows_f32(x, n, d, packed, k, scratch, labels, undecided)
    else:
        return kmf_assign_rows_f64(x, n, d, packed, k, scratch, labels, undecided)


cdef int64_t assign_two_rows(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, real *scratch,
    int32_t *labels, double *second, int32_t *undecided
) noexcept nogil:
    if real is float:
        return kmf_assign_two_rows_f32(x, n, d, packed, k, scratch, labels, second, undecided)
    else:
        return kmf_assign_two_rows_f64(x, n, d, packed, k, scratch, labels, second, undecided)


cdef int64_t narrow_packed_size(int64_t k, int64_t d) noexcept nogil:
    return kmf_narrow_packed_size(k, d)


cdef bint narrow_pack(const double *packed, int64_t k, int64_t d, void *narrow) noexcept nogil:
    return kmf_narrow_pack(packed, k, d, narrow)


cdef int64_t narrow_assign_rows(
    const double *x, int64_t n, int64_t d, const void *narrow, int64_t k, void *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil:
    return kmf_narrow_assign_rows(x, n, d, narrow, k, scratch, labels, undecided)


cdef int64_t narrow_assign_two_rows(
    const double *x, int64_t n, int64_t d, const void *narrow, int64_t k, void *scratch,
    int32_t *labels, double *second, int32_t *undecided
) noexcept nogil:
    return kmf_narrow_assign_two_rows(x, n, d, narrow, k, scratch, labels, second, undecided)


cdef void decide_rows(
    const real *x, int64_t d, const int32_t *rows, int64_t count, const real *centers, int64_t k,
    double *scratch, int32_t *labels
) noexcept nogil:
    if real is float:
        kmf_decide_rows_f32(x, d, rows, count, centers, k, scratch, labels)
    else:
        kmf_decide_rows_f64(x, d, rows, count, centers, k, scratch, labels)


cdef void squared_distances(
    const real *x, int64_t n, int64_t d, const real *centers, const int32_t *labels, double *out
) noexcept nogil:
    if real is float:
        kmf_squared_distances_f32(x, n, d, centers, labels, out)
    else:
        kmf_squared_distances_f64(x, n, d, centers, labels, out)


cdef void distance_rows(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, real scale, real *scratch,
    real *out
) noexcept nogil:
    if real is float:
        kmf_distance_rows_f32(x, n, d, centers, k, scale, scratch, out)
    else:
        kmf_distance_rows_f64(x, n, d, centers, k, scale, scratch, out)


cdef int64_t accumulate_rows(
    const real *x, int64_t n, int64_t d, const double *weight, const int32_t *labels_old,
    const int32_t *labels_new, const double *scale, double low_scale, double weight_scale,
    int64_t *sums
) noexcept nogil:
    if real is float:
        return kmf_accumulate_rows_f32(
            x, n, d, weight, labels_old, labels_new, scale, low_scale, weight_scale, sums
        )
    else:
        return kmf_accumulate_rows_f64(
            x, n, d, weight, labels_old, labels_new, scale, low_scale, weight_scale, sums
        )


cdef void seed_step(
    const real *x, int64_t n, int64_t d, const real *points, int64_t count, bint pending,
    real scale, const double *weight, real *closest, real *scratch,
    const SeedSketch *sketch, double unit, const int64_t *words, int64_t *left
) noexcept nogil:
    cdef kmf_seed_sketch view
    cdef const kmf_seed_sketch *given = NULL
    if sketch != NULL:
        view = kmf_seed_sketch(
            sketch.codes, sketch.halves, sketch.radii, sketch.skip, sketch.points, sketch.limits,
            sketch.inverse, sketch.features
        )
        given = &view
    if real is float:
        kmf_seed_step_f32(
            x, n, d, points, count, pending, scale, weight, closest, scratch, given, unit, words,
            left
        )
    else:
        kmf_seed_step_f64(
            x, n, d, points, count, pending, scale, weight, closest, scratch, given, unit, words,
            left
        )


cdef void seed_count(
    const real *closest, const double *weight, int64_t n, double unit, int64_t *words
) noexcept nogil:
    if real is float:
        kmf_seed_count_f32(closest, weight, n, unit, words)
    else:
        kmf_seed_count_f64(closest, weight, n, unit, words)


cdef int64_t seed_find(
    const real *closest, const double *weight, int64_t n, double unit, const int64_t *target
) noexcept nogil:
    if real is float:
        return kmf_seed_find_f32(closest, weight, n, unit, target)
    else:
        return kmf_seed_find_f64(closest, weight, n, unit, target)


cdef double seed_encode_rows(
    const real *x, int64_t n, int64_t d, int64_t features, double scale, const double *middle,
    double inverse, int8_t *scratch, uint8_t *codes, int32_t *halves, float *radii
) noexcept nogil:
    if real is float:
        return kmf_seed_encode_rows_f32(
            x, n, d, features, scale, middle, inverse, scratch, codes, halves, radii
        )
    else:
        return kmf_seed_encode_rows_f64(
            x, n, d, features, scale, middle, inverse, scratch, codes, halves, radii
        )


cdef void seed_encode_points(
    const real *points, int64_t count, int64_t d, int64_t features, double scale,
    const double *middle, double inverse, int8_t *codes, int32_t *limits
) noexcept nogil:
    if real is float:
        kmf_seed_encode_points_f32(
            points, count, d, features, scale, middle, inverse, codes, limits
        )
    else:
        kmf_seed_encode_points_f64(
            points, count, d, features, scale, middle, inverse, codes, limits
        )


cdef int64_t list_unsettled(
    const int32_t *labels, const float *upper, const float *lower, int64_t n,
    const double *travelled, const double *half, double fall, int32_t *rows
) noexcept nogil:
    return kmf_list_unsettled(labels, upper, lower, n, travelled, half, fall, rows)


cdef int64_t tighten_rows(
    const real *x, int64_t d, const real *centers, const int32_t *labels, float *upper,
    const float *lower, const double *travelled, const double *half, double fall, int32_t *rows,
    int64_t count
) noexcept nogil:
    if real is float:
        return kmf_tighten_rows_f32(
            x, d, centers, labels, upper, lower, travelled, half, fall, rows, count
        )
    else:
        return kmf_tighten_rows_f64(
            x, d, centers, labels, upper, lower, travelled, half, fall, rows, count
        )


cdef void set_bounds(
    const real *x, int64_t n, int64_t d, const real *centers, const int32_t *labels,
    const double *second, const double *travelled, double fall, float *upper, float *lower
) noexcept nogil:
    if real is float:
        kmf_set_bounds_f32(
            x, n, d, centers, labels, second, travelled, fall, upper, lower
        )
    else:
        kmf_set_bounds_f64(
            x, n, d, centers, labels, second, travelled, fall, upper, lower
        )


cdef void gather_rows(
    const real *x, int64_t d, const int32_t *rows, int64_t count, real *out
) noexcept nogil:
    if real is float:
        kmf_gather_rows_f32(x, d, rows, count, out)
    else:
        kmf_gather_rows_f64(x, d, rows, count, out)


cdef int64_t filter_centers(
    const double *box, int64_t d, const double *centers, const int32_t *ids, int64_t count,
    int64_t stride, double *values, double *kept, int32_t *kept_ids
) noexcept nogil:
    return kmf_filter_centers(box, d, centers, ids, count, stride, values, kept, kept_ids)


cdef void bounding_box(const real *x, int64_t n, int64_t d, double *box) noexcept nogil:
    if real is float:
        kmf_bounding_box_f32(x, n, d, box)
    else:
        kmf_bounding_box_f64(x, n, d, box)


cdef void feature_range(const real *x, int64_t n, int64_t d, real *range) noexcept nogil:
    if real is float:
        kmf_feature_range_f32(x, n, d, range)
    else:
        kmf_feature_range_f64(x, n, d, range)


cdef void feature_sums(
    const real *x, int64_t n, int64_t d, const double *weight, const double *mean, double *sums,
    double *squares
) noexcept nogil:
    if real is float:
        kmf_feature_sums_f32(x, n, d, weight, mean, sums, squares)
    else:
        kmf_feature_sums_f64(x, n, d, weight, mean, sums, squares)


cdef void add_moments(
    const real *x, int64_t n, int64_t d, const double *weight, const double *origin,
    const double *scale, double low_scale, double weight_scale, int64_t *sums, double *squares
) noexcept nogil:
    if real is float:
        kmf_add_moments_f32(
            x, n, d, weight, origin, scale, low_scale, weight_scale, sums, squares
        )
    else:
        kmf_add_moments_f64(
            x, n, d, weight, origin, scale, low_scale, weight_scale, sums, squares
        )


cdef void elkan_moves(
    const real *before, const real *after, int64_t k, int64_t d, double *moves
) noexcept nogil:
    if real is float:
        kmf_elkan_moves_f32(before, after, k, d, moves)
    else:
        kmf_elkan_moves_f64(before, after, k, d, moves)


cdef int64_t elkan_scan(
    const Elkan *elkan, const int32_t *labels, int64_t n, int32_t *active
) noexcept nogil:
    return kmf_elkan_scan(<const kmf_elkan *> elkan, labels, n, active)


cdef int64_t elkan_rows(
    const Elkan *elkan, const real *x, const real *centers, const int32_t *active,
    int64_t count, void *scratch, int32_t *labels, int32_t *dense, int64_t *n_dense
) noexcept nogil:
    if real is float:
        return kmf_elkan_rows_f32(
            <const kmf_elkan *> elkan, x, centers, active, count, scratch, labels, dense, n_dense
        )
    else:
        return kmf_elkan_rows_f64(
            <const kmf_elkan *> elkan, x, centers, active, count, scratch, labels, dense, n_dense
        )


cdef int64_t elkan_values(const real *x, int64_t k) noexcept nogil:
    if real is float:
        return kmf_elkan_values_f32(k)
    else:
        return kmf_elkan_values_f64(k)


cdef int64_t elkan_tile(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, real *scratch,
    real *values, int32_t *labels, int32_t *undecided
) noexcept nogil:
    if real is float:
        return kmf_elkan_tile_f32(x, n, d, packed, k, scratch, values, labels, undecided)
    else:
        return kmf_elkan_tile_f64(x, n, d, packed, k, scratch, values, labels, undecided)


cdef void elkan_store(
    const Elkan *elkan, const real *x, int64_t n, const real *centers, const real *values,
    const int32_t *labels, const int32_t *rows
) noexcept nogil:
    if real is float:
        kmf_elkan_store_f32(<const kmf_elkan *> elkan, x, n, centers, values, labels, rows)
    else:
        kmf_elkan_store_f64(<const kmf_elkan *> elkan, x, n, centers, values, labels, rows)


cdef void elkan_store_two(
    const Elkan *elkan, const real *x, int64_t n, const real *centers, const double *second,
    const int32_t *labels, const int32_t *rows
) noexcept nogil:
    if real is float:
        kmf_elkan_store_two_f32(<const kmf_elkan *> elkan, x, n, centers, second, labels, rows)
    else:
        kmf_elkan_store_two_f64(<const kmf_elkan *> elkan, x, n, centers, second, labels, rows)


cdef void add_terms(
    const double *terms, const double *weight, int64_t n, int64_t *limbs
) noexcept nogil:
    kmf_add_terms(terms, weight, n, limbs)


cdef int64_t find_term(
    const double *terms, const double *weight, int64_t n, int64_t *limbs
) noexcept nogil:
    return kmf_find_term(terms, weight, n, limbs)


cdef void prefix_sums(
    const double *values, const double *weights, int64_t first, int64_t last, int64_t n,
    double shift, double scale, double *sums
) noexcept nogil:
    kmf_prefix_sums(values, weights, first, last, n, shift, scale, sums)


cdef int64_t cheapest_split(
    const double *sums, int64_t stride, const double *previous, int64_t low, int64_t high,
    int64_t end, double *least
) noexcept nogil:
    return kmf_cheapest_split(sums, stride, previous, low, high, end, least)


cdef void cheapest_splits(
    const double *sums, int64_t stride, const double *previous, int64_t low, int64_t high,
    int64_t end, int64_t n, double *least, int32_t *splits
) noexcept nogil:
    kmf_cheapest_splits(sums, stride, previous, low, high, end, n, least, splits)


cdef int64_t packed_codes_size(int64_t k, int64_t d) noexcept nogil:
    return kmf_packed_codes_size(k, d)


cdef void pack_codes(
    const Codes *centers, int64_t k, double spread, int32_t *packed
) noexcept nogil:
    kmf_pack_codes(<const kmf_codes *> centers, k, spread, packed)


cdef int64_t scan_codes(
    const Codes *codes, const int32_t *rows, int64_t count, const int32_t *packed, int64_t k,
    double center_spread, float *scratch, CodeTile *tile, Survivor *found
) noexcept nogil:
    return kmf_scan_codes(
        <const kmf_codes *> codes, rows, count, packed, k, center_spread, scratch,
        <kmf_code_tile *> tile, <kmf_survivor *> found
    )


cdef double encode_rows(
    const real *x, int64_t n, int64_t d, const double *shift, double scale, double *scratch,
    uint8_t *codes, float *step, float *square
) noexcept nogil:
    if real is float:
        return kmf_encode_rows_f32(x, n, d, shift, scale, scratch, codes, step, square)
    else:
        return kmf_encode_rows_f64(x, n, d, shift, scale, scratch, codes, step, square)


cdef int64_t verify_rows(
    const real *x, int64_t d, const real *centers, double scale, const int32_t *rows,
    int64_t count, const CodeTile *tile, const Survivor *found, int64_t n_found,
    const double *travelled, double fall, int32_t *labels, float *upper, float *lower
) noexcept nogil:
    if real is float:
        return kmf_verify_rows_f32(
            x, d, centers, scale, rows, count, <const kmf_code_tile *> tile,
            <const kmf_survivor *> found, n_found, travelled, fall, labels, upper, lower
        )
    else:
        return kmf_verify_rows_f64(
            x, d, centers, scale, rows, count, <const kmf_code_tile *> tile,
            <const kmf_survivor *> found, n_found, travelled, fall, labels, upper, lower
        )


cdef const char *isa_in_use() noexcept nogil:
    return kmf_chosen_isa()


cpdef str chosen_isa():
    """Name of the instruction set in use."""
    return kmf_chosen_isa().decode()


cpdef tuple available_isas():
    """Names of the instruction sets that this machine and this build have, best last."""
    cdef int isa
    return tuple([kmf_isa_name(isa).decode() for isa in range(16) if kmf_isa_name(isa) != NULL])


def check_isa_wish():
    """Refuse a KMEANS_FAST_ISA that cannot be granted: a test that forces one must get it."""
    wish = os.environ.get("KMEANS_FAST_ISA")
    if wish and wish not in available_isas():
        raise ValueError(
            f"KMEANS_FAST_ISA={wish!r} is not available here; expected one of "
            f"{', '.join(available_isas())}"
        )


assert sizeof(Elkan) == sizeof(kmf_elkan)
assert (ELKAN_EPOCHS, ELKAN_UNITS) == (KMF_ELKAN_EPOCHS, KMF_ELKAN_UNITS)
assert ELKAN_NO_EPOCH == KMF_ELKAN_NO_EPOCH
check_isa_wish()
