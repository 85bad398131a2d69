/* Directions for sketches, and what the bounds of sketches allow for them: as in
 * assigners/sketches.py. */
#ifndef DIRECTIONS_H
#define DIRECTIONS_H

#include <stdint.h>

/* Make m rows of v (m, d) orthonormal, but for rounding; rows in the span of earlier ones become
 * zero. */
static inline void make_orthonormal(double *v, int64_t m, int64_t d) {
    for (int64_t i = 0; i < m; i++) {
        double *row = v + i * d, square = 0;
        for (int64_t j = 0; j < 2 * i; j++) { /* twice is enough */
            const double *other = v + j % i * d;
            double product = 0;
            for (int64_t f = 0; f < d; f++) product += row[f] * other[f];
            for (int64_t f = 0; f < d; f++) row[f] -= product * other[f];
        }
        for (int64_t f = 0; f < d; f++) square += row[f] * row[f];
        const double inverse = square > 0x1p-60 ? 1 / __builtin_sqrt(square) : 0;
        for (int64_t f = 0; f < d; f++) row[f] *= inverse;
    }
}

/* At least the norm of V V' - I. */
static inline double orthonormal_error(const float *v, int64_t m, int64_t d) {
    double square = 0;
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < m; j++) {
            double product = i == j ? -1 : 0;
            for (int64_t f = 0; f < d; f++) product += (double)v[i * d + f] * (double)v[j * d + f];
            square += product * product;
        }
    return __builtin_sqrt(square) + 0x1p-40;
}

static inline double sketch_eta(const float *directions, int64_t m, int64_t d) {
    const double additions = 64 + (double)((d + 63) / 64) + 2;
    const double gamma = additions * 0x1p-24 / (1 - additions * 0x1p-24);
    const double error = orthonormal_error(directions, m, d);
    return error + (1 + error) * 1.01 * (__builtin_sqrt((double)m) * gamma + 0x1p-24);
}

static inline double sketch_loose(double eta, int64_t width, int coded) {
    return 4.3 * eta + 0x1p-21 + (coded ? 0 : 2 * (double)(width + 3) * 0x1p-24);
}

#endif
