/* Which instruction sets this processor and this build have, and which one is used. */
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "isa.h"

static const char *const names[KMF_ISA_COUNT] = {"baseline", "avx2", "avx512", "avx512vnni"};

#if defined(__x86_64__)
static int has_bits(unsigned value, unsigned bits) { return (value & bits) == bits; }

/* Which registers the system keeps when it switches threads. */
static unsigned kept_registers(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

/* By the instruction itself: what __builtin_cpu_supports calls is not linked on Windows. */
static int processor_has(enum kmf_isa isa) {
    enum { YMM = 0x6, ZMM = 0xe6 };
    unsigned a, b, c, d;
    if (isa == KMF_BASELINE) return 1;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    if (!has_bits(c, bit_OSXSAVE | bit_AVX | bit_FMA) || !has_bits(kept_registers(), YMM)) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has_bits(b, bit_AVX2)) return 0;
    if (isa == KMF_AVX2) return 1;
#if !defined(__APPLE__) /* macOS keeps them from their first use on */
    if (!has_bits(kept_registers(), ZMM)) return 0;
#endif
    if (!has_bits(b, bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL)) return 0;
    return isa == KMF_AVX512 || has_bits(c, bit_AVX512VNNI);
}
#else
static int processor_has(enum kmf_isa isa) { return isa == KMF_BASELINE; }
#endif

const char *kmf_isa_name(int isa) {
    if (isa < 0 || isa >= KMF_ISA_COUNT || !processor_has((enum kmf_isa)isa)) return NULL;
    return names[isa];
}

enum kmf_isa kmf_choose_isa(void) {
    const char *wanted = getenv("KMEANS_FAST_ISA");
    enum kmf_isa best = KMF_BASELINE;
    for (int isa = 0; isa < KMF_ISA_COUNT; isa++) {
        if (!processor_has((enum kmf_isa)isa)) continue;
        best = (enum kmf_isa)isa;
        if (wanted && strcmp(wanted, names[isa]) == 0) break;
    }
    return best;
}
