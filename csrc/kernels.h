/* The kernels of one instruction set: what kernels.c (fast arithmetic) and exact.c (arithmetic that
 * must be the same everywhere) provide, compiled once per element type and instruction set. */
#ifndef KMF_KERNELS_H
#define KMF_KERNELS_H

#include "kmf.h"
#include "real.h"

/* `halves` of the filter of greedy k-means++ (exact/seed_codes.h): the largest of a row that codes
 * say something about, a row that always passes, one that never does. */
enum { CODES_FAR = 1 << 28, CODES_ALWAYS = 1 << 30, CODES_NEVER = -(1 << 30) };

/* See kmf.h for what each of them does. */
typedef struct {
    int64_t (*packed_size)(int64_t k, int64_t d);
    void (*pack_centers)(const real *centers, int64_t k, int64_t d, real *packed);
    int64_t (*assign_rows)(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                           real *scratch, int32_t *labels, int32_t *undecided);
    int64_t (*assign_two_rows)(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                               real *scratch, int32_t *labels, double *second, int32_t *undecided);
#if KMF_REAL == 32 /* float64 rows through the float32 kernels */
    int64_t (*narrow_packed_size)(int64_t k, int64_t d);
    int (*narrow_pack)(const double *packed, int64_t k, int64_t d, void *narrow);
    int64_t (*narrow_assign_rows)(const double *x, int64_t n, int64_t d, const void *narrow,
                                  int64_t k, void *scratch, int32_t *labels, int32_t *undecided);
    int64_t (*narrow_assign_two_rows)(const double *x, int64_t n, int64_t d, const void *narrow,
                                      int64_t k, void *scratch, int32_t *labels, double *second,
                                      int32_t *undecided);
#endif
    void (*distance_rows)(const real *x, int64_t n, int64_t d, const real *centers, int64_t k,
                          real scale, real *scratch, real *out);
    void (*seed_step)(const real *x, int64_t n, int64_t d, const real *points, int64_t count,
                      int pending, real scale, const double *weight, real *closest, real *scratch,
                      const kmf_seed_sketch *sketch, double unit, const int64_t *words,
                      int64_t *left);
    void (*seed_count)(const real *closest, const double *weight, int64_t n, double unit,
                       int64_t *words);
    int64_t (*seed_find)(const real *closest, const double *weight, int64_t n, double unit,
                         const int64_t *target);
#if KMF_REAL == 32 /* codes are the same for both */
    int64_t (*packed_codes_size)(int64_t k, int64_t d);
    void (*pack_codes)(const kmf_codes *centers, int64_t k, double spread, int32_t *packed);
    int64_t (*scan_codes)(const kmf_codes *codes, const int32_t *rows, int64_t count,
                          const int32_t *packed, int64_t k, double center_spread, float *scratch,
                          kmf_code_tile *tile, kmf_survivor *found);
#endif
    void (*elkan_moves)(const real *before, const real *after, int64_t k, int64_t d, double *moves);
    int64_t (*elkan_scan)(const kmf_elkan *elkan, const int32_t *labels, int64_t n,
                          int32_t *active);
    int64_t (*elkan_values)(int64_t k);
    int64_t (*elkan_tile)(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                          real *scratch, real *values, int32_t *labels, int32_t *undecided);
    void (*elkan_store)(const kmf_elkan *elkan, const real *x, int64_t n, const real *centers,
                        const real *values, const int32_t *labels, const int32_t *rows);
    void (*elkan_store_two)(const kmf_elkan *elkan, const real *x, int64_t n, const real *centers,
                            const double *second, const int32_t *labels, const int32_t *rows);
} TYPED(fast_kernels);

typedef struct {
    void (*decide_rows)(const real *x, int64_t d, const int32_t *rows, int64_t n,
                        const real *centers, int64_t k, double *scratch, int32_t *labels);
    void (*squared_distances)(const real *x, int64_t n, int64_t d, const real *centers,
                              const int32_t *labels, double *out);
    int64_t (*accumulate_rows)(const real *x, int64_t n, int64_t d, const double *weight,
                               const int32_t *labels_old, const int32_t *labels_new,
                               const double *scale, double low_scale, double weight_scale,
                               int64_t *sums);
    int64_t (*list_unsettled)(const int32_t *labels, const float *upper, const float *lower,
                              int64_t n, const double *travelled, const double *half, double fall,
                              int32_t *rows);
    int64_t (*tighten_rows)(const real *x, int64_t d, const real *centers, const int32_t *labels,
                            float *upper, const float *lower, const double *travelled,
                            const double *half, double fall, int32_t *rows, int64_t count);
    void (*set_bounds)(const real *x, int64_t n, int64_t d, const real *centers,
                       const int32_t *labels, const double *second, const double *travelled,
                       double fall, float *upper, float *lower);
    void (*gather_rows)(const real *x, int64_t d, const int32_t *rows, int64_t count, real *out);
    int64_t (*filter_centers)(const double *box, int64_t d, const double *centers,
                              const int32_t *ids, int64_t count, int64_t stride, double *values,
                              double *kept, int32_t *kept_ids);
    void (*bounding_box)(const real *x, int64_t n, int64_t d, double *box);
    void (*feature_range)(const real *x, int64_t n, int64_t d, real *range);
    void (*feature_sums)(const real *x, int64_t n, int64_t d, const double *weight,
                         const double *mean, double *sums, double *squares);
    void (*add_moments)(const real *x, int64_t n, int64_t d, const double *weight,
                        const double *origin, const double *scale, double low_scale,
                        double weight_scale, int64_t *sums, double *squares);
#if KMF_REAL == 64
    void (*prefix_sums)(const double *values, const double *weights, int64_t first, int64_t last,
                        int64_t n, double shift, double scale, double *sums);
    int64_t (*cheapest_split)(const double *sums, int64_t stride, const double *previous,
                              int64_t low, int64_t high, int64_t end, double *least);
    void (*cheapest_splits)(const double *sums, int64_t stride, const double *previous, int64_t low,
                            int64_t high, int64_t end, int64_t n, double *least, int32_t *splits);
    void (*add_terms)(const double *terms, const double *weight, int64_t n, int64_t *limbs);
    int64_t (*find_term)(const double *terms, const double *weight, int64_t n, int64_t *limbs);
#endif
    double (*seed_encode_rows)(const real *x, int64_t n, int64_t d, int64_t features, double scale,
                               const double *middle, double inverse, int8_t *scratch,
                               uint8_t *codes, int32_t *halves, float *radii);
    void (*seed_encode_points)(const real *points, int64_t count, int64_t d, int64_t features,
                               double scale, const double *middle, double inverse, int8_t *codes,
                               int32_t *limits);
    double (*encode_rows)(const real *x, int64_t n, int64_t d, const double *shift, double scale,
                          double *scratch, uint8_t *codes, float *step, float *square);
    int64_t (*verify_rows)(const real *x, int64_t d, const real *centers, double scale,
                           const int32_t *rows, int64_t count, const kmf_code_tile *tile,
                           const kmf_survivor *found, int64_t n_found, const double *travelled,
                           double fall, int32_t *labels, float *upper, float *lower);
    int64_t (*elkan_rows)(const kmf_elkan *elkan, const real *x, const real *centers,
                          const int32_t *active, int64_t count, void *scratch, int32_t *labels,
                          int32_t *dense, int64_t *n_dense);
} TYPED(exact_kernels);

#endif
