/* The C API: serial primitives over blocks of rows, of float (suffix _f32) and double (_f64) data.
 *
 * Arrays are dense and row-major: x (n, d), centers (k, d), labels int32 (n,). `weight` may be
 * null. Nothing here allocates, starts threads or keeps state; no memory may overlap. n is at most
 * 2^31 - 1 a call. `scratch` has KMF_SCRATCH_ROWS * d elements. */
#ifndef KMF_H
#define KMF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KMF_SCRATCH_ROWS 64
#define KMF_SEED_ROWS 1024
#define KMF_SEED_FEATURES 4096

/* Room for the survivors of so many rows. */
#define KMF_SURVIVORS (32 * KMF_SCRATCH_ROWS)

/* Name of instruction set 0, 1, ...: null if this processor lacks it or there is no such one. */
const char *kmf_isa_name(int isa);

/* Name of the instruction set in use. */
const char *kmf_chosen_isa(void);

/* Limbs of an exact sum (exact/sum.h): an integer in units of 2^-1080, 40 bits in each limb. */
#define KMF_LIMBS 54

/* Add the products weight[i] * terms[i], each rounded once, to an exact sum. */
void kmf_add_terms(const double *terms, const double *weight, int64_t n, int64_t *limbs);

/* `limbs` is a negative exact sum and changes: the first of the terms, none of them negative, with
 * which it no longer is negative, or n. */
int64_t kmf_find_term(const double *terms, const double *weight, int64_t n, int64_t *limbs);

/* Weighted moments 0, 1 and 2 of the values before each of the n + 1 positions, about `shift` and
 * times `scale` (a power of two): six arrays of n + 1, see exact/ranges.h. Writes those from
 * `first` to `last`, which may be n; where `first` is positive, goes on from what is there. */
void kmf_prefix_sums(const double *values, const double *weights, int64_t first, int64_t last,
                     int64_t n, double shift, double scale, double *sums);

/* First position in [low, high), high <= end, with the least previous[position] + sum of squares of
 * the values from there to `end` about their mean; that goes to *least. `sums` from
 * kmf_prefix_sums, may begin at any position of its first array; `stride` is n + 1. */
int64_t kmf_cheapest_split(const double *sums, int64_t stride, const double *previous, int64_t low,
                           int64_t high, int64_t end, double *least);

/* The same for n <= 8 ends from `end` on; splits that are not before an end do not count. */
void kmf_cheapest_splits(const double *sums, int64_t stride, const double *previous, int64_t low,
                         int64_t high, int64_t end, int64_t n, double *least, int32_t *splits);
/* 8-bit codes of rows (exact/encode.h): per row 4 ceil(d / 4) bytes, step and squared norm; the
 * spread is the largest |residual| / step of them. */
typedef struct {
    int64_t d;
    const uint8_t *codes;
    const float *step, *square;
    double spread;
} kmf_codes;

/* Up to KMF_SCRATCH_ROWS rows that kmf_scan_codes works on. Squared distances are those of scaled
 * rows; thresholds and `least` are such less `square`, a lower bound on the squared norm. */
typedef struct {
    double upper[KMF_SCRATCH_ROWS]; /* in: bounds on the squared distance to some center */
    float threshold[KMF_SCRATCH_ROWS], least[KMF_SCRATCH_ROWS];
    float step[KMF_SCRATCH_ROWS], square[KMF_SCRATCH_ROWS]; /* twice the rows' steps */
    int32_t reach[KMF_SCRATCH_ROWS];
    int32_t margin;
    int32_t n_next; /* in: rows to be fetched meanwhile, of row_bytes from next + index row_bytes */
    const int32_t *next_rows;
    const char *next;
    int64_t row_bytes;
} kmf_code_tile;

/* A row of a tile and a center that can be nearest to it. */
typedef struct {
    int32_t row, center;
    float value;
} kmf_survivor;

/* int32 that kmf_pack_codes writes. */
int64_t kmf_packed_codes_size(int64_t k, int64_t d);

/* Lay out the codes of k centers; `spread` is that of the rows that they will meet. */
void kmf_pack_codes(const kmf_codes *centers, int64_t k, double spread, int32_t *packed);

