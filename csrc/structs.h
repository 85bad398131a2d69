/* The structs that kernels take besides arrays of numbers, and sizes that their callers must know.
 */
#ifndef KMF_STRUCTS_H
#define KMF_STRUCTS_H

#include <stdint.h>

enum {
    KMF_SCRATCH_ROWS = 64,                 /* rows of a tile; `scratch` has room for one tile */
    KMF_SEED_ROWS = 1024,                  /* most rows of a block of seed_step */
    KMF_SEED_FEATURES = 4096,              /* most features of its codes */
    KMF_SEED_CLOSER = 128,                 /* most rows of a block that seed_try lists */
    KMF_SURVIVORS = 64 * KMF_SCRATCH_ROWS, /* most survivors of a tile */
    KMF_SPARSE_LANES = 16, /* centers of sparse kernels are padded to a multiple of this number */
    KMF_LIMBS = 54,        /* limbs of an exact sum, 40 bits each, in units of 2^-1080 */
};

/* The grid of cluster sums (assigners/grid.py): powers of two, and the layers of weights. Layer l
 * has the weights whose exponent is l layer_bits to (l + 1) layer_bits - 1 below that of the
 * largest, times 2^(l layer_bits): in it, terms of light rows have as many digits as those of heavy
 * ones. */
typedef struct {
    const double *scale; /* per feature and, last, for the weight */
    double low_scale, weight_scale;
    int64_t layers, layer_bits;
    int64_t exponent; /* of the largest weight, scaled */
} kmf_grid;

/* Where the values of sparse rows are: those of row i lie from indptr[i] up to indptr[i + 1], at
 * the features `indices`, which ascend in each row. */
typedef struct {
    const int64_t *indptr;
    const int32_t *indices;
} kmf_csr;

/* A sketch of rows: for each a short vector, as float32 values or as 8-bit codes, and a lower bound
 * on its squared length. For sketches p of a row x and q of a center c, made alike,
 *   |x - c|^2 >= |p - q|^2 - loose (|p|^2 + |q|^2)
 * on the scale of the sketch (exact/codes_encode.h, exact/sketch_lengths.h). Codes take 4 ceil(d /
 * 4) bytes and have a step; the spread is the largest |p - step code| / step. */
typedef struct {
    int64_t d;           /* length of the vectors */
    const float *values; /* null where there are codes */
    const uint8_t *codes;
    const float *step, *square;
    double spread, loose;
} kmf_sketch;

/* Up to KMF_SCRATCH_ROWS rows that a scan works on. Squared distances are those of scaled rows;
 * thresholds and `least` are such less `base`. */
typedef struct {
    double upper[KMF_SCRATCH_ROWS]; /* in: bounds on the squared distance to some center */
    float threshold[KMF_SCRATCH_ROWS], least[KMF_SCRATCH_ROWS], base[KMF_SCRATCH_ROWS];
    float step[KMF_SCRATCH_ROWS]; /* of codes: twice the rows' steps */
    int32_t reach[KMF_SCRATCH_ROWS];
    int32_t n_next; /* in: rows to prefetch, row_bytes each, at next + index row_bytes */
    const int32_t *next_rows;
    const char *next;
    int64_t row_bytes; /* at least 1 */
} kmf_scan_tile;

/* A row of a tile and a center that can be nearest to it. */
typedef struct {
    int32_t row, center;
    float value;
} kmf_survivor;

/* Codes by which seed_step rules out most rows (exact/seed_codes_encode.h makes them). */
typedef struct {
    const uint8_t *codes;
    int32_t *halves;
    const float *radii;
    uint8_t *skip;        /* how many further passes do not use the codes; 0 at first */
    const int8_t *points; /* codes of the points of seed_step */
    const int32_t *limits;
    double inverse;
    int64_t features;
} kmf_seed_codes;

/* `halves` of such codes: the largest value, and the value of a row that never passes. */
enum { KMF_SEED_FAR = 1 << 28, KMF_SEED_NEVER = -(1 << 30) };

/* Bounds of rows on their distances to centers: see elkan_bounds.h. */
enum { KMF_ELKAN_EPOCHS = 16, KMF_ELKAN_UNITS = 64, KMF_ELKAN_NO_EPOCH = 255 };

typedef struct {
    int64_t k, d;
    int64_t groups, group_size; /* of consecutive centers, at least one */
    int64_t stride;             /* of `paid`: groups rounded up to a multiple of 64 */
    int64_t most; /* most groups whose centers a row is compared with one by one, fewer than all */
    int epoch;    /* of the bytes that are written now */
    const double *travelled, *spread;     /* (k): S and W */
    const double *half;                   /* (k): half the distance to the nearest center */
    const float *gap_limit, *upper_limit; /* (k): W rounded up, half - S rounded down */
    const float *between;                 /* (k, k): below the distances of centers, or null */
    const double *since;                  /* (epochs, groups): distance travelled since the epoch */
    const uint8_t *paid;                  /* (epochs, units, stride): the same in units */
    const double *unit;                   /* (units), descending by sqrt(2) */
    /* of the rows of this call */
    float *upper, *gap, *base;
    uint8_t *unit_of, *epoch_of, *bounds; /* (rows), (rows), (rows, groups) and 64 bytes more */
    uint8_t *used;                        /* (epochs, units): set where some row has that pair */
} kmf_elkan;

#endif
