/* Rows of a block and points of a pass of greedy k-means++: rows are packed in tiles; where a point
 * comes closer to a row, the closest distance is lowered or the gain is added. */
#ifndef KMF_FAST_SEED_ROWS_H
#define KMF_FAST_SEED_ROWS_H

#include <string.h>

#include "../simd.h"
#include "../structs.h"
#include "distances.h"
#include "seed_codes_filter.h"
#include "seed_terms.h"
#include "tile.h"

/* One pass over one block. */
typedef struct {
    const real *x;
    int64_t n, d;
    const real *points; /* the last seed if `pending`, then candidates */
    int64_t count;
    int pending;
    real scale;
    double unit;
    const double *weight;
    real *closest;
    const kmf_seed_codes *seed_codes;
    real *kept; /* null, or without codes: for each candidate, its distances, `stride` apart */
    int64_t stride;
    real *gathered, *packed; /* room for TILE_ROWS rows each, and LANES reals */
    word_lanes gains[MOST_POINTS];
} seed_pass;

/* half_x of exact/seed_codes_encode.h without its norm. `loss` and `slack` cover the error
 * of the computed distance: REAL_MIN per feature, and the relative error. */
static inline int32_t seed_half(const seed_pass *pass, double closest, float radius) {
    const double slack = 1 + 4 * ((double)pass->d + 4) * UNIT_ROUNDOFF;
    const double loss = 2 * (double)pass->d * (double)REAL_MIN;
    const double reach =
        __builtin_sqrt((closest + loss) * slack) * pass->seed_codes->inverse + (double)radius;
    const double half = reach * reach * (0.5 * (1 + 1e-9));
    return half < KMF_SEED_FAR ? (int32_t)half + 1 : KMF_SEED_FAR;
}

/* Lower the closest distance of a row. A row on a seed can never come closer. */
static inline void seed_lower(seed_pass *pass, int64_t row, real distance) {
    const kmf_seed_codes *seed_codes = pass->seed_codes;
    const real before = pass->closest[row];
    pass->closest[row] = distance;
    if (!seed_codes) return;
    int32_t *half = seed_codes->halves + row;
    const float radius = seed_codes->radii[row / TILE_ROWS];
    if (distance == 0)
        *half = KMF_SEED_NEVER;
    else
        *half +=
            seed_half(pass, (double)distance, radius) - seed_half(pass, (double)before, radius);
}

/* One bit for each of STEP_ROWS rows: distance < closest. */
static inline uint32_t rows_below(const real *distances, const real *closest) {
    uint32_t bits = 0;
    UNROLL(4)
    for (int64_t r = 0; r < STEP_ROWS; r += LANES)
        bits |= lane_bits(less(load(distances + r), load(closest + r))) << r;
    return bits;
}

/* The last seed lowers `closest`. */
static void seed_last(seed_pass *pass, const int32_t *rows, int64_t n, real *closest,
                      const real *own) {
    for (int64_t v = 0; v < n; v += STEP_ROWS) {
        for (uint32_t bits = rows_below(own + v, closest + v); bits; bits &= bits - 1) {
            const int64_t l = v + __builtin_ctz(bits);
            closest[l] = own[l];
            seed_lower(pass, rows[l], own[l]);
        }
    }
}

/* Add the gains of a candidate over the rows of a packed tile. */
static void seed_some(seed_pass *pass, int64_t point, const int32_t *rows, int64_t n,
                      const real *closest, const real *own) {
    real before[TILE_ROWS + TERM_LANES], after[TILE_ROWS + TERM_LANES];
    double weight[TILE_ROWS + TERM_LANES];
    int64_t found = 0;
    for (int64_t v = 0; v < n; v += STEP_ROWS) {
        for (uint32_t bits = rows_below(own + v, closest + v); bits; bits &= bits - 1) {
            const int64_t l = v + __builtin_ctz(bits);
            before[found] = closest[l];
            after[found] = own[l];
            if (pass->weight) weight[found] = pass->weight[rows[l]];
            found++;
        }
    }
    if (found == 0) return;
    memset(before + found, 0, TERM_LANES * sizeof *before);
    memset(after + found, 0, TERM_LANES * sizeof *after);
    memset(weight + found, 0, TERM_LANES * sizeof *weight);
    word_lanes gains = pass->gains[point]; /* in registers */
    const double unit = pass->unit;
    for (int64_t i = 0; i < found; i += TERM_LANES)
        add_gains(before + i, after + i, pass->weight ? weight + i : NULL, unit, &gains);
    pass->gains[point] = gains;
}

/* The same for a tile of consecutive rows. */
static void seed_all(seed_pass *pass, int64_t point, const int32_t *rows, const real *closest,
                     const real *own) {
    word_lanes gains = pass->gains[point];
    const double unit = pass->unit;
    for (int64_t v = 0; v < TILE_ROWS; v += STEP_ROWS) {
        if (!rows_below(own + v, closest + v)) continue;
        for (int64_t r = v; r < v + STEP_ROWS; r += TERM_LANES)
            add_gains(closest + r, own + r, pass->weight ? pass->weight + rows[r] : NULL, unit,
                      &gains);
    }
    pass->gains[point] = gains;
}

/* All points against the packed rows, `rows` ascending, all of a tile where there are TILE_ROWS:
 * lower `closest`, add up the gains. */
