/* Exact sums of doubles: integers in units of 2^-1080 that merge by addition, in any order.
 *
 * A sum is LIMBS limbs of 40 bits, sum_i limb_i 2^(40 i - 1080): all but the last lie in
 * [0, 2^40), the last one has the sign. Terms are split in vectors: adding 1.5 2^52 u rounds a term
 * below 2^50 u to a multiple of u (the low bits of the sum are that integer), adding the same with
 * u 2^-50 splits what is left, and the remainders, exact as well, are terms of a next round, in
 * which all are 2^-101 times smaller at least. An infinite term counts as 2^1024 or more. */

#ifndef KMF_EXACT_SUM_H
#define KMF_EXACT_SUM_H

#include <math.h>
#include <string.h>

#include "../real.h"
#include "../structs.h"
#include "doubles.h"
#include "integers.h"

enum {
    LIMB_BITS = 40,
    LIMBS = KMF_LIMBS,
    LIMB_OFFSET = 1080,
    MOST_TERMS = 1024,
    SPLIT_BITS = 50,
    /* exponents of the largest term, as a double has them, with which both rounders are normal */
    LEAST_EXPONENT = 48,
    MOST_EXPONENT = 2043,
    PLAIN_TERMS = 64,
};

/* Relative error of a plain sum of at most MOST_TERMS terms that are not negative, and of its
 * comparison with a magnitude, generously: each of the 2^10 additions rounds by 2^-53. */
#define PLAIN_ERROR 0x1p-42
#define LEAST_PLAIN 0x1p-900

typedef uint64_t unsigned_longs __attribute__((vector_size(64)));

/* Add value * 2^(shift - 1080), |value| < 2^62. */
static void add_shifted(int64_t value, int shift, int64_t *limbs) {
    const int bits = shift % LIMB_BITS, upper = LIMB_BITS - bits;
    int64_t i = shift / LIMB_BITS;
    limbs[i] += (value & (((int64_t)1 << upper) - 1)) << bits;
    limbs[i + 1] += value >> upper;
    for (int64_t end = i + 1; i < LIMBS - 1; i++) {
        const int64_t carry = limbs[i] >> LIMB_BITS;
        limbs[i] -= carry * ((int64_t)1 << LIMB_BITS);
        limbs[i + 1] += carry;
        if (carry == 0 && i >= end) break;
    }
}

static void add_term(double term, int64_t *limbs) {
    const int64_t bits = double_bits(term), fraction = bits & (((int64_t)1 << 52) - 1);
    const int exponent = (int)(bits >> 52 & 2047);
    const int64_t value = exponent ? fraction | (int64_t)1 << 52 : fraction;
    add_shifted(bits < 0 ? -value : value, (exponent ? exponent : 1) - 1075 + LIMB_OFFSET, limbs);
}

/* 2^exponent, a normal number. */
static inline double power_of_two(int exponent) {
    union {
        int64_t bits;
        double value;
    } u = {(int64_t)(exponent + 1023) << 52};
    return u.value;
}

/* Add `vectors` of terms, which are overwritten. */
static void add_vectors(double *terms, int64_t vectors, int64_t *limbs) {
    const longs magnitude = (longs){0} + INT64_MAX;
    for (;;) {
        longs most = {0};
        for (int64_t v = 0; v < vectors; v++) {
            const longs bits = (longs)load_doubles(terms + 8 * v) & magnitude;
            const longs larger = bits > most;
            most = (bits & larger) | (most & ~larger);
        }
        int64_t largest = 0;
        for (int l = 0; l < 8; l++) largest = most[l] > largest ? most[l] : largest;
        const int exponent = (int)(largest >> 52);
        if (largest == 0) return;
        if (exponent < LEAST_EXPONENT || exponent > MOST_EXPONENT) {
            for (int64_t i = 0; i < 8 * vectors; i++) add_term(terms[i], limbs);
            return;
        }
        /* largest < 2^50 unit */
        const int unit = exponent - 1022 - SPLIT_BITS;
        const double rounder = 1.5 * power_of_two(unit + 52), finer = rounder * 0x1p-50;
        const doubles round_high = (doubles){0} + rounder, round_low = (doubles){0} + finer;
        unsigned_longs high = {0}, low = {0}, left = {0};
        for (int64_t v = 0; v < vectors; v++) {
            const doubles term = load_doubles(terms + 8 * v);
            const doubles sum = term + round_high, rest = term - (sum - round_high);
            const doubles next = rest + round_low, remainder = rest - (next - round_low);
            high += (unsigned_longs)sum;
            low += (unsigned_longs)next;
            left |= (unsigned_longs)remainder;
            *(loose_doubles *)(terms + 8 * v) = remainder;
        }
        uint64_t highs = 0, lows = 0, any = 0;
        for (int l = 0; l < 8; l++) {
            highs += high[l];
            lows += low[l];
            any |= left[l];
        }
        highs -= 8 * (uint64_t)vectors * (uint64_t)double_bits(rounder);
        lows -= 8 * (uint64_t)vectors * (uint64_t)double_bits(finer);
        add_shifted((int64_t)highs, unit + LIMB_OFFSET, limbs);
        add_shifted((int64_t)lows, unit - SPLIT_BITS + LIMB_OFFSET, limbs);
        if (any == 0) return;
    }
}

