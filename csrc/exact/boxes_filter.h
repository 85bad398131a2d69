/* Which centers can be the nearest to some point of a box (the filtering of Kanungo et al. 2002,
 * section 2).
 *
 * z is the center nearest to the middle of the box. Center c is nowhere nearer than z if
 *   g = min over x in the box of |x - c|^2 - |x - z|^2 = sum over f of min over x_f in {low, high}
 *       of (z_f - c_f) (2 x_f - c_f - z_f)
 * is positive. Rounding of g is below (d + 4) 2^-53 times the sum of the magnitudes, and the
 * defining sums of a row order the two as real numbers do if g > 2 (d + 4) 2^-53 (|x - z|^2 + g):
 * both lie within 2^-45 of the quantities below for up to 64 features. */
#ifndef KMF_EXACT_BOXES_FILTER_H
#define KMF_EXACT_BOXES_FILTER_H

#include <float.h>

#include "doubles.h"

enum { FILTER_LANES = 8 };

#define magnitudes(v) ((doubles)((longs)(v)&INT64_MAX))

/* Index of the center nearest to the middle of the box. */
static int64_t nearest_to_middle(const double *box, int64_t d, const double *centers, int64_t count,
                                 int64_t stride, double *values) {
    for (int64_t j = 0; j < count; j += FILTER_LANES) {
        doubles squared = {0};
        for (int64_t f = 0; f < d; f++) {
            const double middle = box[f] / 2 + box[d + f] / 2;
            const doubles way = load_doubles(centers + f * stride + j) - middle;
            squared += way * way;
        }
        *(loose_doubles *)(values + j) = squared;
    }
    int64_t nearest = 0;
    for (int64_t j = 1; j < count; j++) nearest = values[j] < values[nearest] ? j : nearest;
    return nearest;
}

static inline double larger(double a, double b) { return a > b ? a : b; }

/* centers: double [feature][stride] of `count` centers, with their numbers; what is kept goes to
 * `kept` in the same layout and order. The stride is a multiple of FILTER_LANES. box: d lows, d
 * highs. values: stride doubles. */
static int64_t filter_centers(const double *box, int64_t d, const double *centers,
                              const int32_t *ids, int64_t count, int64_t stride, double *values,
                              double *kept, int32_t *kept_ids) {
    const double *low = box, *high = box + d;
    const int64_t nearest = nearest_to_middle(box, d, centers, count, stride, values);
    double farthest = 0;
    for (int64_t f = 0; f < d; f++) {
        const double z = centers[f * stride + nearest];
        const double reach = larger(__builtin_fabs(low[f] - z), __builtin_fabs(high[f] - z));
        farthest += reach * reach;
    }
    int64_t n_kept = 0;
    for (int64_t j = 0; j < count; j += FILTER_LANES) {
        doubles gain = {0}, size = farthest - (doubles){0};
        for (int64_t f = 0; f < d; f++) {
            const doubles c = load_doubles(centers + f * stride + j);
            const double z = centers[f * stride + nearest];
            const doubles way = z - c, sum = z + c;
            const doubles at_low = way * (2 * low[f] - sum), at_high = way * (2 * high[f] - sum);
            const longs lower = at_low < at_high;
            gain += (doubles)(((longs)at_low & lower) | ((longs)at_high & ~lower));
            const double most = 2 * larger(__builtin_fabs(low[f]), __builtin_fabs(high[f]));
            size += magnitudes(way) * (most + magnitudes(sum));
        }
        const longs out = gain > 0x1p-45 * size + 64 * DBL_MIN;
        const int64_t lanes = count - j < FILTER_LANES ? count - j : FILTER_LANES;
        for (int64_t l = 0; l < lanes; l++) {
            kept_ids[n_kept] = ids ? ids[j + l] : (int32_t)(j + l);
            for (int64_t f = 0; f < d; f++) kept[f * stride + n_kept] = centers[f * stride + j + l];
            n_kept += 1 + out[l];
        }
    }
    return n_kept;
}

#endif
