/* Bounds rounded outwards to float32; they are infinite only where no finite float32 is a bound. */
#ifndef KMF_ROUNDING_H
#define KMF_ROUNDING_H

#include <float.h>

static inline float float_above(double v) {
    const double above = v + __builtin_fabs(v) * 0x1p-23 + 0x1p-149;
    return above < -(double)FLT_MAX ? -FLT_MAX : (float)above;
}

static inline float float_below(double v) {
    const double below = v - __builtin_fabs(v) * 0x1p-23 - 0x1p-149;
    return below < (double)FLT_MAX ? (float)below : FLT_MAX;
}

#endif
