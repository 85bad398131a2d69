/* The instruction sets, in order of preference from last to first. */
#ifndef KMF_ISA_H
#define KMF_ISA_H

enum kmf_isa { KMF_BASELINE, KMF_AVX2, KMF_AVX512, KMF_AVX512VNNI, KMF_ISA_COUNT };

/* The instruction set in use: the best that the processor has and the library was built with, or
 * the one that KMEANS_FAST_ISA names if it is among those. Chosen once, at the first call. */
enum kmf_isa kmf_isa(void);

#endif
