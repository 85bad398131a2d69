/* Projections of rows on directions: the leading coordinates of a sketch.
 *
 * A product is a sum of chains of at most CHAIN features, so that it is off by at most
 * gamma_m |row| |direction|, m = CHAIN + ceil(d / CHAIN) + 1. */
#ifndef KMF_FAST_PROJECT_H
#define KMF_FAST_PROJECT_H

#include "../simd.h"
#include "panels.h"
#include "tile.h"

#if KMF_REAL != 32
#error "float32 arithmetic whatever the rows are: compiled with KMF_REAL=32"
#endif

enum { CHAIN = 64 };

/* Products of a strip of rows and a panel of directions, over some of the features. */
static inline void project_block(const real *strip, int64_t features, const real *panel, int first,
                                 real (*product)[TILE_ROWS]) {
    vec sum[ROW_VECTORS][CENTERS];
    UNROLL(6)
    for (int g = 0; g < CENTERS; g++) {
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) sum[r][g] = splat(0);
    }
    UNROLL(1)
    for (int64_t f = 0; f < features; f++, strip += STRIP, panel += CENTERS) {
        vec x[ROW_VECTORS];
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) x[r] = load(strip + r * LANES);
        UNROLL(6)
        for (int g = 0; g < CENTERS; g++) {
            const vec v = splat(panel[g]);
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) sum[r][g] += x[r] * v;
        }
    }
    UNROLL(4)
    for (int r = 0; r < ROW_VECTORS; r++) {
        UNROLL(6)
        for (int g = 0; g < CENTERS; g++) {
            real *to = product[g] + r * LANES;
            store(to, first ? sum[r][g] : sum[r][g] + load(to));
        }
    }
}

/* `packed` is [panel][feature][CENTERS] of m directions, missing ones zero. */
static void pack_directions(const float *directions, int64_t m, int64_t d, float *packed) {
    for (int64_t i = 0; i < panel_count(m) * CENTERS; i++)
        for (int64_t f = 0; f < d; f++)
            packed[(i / CENTERS * d + f) * CENTERS + i % CENTERS] =
                i < m ? directions[i * d + f] : 0;
}

static void project_rows(const float *x, int64_t n, int64_t d, const float *packed, int64_t m,
                         float *scratch, int64_t stride, float *out) {
    float *tile = scratch;
    real(*product)[TILE_ROWS] = (real(*)[TILE_ROWS])(void *)(scratch + TILE_ROWS * d);
    pack_tile(x, n, d, 0, tile);
    for (int64_t f = 0; f < d; f += CHAIN) {
        for (int64_t p = 0; p < panel_count(m); p++) {
            for (int64_t row = 0; row < TILE_ROWS; row += STRIP)
                project_block(tile + row * d + f * STRIP, min64(CHAIN, d - f),
                              packed + (p * d + f) * CENTERS, f == 0,
                              (real(*)[TILE_ROWS])(void *)(&product[p * CENTERS][row]));
        }
    }
    for (int64_t r = 0; r < n; r++)
        for (int64_t i = 0; i < m; i++) out[r * stride + i] = product[i][r];
}

#endif
