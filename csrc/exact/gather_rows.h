/* Copies of listed rows, in one dense array. */
#ifndef KMF_EXACT_GATHER_ROWS_H
#define KMF_EXACT_GATHER_ROWS_H

#include "../real.h"

/* Copy the listed rows one after the other. */
static void gather_rows(const real *x, int64_t d, const int32_t *rows, int64_t count, real *out) {
    for (int64_t i = 0; i < count; i++)
        for (int64_t f = 0; f < d; f++) out[i * d + f] = x[rows[i] * d + f];
}

#endif
