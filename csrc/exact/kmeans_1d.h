/* Costs of ranges of ascending values: the weighted sum of squares about the range's own mean, from
 * prefix sums, in constant time.
 *
 * Differences of prefix sums cancel, so each sum is a pair of doubles, high + low (Dekker 1971, "A
 * floating-point technique for extending the available precision"): a cost is off by a few 2^-53
 * of itself and about n 2^-104 of the sum of squares of all values.
 * sums: weights, first and second moments, high and low of each: six arrays of n + 1. */
#ifndef KMF_EXACT_KMEANS_1D_H
#define KMF_EXACT_KMEANS_1D_H

#include <stdint.h>

typedef struct {
    double high, low;
} pair;

static inline pair exact_sum(double a, double b) {
    const double s = a + b, part = s - a;
    return (pair){s, (a - (s - part)) + (b - part)};
}

static inline pair exact_product(double a, double b) {
    const double p = a * b;
#if defined(__FMA__) || defined(__aarch64__)
    return (pair){p, __builtin_fma(a, b, -p)};
#else
    const double split_a = 0x1.0000002p27 * a, split_b = 0x1.0000002p27 * b;
    const double a_high = split_a - (split_a - a), b_high = split_b - (split_b - b);
    const double a_low = a - a_high, b_low = b - b_high;
    return (pair){p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low};
#endif
}

static inline pair add_pairs(pair a, pair b) {
    const pair s = exact_sum(a.high, b.high);
    const double low = s.low + (a.low + b.low), high = s.high + low;
    return (pair){high, low - (high - s.high)};
}

/* Prefix sums over values[i] - shift, times `scale` (a power of two). */
static void prefix_sums(const double *values, const double *weights, int64_t first, int64_t last,
                        int64_t n, double shift, double scale, double *sums) {
    const int64_t stride = n + 1;
    pair total[3] = {{0, 0}, {0, 0}, {0, 0}};
    for (int m = 0; m < 3 && first > 0; m++)
        total[m] = (pair){sums[2 * m * stride + first], sums[(2 * m + 1) * stride + first]};
    for (int64_t i = first; i <= last; i++) {
        for (int m = 0; m < 3; m++) {
            sums[2 * m * stride + i] = total[m].high;
            sums[(2 * m + 1) * stride + i] = total[m].low;
        }
        if (i == last) break;
        const pair v = exact_sum(values[i] * scale, -shift * scale);
        pair once = exact_product(weights[i], v.high);
        once.low += weights[i] * v.low;
        pair twice = exact_product(once.high, v.high);
        twice.low += once.low * v.high + once.high * v.low;
        total[0] = add_pairs(total[0], (pair){weights[i], 0});
        total[1] = add_pairs(total[1], once);
        total[2] = add_pairs(total[2], twice);
    }
}

static inline pair range_sum(pair end, double high, double low) {
    pair sum = exact_sum(end.high, -high);
    sum.low += end.low - low;
    return sum;
}

/* second - first^2 / weight */
static inline double range_cost(pair weight, pair first, pair second) {
    const double inverse = 1 / weight.high;
    const double mean = first.high * inverse;
    const pair product = exact_product(mean, weight.high);
    const double rest =
        ((first.high - product.high) - product.low + first.low - mean * weight.low) * inverse;
    const pair square = exact_product(first.high, mean);
    const double cost = (second.high - square.high) +
                        (second.low - square.low - (first.high * rest + first.low * mean));
    return cost > 0 ? cost : 0;
}

/* The first split in [low, high) with the least previous[split] + cost(split, end); writes that sum
 * to *least. high <= end. */
static int64_t cheapest_split(const double *sums, int64_t stride, const double *previous,
                              int64_t low, int64_t high, int64_t end, double *least) {
    enum { WIDTH = 64 };
    double total[WIDTH];
    pair at_end[3];
    for (int m = 0; m < 3; m++)
        at_end[m] = (pair){sums[2 * m * stride + end], sums[(2 * m + 1) * stride + end]};
    int64_t best = low;
    *least = __builtin_inf();
    for (int64_t start = low; start < high; start += WIDTH) {
        const int64_t n = high - start < WIDTH ? high - start : WIDTH;
        const double *s = sums + start, *before = previous + start;
        for (int64_t i = 0; i < n; i++) {
            const pair weight = range_sum(at_end[0], s[i], s[stride + i]);
            const pair first = range_sum(at_end[1], s[2 * stride + i], s[3 * stride + i]);
            const pair second = range_sum(at_end[2], s[4 * stride + i], s[5 * stride + i]);
            total[i] = before[i] + range_cost(weight, first, second);
        }
        for (int64_t i = 0; i < n; i++) {
            if (total[i] < *least) {
                *least = total[i];
                best = start + i;
            }
        }
    }
    return best;
}

/* The same for n <= 8 consecutive ends, which share the splits in [low, high): vectors over the
 * ends. */
static void cheapest_splits(const double *sums, int64_t stride, const double *previous, int64_t low,
                            int64_t high, int64_t end, int64_t n, double *least, int32_t *splits) {
    enum { ENDS = 8 };
    pair at_end[3][ENDS];
    double best[ENDS], index[ENDS];
    for (int64_t i = 0; i < ENDS; i++) {
        const int64_t place = end + (i < n ? i : n - 1);
        for (int m = 0; m < 3; m++)
            at_end[m][i] = (pair){sums[2 * m * stride + place], sums[(2 * m + 1) * stride + place]};
        best[i] = __builtin_inf();
        index[i] = 0;
    }
    for (int64_t split = low; split < high; split++) {
        const double *s = sums + split, before = previous[split], here = (double)split;
        for (int i = 0; i < ENDS; i++) {
            const pair weight = range_sum(at_end[0][i], s[0], s[stride]);
            const pair first = range_sum(at_end[1][i], s[2 * stride], s[3 * stride]);
            const pair second = range_sum(at_end[2][i], s[4 * stride], s[5 * stride]);
            const double total = before + range_cost(weight, first, second);
            const int closer = (weight.high > 0) & (total < best[i]);
            best[i] = closer ? total : best[i];
            index[i] = closer ? here : index[i];
        }
    }
    for (int64_t i = 0; i < n; i++) {
        least[i] = best[i];
        splits[i] = (int32_t)index[i];
    }
}

#endif
