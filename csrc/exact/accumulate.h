/* Order-free cluster sums: every term becomes two integers, and integer addition is exact.
 *
 * A term is w x_f scale_f = high + low / low_scale (see assigners/grid.py), |high| and |low| below
 * 2^51, so that adding 1.5 * 2^52 rounds it to an integer, which the low bits of the double hold.
 * sums: per cluster and layer of weights (kmf_grid) d + 1 high words, then d + 1 low words; the
 * last feature is 1 in every row. */
#ifndef KMF_EXACT_ACCUMULATE_H
#define KMF_EXACT_ACCUMULATE_H

#include "../real.h"
#include "../structs.h"
#include "integers.h"
#include "two_doubles.h"

static inline void split_term(double value, double low_scale, int64_t *high, int64_t *low) {
    *high = integer_of(value);
    *low = integer_of((value - rounded(value)) * low_scale);
}

static inline void split_weighted(double value, double weight, double low_scale, int64_t *high,
                                  int64_t *low) {
    const double whole = rounded(value);
    const two_doubles product = multiply_exactly(weight, whole);
    const double rest = rounded((value - whole) * low_scale);
    *high = integer_of(product.high);
    *low = integer_of((product.high - rounded(product.high)) * low_scale +
                      (product.low * low_scale + weight * rest));
}

/* The layer of a weight, which is scaled for it. */
static inline int64_t layer_of(const kmf_grid *grid, double *weight) {
    if (grid->layers == 1) return 0;
    const int64_t exponent = (double_bits(*weight) >> 52) - 1023;
    const int64_t layer = min64((grid->exponent - exponent) / grid->layer_bits, grid->layers - 1);
    *weight = __builtin_ldexp(*weight, (int)(layer * grid->layer_bits));
    return layer;
}

static inline void move_word(int64_t high, int64_t low, int64_t words, int64_t *from, int64_t *to) {
    to[0] += high;
    to[words] += low;
    if (from) {
        from[0] -= high;
        from[words] -= low;
    }
}

/* Move one row's terms from cluster `from` (none if null) to cluster `to`. */
static inline void move_row(const real *row, int64_t d, const double *weight, const kmf_grid *grid,
                            int64_t *from, int64_t *to) {
    const int64_t words = d + 1;
    const double *scale = grid->scale, low_scale = grid->low_scale; /* sums may alias the grid */
    int64_t high, low;
    if (!weight) {
        for (int64_t f = 0; f <= d; f++) {
            split_term((f < d ? (double)row[f] : 1.0) * scale[f], low_scale, &high, &low);
            move_word(high, low, words, from ? from + f : 0, to + f);
        }
        return;
    }
    double w = *weight * grid->weight_scale;
    const int64_t offset = layer_of(grid, &w) * 2 * words;
    to += offset;
    if (from) from += offset;
    for (int64_t f = 0; f <= d; f++) {
        split_weighted((f < d ? (double)row[f] : 1.0) * scale[f], w, low_scale, &high, &low);
        move_word(high, low, words, from ? from + f : 0, to + f);
    }
}

/* Rows whose label changed move; an old label of -1 only adds, weight zero does nothing. */
static int64_t accumulate_rows(const real *x, int64_t n, int64_t d, const double *weight,
                               const int32_t *labels_old, const int32_t *labels_new,
                               const kmf_grid *grid, int64_t *sums) {
    const int64_t stride = grid->layers * 2 * (d + 1);
    int64_t moved = 0;
    for (int64_t i = 0; i < n; i++) {
        if (labels_old[i] == labels_new[i]) continue;
        if (weight && weight[i] == 0) continue;
        int64_t *from = labels_old[i] < 0 ? 0 : sums + labels_old[i] * stride;
        move_row(x + i * d, d, weight ? weight + i : 0, grid, from, sums + labels_new[i] * stride);
        moved++;
    }
    return moved;
}

#endif
