/* Compare the kernels of csrc with plain loops. The program needs no Python, so it runs wherever
 * there is a C compiler or an emulator (tools/selftest.sh). KMEANS_FAST_ISA chooses the instruction
 * set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "selftest.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int64_t failures;
static uint64_t state;

void selftest_fail(const char *what, const selftest_case *at, int64_t row) {
    if (++failures > 20) return;
    printf("FAILED: %s, %s data, n %lld, d %lld, k %lld, at %lld\n", what, at->kind,
           (long long)at->n, (long long)at->d, (long long)at->k, (long long)row);
}

void selftest_seed(uint64_t seed) { state = seed * 0x9e3779b97f4a7c15u + 1; }

double selftest_uniform(void) { /* xorshift64* */
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (double)((state * 0x2545f4914f6cdd1du) >> 11) * 0x1p-53;
}

int main(void) {
    static const char *const kinds[] = {"normal", "integer", "offset", "mixed",
                                        "huge",   "tiny",    "equal",  "zero"};
    static const int64_t features[] = {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 64, 100, 130};
    static const int64_t centers[] = {1, 2, 5, 6, 7, 13, 48, 65};
    static const int64_t rows[] = {1, 15, 64, 65, 130, 200};
    const char *wanted = getenv("KMEANS_FAST_ISA"), *chosen = kmf_isa_name(kmf_choose_isa());
    int64_t cases = 0, comparisons = 0;
    if (wanted && strcmp(wanted, chosen) != 0) {
        printf("there is no %s here\n", wanted);
        return 77;
    }
    /* sizes alternate: each kind and each d gets all sizes, but not in all combinations */
    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t f = 0; f < COUNT(features); f++)
            for (size_t turn = 0; turn < 3; turn++) {
                const int64_t k = centers[(kind + 3 * f + 3 * turn) % COUNT(centers)];
                const int64_t n = rows[(kind + f + turn) % COUNT(rows)];
                const selftest_case at = {kinds[kind], n, features[f], k};
                selftest_seed((uint64_t)cases++);
                comparisons += selftest_f32(&at) + selftest_f64(&at);
            }
    printf("%s: %lld cases of each type, %lld comparisons, %lld failures\n", chosen,
           (long long)cases, (long long)comparisons, (long long)failures);
    return failures > 0;
}
