/* Nearest centers by the sum of (x_f - c_f)^2 itself, for up to four features: it costs no more
 * than the expansion there, and does not cancel, wherever the data lie.
 *
 * With m = d + 5 covering the rounding of each value and of the defining sum, two values v <= w are
 * ordered as the defining sum orders them if w - v > 4 m u w + (what underflow can lose). */
#ifndef KMF_FAST_DIRECT_H
#define KMF_FAST_DIRECT_H

#include "../simd.h"
#include "running.h"
#include "tile.h"

enum { DIRECT_FEATURES = 4 };

static inline __attribute__((always_inline)) void direct_strip(const real *strip, const int d,
                                                               const real *centers, int64_t k,
                                                               nearest *found, int64_t row) {
    vec x[DIRECT_FEATURES][ROW_VECTORS];
    running state[ROW_VECTORS];
    UNROLL(4)
    for (int r = 0; r < ROW_VECTORS; r++) {
        state[r] = running_start();
        UNROLL(4)
        for (int f = 0; f < d; f++) x[f][r] = load(strip + f * STRIP + r * LANES);
    }
    UNROLL(1)
    for (int64_t j = 0; j < k; j++, centers += d) {
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) {
            vec difference = x[0][r] - splat(centers[0]);
            vec value = difference * difference;
            UNROLL(4)
            for (int f = 1; f < d; f++) {
                difference = x[f][r] - splat(centers[f]);
                value += difference * difference;
            }
            running_add_square(&state[r], value, (integer)j);
        }
    }
    const real relative = (real)(4 * (d + 5) * UNIT_ROUNDOFF);
    UNROLL(4)
    for (int r = 0; r < ROW_VECTORS; r++) {
        running_store(found, row + r * LANES, state[r]);
        store(found->band + row + r * LANES, relative * state[r].second + 16 * REAL_MIN);
    }
}

static void direct_nearest(const real *tile, int64_t k, int64_t d, const real *centers,
                           nearest *found) {
    for (int64_t s = 0; s < TILE_ROWS / STRIP; s++) {
        const real *strip = tile + s * STRIP * d;
        switch (d) {
        case 1: direct_strip(strip, 1, centers, k, found, s * STRIP); break;
        case 2: direct_strip(strip, 2, centers, k, found, s * STRIP); break;
        case 3: direct_strip(strip, 3, centers, k, found, s * STRIP); break;
        default: direct_strip(strip, 4, centers, k, found, s * STRIP); break;
        }
    }
}

#endif
