/* Labels of rows, each among the centers that its codes do not exclude: by intervals around the
 * distances, and where those overlap by the defining sum; the lowest index wins a tie. */
#ifndef KMF_EXACT_CODES_VERIFY_H
#define KMF_EXACT_CODES_VERIFY_H

#include <string.h>

#include "../real.h"
#include "../rounding.h"
#include "../structs.h"
#include "defining_sum.h"

typedef real reals __attribute__((vector_size(64)));
typedef real loose_reals __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));

#define load_reals(p) ((reals) * (const loose_reals *)(p))

enum { MOST_SURVIVORS = 256 };

typedef struct {
    double low, high;
} interval;

/* Around the squared distance of a scaled row and center: off by (d + 3) u of itself
 * and what underflows; the defining sum where that overflows. */
static interval squared_interval(const real *row, const real *center, int64_t d, double scale) {
    enum { WIDTH = 64 / sizeof(real) };
    const real unit = (real)scale;
    reals lanes = {0};
    int64_t f = 0;
    for (; f + WIDTH <= d; f += WIDTH) {
        const reals difference = (load_reals(row + f) - load_reals(center + f)) * unit;
        lanes += difference * difference;
    }
    real parts[WIDTH];
    memcpy(parts, &lanes, sizeof parts);
    for (; f < d; f++) {
        const real difference = (row[f] - center[f]) * unit;
        parts[f % WIDTH] += difference * difference;
    }
    for (int half = WIDTH / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++) parts[l] += parts[l + half];
    double about = parts[0], error = 2 * ((double)d + 4) * UNIT_ROUNDOFF;
    if (!(about < 0x1p100)) {
        about = defining_sum(row, center, d) * scale * scale;
        error = 0x1p-30;
    }
    const double lost = (double)d * 0x1p-120;
    return (interval){about * (1 - error) - lost, about * (1 + error) + lost};
}

/* The label of one row among its survivors, and bounds on its distances to it and to the others
 * of them; returns how many distances that took. */
static int64_t verify_row(const real *row, int64_t d, const real *centers, double scale,
                          const kmf_survivor *const *found, int64_t count, int32_t *label,
                          double *nearest, double *others) {
    double low[MOST_SURVIVORS], best = __builtin_inf(), sum = __builtin_inf();
    *label = found[0]->center;
    if (count == 1) return 0;
    int64_t winner = 0, contenders = 0;
    for (int64_t i = 0; i < count; i++) {
        const interval within = squared_interval(row, centers + found[i]->center * d, d, scale);
        low[i] = within.low;
        if (within.high >= best) continue;
        best = within.high;
        winner = i;
    }
    for (int64_t i = 0; i < count; i++) contenders += low[i] <= best;
    for (int64_t i = 0; i < count && contenders > 1; i++) {
        if (low[i] > best) continue;
        const double own = defining_sum(row, centers + found[i]->center * d, d);
        if (own < sum) {
            sum = own;
            winner = i;
        }
    }
    *label = found[winner]->center;
    for (int64_t i = 0; i < count; i++)
        if (i != winner && low[i] < *others) *others = low[i];
    /* the winner's interval overlaps the best one, or is it */
    if (contenders > 1) best = squared_interval(row, centers + *label * d, d, scale).high;
    if (best < *nearest) *nearest = best;
    return count;
}

/* Survivors of each row, in their order: those of row r end at end[r]. */
static void survivors_of_rows(const kmf_survivor *found, int64_t count, const kmf_survivor **sorted,
                              int32_t *end) {
    memset(end, 0, KMF_SCRATCH_ROWS * sizeof *end);
    for (int64_t s = 0; s < count; s++)
        if (found[s].row + 1 < KMF_SCRATCH_ROWS) end[found[s].row + 1]++;
    for (int64_t r = 1; r < KMF_SCRATCH_ROWS; r++) end[r] += end[r - 1];
    for (int64_t s = 0; s < count; s++) sorted[end[found[s].row]++] = found + s;
}

static int64_t verify_rows(const real *x, int64_t d, const real *centers, double scale,
                           const int32_t *rows, int64_t count, const kmf_code_tile *tile,
                           const kmf_survivor *found, int64_t n_found, const double *travelled,
                           double fall, int32_t *labels, float *upper, float *lower) {
    const kmf_survivor *sorted[KMF_SURVIVORS];
    int32_t end[KMF_SCRATCH_ROWS];
    int64_t distances = 0;
    survivors_of_rows(found, n_found, sorted, end);
    for (int64_t r = 0; r < count; r++) {
        const int64_t first = r ? end[r - 1] : 0, some = end[r] - first, i = rows[r];
        if (some > MOST_SURVIVORS || some == 0) {
            upper[i] = __builtin_nanf("");
            continue;
        }
        const double square = (double)tile->square[r];
        double nearest = square + (double)tile->threshold[r];
        double others = square + (double)tile->least[r];
        distances += verify_row(x + i * d, d, centers, scale, sorted + first, some, labels + i,
                                &nearest, &others);
        nearest = __builtin_sqrt(nearest) / scale * (1 + 0x1p-50);
        others = others > 0 ? __builtin_sqrt(others) / scale * (1 - 0x1p-50) : 0;
        upper[i] = float_above(nearest - travelled[labels[i]]);
        lower[i] = float_below(others + fall);
    }
    return distances;
}

#endif
