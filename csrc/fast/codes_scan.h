/* Lower bounds on squared distances from 8-bit codes: a filter at four times the rate of float32.
 *
 * Rows and centers less a common shift, rotated, y and b, have codes p and q in -127..127 with
 * steps s and t and residuals |y - s p| <= s P, |b - t q| <= t Q (exact/codes_encode.h). By
 * Cauchy-Schwarz |y.b - s t p.q| <= s t (|p| Q + P |b| / t),   |p| <= |y| / s + P, so with `reach`
 * >= |p| Q of the row and `gap` >= P |b| / t of the center, whole numbers, |x - c|^2 >= |y|^2 + v,
 * v = |b|^2 - 2 s t (p.q + gap + reach). The integers are exact. Conversion, two products and the
 * difference round v: by at most 4 u (2 s t |p.q + gap + reach| + |b|^2). The first part is less
 * than 2 s t MARGIN(d), which reach includes, the second is taken off |b|^2 with what can
 * underflow. u = 2^-24, |p.q| <= 127^2 d.
 *
 * Rows are bytes p + 128, so that sums start at -128 sum(q) + gap + reach. Four bytes are a word; a
 * tile of words has the layout of a float32 tile. A panel is {start, gap, |b|^2, t} of its centers,
 * then [word][CENTERS]; missing centers have |b|^2 = inf. */
#ifndef KMF_FAST_CODES_SCAN_H
#define KMF_FAST_CODES_SCAN_H

#include <string.h>

#include "../simd.h"
#include "../structs.h"
#include "panels.h"
#include "survivors.h"
#include "tile.h"

#if KMF_REAL != 32
#error "float32 arithmetic whatever the rows are: compiled with KMF_REAL=32"
#endif

enum { CODE_HEADER = 4 * CENTERS };

#define CODE_MARGIN(d) (1 + (int32_t)((d) / 64))

static inline int64_t code_words(int64_t d) { return (d + 3) / 4; }
static inline int64_t code_panel_size(int64_t d) { return CODE_HEADER + code_words(d) * CENTERS; }

static int64_t packed_codes_size(int64_t k, int64_t d) {
    return panel_count(k) * code_panel_size(d);
}

static inline int32_t ceiling(double v) { return (int32_t)v + 1; }

/* `row_spread` is P. */
static void pack_codes(const kmf_sketch *centers, int64_t k, double row_spread, int32_t *packed) {
    const int64_t words = code_words(centers->d);
    for (int64_t j = 0; j < panel_count(k) * CENTERS; j++) {
        int32_t *panel = packed + j / CENTERS * code_panel_size(centers->d);
        int32_t *start = panel + j % CENTERS, *gap = start + CENTERS, sum = 0;
        float *square_below = (float *)(panel + 2 * CENTERS) + j % CENTERS;
        char *word = (char *)(panel + CODE_HEADER + j % CENTERS);
        *start = *gap = 0;
        *square_below = REAL_INFINITY;
        square_below[CENTERS] = 0;
        for (int64_t f = 0; f < 4 * words; f++) {
            const int q = j < k ? centers->codes[j * 4 * words + f] - 128 : 0;
            word[f / 4 * 4 * CENTERS + f % 4] = (char)q;
            sum += q;
        }
        if (j >= k) continue;
        const double step = centers->step[j];
        *gap = ceiling(row_spread * __builtin_sqrt(square_above(centers->square[j])) / step);
        *start = *gap - 128 * sum;
        *square_below = center_square(centers, j);
        square_below[CENTERS] = centers->step[j];
    }
}

/* Add the products of the four bytes of each lane, of x without and of c with a sign. */
static inline ivec add_products(ivec sum, ivec x, ivec c) {
#if defined(__AVX512VNNI__)
    return (ivec)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, (__m512i)c);
#else
    const ivec low = splat_index(0x00ff00ff), even = x & low, odd = (x >> 8) & low;
#if defined(__AVX512BW__)
#define WIDE(op) _mm512_##op##_epi16
    typedef __m512i words;
#elif defined(__AVX2__)
#define WIDE(op) _mm256_##op##_epi16
    typedef __m256i words;
#elif defined(__SSE2__)
#define WIDE(op) _mm_##op##_epi16
    typedef __m128i words;
#endif
#if defined(WIDE)
    const words c_even = WIDE(srai)(WIDE(slli)((words)c, 8), 8), c_odd = WIDE(srai)((words)c, 8);
    return sum + (ivec)WIDE(madd)((words)even, c_even) + (ivec)WIDE(madd)((words)odd, c_odd);
