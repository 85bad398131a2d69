/* float32 rows as integers, two features in a word, with the rows in lanes as in tile.h: see
 * int16_pack.h. */
#ifndef KMF_FAST_INT16_TILE_H
#define KMF_FAST_INT16_TILE_H

#include <string.h>

#include "../simd.h"
#include "int16_pack.h"
#include "tile.h"

#if KMF_REAL != 32
#error "float32 rows: compiled with KMF_REAL=32"
#endif

#if defined(__AVX512F__)
#define INTEGERS(op) _mm512_##op
typedef __m512i integers;
#elif defined(__AVX2__)
#define INTEGERS(op) _mm256_##op
typedef __m256i integers;
#elif defined(__SSE2__)
#define INTEGERS(op) _mm_##op
typedef __m128i integers;
#endif

/* Sums may wrap around for rows that are too long. */
typedef uint32_t uvec __attribute__((vector_size(VECTOR_BYTES)));
static inline ivec add_wrapped(ivec a, ivec b) { return (ivec)((uvec)a + (uvec)b); }

/* The sum of the products of the two words of each lane. */
static inline ivec multiply_pairs(ivec x, ivec c) {
#if defined(__SSE2__)
    return (ivec)INTEGERS(madd_epi16)((integers)x, (integers)c);
#else
    const ivec low = ((ivec)((uvec)x << 16) >> 16) * ((ivec)((uvec)c << 16) >> 16);
    return add_wrapped(low, (x >> 16) * (c >> 16));
#endif
}

/* (x - shift) scale, rounded to integers and saturated; one that is not a number is saturated. */
static void integers_of(const float *x, const float *shift, float scale, int64_t count,
                        int16_t *out) {
    int64_t i = 0;
#if defined(__AVX512F__)
    for (; i + 16 <= count; i += 16) {
        const vec v = (load(x + i) - load(shift + i)) * splat(scale);
        const __m256i words = _mm512_cvtsepi32_epi16(_mm512_cvtps_epi32((__m512)v));
        _mm256_storeu_si256((__m256i_u *)(out + i), words);
    }
#elif defined(__AVX2__)
    for (; i + 16 <= count; i += 16) {
        const vec a = (load(x + i) - load(shift + i)) * splat(scale);
        const vec b = (load(x + i + 8) - load(shift + i + 8)) * splat(scale);
        const __m256i both =
            _mm256_packs_epi32(_mm256_cvtps_epi32((__m256)a), _mm256_cvtps_epi32((__m256)b));
        _mm256_storeu_si256((__m256i_u *)(out + i), _mm256_permute4x64_epi64(both, 0xd8));
    }
#elif defined(__SSE2__)
    for (; i + 8 <= count; i += 8) {
        const vec a = (load(x + i) - load(shift + i)) * splat(scale);
        const vec b = (load(x + i + 4) - load(shift + i + 4)) * splat(scale);
        _mm_storeu_si128((__m128i_u *)(out + i),
                         _mm_packs_epi32(_mm_cvtps_epi32((__m128)a), _mm_cvtps_epi32((__m128)b)));
    }
#endif
    for (; i < count; i++) {
        const float v = (x[i] - shift[i]) * scale, most = INT16_MAX;
        const int inside = v > -most && v < most;
        out[i] = inside ? (int16_t)(v + (v < 0 ? -0.5f : 0.5f)) : INT16_MIN;
    }
}

/* The first tile of the n rows from x on, as pairs; `words` has room for a tile and INT16_ROWS
 * words. A row of an odd number of elements has a zero behind it: it becomes integers in whole
 * vectors, whose last elements are of the next row and are written again with that row. */
static void int16_tile(const float *x, int64_t n, int64_t d, const int32_t *packed, float *words,
                       float *tile) {
    const float *shift = (const float *)(packed + HEADER);
    const int64_t stride = 2 * pair_count(d), rows = min64(n, TILE_ROWS);
    int16_t *out = (int16_t *)words;
    int16_header header;
    memcpy(&header, packed, sizeof header);
    if (d == stride) {
        for (int64_t r = 0; r < rows; r += INT16_ROWS)
            integers_of(x + r * d, shift, header.scale, min64(rows - r, INT16_ROWS) * d,
                        out + r * d);
    } else {
        for (int64_t r = 0; r < rows; r++, out += stride) {
            const int64_t count = min64(round_up(d, INT16_ROWS), (n - r) * d);
            integers_of(x + r * d, shift, header.scale, count, out);
            out[d] = 0;
        }
    }
    pack_tile(words, rows, stride / 2, 0, tile);
}

static inline ivec load_words(const void *p) { return *(const loose_ivec *)p; }

/* |p|^2 in units of 256. */
static void int16_squares(const real *tile, int64_t pairs, int32_t squares[TILE_ROWS]) {
    for (int64_t row = 0; row < TILE_ROWS; row += LANES) {
        const real *words = tile + row / STRIP * STRIP * pairs + row % STRIP;
        uvec sum = {0};
        for (int64_t f = 0; f < pairs; f++) {
            const ivec p = load_words(words + f * STRIP);
            sum += (uvec)multiply_pairs(p, p) >> 8;
        }
        store_index(squares + row, (ivec)sum);
    }
}

static int64_t int16_tile_size(int64_t d) { return TILE_ROWS * (pair_count(d) + 1); }

/* Tiles of integers: pairs, then |p|^2. */
static void int16_rows(const float *x, int64_t n, int64_t d, const int32_t *packed, float *scratch,
                       int32_t *tiles) {
    for (int64_t i = 0; i < n; i += TILE_ROWS, tiles += int16_tile_size(d)) {
        int16_tile(x + i * d, n - i, d, packed, scratch, (float *)tiles);
        int16_squares((const float *)tiles, pair_count(d), tiles + TILE_ROWS * pair_count(d));
    }
}

#endif
