/* The public functions of one element type: each calls the kernel of the instruction set in use. */
#include "isa.h"
#include "kernels.h"
#include "kmf.h"

extern const TYPED(fast_kernels) TYPED(kmf_fast_baseline);
extern const TYPED(exact_kernels) TYPED(kmf_exact_baseline);
#if defined(__x86_64__)
extern const TYPED(fast_kernels) TYPED(kmf_fast_avx2), TYPED(kmf_fast_avx512),
    TYPED(kmf_fast_avx512vnni);
extern const TYPED(exact_kernels) TYPED(kmf_exact_avx2), TYPED(kmf_exact_avx512),
    TYPED(kmf_exact_avx512vnni);
#endif

static const TYPED(fast_kernels) * fast(void) {
#if defined(__x86_64__)
    if (kmf_isa() == KMF_AVX512VNNI) return &TYPED(kmf_fast_avx512vnni);
    if (kmf_isa() == KMF_AVX512) return &TYPED(kmf_fast_avx512);
    if (kmf_isa() == KMF_AVX2) return &TYPED(kmf_fast_avx2);
#endif
    return &TYPED(kmf_fast_baseline);
}

static const TYPED(exact_kernels) * exact(void) {
#if defined(__x86_64__)
    if (kmf_isa() == KMF_AVX512VNNI) return &TYPED(kmf_exact_avx512vnni);
    if (kmf_isa() == KMF_AVX512) return &TYPED(kmf_exact_avx512);
    if (kmf_isa() == KMF_AVX2) return &TYPED(kmf_exact_avx2);
#endif
    return &TYPED(kmf_exact_baseline);
}

#if KMF_REAL == 32
int64_t kmf_packed_codes_size(int64_t k, int64_t d) { return fast()->packed_codes_size(k, d); }

void kmf_pack_codes(const kmf_codes *centers, int64_t k, double spread, int32_t *packed) {
    fast()->pack_codes(centers, k, spread, packed);
}

int64_t kmf_scan_codes(const kmf_codes *codes, const int32_t *rows, int64_t count,
                       const int32_t *packed, int64_t k, double center_spread, float *scratch,
                       kmf_code_tile *tile, kmf_survivor *found) {
    return fast()->scan_codes(codes, rows, count, packed, k, center_spread, scratch, tile, found);
}

#endif

#if KMF_REAL == 64
void kmf_add_terms(const double *terms, const double *weight, int64_t n, int64_t *limbs) {
    exact()->add_terms(terms, weight, n, limbs);
}

int64_t kmf_find_term(const double *terms, const double *weight, int64_t n, int64_t *limbs) {
    return exact()->find_term(terms, weight, n, limbs);
}

void kmf_prefix_sums(const double *values, const double *weights, int64_t first, int64_t last,
                     int64_t n, double shift, double scale, double *sums) {
    exact()->prefix_sums(values, weights, first, last, n, shift, scale, sums);
}

int64_t kmf_cheapest_split(const double *sums, int64_t stride, const double *previous, int64_t low,
                           int64_t high, int64_t end, double *least) {
    return exact()->cheapest_split(sums, stride, previous, low, high, end, least);
}

void kmf_cheapest_splits(const double *sums, int64_t stride, const double *previous, int64_t low,
                         int64_t high, int64_t end, int64_t n, double *least, int32_t *splits) {
    exact()->cheapest_splits(sums, stride, previous, low, high, end, n, least, splits);
}

int64_t kmf_elkan_scan(const kmf_elkan *elkan, const int32_t *labels, int64_t n, int32_t *active) {
    return fast()->elkan_scan(elkan, labels, n, active);
}
#endif

int64_t TYPED(kmf_packed_size)(int64_t k, int64_t d) { return fast()->packed_size(k, d); }

void TYPED(kmf_pack_centers)(const real *centers, int64_t k, int64_t d, real *packed) {
    fast()->pack_centers(centers, k, d, packed);
}

int64_t TYPED(kmf_assign_rows)(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                               real *scratch, int32_t *labels, int32_t *undecided) {
    return fast()->assign_rows(x, n, d, packed, k, scratch, labels, undecided);
}

