/* Which rows of a block may be closer to a point than to their seeds, and how much closer they can
 * be: the filter of greedy k-means++.
 *
 * Rows are codes of one byte per feature, q + 128 with q in [-127, 127], in one unit for all
 * features (exact/seed_codes_encode.h defines the codes, `halves` and `limits`), so that |x -
 * c|^2 < closest   implies   q_x . q_c + half_x > limit_c, integers throughout. Layout: strips of
 * 16 rows, [group of 4 features][row][4]: a dot product of bytes leaves one sum per row in 32-bit
 * lanes.
 *
 * The excess e = q_x . q_c + half_x - limit_c also bounds what a row gains. With s and r = r_x +
 * r_c of exact/seed_codes_encode.h, R = s + r and q = |q_x - q_c|, where q < R, 2 e >= R^2 - q^2 =
 * s^2 - (q - r)^2 + 2 r (R - q), and where q < r, 2 e >= R^2 - q^2 >= s^2: 2 e >= (closest - |x -
 * c|^2) inverse^2. Halves above KMF_SEED_FAR / 2 may be cut: the gain of such a row is at most its
 * closest distance. */
#ifndef KMF_FAST_SEED_CODES_FILTER_H
#define KMF_FAST_SEED_CODES_FILTER_H

#include <string.h>

#include "../simd.h"
#include "../structs.h"
#include "panels.h"

enum {
    CODE_ROWS = 16,
    CODE_VECTORS = VECTOR_BYTES / 16, /* that hold the 64 bytes of 4 features of a strip */
    CODE_LANES = VECTOR_BYTES / 4,
    STRIP_VECTORS = CODE_ROWS / CODE_LANES,
    STEP_VECTORS = VECTOR_REGISTERS == 32 ? 4 : 2, /* times 6 points, as in tile.h */
    MOST_POINTS = 1 + 2 * CENTERS,
    BLOCK_TILES = 16, /* a block is KMF_SEED_ROWS rows */
};

typedef int32_t code_vec __attribute__((vector_size(VECTOR_BYTES)));
typedef float code_floats __attribute__((vector_size(VECTOR_BYTES)));
typedef float loose_factor __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t loose_code __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));
typedef int32_t loose_word __attribute__((aligned(1), may_alias));
typedef uint16_t bits_of_strip __attribute__((may_alias));

/* Add four products to each lane of `sum`: of unsigned bytes of x and signed bytes of c. */
static inline code_vec dot_bytes(code_vec sum, code_vec x, int32_t c) {
#if defined(__AVX512VNNI__)
    return (code_vec)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)x, _mm512_set1_epi32(c));
#else
    const int32_t c0 = (int8_t)c, c1 = (int8_t)(c >> 8), c2 = (int8_t)(c >> 16), c3 = c >> 24;
#if defined(__SSE2__)
    const int32_t even = (c0 & 0xffff) | c2 * 65536, odd = (c1 & 0xffff) | c3 * 65536;
#if defined(__AVX512F__)
    const __m512i low = _mm512_and_si512((__m512i)x, _mm512_set1_epi32(0xff00ff));
    const __m512i high = _mm512_srli_epi16((__m512i)x, 8);
    return sum + (code_vec)_mm512_madd_epi16(low, _mm512_set1_epi32(even)) +
           (code_vec)_mm512_madd_epi16(high, _mm512_set1_epi32(odd));
#elif defined(__AVX2__)
    const __m256i low = _mm256_and_si256((__m256i)x, _mm256_set1_epi32(0xff00ff));
    const __m256i high = _mm256_srli_epi16((__m256i)x, 8);
    return sum + (code_vec)_mm256_madd_epi16(low, _mm256_set1_epi32(even)) +
           (code_vec)_mm256_madd_epi16(high, _mm256_set1_epi32(odd));
#else
    const __m128i low = _mm_and_si128((__m128i)x, _mm_set1_epi32(0xff00ff));
    const __m128i high = _mm_srli_epi16((__m128i)x, 8);
    return sum + (code_vec)_mm_madd_epi16(low, _mm_set1_epi32(even)) +
           (code_vec)_mm_madd_epi16(high, _mm_set1_epi32(odd));
#endif
#else
    return sum + (x & 255) * c0 + (x >> 8 & 255) * c1 + (x >> 16 & 255) * c2 + (x >> 24 & 255) * c3;
#endif
#endif
}

/* One bit per lane: sum > limit. */
static inline uint32_t lanes_above(code_vec sum, int32_t limit) {
#if defined(__AVX512F__)
    return _mm512_cmpgt_epi32_mask((__m512i)sum, _mm512_set1_epi32(limit));
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps((__m256)(sum > limit));
#elif defined(__SSE2__)
    return (uint32_t)_mm_movemask_ps((__m128)(sum > limit));
#else
    uint32_t found = 0;
    for (int l = 0; l < CODE_LANES; l++) found |= (uint32_t)(sum[l] > limit) << l;
    return found;
#endif
}

/* The excess of each lane where it is positive and `half` is not cut, otherwise 0. */
static inline code_vec gain_lanes(code_vec excess, code_vec half) {
    return excess & ~(excess >> 31) & ((half - (KMF_SEED_FAR / 2 + 1)) >> 31);
}