/* Centers that can be nearest to each of `count` rows (indices into codes, at most
 * KMF_SCRATCH_ROWS): those whose lower bound is not above tile->threshold, ordered by center for
 * each row. Lower bounds of all others are at least tile->least. Returns how many; -1 if there
 * are more than KMF_SURVIVORS. scratch: 2 KMF_SCRATCH_ROWS ceil(d / 4) floats. */
int64_t kmf_scan_codes(const kmf_codes *codes, const int32_t *rows, int64_t count,
                       const int32_t *packed, int64_t k, double center_spread, float *scratch,
                       kmf_code_tile *tile, kmf_survivor *found);

/* Codes, steps and squared norms of n rows of scale (x - shift); returns their spread, infinite if
 * there is none. scratch: 8 d doubles, aligned to 64 bytes. */
double kmf_encode_rows_f32(const float *x, int64_t n, int64_t d, const double *shift, double scale,
                           double *scratch, uint8_t *codes, float *step, float *square);

/* Labels and bounds of the rows of a tile from their survivors. Returns how many distances that
 * took; the upper bounds of rows that had too many survivors become NaN. */
int64_t kmf_verify_rows_f32(const float *x, int64_t d, const float *centers, double scale,
                            const int32_t *rows, int64_t count, const kmf_code_tile *tile,
                            const kmf_survivor *found, int64_t n_found, const double *travelled,
                            double fall, int32_t *labels, float *upper, float *lower);

/* Reals that kmf_pack_centers writes. */
int64_t kmf_packed_size_f32(int64_t k, int64_t d);

/* Lay out centers (k, d) for assignment. */
void kmf_pack_centers_f32(const float *centers, int64_t k, int64_t d, float *packed);

/* Nearest center of each row, and the rows that rounding leaves undecided (indices into x, room for
 * n): their labels stand only after kmf_decide_rows. Returns how many those are. */
int64_t kmf_assign_rows_f32(const float *x, int64_t n, int64_t d, const float *packed, int64_t k,
                            float *scratch, int32_t *labels, int32_t *undecided);

/* The same, and a lower bound on the squared distance to every center but the nearest. */
int64_t kmf_assign_two_rows_f32(const float *x, int64_t n, int64_t d, const float *packed,
                                int64_t k, float *scratch, int32_t *labels, double *second,
                                int32_t *undecided);

/* float64 rows through the float32 kernels, more of which stay undecided. `narrow` has
 * kmf_narrow_packed_size bytes, aligned to 8, and is made of what kmf_pack_centers_f64 wrote; where
 * kmf_narrow_pack returns 0 the data are not for this. k is at least 2. Which dimensions it serves
 * kmf_narrow_packed_size says: 0 is none. */
int64_t kmf_narrow_packed_size(int64_t k, int64_t d);
int kmf_narrow_pack(const double *packed, int64_t k, int64_t d, void *narrow);
int64_t kmf_narrow_assign_rows(const double *x, int64_t n, int64_t d, const void *narrow, int64_t k,
                               void *scratch, int32_t *labels, int32_t *undecided);
int64_t kmf_narrow_assign_two_rows(const double *x, int64_t n, int64_t d, const void *narrow,
                                   int64_t k, void *scratch, int32_t *labels, double *second,
                                   int32_t *undecided);

/* Decide the labels of `count` rows of x by the defining sum; what stands there is the first guess
 * (any center). */
void kmf_decide_rows_f32(const float *x, int64_t d, const int32_t *rows, int64_t count,
                         const float *centers, int64_t k, double *scratch, int32_t *labels);

/* The defining sum of each row and the center that its label names. */
void kmf_squared_distances_f32(const float *x, int64_t n, int64_t d, const float *centers,
                               const int32_t *labels, double *out);

/* Euclidean distances to all centers, (n, k); `scale` is a power of two near 1 / max(|x|, |c|). */
void kmf_distance_rows_f32(const float *x, int64_t n, int64_t d, const float *centers, int64_t k,
                           float scale, float *scratch, float *out);

/* Move rows whose label changed between clusters in `sums` (int64, (k, 2, d + 1); the words are
 * explained in exact/accumulate.h). An old label of -1 only adds. Returns how many moved. */
int64_t kmf_accumulate_rows_f32(const float *x, int64_t n, int64_t d, const double *weight,
                                const int32_t *labels_old, const int32_t *labels_new,
                                const double *scale, double low_scale, double weight_scale,
                                int64_t *sums);

