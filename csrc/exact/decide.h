/* Labels by the defining sum, wherever rounding could change them; the lowest index wins a tie. */
#ifndef KMF_EXACT_DECIDE_H
#define KMF_EXACT_DECIDE_H

#include "../pairs.h"
#include "../real.h"
#include "defining_sum.h"
#include "doubles.h"

enum { GROUP_ROWS = 16, GROUP_VECTORS = 2, GROUP_CENTERS = 3 };

/* Rows with index rows[i], sixteen in lanes. scratch: d * GROUP_ROWS doubles. */
static void decide_group(const real *x, int64_t d, const int32_t *rows, int64_t n,
                         const real *centers, int64_t k, double *scratch, int32_t *labels) {
    for (int64_t i = 0; i < GROUP_ROWS; i++) {
        const real *row = x + rows[i < n ? i : 0] * d;
        for (int64_t f = 0; f < d; f++) scratch[f * GROUP_ROWS + i] = (double)row[f];
    }
    doubles best[GROUP_VECTORS];
    longs index[GROUP_VECTORS] = {{0}};
    for (int v = 0; v < GROUP_VECTORS; v++) best[v] = (doubles){0} + __builtin_inf();

    for (int64_t j = 0; j < k; j += GROUP_CENTERS) {
        doubles sum[GROUP_CENTERS][GROUP_VECTORS] = {{{0}}};
        const real *c[GROUP_CENTERS];
        for (int g = 0; g < GROUP_CENTERS; g++) c[g] = centers + (j + g < k ? j + g : j) * d;
        for (int64_t f = 0; f < d; f++) {
            for (int g = 0; g < GROUP_CENTERS; g++) {
                const double center = (double)c[g][f];
                for (int v = 0; v < GROUP_VECTORS; v++) {
                    const doubles difference =
                        load_doubles(scratch + f * GROUP_ROWS + v * 8) - center;
                    sum[g][v] += difference * difference;
                }
            }
        }
        for (int g = 0; g < GROUP_CENTERS && j + g < k; g++) {
            for (int v = 0; v < GROUP_VECTORS; v++) {
                const longs closer = sum[g][v] < best[v];
                best[v] = (doubles)(((longs)sum[g][v] & closer) | ((longs)best[v] & ~closer));
                index[v] = ((j + g) & closer) | (index[v] & ~closer);
            }
        }
    }
    for (int64_t i = 0; i < n; i++) labels[rows[i]] = (int32_t)index[i / 8][i % 8];
}

/* One row, whose label is a guess: the defining sum of those centers only that `pair_squared` does
 * not put behind the best one so far. */
static void decide_row(const real *row, int64_t d, const real *centers, int64_t k, int32_t *label) {
    const double shrink = 1 - 2 * ((double)d + 4) * UNIT_ROUNDOFF;
    const double lost = 2 * (double)d * (double)REAL_MIN;
    double best = defining_sum(row, centers + *label * d, d);
    for (int64_t j = 0; j < k; j++) {
        const real *center = centers + j * d;
        if (j == *label) continue;
        const double about = pair_squared(row, center, d);
        if (about * shrink - lost > best && about < (double)REAL_MAX) continue;
        const double distance = defining_sum(row, center, d);
        if (distance < best || (distance == best && j < *label)) {
            best = distance;
            *label = (int32_t)j;
        }
    }
}

static void decide_rows(const real *x, int64_t d, const int32_t *rows, int64_t n,
                        const real *centers, int64_t k, double *scratch, int32_t *labels) {
    const int64_t few = d < 64 ? 4 : 10; /* a group takes as long as this many single rows */
    for (int64_t i = 0; i < n; i += GROUP_ROWS) {
        const int64_t some = n - i < GROUP_ROWS ? n - i : GROUP_ROWS;
        if (some > few) {
            decide_group(x, d, rows + i, some, centers, k, scratch, labels);
            continue;
        }
        for (int64_t r = i; r < n; r++)
            decide_row(x + rows[r] * d, d, centers, k, labels + rows[r]);
    }
}

#endif
