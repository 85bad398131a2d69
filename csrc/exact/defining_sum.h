/* The defining sum: the sum of (x_f - c_f)^2 in float64, in the order of the features, without FMA.
 * The nearest center is the one with the smallest defining sum. */
#ifndef KMF_EXACT_DEFINING_SUM_H
#define KMF_EXACT_DEFINING_SUM_H

#include "../real.h"

static double defining_sum(const real *row, const real *center, int64_t d) {
    double sum = 0;
    for (int64_t f = 0; f < d; f++) {
        const double difference = (double)row[f] - (double)center[f];
        sum += difference * difference;
    }
    return sum;
}

/* The defining sum of each row and its own center: squares by vectors over the features, added in
 * eight chains at a time. */
static void squared_distances(const real *x, int64_t n, int64_t d, const real *centers,
                              const int32_t *labels, double *out) {
    enum { ROWS = 8, FEATURES = 64 };
    double square[ROWS][FEATURES] = {{0}};
    for (int64_t i = 0; i < n; i += ROWS) {
        const int64_t rows = n - i < ROWS ? n - i : ROWS;
        double sum[ROWS] = {0};
        for (int64_t first = 0; first < d; first += FEATURES) {
            const int64_t features = d - first < FEATURES ? d - first : FEATURES;
            for (int64_t r = 0; r < rows; r++) {
                const real *row = x + (i + r) * d + first;
                const real *center = centers + labels[i + r] * d + first;
                for (int64_t f = 0; f < features; f++) {
                    const double difference = (double)row[f] - (double)center[f];
                    square[r][f] = difference * difference;
                }
            }
            for (int64_t f = 0; f < features; f++)
                for (int64_t r = 0; r < ROWS; r++) sum[r] += square[r][f];
        }
        for (int64_t r = 0; r < rows; r++) out[i + r] = sum[r];
    }
}

#endif