/* Zero where the weight is zero, whatever the term. */
static inline double weighted(const double *weight, double term, int64_t i) {
    return weight == NULL ? term : weight[i] == 0 ? 0 : weight[i] * term;
}

/* Add the products weight[i] * terms[i], each rounded once (`weight` may be null). */
static void add_terms(const double *terms, const double *weight, int64_t n, int64_t *limbs) {
    double products[MOST_TERMS] __attribute__((aligned(64)));
    for (int64_t first = 0; first < n; first += MOST_TERMS) {
        const int64_t some = min64(n - first, MOST_TERMS), vectors = (some + 7) / 8;
        for (int64_t i = some; i < 8 * vectors; i++) products[i] = 0;
        for (int64_t i = 0; i < some; i++)
            products[i] = weighted(weight, terms[first + i], first + i);
        add_vectors(products, vectors, limbs);
    }
}

/* The magnitude of a negative sum as a double; infinity, or less than LEAST_PLAIN, where limbs are
 * in use whose unit has no normal power of two. */
static double magnitude_of(const int64_t *limbs) {
    double found = 0;
    int64_t carry = 0;
    for (int64_t i = 0; i < LIMBS; i++) {
        const int exponent = LIMB_BITS * (int)i - LIMB_OFFSET;
        int64_t limb = carry - limbs[i];
        carry = i < LIMBS - 1 ? limb >> LIMB_BITS : 0;
        limb -= carry * ((int64_t)1 << LIMB_BITS);
        if (exponent > 980 && limb != 0) return INFINITY;
        if (exponent > -1000 && exponent <= 980) found += (double)limb * power_of_two(exponent);
    }
    return found;
}

/* `find_term` by plain sums; -1 where their rounding could decide, or none of the terms is it. */
static int64_t find_term_plainly(const double *terms, const double *weight, int64_t n,
                                 const int64_t *limbs) {
    const double missing = magnitude_of(limbs), more = 1 + PLAIN_ERROR, less = 1 - PLAIN_ERROR;
    double products[PLAIN_TERMS] __attribute__((aligned(64))), sum = 0;
    if (!(missing > LEAST_PLAIN)) return -1;
    for (int64_t first = 0; first < n; first += PLAIN_TERMS) {
        const int64_t some = min64(n - first, PLAIN_TERMS);
        for (int64_t i = some; i < PLAIN_TERMS; i++) products[i] = 0;
        for (int64_t i = 0; i < some; i++)
            products[i] = weighted(weight, terms[first + i], first + i);
        doubles part = {0};
        for (int64_t v = 0; v < PLAIN_TERMS / 8; v++) part += load_doubles(products + 8 * v);
        double all = sum;
        for (int l = 0; l < 8; l++) all += part[l];
        if (all * more < missing) {
            sum = all;
            continue;
        }
        for (int64_t i = 0; i < some; i++) {
            const double next = sum + products[i];
            if (next >= missing)
                return sum * more < missing && next * less > missing ? first + i : -1;
            sum = next;
        }
        return -1;
    }
    return -1;
}

/* `limbs` is negative: the first term with which it no longer is, or n; at most MOST_TERMS. */
static int64_t find_term(const double *terms, const double *weight, int64_t n, int64_t *limbs) {
    int64_t before[LIMBS], first = find_term_plainly(terms, weight, n, limbs);
    if (first >= 0) return first;
    first = 0;
    for (int64_t step = 128; step >= 16; step /= 8) {
        for (; first < n; first += step) {
            memcpy(before, limbs, sizeof before);
            add_terms(terms + first, weight ? weight + first : NULL, min64(n - first, step), limbs);
            if (limbs[LIMBS - 1] >= 0) break;
        }
        if (first >= n) return n;
        memcpy(limbs, before, sizeof before);
    }
    for (;; first++) {
        add_term(weighted(weight, terms[first], first), limbs);
        if (limbs[LIMBS - 1] >= 0) return first;
    }
}

#endif