/* What tells seed_step which rows need not be looked at; made by seed_encode_rows and _points. */
typedef struct {
    const uint8_t *codes;
    int32_t *halves;
    const float *radii;
    uint8_t *skip;        /* passes that do without, 0 at first */
    const int8_t *points; /* of the points of seed_step */
    const int32_t *limits;
    double inverse;
    int64_t features;
} kmf_seed_sketch;

/* One pass of greedy k-means++ over a block of at most KMF_SEED_ROWS rows. points (1 + count, d):
 * the last seed, then candidates. Where `pending`, first lower `closest` to the squared distances
 * to the last seed. `words` are those of the weighted sum of `closest` after that, in the unit
 * `unit`, a power of two (kernels/seed_terms.h); write to `left` (count, 2) the words that each
 * candidate would leave. `sketch` may be null and changes no result. scratch:
 * 2 * KMF_SCRATCH_ROWS * d + 16 elements. */
void kmf_seed_step_f32(const float *x, int64_t n, int64_t d, const float *points, int64_t count,
                       int pending, float scale, const double *weight, float *closest,
                       float *scratch, const kmf_seed_sketch *sketch, double unit,
                       const int64_t *words, int64_t *left);

/* Write the two words of the weighted sum of `closest`, terms below 2^50 unit. */
void kmf_seed_count_f32(const float *closest, const double *weight, int64_t n, double unit,
                        int64_t *words);

/* The first row at which the running sum reaches the words of a positive target, or n. */
int64_t kmf_seed_find_f32(const float *closest, const double *weight, int64_t n, double unit,
                          const int64_t *target);

/* Codes of n rows, the first of a strip of 16, a byte for each of the first `features` <=
 * KMF_SEED_FEATURES: (scale * x - middle) * inverse, rounded; `halves` for `closest` infinite.
 * Strips and `halves` up to the next multiple of KMF_SCRATCH_ROWS, and a radius for each as many
 * rows, to which the largest of all is to be added, which is returned. scratch: features + 3. */
double kmf_seed_encode_rows_f32(const float *x, int64_t n, int64_t d, int64_t features,
                                double scale, const double *middle, double inverse, int8_t *scratch,
                                uint8_t *codes, int32_t *halves, float *radii);

/* Codes, `features` rounded up to fours each, and limits of points that are rows. */
void kmf_seed_encode_points_f32(const float *points, int64_t count, int64_t d, int64_t features,
                                double scale, const double *middle, double inverse, int8_t *codes,
                                int32_t *limits);

/* Hamerly's bounds (exact/bounds.h says what they hold): indices of the rows that they do not
 * settle; returns how many. */
int64_t kmf_list_unsettled(const int32_t *labels, const float *upper, const float *lower, int64_t n,
                           const double *travelled, const double *half, double fall, int32_t *rows);

/* Make the upper bounds of the listed rows tight; returns how many rows, now first in the list,
 * stay unsettled. */
int64_t kmf_tighten_rows_f32(const float *x, int64_t d, const float *centers, const int32_t *labels,
                             float *upper, const float *lower, const double *travelled,
                             const double *half, double fall, int32_t *rows, int64_t count);

/* Bounds of rows just assigned, from what kmf_assign_two_rows gives. */
void kmf_set_bounds_f32(const float *x, int64_t n, int64_t d, const float *centers,
                        const int32_t *labels, const double *second, const double *travelled,
                        double fall, float *upper, float *lower);

/* Copy the listed rows one after the other. */
void kmf_gather_rows_f32(const float *x, int64_t d, const int32_t *rows, int64_t count, float *out);

/* Those of `count` centers (double [feature][stride], numbered by `ids`, or 0, 1, ... if null) that
 * can be the nearest to a point of a box (d lows, d highs; d at most 64), in their order. `values`
 * has room for `stride`, a multiple of 8. Returns how many there are. */
int64_t kmf_filter_centers(const double *box, int64_t d, const double *centers, const int32_t *ids,
                           int64_t count, int64_t stride, double *values, double *kept,
                           int32_t *kept_ids);

/* Lows, then highs, of the features of some rows. */
void kmf_bounding_box_f32(const float *x, int64_t n, int64_t d, double *box);

/* Bounds of rows on their distances to centers: see elkan.h. */
enum { KMF_ELKAN_EPOCHS = 16, KMF_ELKAN_UNITS = 64, KMF_ELKAN_NO_EPOCH = 255 };

