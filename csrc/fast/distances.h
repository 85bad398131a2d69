/* Squared distances by differences, and from them the distance matrix of `transform`.
 *
 * Sums of (x_f - c_f)^2 in the element type, one chain over the features: relative error at most
 * gamma_(d+2), no cancellation, exactly 0 for equal rows. `scale` is a power of two that keeps the
 * squares in range. */
#ifndef KMF_FAST_DISTANCES_H
#define KMF_FAST_DISTANCES_H

#include "../simd.h"
#include "panels.h"
#include "tile.h"

static inline __attribute__((always_inline)) void differences(const real *strip, int64_t d,
                                                              const real *centers, const int count,
                                                              real scale, real *out) {
    vec value[CENTERS][ROW_VECTORS] = {{{0}}};
    UNROLL(1)
    for (int64_t f = 0; f < d; f++, strip += STRIP) {
        vec x[ROW_VECTORS];
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) x[r] = load(strip + r * LANES) * scale;
        UNROLL(6)
        for (int g = 0; g < count; g++) {
            const vec c = splat(centers[g * d + f] * scale);
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) {
                const vec difference = x[r] - c;
                value[g][r] += difference * difference;
            }
        }
    }
    UNROLL(6)
    for (int g = 0; g < count; g++) {
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) store(out + g * TILE_ROWS + r * LANES, value[g][r]);
    }
}

/* Squared distances of a tile to 1..CENTERS consecutive centers: [center][TILE_ROWS]. */
static void tile_distances(const real *tile, int64_t d, const real *centers, int64_t count,
                           real scale, real *out) {
    for (int64_t s = 0; s < TILE_ROWS; s += STRIP, tile += STRIP * d, out += STRIP) {
        switch (count) {
        case 1: differences(tile, d, centers, 1, scale, out); break;
        case 2: differences(tile, d, centers, 2, scale, out); break;
        case 3: differences(tile, d, centers, 3, scale, out); break;
        case 4: differences(tile, d, centers, 4, scale, out); break;
        case 5: differences(tile, d, centers, 5, scale, out); break;
        default: differences(tile, d, centers, 6, scale, out); break;
        }
    }
}

enum { STEP_ROWS = LANES > 8 ? LANES : 8 }; /* whole vectors, and whole groups of seed_terms.h */

/* Squared distances of the first `vectors` vectors of a packed tile to 1..CENTERS points. */
static inline __attribute__((always_inline)) void lane_differences(const real *tile, int64_t d,
                                                                   const real *points,
                                                                   const int count, real scale,
                                                                   int64_t vectors, real *out) {
    for (int64_t v = 0; v < vectors; v++) {
        const real *from = tile_lanes((real *)tile, v * LANES, d);
        vec value[CENTERS] = {{0}};
        UNROLL(1)
        for (int64_t f = 0; f < d; f++) {
            const vec x = load(from + f * STRIP) * scale;
            UNROLL(6)
            for (int g = 0; g < count; g++) {
                const vec difference = x - splat(points[g * d + f] * scale);
                value[g] += difference * difference;
            }
        }
        UNROLL(6)
        for (int g = 0; g < count; g++) store(out + g * TILE_ROWS + v * LANES, value[g]);
    }
}

static void lane_distances(const real *tile, int64_t d, const real *points, int64_t count,
                           real scale, int64_t rows, real *out) {
    const int64_t vectors = (rows + STEP_ROWS - 1) / STEP_ROWS * (STEP_ROWS / LANES);
    if (rows > TILE_ROWS - LANES) {
        tile_distances(tile, d, points, count, scale, out);
        return;
    }
    switch (count) {
    case 1: lane_differences(tile, d, points, 1, scale, vectors, out); break;
    case 2: lane_differences(tile, d, points, 2, scale, vectors, out); break;
    case 3: lane_differences(tile, d, points, 3, scale, vectors, out); break;
    case 4: lane_differences(tile, d, points, 4, scale, vectors, out); break;
    case 5: lane_differences(tile, d, points, 5, scale, vectors, out); break;
    default: lane_differences(tile, d, points, 6, scale, vectors, out); break;
    }
}

/* The Euclidean distances of n rows to k centers, (n, k). */
static void distance_rows(const real *x, int64_t n, int64_t d, const real *centers, int64_t k,
                          real scale, real *scratch, real *out) {
    real values[CENTERS * TILE_ROWS];
    const real unscale = 1 / scale;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = n - i < TILE_ROWS ? n - i : TILE_ROWS;
        pack_tile(x + i * d, rows, d, (n - i - rows) * d, scratch);
        for (int64_t j = 0; j < k; j += CENTERS) {
            const int64_t count = k - j < CENTERS ? k - j : CENTERS;
            tile_distances(scratch, d, centers + j * d, count, scale, values);
            for (int64_t v = 0; v < count * TILE_ROWS; v++) values[v] = unscale * ROOT(values[v]);
            for (int64_t r = 0; r < rows; r++)
                for (int64_t g = 0; g < count; g++)
                    out[(i + r) * k + j + g] = values[g * TILE_ROWS + r];
        }
    }
}

#endif