int64_t TYPED(kmf_assign_two_rows)(const real *x, int64_t n, int64_t d, const real *packed,
                                   int64_t k, real *scratch, int32_t *labels, double *second,
                                   int32_t *undecided) {
    return fast()->assign_two_rows(x, n, d, packed, k, scratch, labels, second, undecided);
}

#if KMF_REAL == 32
int64_t kmf_narrow_packed_size(int64_t k, int64_t d) { return fast()->narrow_packed_size(k, d); }

int kmf_narrow_pack(const double *packed, int64_t k, int64_t d, void *narrow) {
    return fast()->narrow_pack(packed, k, d, narrow);
}

int64_t kmf_narrow_assign_rows(const double *x, int64_t n, int64_t d, const void *narrow, int64_t k,
                               void *scratch, int32_t *labels, int32_t *undecided) {
    return fast()->narrow_assign_rows(x, n, d, narrow, k, scratch, labels, undecided);
}

int64_t kmf_narrow_assign_two_rows(const double *x, int64_t n, int64_t d, const void *narrow,
                                   int64_t k, void *scratch, int32_t *labels, double *second,
                                   int32_t *undecided) {
    return fast()->narrow_assign_two_rows(x, n, d, narrow, k, scratch, labels, second, undecided);
}
#endif

void TYPED(kmf_decide_rows)(const real *x, int64_t d, const int32_t *rows, int64_t count,
                            const real *centers, int64_t k, double *scratch, int32_t *labels) {
    exact()->decide_rows(x, d, rows, count, centers, k, scratch, labels);
}

void TYPED(kmf_squared_distances)(const real *x, int64_t n, int64_t d, const real *centers,
                                  const int32_t *labels, double *out) {
    exact()->squared_distances(x, n, d, centers, labels, out);
}

void TYPED(kmf_distance_rows)(const real *x, int64_t n, int64_t d, const real *centers, int64_t k,
                              real scale, real *scratch, real *out) {
    fast()->distance_rows(x, n, d, centers, k, scale, scratch, out);
}

int64_t TYPED(kmf_accumulate_rows)(const real *x, int64_t n, int64_t d, const double *weight,
                                   const int32_t *labels_old, const int32_t *labels_new,
                                   const double *scale, double low_scale, double weight_scale,
                                   int64_t *sums) {
    return exact()->accumulate_rows(x, n, d, weight, labels_old, labels_new, scale, low_scale,
                                    weight_scale, sums);
}

void TYPED(kmf_seed_step)(const real *x, int64_t n, int64_t d, const real *points, int64_t count,
                          int pending, real scale, const double *weight, real *closest,
                          real *scratch, const kmf_seed_sketch *sketch, double unit,
                          const int64_t *words, int64_t *left) {
    fast()->seed_step(x, n, d, points, count, pending, scale, weight, closest, scratch, sketch,
                      unit, words, left);
}

void TYPED(kmf_seed_count)(const real *closest, const double *weight, int64_t n, double unit,
                           int64_t *words) {
    fast()->seed_count(closest, weight, n, unit, words);
}

int64_t TYPED(kmf_seed_find)(const real *closest, const double *weight, int64_t n, double unit,
                             const int64_t *target) {
    return fast()->seed_find(closest, weight, n, unit, target);
}

double TYPED(kmf_seed_encode_rows)(const real *x, int64_t n, int64_t d, int64_t features,
                                   double scale, const double *middle, double inverse,
                                   int8_t *scratch, uint8_t *codes, int32_t *halves, float *radii) {
    return exact()->seed_encode_rows(x, n, d, features, scale, middle, inverse, scratch, codes,
                                     halves, radii);
}

void TYPED(kmf_seed_encode_points)(const real *points, int64_t count, int64_t d, int64_t features,
                                   double scale, const double *middle, double inverse,
                                   int8_t *codes, int32_t *limits) {
    exact()->seed_encode_points(points, count, d, features, scale, middle, inverse, codes, limits);
}

#if KMF_REAL == 64
int64_t kmf_list_unsettled(const int32_t *labels, const float *upper, const float *lower, int64_t n,
                           const double *travelled, const double *half, double fall,
                           int32_t *rows) {
    return exact()->list_unsettled(labels, upper, lower, n, travelled, half, fall, rows);
}
#endif

