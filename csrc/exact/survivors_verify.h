/* Labels of rows, each among the centers that its sketch does not exclude: by intervals around the
 * distances, and where those overlap by the defining sum; the lowest index wins a tie. */
#ifndef KMF_EXACT_SURVIVORS_VERIFY_H
#define KMF_EXACT_SURVIVORS_VERIFY_H

#include <string.h>

#include "../pairs.h"
#include "../real.h"
#include "../rounding.h"
#include "../structs.h"
#include "defining_sum.h"

enum { MOST_SURVIVORS = 256 };

typedef struct {
    double low, high;
} interval;

/* Around the squared distance of a scaled row and center: off by (d + 3) u of itself and what
 * underflows; the defining sum where that counts, or where squares overflow. */
static interval squared_interval(const real *row, const real *center, int64_t d, double scale) {
    const double lost = (double)d * 0x1p-120;
    double about = (double)pair_squared(row, center, d),
           error = 2 * ((double)d + 4) * UNIT_ROUNDOFF;
    if (!(about > 0x1p-90 && about < 0x1p100)) {
        about = defining_sum(row, center, d);
        error = 0x1p-30;
    }
    about *= scale * scale;
    return (interval){about * (1 - error) - lost, about * (1 + error) + lost};
}

/* What is known of a row: its label, and bounds on the squared distances to that center and to all
 * others. */
typedef struct {
    int32_t label;
    double nearest, others;
} verdict;

typedef struct {
    int32_t center;
    double low;
} candidate;

/* Add a center to the candidates; the nearest one so far has the index `winner`. */
static void add_candidate(const real *row, int64_t d, const real *centers, double scale,
                          int32_t center, candidate *all, int64_t *count, int64_t *winner,
                          double *best) {
    const interval within = squared_interval(row, centers + center * d, d, scale);
    all[*count] = (candidate){center, within.low};
    if (within.high < *best) {
        *best = within.high;
        *winner = *count;
    }
    ++*count;
}

/* The nearest of the survivors and of `found->label`, at most `found->nearest` away; `base` is to
 * be added to the values of survivors. Returns how many distances that took. */
static int64_t verify_row(const real *row, int64_t d, const real *centers, double scale,
                          const kmf_survivor *const *survivors, int64_t count, double base,
                          int tight, verdict *found) {
    candidate all[MOST_SURVIVORS + 1];
    double best = found->nearest;
    const int32_t own = found->label;
    int64_t first = 0, n = 0, winner = -1, contenders = 0;
    for (int64_t i = 1; i < count; i++)
        if (survivors[i]->value < survivors[first]->value) first = i;
    if (!tight) {
        add_candidate(row, d, centers, scale, own, all, &n, &winner, &best);
        winner = 0; /* its interval may end beyond the bound */
    }
    /* the one of the lowest bound first: so most others are beyond the best */
    for (int64_t i = -1; i < count; i++) {
        const kmf_survivor *one = survivors[i < 0 ? first : i];
        const double low = base + (double)one->value;
        if (i == first || one->center == own) continue;
        if (low <= best)
            add_candidate(row, d, centers, scale, one->center, all, &n, &winner, &best);
        else if (low < found->others)
            found->others = low;
    }
    for (int64_t i = 0; i < n; i++) contenders += all[i].low <= best;
    if (tight && contenders > 0) {
        add_candidate(row, d, centers, scale, own, all, &n, &winner, &best);
        contenders += all[n - 1].low <= best;
    }
    if (contenders > 1) {
        double sum = __builtin_inf();
        for (int64_t i = 0; i < n; i++) {
            if (all[i].low > best) continue;
            const double exact = defining_sum(row, centers + all[i].center * d, d);
            if (exact < sum || (exact == sum && all[i].center < all[winner].center)) {
                sum = exact;
                winner = i;
            }
        }
        best = squared_interval(row, centers + all[winner].center * d, d, scale).high;
    }
    for (int64_t i = 0; i < n; i++)
        if (i != winner && all[i].low < found->others) found->others = all[i].low;
    if (contenders == 0) return n; /* the bound on the own distance is the best */
    found->label = all[winner].center;
    found->nearest = best;
    return n;
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

static inline double root_below(double square) {
    return square > 0 ? __builtin_sqrt(square) * (1 - 0x1p-50) : 0;
}

/* Prefetch some of a row, which the scan did not read. */
static inline void fetch_row(const real *row, int64_t d) {
    const int64_t size = d * (int64_t)sizeof(real), most = size < 1024 ? size : 1024;
    for (int64_t b = 0; b < most; b += 64) __builtin_prefetch((const char *)row + b);
}

static int64_t verify_rows(const real *x, int64_t d, const real *centers, double scale,
                           const int32_t *rows, int64_t count, const kmf_scan_tile *tile,
                           const kmf_survivor *found, int64_t n_found, int tight,
                           const double *travelled, double fall, int32_t *labels, float *upper,
                           float *lower) {
    enum { AHEAD = 4 };
    const kmf_survivor *sorted[KMF_SURVIVORS];
    int32_t end[KMF_SCRATCH_ROWS], read[KMF_SCRATCH_ROWS];
    int64_t distances = 0, n_read = 0;
    survivors_of_rows(found, n_found, sorted, end);
    for (int64_t r = 0; r < count; r++) {
        const int64_t first = r ? end[r - 1] : 0, some = end[r] - first, i = rows[r];
        const double others = (double)tile->base[r] + (double)tile->least[r];
        if (some > MOST_SURVIVORS || some == 0)
            upper[i] = __builtin_nanf("");
        else if (some > 1 || sorted[first]->center != labels[i])
            read[n_read++] = (int32_t)r;
        else
            lower[i] = float_below(root_below(others) / scale + fall);
    }
    for (int64_t a = 0; a < n_read; a++) {
        if (a + AHEAD < n_read) fetch_row(x + rows[read[a + AHEAD]] * d, d);
        const int64_t r = read[a], first = r ? end[r - 1] : 0, i = rows[r];
        const double base = (double)tile->base[r];
        verdict known = {labels[i], tile->upper[r], base + (double)tile->least[r]};
        distances += verify_row(x + i * d, d, centers, scale, sorted + first, end[r] - first, base,
                                tight, &known);
        if (known.nearest < tile->upper[r] || known.label != labels[i]) {
            const double nearest = __builtin_sqrt(known.nearest) / scale * (1 + 0x1p-50);
            labels[i] = known.label;
            upper[i] = float_above(nearest - travelled[known.label]);
        }
        lower[i] = float_below(root_below(known.others) / scale + fall);
    }
    return distances;
}

#endif
