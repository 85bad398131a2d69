/* The kernels, as tables of functions: what csrc offers to the Cython layer, and the only place
 * where a kernel is declared. For each instruction set there are six tables:
 *
 *              of one element type (typed_tables.h)     without an element type
 *     fast     kmf_fast_f32, kmf_fast_f64 (fast.c)      kmf_fast_common (fast_common.c)
 *     exact    kmf_exact_f32, kmf_exact_f64 (exact.c)   kmf_exact_common (exact_common.c)
 *
 * Kernels are serial primitives over blocks of rows. Arrays are dense and row-major: x (n, d),
 * centers (k, d), labels int32 (n,). `weight` may be null. No kernel allocates, starts threads or
 * keeps state; no memory may overlap. n is at most 2^31 - 1 per call. `scratch` has
 * KMF_SCRATCH_ROWS * d elements unless stated otherwise. */
#ifndef KMF_TABLES_H
#define KMF_TABLES_H

#include "isa.h"
#include "structs.h"

#define KMF_TYPED(name) name##_f32
#define real float
#include "typed_tables.h"
#undef real
#undef KMF_TYPED

#define KMF_TYPED(name) name##_f64
#define real double
#include "typed_tables.h"
#undef real
#undef KMF_TYPED

typedef struct {
    /* float64 rows through the float32 kernels, which leave more of them undecided. `narrow` has
     * float32_packed_size bytes, aligned to 8; float32_pack makes it from the output of
     * pack_centers of float64, and returns 0 if the data are not suitable. k is at least 2.
     * float32_packed_size is 0 for numbers of features that have no such kernel. */
    int64_t (*float32_packed_size)(int64_t k, int64_t d);
    int (*float32_pack)(const double *packed, int64_t k, int64_t d, void *narrow);
    int64_t (*float32_assign_rows)(const double *x, int64_t n, int64_t d, const void *narrow,
                                   int64_t k, void *scratch, int32_t *labels, int32_t *undecided);
    int64_t (*float32_assign_two_rows)(const double *x, int64_t n, int64_t d, const void *narrow,
                                       int64_t k, void *scratch, int32_t *labels, double *second,
                                       int32_t *undecided);

    /* float32 rows through 16-bit integers, which leave more of them undecided. `packed` has
     * int16_packed_size int32, 0 where the processor has no such kernel. `shift` is any point, as
     * int16_shift finds it (room for 2 d). int16_pack returns 0 if the data are not suitable; rows
     * longer than `length`, relative to the shift, may be undecided; longest_row measures rows.
     * The first element of `packed` is the float32 scale of the rows. k is at least 2.
     * scratch: KMF_SCRATCH_ROWS (d + 3) floats. */
    int64_t (*int16_packed_size)(int64_t k, int64_t d);
    void (*int16_shift)(const float *centers, int64_t k, int64_t d, float *shift);
    double (*longest_row)(const float *x, int64_t n, int64_t d, const float *shift);
    int (*int16_pack)(const float *centers, int64_t k, int64_t d, const float *shift, double length,
                      int32_t *packed);
    int64_t (*int16_assign_rows)(const float *x, int64_t n, int64_t d, const int32_t *packed,
                                 int64_t k, float *scratch, int32_t *labels, int32_t *undecided);

    /* The same in two steps: rows as integers, int16_tile_size int32 for KMF_SCRATCH_ROWS rows, for
     * any centers that are packed with the same shift and scale. */
    int64_t (*int16_tile_size)(int64_t d);
    void (*int16_rows)(const float *x, int64_t n, int64_t d, const int32_t *packed, float *scratch,
                       int32_t *tiles);
    int64_t (*int16_assign_tiles)(const int32_t *tiles, int64_t n, int64_t d, const int32_t *packed,
                                  int64_t k, int32_t *labels, int32_t *undecided);

    /* Lay out the codes of k centers, in packed_codes_size int32; `spread` is that of the rows to
     * compare. */
    int64_t (*packed_codes_size)(int64_t k, int64_t d);
    void (*pack_codes)(const kmf_sketch *centers, int64_t k, double spread, int32_t *packed);

    /* Centers that can be nearest to each of `count` rows (indices into the sketch, at most
     * KMF_SCRATCH_ROWS): those whose lower bound is not above tile->threshold, ordered by center
     * for each row. Lower bounds of all others are at least tile->least. Returns how
     * many; -1 if there are too many for KMF_SURVIVORS. scratch: 2 KMF_SCRATCH_ROWS ceil(d / 4)
     * floats. */
    int64_t (*scan_codes)(const kmf_sketch *codes, const int32_t *rows, int64_t count,
                          const int32_t *packed, int64_t k, double center_spread, float *scratch,
                          kmf_scan_tile *tile, kmf_survivor *found);

    /* The same for sketches of float32 values. scratch: 2 KMF_SCRATCH_ROWS d floats. */
    int64_t (*packed_sketch_size)(int64_t k, int64_t d);
    void (*pack_sketch)(const kmf_sketch *centers, int64_t k, float *packed);
    int64_t (*scan_sketch)(const kmf_sketch *sketch, const int32_t *rows, int64_t count,
                           const float *packed, int64_t k, float *scratch, kmf_scan_tile *tile,
                           kmf_survivor *found);

    /* Products of at most KMF_SCRATCH_ROWS rows and m directions, packed in d times m rounded up to
     * sixes, to out[row stride + direction]. scratch: KMF_SCRATCH_ROWS (d + m + 5). */
    void (*pack_directions)(const float *directions, int64_t m, int64_t d, float *packed);
    void (*project_rows)(const float *x, int64_t n, int64_t d, const float *packed, int64_t m,
                         float *scratch, int64_t stride, float *out);
} kmf_fast_common;

