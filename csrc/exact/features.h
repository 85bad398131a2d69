/* Statistics of each feature over a block of rows.
 *
 * Rows are read as one stream in pieces of `period` features, a multiple of d long enough for whole
 * vectors, so that a small d costs no more than a large one. */
#ifndef KMF_EXACT_FEATURES_H
#define KMF_EXACT_FEATURES_H

#include <string.h>

#include "../real.h"

typedef integer loose_integer __attribute__((may_alias));

enum { STREAM = 64, STREAM_FEATURES = 32 };

static inline int64_t stream_rows(int64_t d) { return d <= STREAM_FEATURES ? STREAM / d : 1; }

/* Largest |x| per feature, not below range[f]: on the bits, where infinities and NaN are largest.
 */
static void feature_range(const real *x, int64_t n, int64_t d, real *range) {
    union {
        real value;
        integer bits;
    } u;
    integer most[STREAM];
    const int64_t rows = stream_rows(d), period = rows * d;
    const integer magnitude = (integer)(((uint64_t)1 << (KMF_REAL - 1)) - 1);
    const int wide = d > STREAM_FEATURES;
    int64_t i = 0;
    if (!wide) {
        memset(most, 0, sizeof most);
        for (; i + rows <= n; i += rows) {
            const loose_integer *bits = (const loose_integer *)(x + i * d);
            for (int64_t f = 0; f < period; f++) {
                const integer b = bits[f] & magnitude;
                most[f] = b > most[f] ? b : most[f];
            }
        }
        for (int64_t f = 0; f < period; f++) {
            u.value = range[f % d];
            if (most[f] > u.bits) u.bits = most[f];
            range[f % d] = u.value;
        }
    }
    for (; i < n; i++) {
        const loose_integer *bits = (const loose_integer *)(x + i * d);
        loose_integer *out = (loose_integer *)range;
        for (int64_t f = 0; f < d; f++) {
            const integer b = bits[f] & magnitude;
            out[f] = b > out[f] ? b : out[f];
        }
    }
}

/* Add w (x_f - mean_f) to sums[f] and w (x_f - mean_f)^2 to squares[f]. */
static void feature_sums(const real *x, int64_t n, int64_t d, const double *weight,
                         const double *mean, double *sums, double *squares) {
    const int64_t rows = stream_rows(d), period = rows * d;
    int64_t i = 0;
    if (d <= STREAM_FEATURES && !weight) {
        double sum[STREAM] = {0}, square[STREAM] = {0}, center[STREAM];
        for (int64_t f = 0; f < period; f++) center[f] = mean[f % d];
        for (; i + rows <= n; i += rows) {
            const real *from = x + i * d;
            for (int64_t f = 0; f < period; f++) {
                const double difference = (double)from[f] - center[f];
                sum[f] += difference;
                square[f] += difference * difference;
            }
        }
        for (int64_t f = 0; f < period; f++) {
            sums[f % d] += sum[f];
            squares[f % d] += square[f];
        }
    }
    for (; i < n; i++) {
        const double w = weight ? weight[i] : 1;
        const real *from = x + i * d;
        for (int64_t f = 0; f < d; f++) {
            const double difference = (double)from[f] - mean[f];
            sums[f] += w * difference;
            squares[f] += w * difference * difference;
        }
    }
}

#endif
