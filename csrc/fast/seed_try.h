/* The potential that one candidate of greedy k-means++ would leave, exactly, and the rows that come
 * closer to it; seed_bound.h tells which candidates and rows need it. */
#ifndef KMF_FAST_SEED_TRY_H
#define KMF_FAST_SEED_TRY_H

#include <string.h>

#include "../simd.h"
#include "../structs.h"
#include "distances.h"
#include "seed_rows.h"
#include "seed_terms.h"
#include "tile.h"

enum { ROUGH_FEATURES = 32 }; /* from here on, packing a row takes longer than a rough distance */

/* One candidate against rows of several blocks, in tiles that may span blocks. */
typedef struct {
    const real *x;
    int64_t d;
    const real *point;
    real scale;
    double unit;
    const double *weight;
    const real *closest;
    real *gathered, *packed; /* room for TILE_ROWS rows each, and LANES reals */
    uint64_t *left;          /* per block: words */
    uint16_t *closer;        /* per block: room for KMF_SEED_CLOSER rows */
    real *distances;
    int32_t *counts;
} seed_trial;

/* Rows of a block with their distances: subtract the gains, list those that come closer. */
static void try_rows(seed_trial *trial, const int32_t *rows, int64_t n, const real *own) {
    real before[TILE_ROWS + TERM_LANES], after[TILE_ROWS + TERM_LANES];
    double weight[TILE_ROWS + TERM_LANES];
    const int64_t block = rows[0] / KMF_SEED_ROWS;
    int32_t *count = trial->counts + block;
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++) {
        before[found] = trial->closest[rows[i]];
        after[found] = own[i];
        if (!(own[i] < before[found])) continue;
        if (trial->weight) weight[found] = trial->weight[rows[i]];
        if (*count < KMF_SEED_CLOSER) {
            trial->closer[block * KMF_SEED_CLOSER + *count] = (uint16_t)(rows[i] % KMF_SEED_ROWS);
            trial->distances[block * KMF_SEED_CLOSER + *count] = own[i];
        }
        found++;
        ++*count;
    }
    if (found == 0) return;
    memset(before + found, 0, TERM_LANES * sizeof *before);
    memset(after + found, 0, TERM_LANES * sizeof *after);
    memset(weight + found, 0, TERM_LANES * sizeof *weight);
    word_lanes gains = {{0}, {0}};
    uint64_t gain[2] = {0, 0};
    for (int64_t i = 0; i < found; i += TERM_LANES)
        add_gains(before + i, after + i, trial->weight ? weight + i : NULL, trial->unit, &gains);
    add_lanes(&gains, gain);
    for (int w = 0; w < 2; w++) trial->left[2 * block + w] -= gain[w];
}

/* The packed rows, ascending. */
static void try_packed(seed_trial *trial, const int32_t *rows, int64_t n) {
    real distances[TILE_ROWS];
    for (int64_t r = 0; r < n; r += STRIP)
        differences(trial->packed + r * trial->d, trial->d, trial->point, 1, trial->scale,
                    distances + r);
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && rows[end] / KMF_SEED_ROWS == rows[i] / KMF_SEED_ROWS;) end++;
        try_rows(trial, rows + i, end - i, distances + i);
    }
}

/* The squared distance of a row in partial sums: up to rounding, the distance of its tile. */
static inline double rough_distance(const seed_trial *trial, const real *row) {
    enum { SUMS = 4 };
    const int64_t d = trial->d;
    vec sum[SUMS] = {{0}};
    real rest = 0, lanes[LANES];
    int64_t f = 0;
    for (; f + SUMS * LANES <= d; f += SUMS * LANES) {
        UNROLL(4)
        for (int s = 0; s < SUMS; s++) {
            const vec difference = load(row + f + s * LANES) * trial->scale -
                                   load(trial->point + f + s * LANES) * trial->scale;
            sum[s] += difference * difference;
        }
    }
    for (; f < d; f++) {
        const real difference = row[f] * trial->scale - trial->point[f] * trial->scale;
        rest += difference * difference;
    }
    store(lanes, (sum[0] + sum[1]) + (sum[2] + sum[3]));
    for (int l = 0; l < LANES; l++) rest += lanes[l];
    return (double)rest;
}

/* Write the rows that can come closer to `near`; returns their number. Packing a row takes several
 * times as long as this, and of rows that codes mark, half to nine of ten come no closer. */
