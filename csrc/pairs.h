/* Squared distance of one pair in the element type, and the bounds that it gives.
 *
 * A sum of d squares of rounded differences is off by at most (d + 3) u of itself, however it is
 * added up, and by REAL_MIN for each feature that underflows; the defining sum of the same pair by
 * as much with the u of float64. `relative` covers both and leaves as much again, so that bounds
 * taken from two pairs, if they are in order, put the defining sums in the same order, even after
 * centers moved: each move is bounded separately, with its own margin. */
#ifndef KMF_PAIRS_H
#define KMF_PAIRS_H

#include <string.h>

#include "real.h"
#include "simd.h"

typedef real pair_vec __attribute__((vector_size(64)));
typedef real loose_pair_vec __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));

enum { PAIR_LANES = 64 / sizeof(real) };

/* By pointer: a function that takes or returns a wide vector has no common ABI. */
static inline real pair_total(const pair_vec *v) {
#if defined(__AVX512F__) && KMF_REAL == 32
    return _mm512_reduce_add_ps((__m512)*v);
#elif defined(__AVX512F__)
    return _mm512_reduce_add_pd((__m512d)*v);
#else
    real lanes[PAIR_LANES];
    memcpy(lanes, v, sizeof lanes);
    for (int half = PAIR_LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++) lanes[l] += lanes[l + half];
    return lanes[0];
#endif
}

/* The last features, fewer than PAIR_LANES, and zeros. */
static inline void pair_tail(const real *p, int64_t features, pair_vec *v) {
#if defined(__AVX512F__) && KMF_REAL == 32
    *v = (pair_vec)_mm512_maskz_loadu_ps((__mmask16)((1u << features) - 1), p);
#elif defined(__AVX512F__)
    *v = (pair_vec)_mm512_maskz_loadu_pd((__mmask8)((1u << features) - 1), p);
#else
    real lanes[PAIR_LANES] = {0};
    for (int64_t f = 0; f < features; f++) lanes[f] = p[f];
    memcpy(v, lanes, sizeof *v);
#endif
}

#define pair_load(p) ((pair_vec) * (const loose_pair_vec *)(p))

static inline real pair_squared(const real *a, const real *b, int64_t d) {
    pair_vec sum[4] = {{0}};
    int64_t f = 0;
    for (; f + 4 * PAIR_LANES <= d; f += 4 * PAIR_LANES) {
        UNROLL(4)
        for (int c = 0; c < 4; c++) {
            const pair_vec difference =
                pair_load(a + f + c * PAIR_LANES) - pair_load(b + f + c * PAIR_LANES);
            sum[c] += difference * difference;
        }
    }
    for (; f + PAIR_LANES <= d; f += PAIR_LANES) {
        const pair_vec difference = pair_load(a + f) - pair_load(b + f);
        sum[0] += difference * difference;
    }
    if (f < d) {
        pair_vec x, c;
        pair_tail(a + f, d - f, &x);
        pair_tail(b + f, d - f, &c);
        sum[1] += (x - c) * (x - c);
    }
    sum[0] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    return pair_total(sum);
}

/* The squared distances of a row to the listed centers, four at a time: as many chains. */
static inline void pairs_squared(const real *row, const real *centers, int64_t d,
                                 const int32_t *list, int64_t count, real *squared) {
    int64_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const real *c[4];
        pair_vec sum[4] = {{0}};
        int64_t f = 0;
        UNROLL(4)
        for (int g = 0; g < 4; g++) c[g] = centers + list[i + g] * d;
        for (; f + PAIR_LANES <= d; f += PAIR_LANES) {
            const pair_vec x = pair_load(row + f);
            UNROLL(4)
            for (int g = 0; g < 4; g++) {
                const pair_vec difference = x - pair_load(c[g] + f);
                sum[g] += difference * difference;
            }
        }
        if (f < d) {
            pair_vec x, other;
            pair_tail(row + f, d - f, &x);
            UNROLL(4)
            for (int g = 0; g < 4; g++) {
                pair_tail(c[g] + f, d - f, &other);
                sum[g] += (x - other) * (x - other);
            }
        }
        UNROLL(4)
        for (int g = 0; g < 4; g++) squared[i + g] = pair_total(&sum[g]);
    }
    for (; i < count; i++) squared[i] = pair_squared(row, centers + list[i] * d, d);
}

/* The error bound of a squared distance: its relative and its absolute part. */
typedef struct {
    double relative, absolute;
} pair_error;

static inline pair_error pair_error_of(int64_t d) {
    return (pair_error){8 * ((double)d + 8) * UNIT_ROUNDOFF,
                        4 * ((double)d + 8) * (double)REAL_MIN};
}

#define ROUNDING 0x1p-50 /* more than a few operations in float64 lose */

static inline double pair_above(double squared, pair_error error) {
    if (!(squared < (double)REAL_MAX / 8) || error.relative > 0.25) return __builtin_inf();
    return __builtin_sqrt(squared * (1 + error.relative) + error.absolute) * (1 + ROUNDING);
}

/* A square that overflowed is at least nearly REAL_MAX. */
static inline double pair_below(double squared, pair_error error) {
    if (squared > (double)REAL_MAX) squared = (double)REAL_MAX;
    const double least = squared * (1 - error.relative) - error.absolute;
    return least > 0 && error.relative < 0.25 ? __builtin_sqrt(least) * (1 - ROUNDING) : 0;
}

#endif
