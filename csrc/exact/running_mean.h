/* A weighted mean that goes on from batch to batch (Sculley 2010: the rate of a batch is its part
 * of the weight so far).
 *
 * `running` (2, d + 1) has the weighted sums of the rows of all batches, and last their weight: the
 * high parts, then the low parts of numbers of two doubles. A batch gives its exact sums
 * (exact/accumulate.h), so the mean has the same bits for any order of the rows in a batch. */
#ifndef KMF_EXACT_RUNNING_MEAN_H
#define KMF_EXACT_RUNNING_MEAN_H

#include <stdint.h>

#include "../structs.h"
#include "means.h"
#include "two_doubles.h"

static inline two_doubles add_two_doubles(two_doubles a, two_doubles b) {
    const two_doubles sum = add_exactly(a.high, b.high);
    return add_exactly(sum.high, sum.low + (a.low + b.low));
}

static inline two_doubles scale_two_doubles(two_doubles a, double factor) {
    const two_doubles product = multiply_exactly(a.high, factor);
    return add_exactly(product.high, product.low + a.low * factor);
}

/* Add `factor` times a number of `running` and a sum of the batch in units of `size`. */
static inline two_doubles follow_sum(double *high, double *low, double factor, two_doubles sum,
                                     double size) {
    const two_doubles total = add_two_doubles(scale_two_doubles((two_doubles){*high, *low}, factor),
                                              (two_doubles){sum.high * size, sum.low * size});
    *high = total.high;
    *low = total.low;
    return total;
}

/* The means of all features; a constant `one_layer` makes two loops of it, of which compilers turn
 * the one for a single layer of weights into vectors. */
static inline __attribute__((always_inline)) void
follow_features(const int64_t *restrict high, const int64_t *restrict low, int64_t d,
                const kmf_grid *grid, int one_layer, double size, double factor, two_doubles weight,
                double *restrict total_high, double *restrict total_low, double *restrict mean) {
    const double *restrict scale = grid->scale;
    const double unit = 1 / grid->low_scale, inverse = 1 / weight.high;
    for (int64_t f = 0; f < d; f++) {
        const two_doubles sum = one_layer
                                    ? value_of_words(high[f], low[f], unit)
                                    : value_of_layers(high + f, low + f, 2 * (d + 1), grid, unit);
        const two_doubles total =
            follow_sum(total_high + f, total_low + f, factor, sum, size / scale[f]);
        mean[f] = quotient_of(total, weight, inverse);
    }
}

/* Multiply `running` by `factor`, add the words of a batch, write the mean and return the weight of
 * the batch. `unit` is that of the weights, a power of two. Where the batch has no weight, the mean
 * means nothing. */
static double running_mean(const int64_t *words, int64_t d, const kmf_grid *grid, double unit,
                           double factor, double *running, double *mean) {
    const int64_t *high = words, *low = words + d + 1;
    const double of_weight = grid->scale[d], size = unit / grid->weight_scale;
    double *total_high = running, *total_low = running + d + 1;
    const two_doubles batch =
        value_of_layers(high + d, low + d, 2 * (d + 1), grid, 1 / grid->low_scale);
    const double added = batch.high / of_weight * size;
    if (added == 0 && factor == 1) return 0;
    const two_doubles weight =
        follow_sum(total_high + d, total_low + d, factor, batch, size / of_weight);
    if (grid->layers == 1)
        follow_features(high, low, d, grid, 1, size, factor, weight, total_high, total_low, mean);
    else
        follow_features(high, low, d, grid, 0, size, factor, weight, total_high, total_low, mean);
    return added;
}

#endif
