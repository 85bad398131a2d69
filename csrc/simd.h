/* Vectors of reals, as wide as the instruction set of this compilation allows.
 *
 * Arithmetic is plain `a * b + c` on GCC/Clang vector types (contracted to FMA where there is one).
 * Comparisons, minima and blends are intrinsics on x86: the vector-extension form costs the
 * epilogue of the small-d kernels 2-3 instructions for each of them. */
#ifndef KMF_SIMD_H
#define KMF_SIMD_H

#include "real.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#define VECTOR_REGISTERS 32
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#define VECTOR_REGISTERS 16
#elif defined(__aarch64__)
#define VECTOR_BYTES 16
#define VECTOR_REGISTERS 32
#else
#define VECTOR_BYTES 16
#define VECTOR_REGISTERS 16
#endif

#define LANES (VECTOR_BYTES * 8 / KMF_REAL)

typedef real vec __attribute__((vector_size(VECTOR_BYTES)));
typedef integer ivec __attribute__((vector_size(VECTOR_BYTES)));
typedef real loose_vec __attribute__((vector_size(VECTOR_BYTES), aligned(KMF_REAL / 8), may_alias));
typedef integer loose_ivec
    __attribute__((vector_size(VECTOR_BYTES), aligned(KMF_REAL / 8), may_alias));

static inline vec load(const real *p) { return *(const loose_vec *)p; }
static inline void store(real *p, vec v) { *(loose_vec *)p = v; }
static inline void store_index(integer *p, ivec v) { *(loose_ivec *)p = v; }
static inline vec splat(real a) { return a - (vec){0}; }
static inline ivec splat_index(integer a) { return a - (ivec){0}; }

#if defined(__AVX512F__)
#if KMF_REAL == 32
#define AVX512(op) _mm512_##op##_ps
typedef __mmask16 mask;
static inline ivec blend_index(mask m, ivec yes, ivec no) {
    return (ivec)_mm512_mask_blend_epi32(m, (__m512i)no, (__m512i)yes);
}
static inline mask less(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
#else
#define AVX512(op) _mm512_##op##_pd
typedef __mmask8 mask;
static inline ivec blend_index(mask m, ivec yes, ivec no) {
    return (ivec)_mm512_mask_blend_epi64(m, (__m512i)no, (__m512i)yes);
}
static inline mask less(vec a, vec b) { return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ); }
#endif
static inline vec minimum(vec a, vec b) { return AVX512(min)(a, b); }
static inline vec maximum(vec a, vec b) { return AVX512(max)(a, b); }

#else
typedef ivec mask;
static inline mask less(vec a, vec b) { return a < b; }

#if defined(__AVX__)
#if KMF_REAL == 32
#define AVX(op) _mm256_##op##_ps
typedef __m256 x86_vec;
#else
#define AVX(op) _mm256_##op##_pd
typedef __m256d x86_vec;
#endif
static inline vec minimum(vec a, vec b) { return AVX(min)(a, b); }
static inline vec maximum(vec a, vec b) { return AVX(max)(a, b); }
static inline ivec blend_index(mask m, ivec yes, ivec no) {
    return (ivec)AVX(blendv)((x86_vec)no, (x86_vec)yes, (x86_vec)m);
}

#else
static inline ivec blend_index(mask m, ivec yes, ivec no) { return (yes & m) | (no & ~m); }
#if defined(__SSE2__) && KMF_REAL == 32
static inline vec minimum(vec a, vec b) { return _mm_min_ps(a, b); }
static inline vec maximum(vec a, vec b) { return _mm_max_ps(a, b); }
#elif defined(__SSE2__)
static inline vec minimum(vec a, vec b) { return _mm_min_pd(a, b); }
static inline vec maximum(vec a, vec b) { return _mm_max_pd(a, b); }
#else
static inline vec minimum(vec a, vec b) {
    ivec m = a < b;
    return (vec)(((ivec)a & m) | ((ivec)b & ~m));
}
static inline vec maximum(vec a, vec b) {
    ivec m = a > b;
    return (vec)(((ivec)a & m) | ((ivec)b & ~m));
}
#endif
#endif
#endif

/* One bit per lane. */
static inline uint32_t lane_bits(mask m) {
#if defined(__AVX512F__)
    return m;
#elif defined(__AVX__) && KMF_REAL == 32
    return (uint32_t)_mm256_movemask_ps((__m256)m);
#elif defined(__AVX__)
    return (uint32_t)_mm256_movemask_pd((__m256d)m);
#elif defined(__SSE2__) && KMF_REAL == 32
    return (uint32_t)_mm_movemask_ps((__m128)m);
#elif defined(__SSE2__)
    return (uint32_t)_mm_movemask_pd((__m128d)m);
#else
    uint32_t bits = 0;
    for (int l = 0; l < LANES; l++) bits |= (uint32_t)(m[l] != 0) << l;
    return bits;
#endif
}

#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (ivec){__VA_ARGS__})
#endif
/* Minimum and maximum of elements that are not negative, which order like their bits. Integers have
 * more ports on some processors: 10 % of a float64 assignment at d = 2 on Zen 5. */
#if defined(__AVX512F__) && KMF_REAL == 32
static inline vec least(vec a, vec b) { return (vec)_mm512_min_epi32((__m512i)a, (__m512i)b); }
static inline vec most(vec a, vec b) { return (vec)_mm512_max_epi32((__m512i)a, (__m512i)b); }
#elif defined(__AVX512F__)
static inline vec least(vec a, vec b) { return (vec)_mm512_min_epi64((__m512i)a, (__m512i)b); }
static inline vec most(vec a, vec b) { return (vec)_mm512_max_epi64((__m512i)a, (__m512i)b); }
#else
static inline vec least(vec a, vec b) { return minimum(a, b); }
static inline vec most(vec a, vec b) { return maximum(a, b); }
#endif

/* the even and the odd elements of a, then of b */
#if LANES == 16
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#elif LANES == 8
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define ODD 1, 3, 5, 7, 9, 11, 13, 15
#elif LANES == 4
#define EVEN 0, 2, 4, 6
#define ODD 1, 3, 5, 7
#else
#define EVEN 0, 2
#define ODD 1, 3
#endif
static inline vec even(vec a, vec b) { return SHUFFLE(a, b, EVEN); }
static inline vec odd(vec a, vec b) { return SHUFFLE(a, b, ODD); }

#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define UNROLL(n) PRAGMA(unroll(n))
#else
#define UNROLL(n) PRAGMA(GCC unroll n)
#endif

#endif
