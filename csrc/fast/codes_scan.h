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
#include "tile.h"

#if KMF_REAL != 32
#error "float32 arithmetic whatever the rows are: compiled with KMF_REAL=32"
#endif

enum { CODE_HEADER = 4 * CENTERS, SURVIVORS_OF_STRIP = STRIP * CENTERS };

#define CODE_MARGIN(d) (1 + (int32_t)((d) / 64))

static inline int64_t code_words(int64_t d) { return (d + 3) / 4; }
static inline int64_t code_panel_size(int64_t d) { return CODE_HEADER + code_words(d) * CENTERS; }

static int64_t packed_codes_size(int64_t k, int64_t d) {
    return panel_count(k) * code_panel_size(d);
}

/* An upper bound on |y|^2: `square` was rounded down. */
static inline double square_above(float square) {
    return (double)square * (1 + 0x1p-22) + 0x1p-120;
}

static inline float round_up_real(double v) {
    return (float)(v + __builtin_fabs(v) * 0x1p-23 + 0x1p-140);
}

static inline int32_t ceiling(double v) { return (int32_t)v + 1; }

/* `row_spread` is P. */
static void pack_codes(const kmf_codes *centers, int64_t k, double row_spread, int32_t *packed) {
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
        const double step = centers->step[j], square = centers->square[j];
        *gap = ceiling(row_spread * __builtin_sqrt(square_above(centers->square[j])) / step);
        *start = *gap - 128 * sum;
        *square_below = (float)(square * (1 - 0x1p-21) - 0x1p-118);
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

#define ALL_LANES ((1u << LANES) - 1)

/* Lower the threshold of a row: the distance is at most v plus twice the amount by which v was
 * lowered. The sums have few terms; they are rounded up by more than their rounding errors. */
static inline void lower_threshold(kmf_code_tile *tile, int64_t row, const int32_t *panel, int g,
                                   float value) {
    const float *squares = (const float *)(panel + 2 * CENTERS), *steps = squares + CENTERS;
    const float unit = tile->step[row] * steps[g];
    const float width = (float)(2 * (panel[CENTERS + g] + tile->reach[row]) + tile->margin);
    const float lost = (squares[g] + tile->square[row]) * 0x1p-19f + 0x1p-117f;
    const float above = value + unit * width * (1 + 0x1p-18f) + lost;
    const float rounded = above + __builtin_fabsf(above) * 0x1p-21f;
    tile->threshold[row] = rounded < tile->threshold[row] ? rounded : tile->threshold[row];
}

/* List the values that are not beyond their rows' thresholds; the others bound `least`. */
static __attribute__((noinline)) int64_t emit(const vec *value, int64_t row, const int32_t *panel,
                                              int32_t center, kmf_code_tile *tile,
                                              kmf_survivor *found) {
    const ivec infinity = (ivec)splat(REAL_INFINITY);
    vec least = load(tile->least + row);
    float values[LANES];
    int64_t count = 0;
    for (int g = 0; g < CENTERS; g++) {
        const mask beyond = less(load(tile->threshold + row), value[g]);
        least = minimum((vec)blend_index(beyond, (ivec)value[g], infinity), least);
        unsigned hits = ~lane_bits(beyond) & ALL_LANES;
        if (!hits) continue;
        store(values, value[g]);
        for (; hits; hits &= hits - 1) {
            const int lane = __builtin_ctz(hits);
            found[count++] = (kmf_survivor){(int32_t)row + lane, center + g, values[lane]};
            lower_threshold(tile, row + lane, panel, g, values[lane]);
        }
    }
    store(tile->least + row, least);
    return count;
}

static inline __attribute__((always_inline)) int64_t
panel_scan(const real *strip, int64_t words, const int32_t *panel, int32_t center, int64_t row,
           kmf_code_tile *tile, kmf_survivor *found) {
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
        vec value[CENTERS], low = splat(REAL_INFINITY);
        UNROLL(6)
        for (int g = 0; g < CENTERS; g++) {
            value[g] = splat(square[g]) - splat(step[g]) * (row_step * to_real(sum[r][g]));
            low = minimum(value[g], low);
        }
        if (__builtin_expect(lane_bits(less(load(tile->threshold + first), low)) == ALL_LANES, 1))
            store(tile->least + first, minimum(low, load(tile->least + first)));
        else {
            vec kept[CENTERS]; /* `value` itself stays in registers */
            UNROLL(6)
            for (int g = 0; g < CENTERS; g++) kept[g] = value[g];
            count += emit(kept, first, panel, center, tile, found + count);
        }
    }
    return count;
}

