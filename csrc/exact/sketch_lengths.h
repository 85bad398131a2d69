/* The last feature of a sketch: the length of what its directions leave of the row.
 *
 * y is a row, scaled, less a shift; a its float32 projections on m directions, the rows of V. With
 * Q the orthonormal basis next to V, |a - Q y| <= eta |y|, where eta covers the distance of V from
 * orthonormal and the rounding of y and a (assigners/sketches.py). What is left of y has the length
 *   sqrt(|y|^2 - |Q y|^2) <= r,   r^2 = |y|^2 - |a|^2 + 2 eta (1 + eta) |y|^2.
 * By Cauchy-Schwarz, for y of a row and b of a center with projections a and e,
 *   y.b <= a.e + r_y r_b + 2.1 eta |y| |b|,   so that with p = (a, r_y), q = (e, r_b)
 *   |y - b|^2 >= |p - q|^2 - (4.3 eta + 2^-21) (|p|^2 + |q|^2). */
#ifndef KMF_EXACT_SKETCH_LENGTHS_H
#define KMF_EXACT_SKETCH_LENGTHS_H

#include "../real.h"
#include "doubles.h"

/* scale (x - shift), rounded to float32, and its squared length before that. */
static void scaled_rows(const real *x, int64_t n, int64_t d, const double *shift, double scale,
                        float *out, double *squares) {
    for (int64_t i = 0; i < n; i++) {
        const real *row = x + i * d;
        float *to = out + i * d;
        doubles sum = {0};
        int64_t f = 0;
        for (; f + 8 <= d; f += 8) {
            doubles y;
            for (int l = 0; l < 8; l++) y[l] = (double)row[f + l];
            y = scale * (y - load_doubles(shift + f));
            sum += y * y;
            for (int l = 0; l < 8; l++) to[f + l] = (float)y[l];
        }
        for (; f < d; f++) {
            const double y = scale * ((double)row[f] - shift[f]);
            sum[0] += y * y;
            to[f] = (float)y;
        }
        squares[i] =
            ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
    }
}

#endif
