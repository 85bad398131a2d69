/* The last feature of a sketch: see sketch_lengths.h. */
#ifndef KMF_EXACT_SKETCH_REST_H
#define KMF_EXACT_SKETCH_REST_H

#include <stdint.h>

/* `squares` are the squared lengths of the rows, `values` (n, d) their projections and, last, room
 * for the length of the rest. Writes it and a lower bound on the squared length of the sketch. */
static void sketch_rest(const double *squares, int64_t n, int64_t d, double eta, float *values,
                        float *square) {
    const double more = 2 * eta * (1 + eta) + 0x1p-38;
    for (int64_t i = 0; i < n; i++) {
        float *value = values + i * d;
        double inside = 0;
        for (int64_t f = 0; f + 1 < d; f++) inside += (double)value[f] * (double)value[f];
        const double rest = squares[i] - inside + more * squares[i];
        const float length = (float)(__builtin_sqrt(rest > 0 ? rest : 0) * (1 + 0x1p-23));
        value[d - 1] = length;
        square[i] = (float)((inside + (double)length * (double)length) * (1 - 0x1p-23));
    }
}

#endif