/* Drop survivors above the threshold, which was lowered after they were found. */
static int64_t drop_beaten(kmf_code_tile *tile, kmf_survivor *found, int64_t count) {
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        const kmf_survivor one = found[i];
        if (one.value <= tile->threshold[one.row])
            found[kept++] = one;
        else if (one.value < tile->least[one.row])
            tile->least[one.row] = one.value;
    }
    return kept;
}

/* Gather rows into a tile: words [word][STRIP] per strip, and the norms and steps of their bounds.
 */
static void gather_codes(const kmf_codes *codes, const int32_t *rows, int64_t count,
                         double center_spread, real *scratch, kmf_code_tile *tile) {
    const int64_t words = code_words(codes->d);
    real *gathered = scratch + TILE_ROWS * words;
    const size_t size = (size_t)words * sizeof(real);
    tile->margin = CODE_MARGIN(codes->d);
    for (int64_t r = 0; r < TILE_ROWS; r++) {
        tile->least[r] = REAL_INFINITY;
        tile->reach[r] = 0;
        tile->step[r] = tile->square[r] = 0;
        if (r >= count) {
            tile->threshold[r] = -REAL_INFINITY;
            continue;
        }
        const int64_t i = rows[r];
        memcpy(gathered + r * words, codes->codes + i * 4 * words, size);
        const double step = codes->step[i], square = codes->square[i];
        const double length = __builtin_sqrt(square_above(codes->square[i])) / step + codes->spread;
        tile->step[r] = (float)(2 * step);
        tile->square[r] = codes->square[i];
        tile->reach[r] = ceiling(length * center_spread) + tile->margin;
        const double threshold = tile->upper[r] - square;
        tile->threshold[r] = threshold < (double)REAL_MAX / 2 ? round_up_real(threshold) : REAL_MAX;
    }
    pack_tile(gathered, count, words, 0, scratch);
}

/* Prefetch up to `lines` cache lines of the rows that are needed after this tile, from byte `at` of
 * these rows on; returns where it stopped. */
static inline int64_t fetch_next(const kmf_code_tile *tile, int64_t at, int64_t lines) {
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

static int64_t scan_codes(const kmf_codes *codes, const int32_t *rows, int64_t count,
                          const int32_t *packed, int64_t k, double center_spread, float *scratch,
                          kmf_code_tile *tile, kmf_survivor *found) {
    const int64_t words = code_words(codes->d);
    const int64_t lines = tile->n_next * (tile->row_bytes / CACHE_LINE + 1) / panel_count(k) + 1;
    int64_t survivors = 0, fetched = 0;
    gather_codes(codes, rows, count, center_spread, scratch, tile);
    for (int64_t p = 0; p < panel_count(k); p++) {
        const int32_t *panel = packed + p * code_panel_size(codes->d);
        fetched = fetch_next(tile, fetched, lines);
        for (int64_t row = 0; row < TILE_ROWS; row += STRIP) {
            if (survivors > KMF_SURVIVORS - SURVIVORS_OF_STRIP) {
                survivors = drop_beaten(tile, found, survivors);
                if (survivors > KMF_SURVIVORS / 2) return -1;
            }
            survivors += panel_scan(scratch + row * words, words, panel, (int32_t)(p * CENTERS),
                                    row, tile, found + survivors);
        }
    }
    return drop_beaten(tile, found, survivors);
}

#endif
