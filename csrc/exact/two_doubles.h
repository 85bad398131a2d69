/* Sums and products of doubles that lose nothing: the rounded result and its error.
 *
 * T. J. Dekker, "A floating-point technique for extending the available precision", Numerische
 * Mathematik 18, 1971. */
#ifndef KMF_EXACT_TWO_DOUBLES_H
#define KMF_EXACT_TWO_DOUBLES_H

typedef struct {
    double high, low; /* high is their sum, rounded */
} two_doubles;

static inline two_doubles add_exactly(double a, double b) {
    const double sum = a + b, from_b = sum - a;
    return (two_doubles){sum, (a - (sum - from_b)) + (b - from_b)};
}

#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
static inline two_doubles multiply_exactly(double a, double b) {
    const double product = a * b;
    return (two_doubles){product, __builtin_fma(a, b, -product)};
}

/* a b + c, where a b is exact: a fused addition has the same result. */
static inline double add_product(double a, double b, double c) { return __builtin_fma(a, b, c); }
#else
static inline double add_product(double a, double b, double c) { return a * b + c; }

/* The upper half of the digits. */
static inline double upper_half(double a) {
    const double shifted = a * 0x1.0000002p27;
    return shifted - (shifted - a);
}

static inline two_doubles multiply_exactly(double a, double b) {
    const double product = a * b, a_high = upper_half(a), b_high = upper_half(b);
    const double a_low = a - a_high, b_low = b - b_high;
    return (two_doubles){product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) +
                                      a_low * b_low};
}
#endif

#endif