static void seed_rows(seed_pass *pass, const int32_t *rows, int64_t n, int consecutive) {
    real distances[CENTERS * TILE_ROWS], closest[TILE_ROWS];
    const int64_t groups = (pass->count + CENTERS - 1) / CENTERS;
    const int64_t step = (pass->count + groups - 1) / groups;
    for (int64_t r = 0; r < TILE_ROWS; r++) closest[r] = r < n ? pass->closest[rows[r]] : 0;
    for (int64_t first = 0; first < pass->count; first += step) {
        const int64_t some = min64(pass->count - first, step);
        lane_distances(pass->packed, pass->d, pass->points + first * pass->d, some, pass->scale, n,
                       distances);
        for (int64_t t = 0; t < some; t++) {
            const real *own = distances + t * TILE_ROWS;
            if (pass->pending && first + t == 0) {
                seed_last(pass, rows, n, closest, own);
                continue;
            }
            if (pass->kept)
                memcpy(pass->kept + (first + t - pass->pending) * pass->stride + rows[0], own,
                       (size_t)n * sizeof *own);
            if (consecutive)
                seed_all(pass, first + t, rows, closest, own);
            else
                seed_some(pass, first + t, rows, n, closest, own);
        }
    }
}

/* Pack LANES rows from where they lie, LANES of their features at a time. */
static void pack_scattered(const real *x, int64_t d, const int32_t *rows, real *out) {
    for (int64_t f = 0; f < d; f += LANES) {
        vec v[LANES];
        UNROLL(16)
        for (int i = 0; i < LANES; i++) v[i] = load(x + rows[i] * d + f);
        columns(v, LANES);
        UNROLL(16)
        for (int i = 0; i < LANES; i++) store(out + (f + i) * STRIP, v[i]);
    }
}

static inline void copy_row(const real *from, int64_t d, real *to) {
    int64_t f = 0;
    for (; f + LANES <= d; f += LANES) store(to + f, load(from + f));
    for (; f < d; f++) to[f] = from[f];
}

/* Up to a tile of listed rows; the first one fills the last step, whose lanes are all computed. */
static void pack_listed(const real *x, int64_t d, int32_t *rows, int64_t n, real *gathered,
                        real *packed) {
    int64_t filled = n;
    for (; filled % STEP_ROWS; filled++) rows[filled] = rows[0];
    for (int64_t r = 0; r < filled; r += LANES) {
        real *to = tile_lanes(packed, r, d);
        if (d % LANES == 0) {
            pack_scattered(x, d, rows + r, to);
            continue;
        }
        for (int64_t i = 0; i < LANES; i++) copy_row(x + rows[r + i] * d, d, gathered + i * d);
        pack_lanes(gathered, LANES, d, LANES, to);
    }
}

static void seed_listed(seed_pass *pass, int32_t *rows, int64_t n) {
    if (n == 0) return;
    pack_listed(pass->x, pass->d, rows, n, pass->gathered, pass->packed);
    seed_rows(pass, rows, n, 0);
}

/* Fetch a row that will be packed when more are listed. An array of NumPy begins inside a cache
 * line, so a row of 64 bytes lies in two. */
static inline void fetch_row(const real *x, int64_t d) {
    const char *row = (const char *)x;
    const int64_t bytes = min64(d * (int64_t)sizeof(real), 8 * CACHE_LINE);
    for (int64_t b = 0; b < bytes; b += CACHE_LINE) __builtin_prefetch(row + b, 0, 3);
    __builtin_prefetch(row + bytes - 1, 0, 3);
}

/* From this many marked rows on, packing the whole tile is as cheap. */
static inline int dense_rows(int64_t d) { return d <= 4 ? 12 : d <= 16 ? 24 : 40; }

/* The rows with a bit; returns how many. */
static int64_t seed_marked(seed_pass *pass, const uint64_t *bits) {
    int32_t rows[TILE_ROWS], whole[TILE_ROWS];
    uint64_t unions[BLOCK_TILES] = {0};
    int64_t held = 0, tried = 0;
    const int dense = dense_rows(pass->d);
    for (int64_t p = 0; p < pass->count; p++)
        for (int64_t t = 0; t < BLOCK_TILES; t++) unions[t] |= bits[p * BLOCK_TILES + t];
    for (int64_t i = 0; i < pass->n; i += TILE_ROWS) {
        const int64_t live = min64(pass->n - i, TILE_ROWS);
        uint64_t marked = unions[i / TILE_ROWS];
        if (__builtin_popcountll(marked) >= dense) {
            for (int32_t r = 0; r < live; r++) whole[r] = (int32_t)i + r;
            pack_tile(pass->x + i * pass->d, live, pass->d, (pass->n - i - live) * pass->d,
                      pass->packed);
            seed_rows(pass, whole, live, live == TILE_ROWS);
            tried += live;
            continue;
        }
        for (; marked; marked &= marked - 1) {
            const int32_t row = (int32_t)i + __builtin_ctzll(marked);
            fetch_row(pass->x + row * pass->d, pass->d);
            rows[held++] = row;
            tried++;
            if (held == TILE_ROWS) {
                seed_listed(pass, rows, held);
                held = 0;
            }
        }
    }
    seed_listed(pass, rows, held);
    return tried;
}

#endif