/* Add the excesses of STEP_VECTORS vectors of rows, times `factors`, to CODE_LANES sums. */
static inline void add_excesses(const code_vec *sum, int32_t limit, const int32_t *halves,
                                const float *factors, float *gains) {
    code_floats total = *(const code_floats *)(const void *)gains;
    UNROLL(4)
    for (int v = 0; v < STEP_VECTORS; v++) {
        const code_vec half = *(const loose_code *)(halves + v * CODE_LANES);
        total += __builtin_convertvector(gain_lanes(sum[v] - limit, half), code_floats) *
                 *(const loose_factor *)(factors + v * CODE_LANES);
    }
    *(code_floats *)(void *)gains = total;
}

/* STEP_VECTORS vectors of rows against `count` points: bits[p * words ..] of one tile each. Fetches
 * what lies `ahead` bytes further: codes of a block do not fit the cache. */
static inline __attribute__((always_inline)) void
code_step(const uint8_t *codes, int64_t groups, const int32_t *halves, const int8_t *points,
          const int32_t *limits, const int count, int64_t vector, int64_t ahead, uint64_t *bits,
          const float *factors, float *gains) {
    code_vec sum[CENTERS][STEP_VECTORS];
    const uint8_t *from[STEP_VECTORS];
    for (int v = 0; v < STEP_VECTORS; v++) {
        const int64_t at = vector + v, strip = at / STRIP_VECTORS;
        from[v] = codes + strip * groups * 64 + at % STRIP_VECTORS * VECTOR_BYTES;
        const code_vec half = *(const loose_code *)(halves + at * CODE_LANES);
        UNROLL(6)
        for (int p = 0; p < count; p++) sum[p][v] = half;
    }
    UNROLL(1)
    for (int64_t g = 0; g < groups; g++) {
        code_vec x[STEP_VECTORS];
        UNROLL(4)
        for (int v = 0; v < STEP_VECTORS; v++) {
            x[v] = *(const loose_code *)(const void *)(from[v] + g * 64);
            __builtin_prefetch(from[v] + g * 64 + ahead, 0, 2);
        }
        UNROLL(6)
        for (int p = 0; p < count; p++) {
            const int32_t c = *(const loose_word *)(const void *)(points + (p * groups + g) * 4);
            UNROLL(4)
            for (int v = 0; v < STEP_VECTORS; v++) sum[p][v] = dot_bytes(sum[p][v], x[v], c);
        }
    }
    UNROLL(6)
    for (int p = 0; p < count; p++) {
        UNROLL(4)
        for (int v = 0; v < STEP_VECTORS; v++) {
            const int64_t at = (vector + v) * CODE_LANES;
            const uint64_t found = lanes_above(sum[p][v], limits[p]);
            if (CODE_LANES == 16)
                ((bits_of_strip *)(bits + p * BLOCK_TILES))[at / 16] = (bits_of_strip)found;
            else
                bits[p * BLOCK_TILES + at / 64] |= found << at % 64;
        }
        if (gains)
            add_excesses(sum[p], limits[p], halves + vector * CODE_LANES,
                         factors + vector * CODE_LANES, gains + p * CODE_LANES);
    }
}

/* Rows of up to BLOCK_TILES tiles of 64: one bit per row and point, bits[point][tile]. Unless it is
 * null, adds excesses times `factors` (one per row of the block) to gains[point][CODE_LANES]. */
static void seed_codes_filter(const uint8_t *codes, int64_t n, int64_t features,
                              const int32_t *halves, const int8_t *points, const int32_t *limits,
                              int64_t count, uint64_t *bits, const float *factors, float *gains) {
    const int64_t groups = (features + 3) / 4, steps = (count + CENTERS - 1) / CENTERS;
    const int64_t some = (count + steps - 1) / steps;
    const int64_t vectors = (n + CODE_ROWS - 1) / CODE_ROWS * STRIP_VECTORS;
    memset(bits, 0, (size_t)(count * BLOCK_TILES) * sizeof *bits);
    for (int64_t v = 0; v < vectors; v += STEP_VECTORS) {
        for (int64_t p = 0; p < count; p += some) {
            const int8_t *these = points + p * groups * 4;
            uint64_t *out = bits + p * BLOCK_TILES;
            float *sums = gains ? gains + p * CODE_LANES : NULL;
            const int64_t ahead = p + some < count ? 0 : STEP_VECTORS * VECTOR_BYTES * groups;
            switch (min64(some, count - p)) {
            case 1:
                code_step(codes, groups, halves, these, limits + p, 1, v, ahead, out, factors,
                          sums);
                break;
            case 2:
                code_step(codes, groups, halves, these, limits + p, 2, v, ahead, out, factors,
                          sums);
                break;
            case 3:
                code_step(codes, groups, halves, these, limits + p, 3, v, ahead, out, factors,
                          sums);
                break;
            case 4:
                code_step(codes, groups, halves, these, limits + p, 4, v, ahead, out, factors,
                          sums);
                break;
            case 5:
                code_step(codes, groups, halves, these, limits + p, 5, v, ahead, out, factors,
                          sums);
                break;
            default:
                code_step(codes, groups, halves, these, limits + p, 6, v, ahead, out, factors,
                          sums);
                break;
            }
        }
    }
}

#endif