typedef struct {
    int64_t k, d;
    int64_t groups, group_size; /* of consecutive centers, at least one */
    int64_t stride;             /* of `paid`: groups rounded up to a multiple of 64 */
    int64_t most; /* groups that a row may leave to be compared one by one, fewer than all */
    int epoch;    /* of the bytes that are written now */
    const double *drift, *spread;         /* (k): S and W */
    const double *half;                   /* (k): half the distance to the nearest center */
    const float *gap_limit, *upper_limit; /* (k): W rounded up, half - S rounded down */
    const float *between;                 /* (k, k): below the distances of centers, or null */
    const double *since;                  /* (epochs, groups): movement since the epoch */
    const uint8_t *paid;                  /* (epochs, units, stride): the same in units */
    const double *unit;                   /* (units), descending by sqrt(2) */
    /* of the rows of this call */
    float *upper, *gap, *base;
    uint8_t *unit_of, *epoch_of, *bounds; /* (rows), (rows), (rows, groups) and 64 bytes more */
    uint8_t *used;                        /* (epochs, units): set where some row has that pair */
} kmf_elkan;

/* Upper bounds on the distances that centers moved: 0 for those that did not, infinity where a
 * square overflows. */
void kmf_elkan_moves_f32(const float *before, const float *after, int64_t k, int64_t d,
                         double *moves);

/* Rows that gap and upper do not settle. Returns how many. */
int64_t kmf_elkan_scan(const kmf_elkan *elkan, const int32_t *labels, int64_t n, int32_t *active);

/* Bring labels and bounds of `count` active rows up to date, but for those that have to be compared
 * with all centers, which are appended to `dense`. scratch: 17 k + 64 bytes. Returns how many
 * distances were evaluated. */
int64_t kmf_elkan_rows_f32(const kmf_elkan *elkan, const float *x, const float *centers,
                           const int32_t *active, int64_t count, void *scratch, int32_t *labels,
                           int32_t *dense, int64_t *n_dense);

/* Reals that kmf_elkan_tile writes to `values`. */
int64_t kmf_elkan_values_f32(int64_t k);

/* Compare at most KMF_SCRATCH_ROWS rows with all centers: nearest ones, rows undecided, values. */
int64_t kmf_elkan_tile_f32(const float *x, int64_t n, int64_t d, const float *packed, int64_t k,
                           float *scratch, float *values, int32_t *labels, int32_t *undecided);

/* Write the bounds of those rows, once their labels stand; rows[i] is where they are kept. */
void kmf_elkan_store_f32(const kmf_elkan *elkan, const float *x, int64_t n, const float *centers,
                         const float *values, const int32_t *labels, const int32_t *rows);

/* The same without bytes, from what kmf_assign_two_rows found. */
void kmf_elkan_store_two_f32(const kmf_elkan *elkan, const float *x, int64_t n,
                             const float *centers, const double *second, const int32_t *labels,
                             const int32_t *rows);

/* Raise range[f] to the largest |x_f|; infinity or NaN where a value is one. */
void kmf_feature_range_f32(const float *x, int64_t n, int64_t d, float *range);

/* Add w (x_f - mean_f) to sums[f] and w (x_f - mean_f)^2 to squares[f]. */
void kmf_feature_sums_f32(const float *x, int64_t n, int64_t d, const double *weight,
                          const double *mean, double *sums, double *squares);

/* Add all rows to the words of one cluster, `sums` (2, d + 1), as kmf_accumulate_rows does, and
 * write the defining sum of each row and `origin` (d) to `squares` (n). */
void kmf_add_moments_f32(const float *x, int64_t n, int64_t d, const double *weight,
                         const double *origin, const double *scale, double low_scale,
                         double weight_scale, int64_t *sums, double *squares);

/* The same for double. */
int64_t kmf_packed_size_f64(int64_t k, int64_t d);
void kmf_pack_centers_f64(const double *centers, int64_t k, int64_t d, double *packed);
int64_t kmf_assign_rows_f64(const double *x, int64_t n, int64_t d, const double *packed, int64_t k,
                            double *scratch, int32_t *labels, int32_t *undecided);
int64_t kmf_assign_two_rows_f64(const double *x, int64_t n, int64_t d, const double *packed,
                                int64_t k, double *scratch, int32_t *labels, double *second,
                                int32_t *undecided);
