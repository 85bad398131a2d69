/* Lower bounds on squared distances from the float32 values of sketches, a few features each:
 *   |x - c|^2 >= |p|^2 + v,   v = |q|^2 - 2 p.q   (structs.h),
 * by a chain of d + 1 operations, whose rounding errors are part of `loose` (sketch_loose).
 *
 * A panel is |q|^2 of its centers and then [feature][CENTERS] of -2 q; missing centers have
 * |q|^2 = inf. */
#ifndef KMF_FAST_SKETCH_SCAN_H
#define KMF_FAST_SKETCH_SCAN_H

#include <string.h>

#include "../simd.h"
#include "../structs.h"
#include "panels.h"
#include "survivors.h"
#include "tile.h"

#if KMF_REAL != 32
#error "float32 arithmetic whatever the rows are: compiled with KMF_REAL=32"
#endif

static int64_t packed_sketch_size(int64_t k, int64_t d) { return panel_count(k) * panel_size(d); }

static void pack_sketch(const kmf_sketch *centers, int64_t k, float *packed) {
    const int64_t d = centers->d;
    for (int64_t j = 0; j < panel_count(k) * CENTERS; j++) {
        float *panel = packed + j / CENTERS * panel_size(d) + j % CENTERS;
        *panel = j < k ? center_square(centers, j) : REAL_INFINITY;
        for (int64_t f = 0; f < d; f++)
            panel[(f + 1) * CENTERS] = j < k ? -2 * centers->values[j * d + f] : 0;
    }
}

static inline __attribute__((always_inline)) int64_t
sketch_panel(const real *strip, int64_t d, const float *panel, int32_t center, int64_t row,
             kmf_scan_tile *tile, kmf_survivor *found) {
    vec value[ROW_VECTORS][CENTERS];
    UNROLL(6)
    for (int g = 0; g < CENTERS; g++) {
        const vec square = splat(panel[g]);
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) value[r][g] = square;
    }
    UNROLL(1)
    for (int64_t f = 0; f < d; f++, strip += STRIP) {
        panel += CENTERS;
        vec x[ROW_VECTORS];
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) x[r] = load(strip + r * LANES);
        UNROLL(6)
        for (int g = 0; g < CENTERS; g++) {
            const vec c = splat(panel[g]);
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) value[r][g] += x[r] * c;
        }
    }
    int64_t count = 0;
    UNROLL(4)
    for (int r = 0; r < ROW_VECTORS; r++)
        count += keep_survivors(value[r], row + r * LANES, center, tile, found + count);
    return count;
}

static int64_t scan_sketch(const kmf_sketch *sketch, const int32_t *rows, int64_t count,
                           const float *packed, int64_t k, float *scratch, kmf_scan_tile *tile,
                           kmf_survivor *found) {
    const int64_t d = sketch->d, lines = lines_per_panel(tile, k);
    float *gathered = scratch + TILE_ROWS * d;
    int64_t survivors = 0, fetched = 0;
    begin_tile(sketch, rows, count, tile);
    for (int64_t r = 0; r < count; r++)
        memcpy(gathered + r * d, sketch->values + rows[r] * d, (size_t)d * sizeof(float));
    pack_tile(gathered, count, d, 0, scratch);
    for (int64_t p = 0; p < panel_count(k); p++) {
        fetched = fetch_next(tile, fetched, lines);
        for (int64_t row = 0; row < TILE_ROWS; row += STRIP) {
            if (survivors > KMF_SURVIVORS - SURVIVORS_OF_STRIP) return -1;
            survivors += sketch_panel(scratch + row * d, d, packed + p * panel_size(d),
                                      (int32_t)(p * CENTERS), row, tile, found + survivors);
        }
    }
    return survivors;
}

#endif
