/* Vectors of unsigned bytes: saturating arithmetic, and comparisons as bits. */
#ifndef KMF_BYTES_H
#define KMF_BYTES_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512BW__)
enum { BYTE_LANES = 64 };
typedef __m512i bytes;
static inline bytes bytes_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
static inline bytes bytes_splat(int v) { return _mm512_set1_epi8((char)v); }
static inline bytes bytes_add(bytes a, bytes b) { return _mm512_adds_epu8(a, b); }
static inline bytes bytes_subtract(bytes a, bytes b) { return _mm512_subs_epu8(a, b); }
static inline bytes bytes_minimum(bytes a, bytes b) { return _mm512_min_epu8(a, b); }
static inline uint64_t bytes_at_most(bytes a, bytes b) { return _mm512_cmple_epu8_mask(a, b); }
/* a, and 255 where a bit is set */
static inline bytes bytes_fill(bytes a, uint64_t bits) {
    return _mm512_mask_blend_epi8(bits, a, _mm512_set1_epi8(-1));
}

#elif defined(__AVX2__)
enum { BYTE_LANES = 32 };
typedef __m256i bytes;
static inline bytes bytes_load(const uint8_t *p) { return _mm256_loadu_si256((const bytes *)p); }
static inline bytes bytes_splat(int v) { return _mm256_set1_epi8((char)v); }
static inline bytes bytes_add(bytes a, bytes b) { return _mm256_adds_epu8(a, b); }
static inline bytes bytes_subtract(bytes a, bytes b) { return _mm256_subs_epu8(a, b); }
static inline bytes bytes_minimum(bytes a, bytes b) { return _mm256_min_epu8(a, b); }
static inline uint64_t bytes_at_most(bytes a, bytes b) {
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(a, b), a));
}

#elif defined(__SSE2__)
enum { BYTE_LANES = 16 };
typedef __m128i bytes;
static inline bytes bytes_load(const uint8_t *p) { return _mm_loadu_si128((const bytes *)p); }
static inline bytes bytes_splat(int v) { return _mm_set1_epi8((char)v); }
static inline bytes bytes_add(bytes a, bytes b) { return _mm_adds_epu8(a, b); }
static inline bytes bytes_subtract(bytes a, bytes b) { return _mm_subs_epu8(a, b); }
static inline bytes bytes_minimum(bytes a, bytes b) { return _mm_min_epu8(a, b); }
static inline uint64_t bytes_at_most(bytes a, bytes b) {
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(a, b), a));
}

#else
enum { BYTE_LANES = 16 };
typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint8_t loose_bytes __attribute__((vector_size(16), aligned(1), may_alias));
static inline bytes bytes_load(const uint8_t *p) { return *(const loose_bytes *)p; }
static inline bytes bytes_splat(int v) { return (uint8_t)v - (bytes){0}; }
static inline bytes bytes_minimum(bytes a, bytes b) {
    const bytes m = (bytes)(a < b);
    return (a & m) | (b & ~m);
}
static inline bytes bytes_add(bytes a, bytes b) { return a + bytes_minimum(b, ~a); }
static inline bytes bytes_subtract(bytes a, bytes b) { return a - bytes_minimum(a, b); }
static inline uint64_t bytes_at_most(bytes a, bytes b) {
    const bytes yes = (bytes)(a <= b);
    uint64_t bits = 0;
    for (int l = 0; l < 16; l++) bits |= (uint64_t)(yes[l] & 1) << l;
    return bits;
}
#endif

#define LANE_BITS (~(uint64_t)0 >> (64 - BYTE_LANES))

#if !defined(__AVX512BW__)
static inline bytes bytes_fill(bytes a, uint64_t bits) {
    uint8_t v[BYTE_LANES];
    bytes filled;
    memcpy(v, &a, sizeof v);
    for (; bits; bits &= bits - 1) v[__builtin_ctzll(bits)] = 255;
    memcpy(&filled, v, sizeof v);
    return filled;
}
#endif

static inline int bytes_least(bytes a) {
    uint8_t v[BYTE_LANES];
    memcpy(v, &a, sizeof v);
#if defined(__SSE2__)
    __m128i least = _mm_loadu_si128((const __m128i *)v);
    for (int l = 16; l < BYTE_LANES; l += 16)
        least = _mm_min_epu8(least, _mm_loadu_si128((const __m128i *)(v + l)));
    least = _mm_min_epu8(least, _mm_srli_si128(least, 8));
    least = _mm_min_epu8(least, _mm_srli_si128(least, 4));
    least = _mm_min_epu8(least, _mm_srli_si128(least, 2));
    least = _mm_min_epu8(least, _mm_srli_si128(least, 1));
    return _mm_cvtsi128_si32(least) & 255;
#else
    uint8_t least = 255;
    for (int l = 0; l < BYTE_LANES; l++) least = v[l] < least ? v[l] : least;
    return least;
#endif
}

#endif
