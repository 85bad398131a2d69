/* As assign_rows, and a lower bound on the squared distance to every center but the nearest.
 *
 * The second smallest of the computed values is off by at most as much as any of them is, whichever
 * center it belongs to. On panels |x - c|^2 = |x|^2 + 2 v; the band covers the error of 2 v,
 * `shrink` that of |x|^2 and of the shift. */
#ifndef KMF_FAST_ASSIGN_TWO_H
#define KMF_FAST_ASSIGN_TWO_H

#include "assign.h"

static double second_bound(const nearest *found, int64_t row, int64_t d, const real *norms) {
    const double shrink = 1 - 2 * ((double)d + 8) * UNIT_ROUNDOFF;
    double bound = found->second[row];
    if (d > DIRECT_FEATURES) bound = shrink * norms[row] + 2 * bound;
    bound -= found->band[row];
    /* an overflow leaves no bound */
    return bound > 0 && bound < (double)REAL_MAX ? bound : 0;
}

static int64_t assign_two_rows(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                               real *scratch, int32_t *labels, double *second, int32_t *undecided) {
    nearest found;
    real norms[TILE_ROWS];
    int64_t count = 0;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = n - i < TILE_ROWS ? n - i : TILE_ROWS;
        tile_nearest(x + i * d, n - i, k, d, packed, scratch, norms, &found);
        for (int64_t r = 0; r < rows; r++) {
            labels[i + r] = (int32_t)found.index[r];
            second[i + r] = k > 1 ? second_bound(&found, r, d, norms) : __builtin_inf();
        }
        if (k > 1)
            count += list_undecided(&found, i, rows, d, packed, packed + panels_offset(d), norms,
                                    undecided + count);
    }
    return count;
}

#endif