#undef WIDE
#else
    sum += (even & 0xff) * ((c << 24) >> 24);
    sum += (odd & 0xff) * ((c << 16) >> 24);
    sum += (even >> 16) * ((c << 8) >> 24);
    return sum + (odd >> 16) * (c >> 24);
#endif
#endif
}

static inline vec to_real(ivec a) {
#if defined(__AVX512F__)
    return (vec)_mm512_cvtepi32_ps((__m512i)a);
#else
    return __builtin_convertvector(a, vec);
#endif
}

static inline __attribute__((always_inline)) int64_t
panel_scan(const real *strip, int64_t words, const int32_t *panel, int32_t center, int64_t row,
           kmf_scan_tile *tile, kmf_survivor *found) {
    ivec sum[ROW_VECTORS][CENTERS];
    UNROLL(4)
    for (int r = 0; r < ROW_VECTORS; r++) {
        const ivec reach = *(const loose_ivec *)(tile->reach + row + r * LANES);
        UNROLL(6)
        for (int g = 0; g < CENTERS; g++) sum[r][g] = reach + splat_index(panel[g]);
    }
    const int32_t *word = panel + CODE_HEADER;
    UNROLL(1)
    for (int64_t w = 0; w < words; w++, strip += STRIP, word += CENTERS) {
        ivec x[ROW_VECTORS];
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) x[r] = (ivec)load(strip + r * LANES);
        UNROLL(6)
        for (int g = 0; g < CENTERS; g++) {
            const ivec c = splat_index(word[g]);
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) sum[r][g] = add_products(sum[r][g], x[r], c);
        }
    }
    const float *square = (const float *)(panel + 2 * CENTERS), *step = square + CENTERS;
    int64_t count = 0;
    UNROLL(4)
    for (int r = 0; r < ROW_VECTORS; r++) {
        const int64_t first = row + r * LANES;
        const vec row_step = load(tile->step + first);
        vec value[CENTERS];
        UNROLL(6)
        for (int g = 0; g < CENTERS; g++)
            value[g] = splat(square[g]) - splat(step[g]) * (row_step * to_real(sum[r][g]));
        count += keep_survivors(value, first, center, tile, found + count);
    }
    return count;
}

/* Gather rows into a tile: words [word][STRIP] per strip, and the steps of their bounds. */
static void gather_codes(const kmf_sketch *codes, const int32_t *rows, int64_t count,
                         double center_spread, real *scratch, kmf_scan_tile *tile) {
    const int64_t words = code_words(codes->d);
    real *gathered = scratch + TILE_ROWS * words;
    const size_t size = (size_t)words * sizeof(real);
    begin_tile(codes, rows, count, tile);
    for (int64_t r = 0; r < TILE_ROWS; r++) {
        tile->reach[r] = 0;
        tile->step[r] = 0;
        if (r >= count) continue;
        const int64_t i = rows[r];
        memcpy(gathered + r * words, codes->codes + i * 4 * words, size);
        const double step = codes->step[i];
        const double length = __builtin_sqrt(square_above(codes->square[i])) / step + codes->spread;
        tile->step[r] = (float)(2 * step);
        tile->reach[r] = ceiling(length * center_spread) + CODE_MARGIN(codes->d);
    }
    pack_tile(gathered, count, words, 0, scratch);
}

static int64_t scan_codes(const kmf_sketch *codes, const int32_t *rows, int64_t count,
                          const int32_t *packed, int64_t k, double center_spread, float *scratch,
                          kmf_scan_tile *tile, kmf_survivor *found) {
    const int64_t words = code_words(codes->d), lines = lines_per_panel(tile, k);
    int64_t survivors = 0, fetched = 0;
    gather_codes(codes, rows, count, center_spread, scratch, tile);
    for (int64_t p = 0; p < panel_count(k); p++) {
        const int32_t *panel = packed + p * code_panel_size(codes->d);
        fetched = fetch_next(tile, fetched, lines);
        for (int64_t row = 0; row < TILE_ROWS; row += STRIP) {
            if (survivors > KMF_SURVIVORS - SURVIVORS_OF_STRIP) return -1;
            survivors += panel_scan(scratch + row * words, words, panel, (int32_t)(p * CENTERS),
                                    row, tile, found + survivors);
        }
    }
    return survivors;
}

#endif