void kmf_decide_rows_f64(const double *x, int64_t d, const int32_t *rows, int64_t count,
                         const double *centers, int64_t k, double *scratch, int32_t *labels);
void kmf_squared_distances_f64(const double *x, int64_t n, int64_t d, const double *centers,
                               const int32_t *labels, double *out);
void kmf_distance_rows_f64(const double *x, int64_t n, int64_t d, const double *centers, int64_t k,
                           double scale, double *scratch, double *out);
int64_t kmf_accumulate_rows_f64(const double *x, int64_t n, int64_t d, const double *weight,
                                const int32_t *labels_old, const int32_t *labels_new,
                                const double *scale, double low_scale, double weight_scale,
                                int64_t *sums);
void kmf_seed_step_f64(const double *x, int64_t n, int64_t d, const double *points, int64_t count,
                       int pending, double scale, const double *weight, double *closest,
                       double *scratch, const kmf_seed_sketch *sketch, double unit,
                       const int64_t *words, int64_t *left);
void kmf_seed_count_f64(const double *closest, const double *weight, int64_t n, double unit,
                        int64_t *words);
int64_t kmf_seed_find_f64(const double *closest, const double *weight, int64_t n, double unit,
                          const int64_t *target);
double kmf_seed_encode_rows_f64(const double *x, int64_t n, int64_t d, int64_t features,
                                double scale, const double *middle, double inverse, int8_t *scratch,
                                uint8_t *codes, int32_t *halves, float *radii);
void kmf_seed_encode_points_f64(const double *points, int64_t count, int64_t d, int64_t features,
                                double scale, const double *middle, double inverse, int8_t *codes,
                                int32_t *limits);
int64_t kmf_tighten_rows_f64(const double *x, int64_t d, const double *centers,
                             const int32_t *labels, float *upper, const float *lower,
                             const double *travelled, const double *half, double fall,
                             int32_t *rows, int64_t count);
void kmf_set_bounds_f64(const double *x, int64_t n, int64_t d, const double *centers,
                        const int32_t *labels, const double *second, const double *travelled,
                        double fall, float *upper, float *lower);
void kmf_gather_rows_f64(const double *x, int64_t d, const int32_t *rows, int64_t count,
                         double *out);
void kmf_bounding_box_f64(const double *x, int64_t n, int64_t d, double *box);
void kmf_elkan_moves_f64(const double *before, const double *after, int64_t k, int64_t d,
                         double *moves);
int64_t kmf_elkan_rows_f64(const kmf_elkan *elkan, const double *x, const double *centers,
                           const int32_t *active, int64_t count, void *scratch, int32_t *labels,
                           int32_t *dense, int64_t *n_dense);
int64_t kmf_elkan_values_f64(int64_t k);
int64_t kmf_elkan_tile_f64(const double *x, int64_t n, int64_t d, const double *packed, int64_t k,
                           double *scratch, double *values, int32_t *labels, int32_t *undecided);
void kmf_elkan_store_f64(const kmf_elkan *elkan, const double *x, int64_t n, const double *centers,
                         const double *values, const int32_t *labels, const int32_t *rows);
void kmf_elkan_store_two_f64(const kmf_elkan *elkan, const double *x, int64_t n,
                             const double *centers, const double *second, const int32_t *labels,
                             const int32_t *rows);
void kmf_feature_range_f64(const double *x, int64_t n, int64_t d, double *range);
void kmf_feature_sums_f64(const double *x, int64_t n, int64_t d, const double *weight,
                          const double *mean, double *sums, double *squares);
void kmf_add_moments_f64(const double *x, int64_t n, int64_t d, const double *weight,
                         const double *origin, const double *scale, double low_scale,
                         double weight_scale, int64_t *sums, double *squares);
double kmf_encode_rows_f64(const double *x, int64_t n, int64_t d, const double *shift, double scale,
                           double *scratch, uint8_t *codes, float *step, float *square);
int64_t kmf_verify_rows_f64(const double *x, int64_t d, const double *centers, double scale,
                            const int32_t *rows, int64_t count, const kmf_code_tile *tile,
                            const kmf_survivor *found, int64_t n_found, const double *travelled,
                            double fall, int32_t *labels, float *upper, float *lower);

#ifdef __cplusplus
}
#endif

#endif
