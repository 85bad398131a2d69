/* The pass of greedy k-means++ over a block of rows: lower the closest distances to the last seed,
 * and compute the potential that each candidate for the next seed would leave.
 *
 * That potential is the sum of the block less the gains of the rows that are closer to the
 * candidate than to their seeds. Sums are integers (seed_terms.h): the difference is exact and does
 * not depend on the set of rows that were tried. So codes may exclude rows first
 * (seed_codes_filter.h); distances are computed for the rows that pass. */

#ifndef KMF_FAST_SEED_H
#define KMF_FAST_SEED_H

#include <string.h>

#include "../simd.h"
#include "../structs.h"
#include "seed_codes_filter.h"
#include "seed_rows.h"
#include "seed_terms.h"
#include "tile.h"

enum {
    MOST_CANDIDATES = MOST_POINTS - 1,
    DENSE_STEPS = 3, /* passes without codes after one in which they excluded few rows */
};

static void seed_points(seed_pass *pass, const int8_t *codes, const int32_t *limits,
                        const int64_t *words, int64_t *left) {
    uint64_t bits[MOST_POINTS * BLOCK_TILES];
    const kmf_seed_codes *seed_codes = pass->seed_codes;
    memset(pass->gains, 0, sizeof pass->gains);
    if (!seed_codes || *seed_codes->skip) {
        memset(bits, 0xff, (size_t)(pass->count * BLOCK_TILES) * sizeof *bits);
        seed_marked(pass, bits);
        if (seed_codes) --*seed_codes->skip;
    } else {
        seed_codes_filter(seed_codes->codes, pass->n, seed_codes->features, seed_codes->halves,
                          codes, limits, pass->count, bits, NULL, NULL);
        if (seed_marked(pass, bits) > pass->n / 2) *seed_codes->skip = DENSE_STEPS;
    }
    for (int64_t t = pass->pending; t < pass->count; t++, left += 2) {
        uint64_t gain[2] = {0, 0};
        add_lanes(&pass->gains[t], gain);
        for (int w = 0; w < 2; w++) left[w] = (int64_t)((uint64_t)words[w] - gain[w]);
    }
}

static void seed_step(const real *x, int64_t n, int64_t d, const real *points, int64_t count,
                      int pending, real scale, const double *weight, real *closest, real *scratch,
                      const kmf_seed_codes *seed_codes, double unit, const int64_t *words,
                      int64_t *left, real *kept, int64_t stride) {
    seed_pass pass = {
        .x = x,
        .n = n,
        .d = d,
        .scale = scale,
        .unit = unit,
        .weight = weight,
        .closest = closest,
        .seed_codes = seed_codes,
        .stride = stride,
        .gathered = scratch,
        .packed = scratch + TILE_ROWS * d + LANES,
    };
    const int64_t bytes = seed_codes ? (seed_codes->features + 3) / 4 * 4 : 0;
    int64_t first = !pending;
    while (pending || count > 0) {
        const int64_t some = min64(count, MOST_CANDIDATES);
        pass.pending = pending;
        pass.points = points + first * d;
        pass.count = some + pending;
        pass.kept = kept;
        seed_points(&pass, seed_codes ? seed_codes->points + first * bytes : NULL,
                    seed_codes ? seed_codes->limits + first : NULL, words, left);
        first += some + pending;
        left += 2 * some;
        if (kept) kept += some * stride;
        count -= some;
        pending = 0;
    }
}

#endif
