/* From an instruction set to its tables, whose names csrc/meson.build gives them. */
#include "tables.h"

#define TABLES(isa)                                                                                \
    extern const kmf_fast_f32 kmf_fast_##isa##_f32;                                                \
    extern const kmf_fast_f64 kmf_fast_##isa##_f64;                                                \
    extern const kmf_fast_common kmf_fast_##isa##_common;                                          \
    extern const kmf_exact_f32 kmf_exact_##isa##_f32;                                              \
    extern const kmf_exact_f64 kmf_exact_##isa##_f64;                                              \
    extern const kmf_exact_common kmf_exact_##isa##_common;                                        \
    static const kmf_tables isa = {                                                                \
        &kmf_fast_##isa##_f32,  &kmf_fast_##isa##_f64,  &kmf_fast_##isa##_common,                  \
        &kmf_exact_##isa##_f32, &kmf_exact_##isa##_f64, &kmf_exact_##isa##_common,                 \
    }

TABLES(baseline);
#if defined(__x86_64__)
TABLES(avx2);
TABLES(avx512);
TABLES(avx512vnni);
#endif

const kmf_tables *kmf_tables_of(enum kmf_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case KMF_AVX2: return &avx2;
    case KMF_AVX512: return &avx512;
    case KMF_AVX512VNNI: return &avx512vnni;
#endif
    default: return &baseline;
    }
}
