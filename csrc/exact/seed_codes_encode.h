/* Rows and points as bytes, for the filter of greedy k-means++ (fast/seed_codes_filter.h).
 *
 * In units of the code, z = (scale x - middle) * inverse, P(z) is its projection on the box |z_f|
 * <= 127.5, and q is P(z) rounded to an integer in [-127, 127]: |P(z) - q| = r. Projections on a
 * box bring no two points farther apart, so that for any row x and point c |z_x - z_c| >= |P(z_x) -
 * P(z_c)| >= |q_x - q_c| - r_x - r_c: a row at distance s of its nearest seed can come closer to c
 * only if |q_x - q_c|^2 < (s + r_x + r_c)^2. Halved, with all that is rounded turned so that no row
 * is lost, q_x . q_c + half_x > limit_c,  half_x = (s + r_x + r_c)^2 / 2 - |q_x|^2 / 2, limit_c =
 * |q_c|^2 / 2. Padding rows never pass. The bytes of rows are q + 128, which adds 128 sum(q_c) on
 * both sides. Up to 4096 features no sum leaves 32 bits: dots with bytes stay within 2^27, |q|^2 /
 * 2 in 2^25, so KMF_SEED_FAR lets every row pass whose s is infinite. */
#ifndef KMF_EXACT_SEED_CODES_ENCODE_H
#define KMF_EXACT_SEED_CODES_ENCODE_H

#include <string.h>

#include "../real.h"
#include "../structs.h"
#include "doubles.h"

enum {
    SEED_STRIP = 16,
    SEED_TILE = 64,
    SEED_FEATURES = 8,
};

typedef int8_t code_bytes __attribute__((vector_size(SEED_FEATURES)));
typedef real eight_reals
    __attribute__((vector_size(SEED_FEATURES * sizeof(real)), aligned(sizeof(real)), may_alias));

#define load_features(p) __builtin_convertvector(*(const eight_reals *)(p), doubles)
#define select_doubles(m, a, b) ((doubles)(((longs)(a) & (m)) | ((longs)(b) & ~(m))))
#define least_doubles(a, b) select_doubles((a) < (b), a, b)
#define most_doubles(a, b) select_doubles((a) > (b), a, b)

typedef struct {
    double norm, rest; /* sums of squares */
    int64_t sum;
} seed_code;

/* One row or point: its integers (d) and their sums. */
static seed_code seed_encode(const real *x, int64_t d, double scale, const double *middle,
                             double inverse, int8_t *codes) {
    const doubles to_integer = (doubles){0} + 0x1.8p52, edge = (doubles){0} + 127.5,
                  most = (doubles){0} + 127;
    doubles norms = {0}, rests = {0}, sums = {0};
    for (int64_t f = 0; f < d; f += SEED_FEATURES) {
        doubles z = {0};
        if (f + SEED_FEATURES <= d)
            z = (load_features(x + f) * scale - load_doubles(middle + f)) * inverse;
        else
            for (int64_t i = f; i < d; i++) z[i - f] = ((double)x[i] * scale - middle[i]) * inverse;
        const doubles inside = least_doubles(most_doubles(z, -edge), edge);
        const doubles q =
            least_doubles(most_doubles((inside + to_integer) - to_integer, -most), most);
        const doubles rest = inside - q;
        sums += q;
        norms += q * q;
        rests += rest * rest;
        const code_bytes bytes = __builtin_convertvector(q, code_bytes);
        memcpy(codes + f, &bytes, (size_t)(d - f < SEED_FEATURES ? d - f : SEED_FEATURES));
    }
    seed_code code = {0, 0, 0};
    for (int l = 0; l < SEED_FEATURES; l++) {
        code.sum += (int64_t)sums[l];
        code.norm += norms[l];
        code.rest += rests[l];
    }
    return code;
}

/* n rows from the start of a strip on: bytes, halves with s infinite, and per tile the largest r;
 * padding rows fill the last tile. Returns the largest r. */
static double seed_encode_rows(const real *x, int64_t n, int64_t d, int64_t features, double scale,
                               const double *middle, double inverse, int8_t *scratch,
                               uint8_t *codes, int32_t *halves, float *radii) {
    const int64_t groups = (features + 3) / 4, ends = (n + SEED_TILE - 1) / SEED_TILE * SEED_TILE;
    double largest = 0, most = 0;
    memset(scratch, 0, (size_t)(4 * groups));
    for (int64_t i = 0; i < ends; i++) {
        uint8_t *to = codes + i / SEED_STRIP * groups * (4 * SEED_STRIP) + i % SEED_STRIP * 4;
        if (i % SEED_TILE == 0) most = 0;
        halves[i] = KMF_SEED_NEVER;
        if (i < n) {
            const seed_code code =
                seed_encode(x + i * d, features, scale, middle, inverse, scratch);
            /* the rounding of z, at most 128 * 2^-51 a feature, is far below 1e-9 of a unit */
            const double radius = __builtin_sqrt(code.rest) + 1e-9 * (double)features;
            halves[i] = KMF_SEED_FAR - (int32_t)(code.norm / 2);
            if (radius > most) most = radius;
            if (radius > largest) largest = radius;
        }
        for (int64_t g = 0; g < groups; g++, to += 4 * SEED_STRIP)
            for (int b = 0; b < 4; b++) to[b] = (uint8_t)((i < n ? scratch[4 * g + b] : 0) + 128);
        if (i % SEED_TILE == SEED_TILE - 1) radii[i / SEED_TILE] = (float)(most * (1 + 0x1p-20));
    }
    return largest;
}

/* Codes (4 * groups per point, zero past d) and limits of points, rows of the same data. */
static void seed_encode_points(const real *points, int64_t count, int64_t d, int64_t features,
                               double scale, const double *middle, double inverse, int8_t *codes,
                               int32_t *limits) {
    const int64_t bytes = (features + 3) / 4 * 4;
    for (int64_t p = 0; p < count; p++) {
        int8_t *own = codes + p * bytes;
        for (int64_t f = features; f < bytes; f++) own[f] = 0;
        const seed_code code = seed_encode(points + p * d, features, scale, middle, inverse, own);
        limits[p] = (int32_t)((int64_t)code.norm / 2 + 128 * code.sum);
    }
}

#endif
