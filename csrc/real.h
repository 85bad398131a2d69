/* The element type of this compilation and its rounding constants. csrc/meson.build defines
 * KMF_REAL, 32 or 64; where an editor opens a kernel, it is float. */
#ifndef KMF_REAL_H
#define KMF_REAL_H

#include <float.h>
#include <stdint.h>

#ifndef KMF_REAL
#define KMF_REAL 32
#endif

#define KMF_CONCAT_(a, b) a##b
#define KMF_CONCAT(a, b) KMF_CONCAT_(a, b)

#if KMF_REAL == 32
typedef float real;
typedef int32_t integer; /* as wide as real: the index lanes that go with a vector of reals */
#define REAL_MIN FLT_MIN
#define REAL_MAX FLT_MAX
#define ROOT __builtin_sqrtf
#define UNIT_ROUNDOFF 0x1p-24
#define TYPED(name) KMF_CONCAT(name, _f32)
#else
typedef double real;
typedef int64_t integer;
#define REAL_MIN DBL_MIN
#define REAL_MAX DBL_MAX
#define ROOT __builtin_sqrt
#define UNIT_ROUNDOFF 0x1p-53
#define TYPED(name) KMF_CONCAT(name, _f64)
#endif

static inline int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }

#define REAL_INFINITY ((real)__builtin_inf())

#endif
