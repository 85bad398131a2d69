/* Moments of all rows in one pass: their sum, as the words of one cluster (accumulate.h),
 * and the defining sum of each row and an origin. Rows are read once, while they are in the first
 * cache; a small d is read as a stream, as in features.h. */
#ifndef KMF_EXACT_MOMENTS_H
#define KMF_EXACT_MOMENTS_H

#include "../real.h"
#include "accumulate.h"
#include "features.h"

enum { CHAINS = 8, CHAIN_FEATURES = 64, PIECE = CHAINS * STREAM_FEATURES };

/* Words of one value with its scale and weight, and the square of its difference. */
static inline __attribute__((always_inline)) void
moment_word(const real *x, const double *weight, const double *origin, const double *scale,
            double low_scale, int64_t *restrict high, int64_t *restrict low,
            double *restrict square) {
    const double value = (double)*x, difference = value - *origin;
    int64_t high_word, low_word;
    if (weight)
        split_weighted(value * *scale, *weight, low_scale, &high_word, &low_word);
    else
        split_term(value * *scale, low_scale, &high_word, &low_word);
    *high += high_word;
    *low += low_word;
    *square = difference * difference;
}

/* The same of `count` values, in groups of a constant size that compilers turn into vectors.
 * Weights lie `step` apart: 0 for one weight of all values. */
static inline __attribute__((always_inline)) void
moment_words(const real *x, int64_t count, const double *weight, int64_t step, const double *origin,
             const double *scale, double low_scale, int64_t *restrict high, int64_t *restrict low,
             double *restrict square) {
    int64_t f = 0;
    for (; f + CHAINS <= count; f += CHAINS)
        for (int l = 0; l < CHAINS; l++)
            moment_word(x + f + l, weight ? weight + step * (f + l) : NULL, origin + f + l,
                        scale + f + l, low_scale, high + f + l, low + f + l, square + f + l);
    for (; f < count; f++)
        moment_word(x + f, weight ? weight + step * f : NULL, origin + f, scale + f, low_scale,
                    high + f, low + f, square + f);
}

/* d <= STREAM_FEATURES: pieces of whole rows, a multiple of CHAINS. Returns the rows done. */
static int64_t stream_moments(const real *x, int64_t n, int64_t d, const double *weight,
                              const double *origin, const double *scale, double low_scale,
                              double weight_scale, int64_t *sums, double *squares) {
    const int64_t rows = d < CHAINS ? STREAM / d / CHAINS * CHAINS : CHAINS, period = rows * d;
    double origins[PIECE], scales[PIECE], weights[PIECE], square[PIECE];
    int64_t high[PIECE] = {0}, low[PIECE] = {0}, i = 0;
    for (int64_t f = 0; f < period; f++) {
        origins[f] = origin[f % d];
        scales[f] = scale[f % d];
    }
    for (; i + rows <= n; i += rows) {
        if (weight) {
            for (int64_t r = 0; r < rows; r++)
                for (int64_t f = 0; f < d; f++) weights[r * d + f] = weight[i + r] * weight_scale;
            moment_words(x + i * d, period, weights, 1, origins, scales, low_scale, high, low,
                         square);
        } else {
            moment_words(x + i * d, period, NULL, 1, origins, scales, low_scale, high, low, square);
        }
        for (int64_t r = 0; r < rows; r++) {
            double sum = 0;
            for (int64_t f = 0; f < d; f++) sum += square[r * d + f];
            squares[i + r] = sum;
        }
    }
    for (int64_t f = 0; f < period; f++) {
        sums[f % d] += high[f];
        sums[d + 1 + f % d] += low[f];
    }
    return i;
}

/* CHAINS rows at a time, whose squares are added in as many chains. */
static void row_moments(const real *x, int64_t n, int64_t d, const double *weight,
                        const double *origin, const double *scale, double low_scale,
                        double weight_scale, int64_t *sums, double *squares) {
    double square[CHAINS][CHAIN_FEATURES] = {{0}};
    for (int64_t i = 0; i < n; i += CHAINS) {
        const int64_t rows = min64(n - i, CHAINS);
        double sum[CHAINS] = {0};
        for (int64_t first = 0; first < d; first += CHAIN_FEATURES) {
            const int64_t features = min64(d - first, CHAIN_FEATURES);
            int64_t *high = sums + first, *low = sums + d + 1 + first;
            for (int64_t r = 0; r < rows; r++) {
                const real *from = x + (i + r) * d + first;
                if (weight) {
                    const double own = weight[i + r] * weight_scale;
                    moment_words(from, features, &own, 0, origin + first, scale + first, low_scale,
                                 high, low, square[r]);
                } else {
                    moment_words(from, features, NULL, 0, origin + first, scale + first, low_scale,
                                 high, low, square[r]);
                }
            }
            for (int64_t f = 0; f < features; f++)
                for (int64_t r = 0; r < CHAINS; r++) sum[r] += square[r][f];
        }
        for (int64_t r = 0; r < rows; r++) squares[i + r] = sum[r];
    }
}

/* Rows whose weights lie in several layers. */
static void layered_moments(const real *x, int64_t n, int64_t d, const double *weight,
                            const double *origin, const kmf_grid *grid, int64_t *sums,
                            double *squares) {
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t f = 0; f < d; f++) {
            const double difference = (double)x[i * d + f] - origin[f];
            sum += difference * difference;
        }
        squares[i] = sum;
        if (weight[i] > 0) move_row(x + i * d, d, weight + i, grid, NULL, sums);
    }
}

/* Add all rows to `sums` (2 layers, d + 1); write the defining sum of each row and `origin`. */
static void add_moments(const real *x, int64_t n, int64_t d, const double *weight,
                        const double *origin, const kmf_grid *grid, int64_t *sums,
                        double *squares) {
    const double *scale = grid->scale, low_scale = grid->low_scale;
    const double weight_scale = grid->weight_scale;
    int64_t done = 0, high, low;
    if (grid->layers > 1) {
        layered_moments(x, n, d, weight, origin, grid, sums, squares);
        return;
    }
    if (d <= STREAM_FEATURES)
        done =
            stream_moments(x, n, d, weight, origin, scale, low_scale, weight_scale, sums, squares);
    row_moments(x + done * d, n - done, d, weight ? weight + done : NULL, origin, scale, low_scale,
                weight_scale, sums, squares + done);
    if (!weight) {
        split_term(scale[d], low_scale, &high, &low);
        sums[d] += n * high;
        sums[2 * d + 1] += n * low;
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        split_weighted(scale[d], weight[i] * weight_scale, low_scale, &high, &low);
        sums[d] += high;
        sums[2 * d + 1] += low;
    }
}

#endif
