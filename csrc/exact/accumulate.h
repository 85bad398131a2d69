/* Order-free cluster sums: every term becomes two integers, and integer addition is exact.
 *
 * A term is w x_f scale_f = high + low / low_scale (see assigners/grid.py), |high| and |low| below
 * 2^51, so that adding 1.5 * 2^52 rounds it to an integer, which the low bits of the double hold.
 * sums: per cluster and layer of weights (kmf_grid) d + 1 high words, then d + 1 low words; the
 * last feature is 1 in every row. */
#ifndef KMF_EXACT_ACCUMULATE_H
#define KMF_EXACT_ACCUMULATE_H

#include <stddef.h>

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
    const double rest = add_product(value - whole, low_scale, ROUNDER) - ROUNDER;
    const double finer = add_product(product.low, low_scale, weight * rest);
    *high = integer_of(product.high);
    *low = integer_of(add_product(product.high - rounded(product.high), low_scale, finer));
}

/* The layer of a weight, which is scaled for it. */
static inline int64_t layer_of(const kmf_grid *grid, double *weight) {
    if (grid->layers == 1) return 0;
    const int64_t exponent = (double_bits(*weight) >> 52) - 1023;
    const int64_t layer = min64((grid->exponent - exponent) / grid->layer_bits, grid->layers - 1);
    *weight = __builtin_ldexp(*weight, (int)(layer * grid->layer_bits));
    return layer;
}

static inline __attribute__((always_inline)) void move_term(double value, const double *weight,
                                                            double low_scale, int64_t words,
                                                            int64_t *from, int64_t *to) {
    int64_t high, low;
    if (weight)
        split_weighted(value, *weight, low_scale, &high, &low);
    else
        split_term(value, low_scale, &high, &low);
    to[0] += high;
    to[words] += low;
    if (from) {
        from[0] -= high;
        from[words] -= low;
    }
}

/* Each call is a loop of its own, which compilers turn into vectors: they see whether `weight` and
 * `from` are null. */
static inline __attribute__((always_inline)) void
move_terms(const real *restrict row, int64_t d, const double *restrict weight,
           const double *restrict scale, double low_scale, int64_t *restrict from,
           int64_t *restrict to) {
    for (int64_t f = 0; f < d; f++)
        move_term((double)row[f] * scale[f], weight, low_scale, d + 1, from ? from + f : NULL,
                  to + f);
    move_term(scale[d], weight, low_scale, d + 1, from ? from + d : NULL, to + d);
}

/* Move one row's terms from cluster `from` (none if null) to cluster `to`. */
static inline void move_row(const real *row, int64_t d, const double *weight, const kmf_grid *grid,
                            int64_t *from, int64_t *to) {
    if (!weight && from) {
        move_terms(row, d, NULL, grid->scale, grid->low_scale, from, to);
    } else if (!weight) {
        move_terms(row, d, NULL, grid->scale, grid->low_scale, NULL, to);
    } else {
        double w = *weight * grid->weight_scale;
        const int64_t offset = layer_of(grid, &w) * 2 * (d + 1);
        if (from)
            move_terms(row, d, &w, grid->scale, grid->low_scale, from + offset, to + offset);
        else
            move_terms(row, d, &w, grid->scale, grid->low_scale, NULL, to + offset);
    }
}

/* Rows whose label changed move; an old label of -1 only adds, weight zero does nothing. */
static int64_t accumulate_rows(const real *x, int64_t n, int64_t d, const double *weight,
                               const int32_t *labels_old, const int32_t *labels_new,
                               const kmf_grid *grid, int64_t *sums) {
    enum { CHUNK = 64 }; /* compared without a branch first: the compiler does it in vectors */
    const int64_t stride = grid->layers * 2 * (d + 1);
    int64_t moved = 0, chunk_end = 0;
    for (int64_t i = 0; i < n; i++) {
        if (i == chunk_end) {
            int32_t changed = 0;
            chunk_end = min64(n, i + CHUNK);
            for (int64_t c = i; c < chunk_end; c++) changed |= labels_old[c] ^ labels_new[c];
            if (!changed) {
                i = chunk_end - 1;
                continue;
            }
        }
        if (labels_old[i] == labels_new[i]) continue;
        if (weight && weight[i] == 0) continue;
        int64_t *from = labels_old[i] < 0 ? 0 : sums + labels_old[i] * stride;
        move_row(x + i * d, d, weight ? weight + i : 0, grid, from, sums + labels_new[i] * stride);
        moved++;
    }
    return moved;
}

#endif