static int64_t keep_near(const seed_trial *trial, const int32_t *rows, int64_t n, int32_t *near) {
    enum { AHEAD = 3 }; /* rows whose lines are on their way from memory */
    const double slack = 1 + 6 * ((double)trial->d + 8) * UNIT_ROUNDOFF;
    const double loss = 4 * (double)trial->d * (double)REAL_MIN;
    const int64_t bytes = trial->d * (int64_t)sizeof(real);
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
        const char *next = (const char *)(trial->x + rows[min64(i + AHEAD, n - 1)] * trial->d);
        for (int64_t b = 0; b < bytes; b += CACHE_LINE) __builtin_prefetch(next + b, 0, 3);
        const double most = (double)trial->closest[rows[i]] * slack + loss;
        near[kept] = rows[i];
        kept += !(rough_distance(trial, trial->x + rows[i] * trial->d) > most);
    }
    return kept;
}

/* Rows that wait for a full tile. */
typedef struct {
    int32_t rows[2 * TILE_ROWS];
    int64_t count;
} waiting_rows;

static void try_waiting(seed_trial *trial, waiting_rows *waiting, int64_t least) {
    while (waiting->count >= least && waiting->count > 0) {
        const int64_t n = min64(waiting->count, TILE_ROWS), rest = waiting->count - n;
        int32_t rows[TILE_ROWS];
        memcpy(rows, waiting->rows, (size_t)n * sizeof *rows);
        memmove(waiting->rows, waiting->rows + n, (size_t)rest * sizeof *rows);
        waiting->count = rest;
        pack_listed(trial->x, trial->d, rows, n, trial->gathered, trial->packed);
        try_packed(trial, rows, n);
    }
}

static void try_listed(seed_trial *trial, const int32_t *rows, int64_t n, waiting_rows *waiting) {
    int32_t *to = waiting->rows + waiting->count;
    if (trial->d >= ROUGH_FEATURES) {
        n = keep_near(trial, rows, n, to);
    } else {
        memcpy(to, rows, (size_t)n * sizeof *rows);
    }
    waiting->count += n;
    try_waiting(trial, waiting, TILE_ROWS);
}

static void seed_try(const real *x, int64_t n, int64_t d, const real *point, real scale,
                     const double *weight, const real *closest, real *scratch,
                     const uint64_t *marks, int64_t stride, double unit, const int64_t *words,
                     int64_t *left, uint16_t *closer, real *distances, int32_t *counts) {
    const int64_t blocks = (n + KMF_SEED_ROWS - 1) / KMF_SEED_ROWS;
    seed_trial trial = {x,
                        d,
                        point,
                        scale,
                        unit,
                        weight,
                        closest,
                        scratch,
                        scratch + TILE_ROWS * d + LANES,
                        (uint64_t *)left,
                        closer,
                        distances,
                        counts};
    int32_t rows[TILE_ROWS], whole[TILE_ROWS];
    waiting_rows waiting = {.count = 0};
    int64_t held = 0;
    memcpy(left, words, (size_t)(2 * blocks) * sizeof *left);
    memset(counts, 0, (size_t)blocks * sizeof *counts);
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        uint64_t marked = marks[i / KMF_SEED_ROWS * stride + i % KMF_SEED_ROWS / TILE_ROWS];
        if (__builtin_popcountll(marked) >= dense_rows(d)) {
            const int64_t live = min64(n - i, TILE_ROWS);
            for (int32_t r = 0; r < live; r++) whole[r] = (int32_t)i + r;
            pack_tile(x + i * d, live, d, (n - i - live) * d, trial.packed);
            try_packed(&trial, whole, live);
            continue;
        }
        for (; marked; marked &= marked - 1) {
            const int32_t row = (int32_t)i + __builtin_ctzll(marked);
            fetch_row(x + row * d, d);
            rows[held++] = row;
            if (held == TILE_ROWS) {
                try_listed(&trial, rows, held, &waiting);
                held = 0;
            }
        }
    }
    try_listed(&trial, rows, held, &waiting);
    try_waiting(&trial, &waiting, 0);
}

static void seed_take(const uint16_t *rows, const real *distances, int64_t count, int64_t d,
                      const kmf_seed_codes *seed_codes, real *closest) {
    seed_pass pass = {.d = d, .closest = closest, .seed_codes = seed_codes};
    for (int64_t i = 0; i < count; i++) seed_lower(&pass, rows[i], distances[i]);
}

#endif
