/* The mean of a cluster from its words (exact/accumulate.h): the exact quotient, rounded once.
 *
 * Sum and weight are pairs of doubles, exact to 2^-100 of themselves. A quotient q of their upper
 * parts is corrected by the remainder, sum - q weight. Only a quotient within 2^-100 of itself of
 * the middle between two doubles may be rounded to the wrong one. The mean of equal rows is the
 * row.
 */
#ifndef KMF_EXACT_MEANS_H
#define KMF_EXACT_MEANS_H

#include <stdint.h>

#include "../structs.h"
#include "two_doubles.h"

/* high + low * unit */
static inline two_doubles value_of_words(int64_t high, int64_t low, double unit) {
    const int64_t digits = ((int64_t)1 << 30) - 1;
    const two_doubles upper = add_exactly((double)(high >> 30) * 0x1p30, (double)(high & digits));
    const two_doubles lower = add_exactly((double)(low >> 30) * 0x1p30, (double)(low & digits));
    const two_doubles sum = add_exactly(upper.high, lower.high * unit);
    return add_exactly(sum.high, sum.low + (upper.low + lower.low * unit));
}

/* The sum over the layers of weights, whose words lie `stride` apart. */
static inline two_doubles value_of_layers(const int64_t *high, const int64_t *low, int64_t stride,
                                          const kmf_grid *grid, double unit) {
    two_doubles total = value_of_words(*high, *low, unit);
    double layer_unit = 1;
    for (int64_t l = 1; l < grid->layers; l++) {
        layer_unit = __builtin_ldexp(layer_unit, (int)-grid->layer_bits);
        const two_doubles value = value_of_words(high[l * stride], low[l * stride], unit);
        const two_doubles sum = add_exactly(total.high, value.high * layer_unit);
        total = add_exactly(sum.high, sum.low + (total.low + value.low * layer_unit));
    }
    return total;
}

/* sum / weight, where `inverse` is 1 / weight.high, rounded */
static inline double quotient_of(two_doubles sum, two_doubles weight, double inverse) {
    const double quotient = sum.high * inverse;
    const two_doubles product = multiply_exactly(quotient, weight.high);
    const double remainder =
        ((sum.high - product.high) - product.low) + (sum.low - quotient * weight.low);
    return quotient + remainder * inverse;
}

/* Write the mean (zeros if the cluster is empty), return the weight. The sum is divided before it
 * is scaled back, by a power of two, so the mean of finite rows is finite. */
static double cluster_mean(const int64_t *words, int64_t d, const kmf_grid *grid, double *mean) {
    const int64_t stride = 2 * (d + 1);
    const int64_t *high = words, *low = words + d + 1;
    const double *scale = grid->scale, unit = 1 / grid->low_scale, of_weight = scale[d];
    const two_doubles weight = value_of_layers(high + d, low + d, stride, grid, unit);
    const double inverse = weight.high > 0 ? 1 / weight.high : 0;
    if (grid->layers == 1) { /* a loop that compilers turn into vectors */
        for (int64_t f = 0; f < d; f++)
            mean[f] = quotient_of(value_of_words(high[f], low[f], unit), weight, inverse) *
                      (of_weight / scale[f]);
    } else {
        for (int64_t f = 0; f < d; f++)
            mean[f] = quotient_of(value_of_layers(high + f, low + f, stride, grid, unit), weight,
                                  inverse) *
                      (of_weight / scale[f]);
    }
    return weight.high / of_weight / grid->weight_scale;
}

#endif
