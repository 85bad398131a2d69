/* Candidates of greedy k-means++ one by one: codes bound what each can gain, so that most need no
 * exact potential.
 *
 * A candidate whose bound is below the exact gain of another one cannot become the seed. With codes
 * of 8 bits, 1 to 2.5 of 6 to 8 candidates are left, on images, embeddings and clusters. */
#ifndef KMF_FAST_SEED_BOUND_H
#define KMF_FAST_SEED_BOUND_H

#include "../simd.h"
#include "../structs.h"
#include "seed_codes_filter.h"
#include "tile.h"

/* Sum of weighted closest distances of the rows whose halves may be cut. */
static double cut_rows(const kmf_seed_codes *seed_codes, int64_t n, const double *weight,
                       const real *closest) {
    double sum = 0;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t end = min64(n, i + TILE_ROWS);
        int32_t most = KMF_SEED_NEVER;
        for (int64_t r = i; r < end; r++)
            most = seed_codes->halves[r] > most ? seed_codes->halves[r] : most;
        if (most <= KMF_SEED_FAR / 2) continue;
        for (int64_t r = i; r < end; r++)
            if (seed_codes->halves[r] > KMF_SEED_FAR / 2)
                sum += (weight ? weight[r] : 1) * (double)closest[r];
    }
    return sum;
}

static int64_t seed_bound(const kmf_seed_codes *seed_codes, int64_t n, int64_t count,
                          const double *weight, const real *closest, uint64_t *marks,
                          double *bounds) {
    float factors[KMF_SEED_ROWS];
    float gains[MOST_POINTS * CODE_LANES] __attribute__((aligned(64))) = {0};
    const double cut = cut_rows(seed_codes, n, weight, closest);
    for (int64_t i = 0; i < KMF_SEED_ROWS; i++) factors[i] = 1;
    /* at least REAL_MIN of float: a smaller weight would lose digits */
    for (int64_t i = 0; weight && i < n; i++)
        factors[i] = weight[i] > 0x1p-126 ? (float)weight[i] : 0x1p-126f;
    seed_codes_filter(seed_codes->codes, n, seed_codes->features, seed_codes->halves,
                      seed_codes->points, seed_codes->limits, count, marks, factors, gains);
    for (int64_t t = 0; t < count; t++) {
        double sum = 0;
        for (int l = 0; l < CODE_LANES; l++) sum += (double)gains[t * CODE_LANES + l];
        bounds[t] = 2 * sum / seed_codes->inverse / seed_codes->inverse + cut;
    }
    int64_t marked = 0;
    for (int64_t i = 0; i < BLOCK_TILES; i++) {
        uint64_t some = 0;
        for (int64_t t = 0; t < count; t++) some |= marks[t * BLOCK_TILES + i];
        marked += __builtin_popcountll(some);
    }
    return marked;
}

#endif
