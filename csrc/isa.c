/* Which instruction sets this processor and this build have, and which one is used. */
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "kmf.h"

static const char *const names[KMF_ISA_COUNT] = {"baseline", "avx2", "avx512", "avx512vnni"};

static int processor_has(enum kmf_isa isa) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    switch (isa) {
    case KMF_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case KMF_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("fma");
    case KMF_AVX512VNNI: return processor_has(KMF_AVX512) && __builtin_cpu_supports("avx512vnni");
    default: return 1;
    }
#else
    return isa == KMF_BASELINE;
#endif
}

const char *kmf_isa_name(int isa) {
    if (isa < 0 || isa >= KMF_ISA_COUNT || !processor_has((enum kmf_isa)isa)) return NULL;
    return names[isa];
}

static enum kmf_isa choose(void) {
    const char *wanted = getenv("KMEANS_FAST_ISA");
    enum kmf_isa best = KMF_BASELINE;
    for (int isa = 0; isa < KMF_ISA_COUNT; isa++) {
        if (!processor_has((enum kmf_isa)isa)) continue;
        best = (enum kmf_isa)isa;
        if (wanted && strcmp(wanted, names[isa]) == 0) break;
    }
    return best;
}

enum kmf_isa kmf_isa(void) {
    /* Every thread computes the same value, so that a race writes the same word. */
    static int chosen = -1;
    int isa = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    if (isa < 0) {
        isa = (int)choose();
        __atomic_store_n(&chosen, isa, __ATOMIC_RELAXED);
    }
    return (enum kmf_isa)isa;
}

const char *kmf_chosen_isa(void) { return names[kmf_isa()]; }
