/* The kernels of one element type, `real`. tables.h includes this text once for float and once for
 * double: so it has no guard.
 *
 * fast: may contract to FMA (fast.c).  exact: the same bits on every instruction set (exact.c). */
#ifndef KMF_TYPED /* where an editor opens this file alone */
#include "structs.h"
#define KMF_TYPED(name) name
typedef float real;
#endif

typedef struct {
    /* Lay out centers (k, d) for assignment, in packed_size reals. */
    int64_t (*packed_size)(int64_t k, int64_t d);
    void (*pack_centers)(const real *centers, int64_t k, int64_t d, real *packed);

    /* Nearest center of each row, and the rows that rounding leaves undecided (indices into x, room
     * for n): their labels are final only after decide_rows. Returns their number. */
    int64_t (*assign_rows)(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                           real *scratch, int32_t *labels, int32_t *undecided);

    /* The same, and a lower bound on the squared distance to every center but the nearest. */
    int64_t (*assign_two_rows)(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                               real *scratch, int32_t *labels, double *second, int32_t *undecided);

    /* Euclidean distances to all centers, (n, k); `scale` is a power of two near 1 / max(|x|, |c|).
     */
    void (*distance_rows)(const real *x, int64_t n, int64_t d, const real *centers, int64_t k,
                          real scale, real *scratch, real *out);

    /* One pass of greedy k-means++ over a block of at most KMF_SEED_ROWS rows. points (1 + count,
     * d): the last seed, then candidates. Where `pending`, first lower `closest` to the squared
     * distances to the last seed. `words` are those of the weighted sum of `closest` after that, in
     * the unit `unit`, a power of two (fast/seed_terms.h). Writes to `left` (count, 2) the words
     * that each candidate would leave. `seed_codes` may be null and changes no result. Without
     * codes, writes the squared distances to the candidates to `kept` (count, stride) unless it is
     * null. scratch: 2 KMF_SCRATCH_ROWS d + 16 elements. */
    void (*seed_step)(const real *x, int64_t n, int64_t d, const real *points, int64_t count,
                      int pending, real scale, const double *weight, real *closest, real *scratch,
                      const kmf_seed_codes *seed_codes, double unit, const int64_t *words,
                      int64_t *left, real *kept, int64_t stride);

    /* Candidates of greedy k-means++ by the codes alone: `seed_codes` has those of `count` points,
     * at most 12, and halves that `closest`, finite, includes. Marks rows that may come closer, one
     * bit each, in `marks` (count, KMF_SEED_ROWS / 64); writes to `bounds` (count) at least what
     * the weighted sum of `closest` can fall by, up to 2^-16 of it. Returns the rows with a mark.
     */
    int64_t (*seed_bound)(const kmf_seed_codes *seed_codes, int64_t n, int64_t count,
                          const double *weight, const real *closest, uint64_t *marks,
                          double *bounds);

    /* The words `left` (blocks, 2) that one candidate would leave in blocks of KMF_SEED_ROWS rows,
     * of which `words` (blocks, 2) and its marks, `stride` words per block apart, are known. Lists
     * the rows that come closer, by their places in the block, and their distances (blocks,
     * KMF_SEED_CLOSER); where `counts` (blocks) of them are more, only the first ones. scratch: as
     * for seed_step, numbers from the start. */
    void (*seed_try)(const real *x, int64_t n, int64_t d, const real *point, real scale,
                     const double *weight, const real *closest, real *scratch,
                     const uint64_t *marks, int64_t stride, double unit, const int64_t *words,
                     int64_t *left, uint16_t *rows, real *distances, int32_t *counts);

    /* Lower `closest` of the listed rows to these distances. */
    void (*seed_take)(const uint16_t *rows, const real *distances, int64_t count, int64_t d,
                      const kmf_seed_codes *seed_codes, real *closest);

    /* Write the two words of the weighted sum of `closest`, whose terms are below 2^50 unit. */
    void (*seed_count)(const real *closest, const double *weight, int64_t n, double unit,
                       int64_t *words);

    /* The first row at which the running sum reaches the words of a positive target, or n. */
    int64_t (*seed_find)(const real *closest, const double *weight, int64_t n, double unit,
                         const int64_t *target);

    /* Upper bounds on the distances that centers moved: 0 for those that did not, infinity where a
     * square overflows. */
    void (*elkan_moves)(const real *before, const real *after, int64_t k, int64_t d, double *moves);

    /* Compare at most KMF_SCRATCH_ROWS rows with all centers: nearest ones, rows undecided, and
     * elkan_values reals for elkan_store. */
    int64_t (*elkan_values)(int64_t k);
    int64_t (*elkan_tile)(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                          real *scratch, real *values, int32_t *labels, int32_t *undecided);

    /* Write the bounds of those rows, once their labels are final, in the places rows[i]. */
    void (*elkan_store)(const kmf_elkan *elkan, const real *x, int64_t n, const real *centers,
                        const real *values, const int32_t *labels, const int32_t *rows);

    /* The same without bytes, from what assign_two_rows found. */
    void (*elkan_store_two)(const kmf_elkan *elkan, const real *x, int64_t n, const real *centers,
                            const double *second, const int32_t *labels, const int32_t *rows);

    /* Scores x.c - |c|^2 / 2 of listed sparse rows and the lanes from `first` up to `end`, both
     * multiples of KMF_SPARSE_LANES: merges the two best and the lane of the best into `best`,
     * `second` and `index` (n,). packed ((1 + d), stride): minus the half squares of the centers,
     * minus infinity where a lane has no center, then their values, feature by feature. */
    void (*sparse_two_best)(const kmf_csr *x, const real *data, const int32_t *rows, int64_t n,
                            const real *packed, int64_t stride, int64_t first, int64_t end,
                            real *best, real *second, int32_t *index);
} KMF_TYPED(kmf_fast);