typedef struct {
    /* Add the products weight[i] * terms[i], each rounded once, to an exact sum of KMF_LIMBS limbs
     * (exact/sum.h). */
    void (*add_terms)(const double *terms, const double *weight, int64_t n, int64_t *limbs);

    /* `limbs` is a negative exact sum and changes: the first of the terms, none of them negative,
     * with which it is no longer negative, or n. */
    int64_t (*find_term)(const double *terms, const double *weight, int64_t n, int64_t *limbs);

    /* Write the mean of a cluster, given its words (2 layers, d + 1), and return its weight; zeros
     * if it is empty. */
    double (*cluster_mean)(const int64_t *words, int64_t d, const kmf_grid *grid, double *mean);

    /* The same for the mean of all batches so far (exact/running_mean.h): `running` (2, d + 1) is
     * multiplied by `factor`, and the words of a batch are added, whose weights are in `unit`. The
     * mean means something where the batch has weight. */
    double (*running_mean)(const int64_t *words, int64_t d, const kmf_grid *grid, double unit,
                           double factor, double *running, double *mean);

    /* Indices of the rows that Hamerly's bounds (exact/hamerly_bounds.h) do not settle; returns how
     * many. */
    int64_t (*list_unsettled)(const int32_t *labels, const float *upper, const float *lower,
                              int64_t n, const double *travelled, const double *half, double fall,
                              int32_t *rows);

    /* The rows that the gaps and upper bounds of Elkan's assignment do not settle. Returns how
     * many. */
    int64_t (*elkan_scan)(const kmf_elkan *elkan, const int32_t *labels, int64_t n,
                          int32_t *active);

    /* Those of `count` centers (double [feature][stride], numbered by `ids`, or 0, 1, ... if null)
     * that can be the nearest to a point of a box (d lows, d highs; d at most 64), in their order.
     * `values` has room for `stride`, a multiple of 8. Returns how many there are. */
    int64_t (*filter_centers)(const double *box, int64_t d, const double *centers,
                              const int32_t *ids, int64_t count, int64_t stride, double *values,
                              double *kept, int32_t *kept_ids);

    /* Write the last of the d values of sketches, the length of what the others leave of rows whose
     * squared lengths are `squares`, and lower bounds `square` on the squared lengths of the
     * sketches (exact/sketch_lengths.h). */
    void (*sketch_rest)(const double *squares, int64_t n, int64_t d, double eta, float *values,
                        float *square);

    /* Weighted moments 0, 1 and 2 of the values before each of the n + 1 positions, about `shift`
     * and times `scale` (a power of two): six arrays of n + 1, see exact/kmeans_1d.h. Writes those
     * from `first` to `last`, which may be n; where `first` is positive, continues from the
     * sums there. */
    void (*prefix_sums)(const double *values, const double *weights, int64_t first, int64_t last,
                        int64_t n, double shift, double scale, double *sums);

    /* First position in [low, high), high <= end, with the least previous[position] + sum of
     * squares of the values from there to `end` about their mean; writes that sum to *least. `sums`
     * from prefix_sums, may begin at any position of its first array; `stride` is n + 1. */
    int64_t (*cheapest_split)(const double *sums, int64_t stride, const double *previous,
                              int64_t low, int64_t high, int64_t end, double *least);

    /* The same for n <= 8 ends from `end` on; splits that are not before an end do not count. */
    void (*cheapest_splits)(const double *sums, int64_t stride, const double *previous, int64_t low,
                            int64_t high, int64_t end, int64_t n, double *least, int32_t *splits);
} kmf_exact_common;

/* All tables of one instruction set. */
typedef struct {
    const kmf_fast_f32 *fast_f32;
    const kmf_fast_f64 *fast_f64;
    const kmf_fast_common *fast_common;
    const kmf_exact_f32 *exact_f32;
    const kmf_exact_f64 *exact_f64;
    const kmf_exact_common *exact_common;
} kmf_tables;

/* The processor must have the instruction set (kmf_isa_name). */
const kmf_tables *kmf_tables_of(enum kmf_isa isa);

#endif
