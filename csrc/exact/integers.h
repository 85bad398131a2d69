/* float64 rounded to integers below 2^51: adding 1.5 * 2^52 leaves them in the low bits. */
#ifndef KMF_EXACT_INTEGERS_H
#define KMF_EXACT_INTEGERS_H

#include <stdint.h>

static inline int64_t double_bits(double v) {
    union {
        double value;
        int64_t bits;
    } u = {v};
    return u.bits;
}

#define ROUNDER 0x1.8p52

static inline double rounded(double v) { return (v + ROUNDER) - ROUNDER; }
static inline int64_t integer_of(double v) {
    return double_bits(v + ROUNDER) - double_bits(ROUNDER);
}

#endif
