/* Survivors of a scan: the centers whose lower bounds do not exclude them, for a tile of rows. */
#ifndef KMF_FAST_SURVIVORS_H
#define KMF_FAST_SURVIVORS_H

#include "../simd.h"
#include "../structs.h"
#include "panels.h"
#include "tile.h"

#if KMF_REAL != 32
#error "float32 arithmetic whatever the rows are: compiled with KMF_REAL=32"
#endif

enum { SURVIVORS_OF_STRIP = STRIP * CENTERS };

#define ALL_LANES ((1u << LANES) - 1)

/* An upper bound on the squared length of a vector: `square` was rounded down. */
static inline double square_above(float square) {
    return (double)square * (1 + 0x1p-22) + 0x1p-120;
}

static inline float round_up_real(double v) {
    return (float)(v + __builtin_fabs(v) * 0x1p-23 + 0x1p-140);
}

/* What a center adds to the bounds: a lower bound on its squared length, less what is loose. */
static inline float center_square(const kmf_sketch *centers, int64_t j) {
    return (float)((double)centers->square[j] * (1 - 0x1p-21) -
                   centers->loose * square_above(centers->square[j]) - 0x1p-118);
}

static void begin_tile(const kmf_sketch *sketch, const int32_t *rows, int64_t count,
                       kmf_scan_tile *tile) {
    for (int64_t r = 0; r < TILE_ROWS; r++) {
        tile->least[r] = REAL_INFINITY;
        tile->base[r] = 0;
        tile->threshold[r] = -REAL_INFINITY;
        if (r >= count) continue;
        const float square = sketch->square[rows[r]];
        const double base = (double)square - sketch->loose * square_above(square);
        tile->base[r] = -round_up_real(-base);
        const double threshold = tile->upper[r] - base;
        tile->threshold[r] = threshold < (double)REAL_MAX / 2 ? round_up_real(threshold) : REAL_MAX;
    }
}

/* List the survivors among the values of LANES rows from `row` on: bits of hits[g] are those of
 * center + g. */
static __attribute__((noinline)) int64_t emit(const real (*value)[LANES], const uint32_t *hits,
                                              int64_t row, int32_t center, kmf_survivor *found) {
    int64_t count = 0;
    for (int g = 0; g < CENTERS; g++) {
        for (uint32_t left = hits[g]; left; left &= left - 1) {
            const int lane = __builtin_ctz(left);
            found[count++] = (kmf_survivor){(int32_t)row + lane, center + g, value[g][lane]};
        }
    }
    return count;
}

/* List the values that are not beyond the thresholds of their rows; the others bound `least`. */
static inline __attribute__((always_inline)) int64_t keep_survivors(const vec *value, int64_t row,
                                                                    int32_t center,
                                                                    kmf_scan_tile *tile,
                                                                    kmf_survivor *found) {
    const vec threshold = load(tile->threshold + row);
    vec least = load(tile->least + row), low = value[0];
    UNROLL(6)
    for (int g = 1; g < CENTERS; g++) low = minimum(value[g], low);
    if (__builtin_expect(lane_bits(less(threshold, low)) == ALL_LANES, 1)) {
        store(tile->least + row, minimum(low, least));
        return 0;
    }
    const ivec infinity = (ivec)splat(REAL_INFINITY);
    real values[CENTERS][LANES];
    uint32_t hits[CENTERS];
    UNROLL(6)
    for (int g = 0; g < CENTERS; g++) {
        const mask beyond = less(threshold, value[g]);
        least = minimum((vec)blend_index(beyond, (ivec)value[g], infinity), least);
        hits[g] = ~lane_bits(beyond) & ALL_LANES;
        store(values[g], value[g]);
    }
    store(tile->least + row, least);
    return emit(values, hits, row, center, found);
}

/* Prefetch up to `lines` cache lines of the rows that are needed after this tile, from byte `at` of
 * these rows on; returns where it stopped. */
static inline int64_t fetch_next(const kmf_scan_tile *tile, int64_t at, int64_t lines) {
    int64_t row = at / tile->row_bytes, offset = at % tile->row_bytes;
    while (lines > 0 && row < tile->n_next) {
        const char *from = tile->next + tile->next_rows[row] * tile->row_bytes;
        for (; lines > 0 && offset < tile->row_bytes; lines--, offset += CACHE_LINE)
            __builtin_prefetch(from + offset, 0, 2);
        if (offset < tile->row_bytes) break;
        row++;
        offset = 0;
    }
    return row * tile->row_bytes + offset;
}

static inline int64_t lines_per_panel(const kmf_scan_tile *tile, int64_t k) {
    return tile->n_next * (tile->row_bytes / CACHE_LINE + 1) / panel_count(k) + 1;
}

#endif
