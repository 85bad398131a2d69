/* How far centers moved, rounded up. */
#ifndef KMF_FAST_ELKAN_MOVES_H
#define KMF_FAST_ELKAN_MOVES_H

#include <string.h>

#include "../pairs.h"
#include "../real.h"

static void elkan_moves(const real *before, const real *after, int64_t k, int64_t d,
                        double *moves) {
    const pair_error error = pair_error_of(d);
    for (int64_t j = 0; j < k; j++, before += d, after += d)
        moves[j] = memcmp(before, after, (size_t)d * sizeof(real))
                       ? pair_above((double)pair_squared(before, after, d), error)
                       : 0;
}

#endif