typedef struct {
    /* Decide the labels of `count` rows of x by the defining sum; their labels before the call are
     * a first guess (any center). */
    void (*decide_rows)(const real *x, int64_t d, const int32_t *rows, int64_t count,
                        const real *centers, int64_t k, double *scratch, int32_t *labels);

    /* The defining sum of each row and the center that its label names. */
    void (*squared_distances)(const real *x, int64_t n, int64_t d, const real *centers,
                              const int32_t *labels, double *out);

    /* Move rows whose label changed between clusters in `sums` (int64, (k, 2 layers, d + 1); the
     * words are explained in exact/accumulate.h). An old label of -1 only adds. Returns how many
     * moved. */
    int64_t (*accumulate_rows)(const real *x, int64_t n, int64_t d, const double *weight,
                               const int32_t *labels_old, const int32_t *labels_new,
                               const kmf_grid *grid, int64_t *sums);

    /* Make the upper bounds of the listed rows tight (exact/hamerly_bounds.h); returns how many
     * rows, now first in the list, stay unsettled. */
    int64_t (*tighten_rows)(const real *x, int64_t d, const real *centers, const int32_t *labels,
                            float *upper, const float *lower, const double *travelled,
                            const double *half, double fall, int32_t *rows, int64_t count);

    /* Bounds of rows just assigned, from what assign_two_rows gives. */
    void (*set_bounds)(const real *x, int64_t n, int64_t d, const real *centers,
                       const int32_t *labels, const double *second, const double *travelled,
                       double fall, float *upper, float *lower);

    /* Copy the listed rows one after the other. */
    void (*gather_rows)(const real *x, int64_t d, const int32_t *rows, int64_t count, real *out);

    /* Lows, then highs, of the features of some rows. */
    void (*bounding_box)(const real *x, int64_t n, int64_t d, double *box);

    /* Raise range[f] to the largest |x_f|; infinity or NaN where a value is infinite or NaN. */
    void (*feature_range)(const real *x, int64_t n, int64_t d, real *range);

    /* Add w (x_f - mean_f) to sums[f] and w (x_f - mean_f)^2 to squares[f]. */
    void (*feature_sums)(const real *x, int64_t n, int64_t d, const double *weight,
                         const double *mean, double *sums, double *squares);

    /* Add all rows to the words of one cluster, `sums` (2 layers, d + 1), as accumulate_rows does,
     * and write the defining sum of each row and `origin` (d) to `squares` (n). */
    void (*add_moments)(const real *x, int64_t n, int64_t d, const double *weight,
                        const double *origin, const kmf_grid *grid, int64_t *sums, double *squares);

    /* Codes for the filter of seed_step, of n rows of which the first begins a strip of 16, one
     * byte for each of the first `features` <= KMF_SEED_FEATURES: (scale * x - middle) * inverse,
     * rounded; `halves` for `closest` infinite. Writes strips and `halves` up to the next multiple
     * of KMF_SCRATCH_ROWS, and a radius for each KMF_SCRATCH_ROWS rows, to which the largest of
     * all, which is returned, is to be added. scratch: features + 3. */
    double (*seed_encode_rows)(const real *x, int64_t n, int64_t d, int64_t features, double scale,
                               const double *middle, double inverse, int8_t *scratch,
                               uint8_t *codes, int32_t *halves, float *radii);

    /* Codes, `features` rounded up to fours each, and limits of points that are rows. */
    void (*seed_encode_points)(const real *points, int64_t count, int64_t d, int64_t features,
                               double scale, const double *middle, double inverse, int8_t *codes,
                               int32_t *limits);

    /* Codes, steps and squared norms of n rows of scale (x - shift), for scan_codes; returns their
     * spread, infinite where rows are too far out. scratch: 8 d doubles, aligned to 64 bytes. */
    double (*encode_rows)(const real *x, int64_t n, int64_t d, const double *shift, double scale,
                          double *scratch, uint8_t *codes, float *step, float *square);

    /* scale (x - shift), rounded to float32, and its squared lengths before that. */
    void (*scaled_rows)(const real *x, int64_t n, int64_t d, const double *shift, double scale,
                        float *out, double *squares);

    /* Labels and bounds of the rows of a tile from the survivors of a scan and their labels until
     * now, which are survivors too. Rows of which nothing else survives are not read, and keep
     * their upper bounds, as do others where these are `tight`. Returns how many distances that
     * took; the upper bounds of rows that had too many survivors become NaN. */
    int64_t (*verify_rows)(const real *x, int64_t d, const real *centers, double scale,
                           const int32_t *rows, int64_t count, const kmf_scan_tile *tile,
                           const kmf_survivor *found, int64_t n_found, int tight,
                           const double *travelled, double fall, int32_t *labels, float *upper,
                           float *lower);

    /* Bring labels and bounds of `count` active rows up to date, but for those that have to be
     * compared with all centers, which are appended to `dense`. scratch: 17 k + 64 bytes. Returns
     * how many distances were evaluated. */
    int64_t (*elkan_rows)(const kmf_elkan *elkan, const real *x, const real *centers,
                          const int32_t *active, int64_t count, void *scratch, int32_t *labels,
                          int32_t *dense, int64_t *n_dense);

    /* Sparse rows. `packed` is as for sparse_two_best, order (k,) has the center of each lane, half
     * (stride,) the half squares of the centers, none of which is longer than `longest`.
     * scratch: stride doubles. dense: d zeros, which are left zero.
     *
     * The label of one row, by the defining sum where scores in float64 leave it open. */
    int32_t (*sparse_decide)(const real *data, const int32_t *indices, int64_t count, int64_t d,
                             const real *packed, int64_t stride, const double *half, double longest,
                             const int32_t *order, int64_t k, const real *centers, double *scratch,
                             real *dense);

    /* Euclidean distances of one row to all centers. */
    void (*sparse_distances)(const real *data, const int32_t *indices, int64_t count, int64_t d,
                             const real *packed, int64_t stride, const double *half,
                             const int32_t *order, int64_t k, const real *centers, double *scratch,
                             real *dense, real *out);

    /* The defining sum of each of n listed rows and one center, in the places rows[i] of `out`. */
    void (*sparse_squares)(const kmf_csr *x, const real *data, const int32_t *rows, int64_t n,
                           const double *center, int64_t d, double *out);

    /* As accumulate_rows, for rows `first` to first + n - 1; weights and labels are of all rows. */
    int64_t (*sparse_accumulate)(const kmf_csr *x, const real *data, int64_t first, int64_t n,
                                 int64_t d, const double *weight, const int32_t *labels_old,
                                 const int32_t *labels_new, const kmf_grid *grid, int64_t *sums);
} KMF_TYPED(kmf_exact);
