/* Nearest centers of tiles of integers, and the rows that they leave undecided: see int16_pack.h.
 */
#ifndef KMF_FAST_INT16_FILTER_H
#define KMF_FAST_INT16_FILTER_H

#include <string.h>

#include "../simd.h"
#include "int16_pack.h"
#include "int16_tile.h"
#include "tile.h"

#if KMF_REAL != 32
#error "float32 rows: compiled with KMF_REAL=32"
#endif

#if defined(__AVX512F__)
static inline mask below(ivec a, ivec b) {
    return _mm512_cmplt_epi32_mask((integers)a, (integers)b);
}
#else
static inline mask below(ivec a, ivec b) { return a < b; }
#endif

#if defined(__AVX2__)
static inline ivec lesser(ivec a, ivec b) {
    return (ivec)INTEGERS(min_epi32)((integers)a, (integers)b);
}
static inline ivec greater(ivec a, ivec b) {
    return (ivec)INTEGERS(max_epi32)((integers)a, (integers)b);
}
#else
static inline ivec lesser(ivec a, ivec b) { return blend_index(a < b, a, b); }
static inline ivec greater(ivec a, ivec b) { return blend_index(a < b, b, a); }
#endif

static inline ivec add_pairs(ivec sum, ivec x, ivec c) {
#if defined(__AVX512VNNI__)
    return (ivec)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)x, (__m512i)c);
#else
    return add_wrapped(sum, multiply_pairs(x, c));
#endif
}

/* For each row of a tile the smallest value, its center, and the second smallest value. */
typedef struct {
    integer best[TILE_ROWS], second[TILE_ROWS], index[TILE_ROWS];
} least_values;

static inline __attribute__((always_inline)) void int16_block(const real *strip, int64_t pairs,
                                                              const int32_t *panel, const int count,
                                                              integer center, least_values *found,
                                                              int64_t row) {
    ivec value[ROW_VECTORS][CENTERS];
    UNROLL(6)
    for (int g = 0; g < count; g++) {
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) value[r][g] = splat_index(panel[g]);
    }
    const int32_t *c = panel + CENTERS;
    UNROLL(1)
    for (int64_t f = 0; f < pairs; f++, strip += STRIP, c += CENTERS) {
        ivec x[ROW_VECTORS];
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) x[r] = load_words(strip + r * LANES);
        UNROLL(6)
        for (int g = 0; g < count; g++) {
            const ivec b = splat_index(c[g]);
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) value[r][g] = add_pairs(value[r][g], x[r], b);
        }
    }
    UNROLL(4)
    for (int r = 0; r < ROW_VECTORS; r++) {
        const int64_t first = row + r * LANES;
        ivec best = load_words(found->best + first), second = load_words(found->second + first);
        ivec index = load_words(found->index + first);
        UNROLL(6)
        for (int g = 0; g < count; g++) {
            second = lesser(second, greater(best, value[r][g]));
            index = blend_index(below(value[r][g], best), splat_index(center + g), index);
            best = lesser(best, value[r][g]);
        }
        store_index(found->best + first, best);
        store_index(found->second + first, second);
        store_index(found->index + first, index);
    }
}

static void int16_nearest(const real *tile, int64_t k, int64_t d, const int32_t *packed,
                          upcoming next, least_values *found) {
    const int32_t *panel = packed + int16_panels_offset(d);
    const int64_t pairs = pair_count(d);
    for (int64_t r = 0; r < TILE_ROWS; r++) {
        found->best[r] = found->second[r] = INT32_MAX;
        found->index[r] = 0;
    }
    for (int64_t j = 0; j < k; j += CENTERS, panel += int16_panel_size(d)) {
        fetch_some(&next);
        for (int64_t row = 0; row < TILE_ROWS; row += STRIP) {
            const real *strip = tile + row * pairs;
            if (k - j <= CENTERS / 3)
                int16_block(strip, pairs, panel, CENTERS / 3, (integer)j, found, row);
            else if (k - j <= CENTERS * 2 / 3)
                int16_block(strip, pairs, panel, CENTERS * 2 / 3, (integer)j, found, row);
            else
                int16_block(strip, pairs, panel, CENTERS, (integer)j, found, row);
        }
    }
}

/* Append the undecided rows of a tile. */
static int64_t int16_undecided(const least_values *found, const int32_t *squares, int64_t first,
                               int64_t rows, int64_t d, const int32_t *packed, int32_t *undecided) {
    const uint32_t most = INT16_MOST * INT16_MOST / 256 - (uint32_t)pair_count(d);
    int16_header header;
    uint32_t open_rows[TILE_ROWS], any = 0;
    int64_t count = 0;
    memcpy(&header, packed, sizeof header);
    for (int64_t r = 0; r < TILE_ROWS; r++) {
        const uint32_t gap = (uint32_t)found->second[r] - (uint32_t)found->best[r];
        open_rows[r] = (gap <= header.band) | ((uint32_t)squares[r] > most);
        any |= open_rows[r];
    }
    for (int64_t r = 0; any && r < rows; r++)
        if (open_rows[r]) undecided[count++] = (int32_t)(first + r);
    return count;
}

static int64_t int16_assign_tiles(const int32_t *tiles, int64_t n, int64_t d, const int32_t *packed,
                                  int64_t k, int32_t *labels, int32_t *undecided) {
    const upcoming none = {0};
    least_values found;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i += TILE_ROWS, tiles += int16_tile_size(d)) {
        const int64_t rows = min64(n - i, TILE_ROWS);
        int16_nearest((const float *)tiles, k, d, packed, none, &found);
        memcpy(labels + i, found.index, (size_t)rows * sizeof *labels);
        count += int16_undecided(&found, tiles + TILE_ROWS * pair_count(d), i, rows, d, packed,
                                 undecided + count);
    }
    return count;
}

static int64_t int16_assign_rows(const float *x, int64_t n, int64_t d, const int32_t *packed,
                                 int64_t k, float *scratch, int32_t *labels, int32_t *undecided) {
    int32_t *tile = (int32_t *)scratch, *squares = tile + TILE_ROWS * pair_count(d);
    least_values found;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = min64(n - i, TILE_ROWS), after = min64(n - i - rows, TILE_ROWS);
        int16_rows(x + i * d, rows, d, packed, scratch + int16_tile_size(d), tile);
        int16_nearest(
            scratch, k, d, packed,
            upcoming_rows(x + (i + rows) * d, after * d * (int64_t)sizeof *x, panel_count(k)),
            &found);
        memcpy(labels + i, found.index, (size_t)rows * sizeof *labels);
        count += int16_undecided(&found, squares, i, rows, d, packed, undecided + count);
    }
    return count;
}

#endif
