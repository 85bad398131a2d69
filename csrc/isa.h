/* The instruction sets, in order of preference from last to first. */
#ifndef KMF_ISA_H
#define KMF_ISA_H

enum kmf_isa { KMF_BASELINE, KMF_AVX2, KMF_AVX512, KMF_AVX512VNNI, KMF_ISA_COUNT };

/* Name of instruction set 0, 1, ...: null if this processor lacks it or there is no such one. */
const char *kmf_isa_name(int isa);

/* The best that the processor has and the library was built with, or the one that KMEANS_FAST_ISA
 * names if it is among those. */
enum kmf_isa kmf_choose_isa(void);

#endif
