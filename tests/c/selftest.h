/* Declarations for the cases of both element types. */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <stdint.h>

/* Data of one kind, size and seed. */
typedef struct {
    const char *kind;
    int64_t n, d, k;
} selftest_case;

/* Count a failure, and print it if it is among the first few. */
void selftest_fail(const char *what, const selftest_case *at, int64_t row);

/* Compare the kernels with plain loops on one case; return the number of comparisons. */
int64_t selftest_f32(const selftest_case *at);
int64_t selftest_f64(const selftest_case *at);

/* Uniform in [0, 1), the same on every machine. */
double selftest_uniform(void);
void selftest_seed(uint64_t seed);

#endif
