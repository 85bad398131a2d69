/* Hamerly's bounds, stored so that a row which they settle is read and not written.
 *
 * Row i with label a stores, in float32 whatever the element type,
 *   upper[i] >= |x - c_a| - A_a   and   lower[i] <= min over j != a of |x - c_j| + L,
 * where A_j is the distance that center j has travelled since the run began and L the sum, over the
 * iterations, of the longest move of any center: as centers move, A_a and L grow, and both bounds
 * stay valid without being rewritten (Hamerly 2010; the lazy form: Newling and Fleuret 2016).
 * The row keeps its label if
 *   (upper + A_a) (1 + 2^-20) < max(lower - L, s_a),
 * s_a half the distance from c_a to its nearest other center. 2^-20 covers the rounding of the
 * test and that of the defining sums, 2 (d + 3) 2^-53 each for d < 2^30. A bound that is infinite
 * or NaN settles nothing. */
#ifndef KMF_EXACT_HAMERLY_BOUNDS_H
#define KMF_EXACT_HAMERLY_BOUNDS_H

#include "../pairs.h"
#include "../real.h"
#include "../rounding.h"

typedef struct {
    const double *travelled; /* A_j */
    const double *half;      /* s_j */
    double fall;             /* L */
} drift;

static inline int is_settled(float upper, float lower, int32_t label, drift moved) {
    const double to_others = lower - moved.fall, half = moved.half[label];
    return (upper + moved.travelled[label]) * (1 + 0x1p-20) < (to_others > half ? to_others : half);
}

/* At least |row - center|: see pairs.h. */
static inline double distance_above(const real *row, const real *center, int64_t d) {
    const double about = pair_squared(row, center, d);
    return __builtin_sqrt(about * (1 + 2 * ((double)d + 4) * UNIT_ROUNDOFF) +
                          2 * (double)d * (double)REAL_MIN);
}

/* Give the listed rows tight upper bounds; returns how many, now first in `rows`, stay unsettled.
 */
static int64_t tighten_rows(const real *x, int64_t d, const real *centers, const int32_t *labels,
                            float *upper, const float *lower, const double *travelled,
                            const double *half, double fall, int32_t *rows, int64_t count) {
    const drift moved = {travelled, half, fall};
    enum { AHEAD = 8 }; /* rows far apart in memory come late */
    const int64_t size = d * (int64_t)sizeof(real), most = size < 512 ? size : 512;
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        const char *soon = (const char *)(x + rows[i + AHEAD < count ? i + AHEAD : i] * d);
        for (int64_t b = 0; b < most; b += 64) __builtin_prefetch(soon + b);
        const int32_t row = rows[i], label = labels[row];
        const double above = distance_above(x + row * d, centers + label * d, d);
        upper[row] = float_above(above - travelled[label]);
        rows[kept] = row;
        kept += !is_settled(upper[row], lower[row], label, moved);
    }
    return kept;
}

/* Bounds of rows just assigned: `second` is at most the squared distance to every other center. */
static void set_bounds(const real *x, int64_t n, int64_t d, const real *centers,
                       const int32_t *labels, const double *second, const double *travelled,
                       double fall, float *upper, float *lower) {
    for (int64_t i = 0; i < n; i++) {
        const double above = distance_above(x + i * d, centers + labels[i] * d, d);
        upper[i] = float_above(above - travelled[labels[i]]);
        lower[i] = float_below(__builtin_sqrt(second[i]) * (1 - 0x1p-50) + fall);
    }
}

#endif