int64_t TYPED(kmf_tighten_rows)(const real *x, int64_t d, const real *centers,
                                const int32_t *labels, float *upper, const float *lower,
                                const double *travelled, const double *half, double fall,
                                int32_t *rows, int64_t count) {
    return exact()->tighten_rows(x, d, centers, labels, upper, lower, travelled, half, fall, rows,
                                 count);
}

void TYPED(kmf_set_bounds)(const real *x, int64_t n, int64_t d, const real *centers,
                           const int32_t *labels, const double *second, const double *travelled,
                           double fall, float *upper, float *lower) {
    exact()->set_bounds(x, n, d, centers, labels, second, travelled, fall, upper, lower);
}

void TYPED(kmf_gather_rows)(const real *x, int64_t d, const int32_t *rows, int64_t count,
                            real *out) {
    exact()->gather_rows(x, d, rows, count, out);
}

#if KMF_REAL == 64
int64_t kmf_filter_centers(const double *box, int64_t d, const double *centers, const int32_t *ids,
                           int64_t count, int64_t stride, double *values, double *kept,
                           int32_t *kept_ids) {
    return exact()->filter_centers(box, d, centers, ids, count, stride, values, kept, kept_ids);
}
#endif

void TYPED(kmf_bounding_box)(const real *x, int64_t n, int64_t d, double *box) {
    exact()->bounding_box(x, n, d, box);
}

void TYPED(kmf_feature_range)(const real *x, int64_t n, int64_t d, real *range) {
    exact()->feature_range(x, n, d, range);
}

void TYPED(kmf_feature_sums)(const real *x, int64_t n, int64_t d, const double *weight,
                             const double *mean, double *sums, double *squares) {
    exact()->feature_sums(x, n, d, weight, mean, sums, squares);
}

void TYPED(kmf_add_moments)(const real *x, int64_t n, int64_t d, const double *weight,
                            const double *origin, const double *scale, double low_scale,
                            double weight_scale, int64_t *sums, double *squares) {
    exact()->add_moments(x, n, d, weight, origin, scale, low_scale, weight_scale, sums, squares);
}

double TYPED(kmf_encode_rows)(const real *x, int64_t n, int64_t d, const double *shift,
                              double scale, double *scratch, uint8_t *codes, float *step,
                              float *square) {
    return exact()->encode_rows(x, n, d, shift, scale, scratch, codes, step, square);
}

int64_t TYPED(kmf_verify_rows)(const real *x, int64_t d, const real *centers, double scale,
                               const int32_t *rows, int64_t count, const kmf_code_tile *tile,
                               const kmf_survivor *found, int64_t n_found, const double *travelled,
                               double fall, int32_t *labels, float *upper, float *lower) {
    return exact()->verify_rows(x, d, centers, scale, rows, count, tile, found, n_found, travelled,
                                fall, labels, upper, lower);
}

void TYPED(kmf_elkan_moves)(const real *before, const real *after, int64_t k, int64_t d,
                            double *moves) {
    fast()->elkan_moves(before, after, k, d, moves);
}

int64_t TYPED(kmf_elkan_rows)(const kmf_elkan *elkan, const real *x, const real *centers,
                              const int32_t *active, int64_t count, void *scratch, int32_t *labels,
                              int32_t *dense, int64_t *n_dense) {
    return exact()->elkan_rows(elkan, x, centers, active, count, scratch, labels, dense, n_dense);
}

int64_t TYPED(kmf_elkan_values)(int64_t k) { return fast()->elkan_values(k); }

int64_t TYPED(kmf_elkan_tile)(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                              real *scratch, real *values, int32_t *labels, int32_t *undecided) {
    return fast()->elkan_tile(x, n, d, packed, k, scratch, values, labels, undecided);
}

void TYPED(kmf_elkan_store)(const kmf_elkan *elkan, const real *x, int64_t n, const real *centers,
                            const real *values, const int32_t *labels, const int32_t *rows) {
    fast()->elkan_store(elkan, x, n, centers, values, labels, rows);
}

void TYPED(kmf_elkan_store_two)(const kmf_elkan *elkan, const real *x, int64_t n,
                                const real *centers, const double *second, const int32_t *labels,
                                const int32_t *rows) {
    fast()->elkan_store_two(elkan, x, n, centers, second, labels, rows);
}
