/* Peak rate of fused multiply-adds on registers: the limit of every dot-product kernel.
 *
 * There are enough independent chains to hide the latency of the multiply-add (4 cycles, 2 units: 8
 * chains), and few enough for 16 registers. Compile with -DREAL=float or double and -DBYTES=32 or
 * 64. Usage: fma_peak THREADS SECONDS; it prints GFLOP/s of all threads together. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CHAINS = 12, LANES = BYTES / sizeof(REAL), ROUNDS = 100000, MAX_THREADS = 1024 };

typedef REAL vec __attribute__((vector_size(BYTES)));

typedef struct {
    double seconds, gflops;
    volatile REAL result;
} task;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *work(void *argument) {
    task *t = argument;
    vec chain[CHAINS];
    /* not constants, so that nothing is computed at compile time */
    volatile REAL factor = (REAL)0.999, term = (REAL)0.001;
    const vec a = (vec){0} + factor, b = (vec){0} + term;
    for (int c = 0; c < CHAINS; c++) chain[c] = (vec){0} + (REAL)c;
    const double start = now();
    double elapsed, operations = 0;
    do {
        for (int round = 0; round < ROUNDS; round++)
            for (int c = 0; c < CHAINS; c++) chain[c] = chain[c] * a + b;
        operations += 2.0 * ROUNDS * CHAINS * LANES;
        elapsed = now() - start;
    } while (elapsed < t->seconds);
    for (int c = 1; c < CHAINS; c++) chain[0] += chain[c];
    t->result = chain[0][0];
    t->gflops = operations / elapsed * 1e-9;
    return NULL;
}

int main(int argc, char **argv) {
    static pthread_t threads[MAX_THREADS];
    static task tasks[MAX_THREADS];
    const int count = argc > 2 ? atoi(argv[1]) : 0;
    if (count < 1 || count > MAX_THREADS) return 2;
    double gflops = 0;
    for (int i = 0; i < count; i++) {
        tasks[i].seconds = atof(argv[2]);
        if (pthread_create(&threads[i], NULL, work, &tasks[i])) return 1;
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        gflops += tasks[i].gflops;
    }
    printf("%g\n", gflops);
    return 0;
}
