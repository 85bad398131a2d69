/* Potentials of k-means++ as integers, whose sums do not depend on the order of the rows.
 *
 * The term of a row is weight * closest, rounded once to a double, 0 where the weight is 0. It
 * stays below 2^51 unit and becomes two words, term = (high + low 2^-50) unit, rounded once: adding
 * 1.5 2^52 unit rounds it to a multiple of unit, which the low bits of that sum hold, adding the
 * same times 2^-50 rounds the rest. A difference of two such sums is exact. */
#ifndef KMF_FAST_SEED_TERMS_H
#define KMF_FAST_SEED_TERMS_H

#include <string.h>

#include "../simd.h"

enum { TERM_LANES = 8, SEARCH_ROWS = 64 };

typedef double term_doubles __attribute__((vector_size(64), aligned(8), may_alias));
typedef uint64_t term_words __attribute__((vector_size(64)));

typedef struct {
    term_words high, low;
} word_lanes;

/* The compiler must not fuse the product that lies at `p` with what is added to it. */
#define KEEP_ROUNDED(p) __asm__ volatile("" : : "r"(p) : "memory")

/* Write the terms of eight rows. */
static inline void write_terms(const real *closest, const double *weight, double *terms) {
    for (int l = 0; l < TERM_LANES; l++) terms[l] = (double)closest[l];
    if (weight) {
        for (int l = 0; l < TERM_LANES; l++) terms[l] = weight[l] > 0 ? terms[l] * weight[l] : 0;
        KEEP_ROUNDED(terms);
    }
}

/* Words of eight terms, each with a constant that does not depend on the term. */
static inline __attribute__((always_inline)) void split_terms(const double *terms, double unit,
                                                              word_lanes *words) {
    const term_doubles rounder = (term_doubles){0} + 0x1.8p52 * unit, finer = rounder * 0x1p-50;
    const term_doubles term = *(const term_doubles *)terms, sum = term + rounder;
    words->high = (term_words)sum;
    words->low = (term_words)((term - (sum - rounder)) + finer);
}

/* Add the gains of eight rows: those where `after` is less than `before`. */
static inline void add_gains(const real *before, const real *after, const double *weight,
                             double unit, word_lanes *gains) {
    real closer[TERM_LANES] __attribute__((aligned(64)));
    double terms[2][TERM_LANES] __attribute__((aligned(64)));
    word_lanes old, new;
    for (int l = 0; l < TERM_LANES; l++) closer[l] = after[l] < before[l] ? after[l] : before[l];
    write_terms(before, weight, terms[0]);
    write_terms(closer, weight, terms[1]);
    split_terms(terms[0], unit, &old);
    split_terms(terms[1], unit, &new);
    gains->high += old.high - new.high;
    gains->low += old.low - new.low;
}

static inline void add_lanes(const word_lanes *lanes, uint64_t words[2]) {
    for (int l = 0; l < TERM_LANES; l++) {
        words[0] += lanes->high[l];
        words[1] += lanes->low[l];
    }
}

/* Write the words of the terms of n rows. */
static void seed_count(const real *closest, const double *weight, int64_t n, double unit,
                       int64_t *words) {
    const double nothing[TERM_LANES] = {0};
    double terms[TERM_LANES] __attribute__((aligned(64)));
    word_lanes sum = {{0}, {0}}, zero, own;
    split_terms(nothing, unit, &zero);
    for (int64_t i = 0; i < n; i += TERM_LANES) {
        if (i + TERM_LANES <= n) {
            write_terms(closest + i, weight ? weight + i : NULL, terms);
        } else {
            real rest[TERM_LANES] = {0};
            double weights[TERM_LANES] = {0};
            for (int64_t r = i; r < n; r++) {
                rest[r - i] = closest[r];
                weights[r - i] = weight ? weight[r] : 1;
            }
            write_terms(rest, weights, terms);
        }
        split_terms(terms, unit, &own);
        sum.high += own.high - zero.high;
        sum.low += own.low - zero.low;
    }
    uint64_t total[2] = {0, 0};
    add_lanes(&sum, total);
    words[0] = (int64_t)total[0];
    words[1] = (int64_t)total[1];
}

/* Subtract words from the rest of a target; whether none of it is left. */
static inline int subtract_words(const int64_t *words, int64_t *left) {
    left[0] -= words[0];
    left[1] -= words[1];
    const int64_t high = left[0] + (left[1] >> 50), low = left[1] & (((int64_t)1 << 50) - 1);
    return high < 0 || (high == 0 && low == 0);
}

/* The first of n rows at which the running sum of terms reaches the positive `target`, or n. */
static int64_t seed_find(const real *closest, const double *weight, int64_t n, double unit,
                         const int64_t *target) {
    int64_t left[2] = {target[0], target[1]}, words[2];
    for (int64_t first = 0; first < n; first += SEARCH_ROWS) {
        const int64_t before[2] = {left[0], left[1]}, some = min64(n - first, SEARCH_ROWS);
        seed_count(closest + first, weight ? weight + first : NULL, some, unit, words);
        if (!subtract_words(words, left)) continue;
        memcpy(left, before, sizeof left);
        for (int64_t i = first;; i++) {
            seed_count(closest + i, weight ? weight + i : NULL, 1, unit, words);
            if (subtract_words(words, left)) return i;
        }
    }
    return n;
}

#endif
