/* A tile: 64 rows in lanes, so that a dot product is one chain over the features in every lane.
 *
 * Layout: TILE_ROWS / STRIP strips, each [feature][STRIP], STRIP = ROW_VECTORS vectors: the rows
 * that one register block works on. Rows past the end of the data are zero. */
#ifndef KMF_FAST_TILE_H
#define KMF_FAST_TILE_H

#include <string.h>

#include "../simd.h"

enum {
    TILE_ROWS = 64,
    ROW_VECTORS =
        VECTOR_REGISTERS == 32 ? 4 : 2, /* times 6 centers: 24 of 32, 12 of 16 registers */
    STRIP = ROW_VECTORS * LANES < TILE_ROWS ? ROW_VECTORS * LANES : TILE_ROWS,
};

/* `count` vectors hold LANES rows of `count` columns, one after the other; afterwards each vector
 * holds one column. Taking even and odd elements apart rotates the bits of the element index (row
 * bits, column bits) to the right; log2(count) rounds bring the column to the top. */
static inline __attribute__((always_inline)) void columns(vec *v, const int count) {
    for (int round = 1; round < count; round *= 2) {
        vec t[LANES];
        UNROLL(16)
        for (int i = 0; i < count / 2; i++) {
            t[i] = even(v[2 * i], v[2 * i + 1]);
            t[i + count / 2] = odd(v[2 * i], v[2 * i + 1]);
        }
        UNROLL(16)
        for (int i = 0; i < count; i++) v[i] = t[i];
    }
}

/* `features` (<= width) columns of LANES rows that lie `stride` reals apart, reading `width` of
 * each; the width is a power of two, at most LANES. */
static inline __attribute__((always_inline)) void
pack_columns(const real *x, int64_t stride, int64_t features, const int width, real *out) {
    real rows[LANES * LANES];
    vec v[LANES];
    if (width == LANES) {
        UNROLL(16)
        for (int i = 0; i < LANES; i++) v[i] = load(x + i * stride);
    } else {
        if (stride != width) {
            UNROLL(16)
            for (int i = 0; i < LANES; i++)
                memcpy(rows + i * width, x + i * stride, (size_t)width * sizeof(real));
            x = rows;
        }
        UNROLL(16)
        for (int i = 0; i < width; i++) v[i] = load(x + i * LANES);
    }
    columns(v, width);
    UNROLL(16)
    for (int i = 0; i < width; i++)
        if (i < features) store(out + i * STRIP, v[i]);
}

static inline int64_t block_width(int64_t features) {
    return features >= LANES ? LANES : features > 4 ? 8 : features > 2 ? 4 : 2;
}

/* `live` rows of x as LANES lanes of a strip, the others zero; `readable` reals may be read past
 * the end of the live ones. */
static void pack_lanes(const real *x, int64_t live, int64_t d, int64_t readable, real *out) {
    int64_t f = 0;
    /* a block that reads w columns from column f of LANES rows ends w - (d - f) past the last */
    while (live == LANES && f < d) {
        const int64_t width = block_width(d - f);
        if (width - (d - f) > readable) break;
        real *to = out + f * STRIP;
        if (width == LANES) pack_columns(x + f, d, d - f, LANES, to);
#if LANES > 8
        else if (width == 8)
            pack_columns(x + f, d, d - f, 8, to);
#endif
#if LANES > 4
        else if (width == 4)
            pack_columns(x + f, d, d - f, 4, to);
#endif
        else
            pack_columns(x + f, d, d - f, 2, to);
        f += width;
    }
    for (; f < d; f++)
        for (int64_t i = 0; i < LANES; i++) out[f * STRIP + i] = i < live ? x[i * d + f] : 0;
}

/* Where rows r..r+LANES-1 of a tile lie. */
static inline real *tile_lanes(real *tile, int64_t r, int64_t d) {
    return tile + (r / STRIP) * STRIP * d + r % STRIP;
}

static inline int64_t live_lanes(int64_t rows, int64_t r) {
    return rows - r < 0 ? 0 : rows - r < LANES ? rows - r : LANES;
}

/* Rows 0..rows-1 of x, `tail` reals of which may be read past their end. */
static void pack_tile(const real *x, int64_t rows, int64_t d, int64_t tail, real *tile) {
    for (int64_t r = 0; r < TILE_ROWS; r += LANES)
        pack_lanes(x + r * d, live_lanes(rows, r), d, (rows - r - LANES) * d + tail,
                   tile_lanes(tile, r, d));
}

/* The rows of the next tile that are still to be prefetched while this tile is worked on. */
typedef struct {
    const char *next;
    int64_t lines, step;
} upcoming;

enum { CACHE_LINE = 64 };

static inline upcoming upcoming_rows(const void *x, int64_t bytes, int64_t steps) {
    const int64_t lines = bytes / CACHE_LINE;
    return (upcoming){(const char *)x, lines, (lines + steps - 1) / steps};
}

static inline void fetch_some(upcoming *rows) {
    for (int64_t i = 0; i < rows->step && rows->lines > 0; i++, rows->lines--) {
        __builtin_prefetch(rows->next, 0, 2);
        rows->next += CACHE_LINE;
    }
}

/* Subtract `shift` from every row and write each row's squared norm. */
static void shift_tile(real *tile, int64_t d, const real *shift, real norms[TILE_ROWS]) {
    for (int64_t s = 0; s < TILE_ROWS / STRIP; s++, tile += STRIP * d) {
        vec norm[ROW_VECTORS] = {{0}};
        for (int64_t f = 0; f < d; f++) {
            const vec m = splat(shift[f]);
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) {
                const vec v = load(tile + f * STRIP + r * LANES) - m;
                store(tile + f * STRIP + r * LANES, v);
                norm[r] += v * v;
            }
        }
        for (int r = 0; r < ROW_VECTORS; r++) store(norms + s * STRIP + r * LANES, norm[r]);
    }
}

/* Write each row's squared norm. */
static inline void tile_norms(const real *tile, int64_t d, real norms[TILE_ROWS]) {
    for (int64_t s = 0; s < TILE_ROWS / STRIP; s++, tile += STRIP * d) {
        vec norm[ROW_VECTORS] = {{0}};
        for (int64_t f = 0; f < d; f++) {
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) {
                const vec v = load(tile + f * STRIP + r * LANES);
                norm[r] += v * v;
            }
        }
        for (int r = 0; r < ROW_VECTORS; r++) store(norms + s * STRIP + r * LANES, norm[r]);
    }
}

#endif
