/* The box around some rows. */
#ifndef KMF_EXACT_BOXES_H
#define KMF_EXACT_BOXES_H

#include "../real.h"

/* Lows, then highs, of the features of some rows. */
static void bounding_box(const real *x, int64_t n, int64_t d, double *box) {
    for (int64_t f = 0; f < d; f++) box[f] = box[d + f] = (double)x[f];
    for (int64_t i = 1; i < n; i++) {
        for (int64_t f = 0; f < d; f++) {
            const double v = (double)x[i * d + f];
            box[f] = v < box[f] ? v : box[f];
            box[d + f] = v > box[d + f] ? v : box[d + f];
        }
    }
}

#endif
