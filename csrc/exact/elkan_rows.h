/* Compare single rows with the centers that their bounds do not exclude: see ../elkan_bounds.h.
 *
 * A center that a bound puts beyond u, the upper bound on the distance to some compared center, is
 * farther than that one by the defining sum too. Of the compared centers those whose squared
 * distances the errors of `pair_squared` cannot tell from the least are decided by the defining
 * sum; the lowest index wins a tie. */
#ifndef KMF_EXACT_ELKAN_ROWS_H
#define KMF_EXACT_ELKAN_ROWS_H

#include "../bytes.h"
#include "../elkan_bounds.h"
#include "../pairs.h"
#include "../real.h"
#include "defining_sum.h"

typedef struct {
    uint64_t *bits;  /* groups that are left */
    int32_t *center; /* compared centers, */
    real *squared;   /* and what was found */
    pair_error error;
} elkan_scratch;

/* Groups of row i that may hold a center within `upper`, as bits, and a lower bound on the
 * distance to every center of the others. Returns how many; all groups if the bytes settle nothing.
 */
static int64_t groups_within(const kmf_elkan *e, int64_t i, double upper, uint64_t *bits,
                             double *lower) {
    const uint8_t *bound = e->bounds + i * e->groups;
    const int64_t pair = e->epoch_of[i] * KMF_ELKAN_UNITS + e->unit_of[i];
    const uint8_t *paid = e->paid + pair * e->stride;
    const double base = (double)e->base[i], unit = e->unit[e->unit_of[i]];
    const double steps = (upper - base) / unit * (1 + ROUNDING) + 1;
    if (!(steps < 255)) return e->groups;
    const bytes reach = bytes_splat(steps > 1 ? (int)steps : 0);
    bytes least = bytes_splat(255);
    int64_t count = 0;
    uint64_t word = 0;
    for (int64_t g = 0; g < e->groups; g += BYTE_LANES) {
        const bytes q = bytes_load(bound + g), p = bytes_load(paid + g);
        const int64_t live = e->groups - g;
        uint64_t left = bytes_at_most(q, bytes_add(p, reach)), none = 0;
        if (live < BYTE_LANES) none = ~(uint64_t)0 << live & LANE_BITS;
        left &= ~none;
        least = bytes_minimum(least, bytes_fill(bytes_subtract(q, p), left | none));
        count += __builtin_popcountll(left);
        word |= left << g % 64;
        if ((g + BYTE_LANES) % 64 == 0 || live <= BYTE_LANES) {
            bits[g / 64] = word;
            word = 0;
        }
    }
    const int steps_left = bytes_least(least);
    *lower = steps_left > 0 ? (base + unit * steps_left) * (1 - ROUNDING) : 0;
    return count;
}

static inline int may_be_within(double squared, double limit, pair_error error) {
    return !(squared * (1 - error.relative) - error.absolute > limit);
}

/* The nearest of the compared centers, of which `first` has the least computed distance. */
static int32_t decide_compared(const real *row, int64_t d, const real *centers,
                               const elkan_scratch *s, int64_t count, int64_t first) {
    const double least = (double)s->squared[first];
    const double limit = least * (1 + s->error.relative) + s->error.absolute;
    int64_t within = 0;
    for (int64_t c = 0; c < count; c++)
        within += may_be_within((double)s->squared[c], limit, s->error);
    int32_t nearest = s->center[first];
    if (within == 1) return nearest;
    double best = defining_sum(row, centers + nearest * d, d);
    for (int64_t c = 0; c < count; c++) {
        if (c == first || !may_be_within((double)s->squared[c], limit, s->error)) continue;
        const double distance = defining_sum(row, centers + s->center[c] * d, d);
        if (distance < best || (distance == best && s->center[c] < nearest)) {
            best = distance;
            nearest = s->center[c];
        }
    }
    return nearest;
}

/* List the centers of the groups that are left, but for those that the distance between centers
 * puts beyond `upper`: they bound `lower`. The own center stands first. */
static int64_t list_centers(const kmf_elkan *e, int32_t own, double upper, const elkan_scratch *s,
                            double *lower) {
    const float *between = e->between ? e->between + own * e->k : 0;
    const double beyond = upper * (2 + 4 * s->error.relative);
    double nearest = __builtin_inf();
    int64_t count = 1;
    for (int64_t w = 0; w * 64 < e->groups; w++) {
        for (uint64_t left = s->bits[w]; left; left &= left - 1) {
            const int64_t first = (w * 64 + __builtin_ctzll(left)) * e->group_size;
            const int64_t after = min64(first + e->group_size, e->k);
            for (int64_t j = first; j < after; j++) {
                s->center[count] = (int32_t)j;
                const double away = between ? (double)between[j] : 0;
                const int listed = (j != own) & !(away > beyond);
                if (!listed && j != own && away < nearest) nearest = away;
                count += listed;
            }
        }
    }
    nearest = (nearest - upper) * (1 - ROUNDING);
    if (nearest < *lower) *lower = nearest;
    return count;
}

/* Raise the bytes of the groups all of whose centers were compared. */
static void raise_bytes(const kmf_elkan *e, int64_t i, int32_t own, const elkan_scratch *s,
                        int64_t count) {
    const elkan_steps steps = elkan_steps_of(e, i);
    uint8_t *bound = e->bounds + i * e->groups;
    if (e->group_size == 1) {
        for (int64_t c = 1; c < count; c++) {
            const int32_t g = s->center[c];
            const uint8_t q = elkan_byte(&steps, g, pair_below((double)s->squared[c], s->error));
            bound[g] = q > bound[g] ? q : bound[g];
        }
        return;
    }
    for (int64_t c = 1; c < count;) {
        const int64_t g = s->center[c] / e->group_size, first = g * e->group_size;
        const int64_t after = min64(first + e->group_size, e->k);
        int64_t members = after - first - (own >= first && own < after);
        double least = (double)s->squared[c];
        for (; c < count && s->center[c] < after; c++, members--)
            if ((double)s->squared[c] < least) least = (double)s->squared[c];
        if (members > 0) continue;
        const uint8_t q = elkan_byte(&steps, g, pair_below(least, s->error));
        bound[g] = q > bound[g] ? q : bound[g];
    }
}

/* Compare a row with the listed centers: label, bounds, bytes. */
static void settle_row(const kmf_elkan *e, const real *row, const real *centers, int64_t i,
                       const elkan_scratch *s, int64_t count, double lower, int32_t *label) {
    const int32_t own = *label;
    real second = REAL_INFINITY;
    int64_t first = 0, at = 0;
    pairs_squared(row, centers, e->d, s->center + 1, count - 1, s->squared + 1);
    for (int64_t c = 1; c < count; c++)
        if (s->squared[c] < s->squared[first]) first = c;
    const int32_t nearest = decide_compared(row, e->d, centers, s, count, first);
    for (int64_t c = 0; c < count; c++) {
        if (s->center[c] == nearest)
            at = c;
        else
            second = s->squared[c] < second ? s->squared[c] : second;
    }
    if (count > 1) {
        const double below = pair_below((double)second, s->error);
        if (below < lower) lower = below;
    }
    elkan_keep(e, i, nearest, pair_above((double)s->squared[at], s->error), lower);
    raise_bytes(e, i, own, s, count);
    if (nearest == own) return;
    *label = nearest;
    /* the old center counts in its group from now on, the new one alone in its group does not */
    const elkan_steps steps = elkan_steps_of(e, i);
    const int64_t g = own / e->group_size;
    uint8_t *bound = e->bounds + i * e->groups;
    const uint8_t q = elkan_byte(&steps, g, pair_below((double)s->squared[0], s->error));
    if (q < bound[g]) bound[g] = q;
    if (e->group_size == 1) bound[nearest] = 255;
}

/* One row. Returns the number of distances evaluated, and sets `many` if all should be. */
static int64_t elkan_row(const kmf_elkan *e, const real *row, const real *centers, int64_t i,
                         const elkan_scratch *s, int32_t *label, int *many) {
    const int32_t own = *label;
    *many = 1;
    if (own < 0 || !(e->upper[i] < (float)__builtin_inf())) return 0;
    const int kept = e->epoch_of[i] != KMF_ELKAN_NO_EPOCH;
    double upper = elkan_upper(e, i, own), lower = elkan_lower(e, i, own), others;
    /* bytes that are shorter than the row are read first */
    if (kept && e->groups < e->d * (int64_t)sizeof(real) &&
        groups_within(e, i, upper, s->bits, &others) == 0) {
        elkan_keep(e, i, own, upper, others > lower ? others : lower);
        *many = 0;
        return 0;
    }
    s->center[0] = own;
    s->squared[0] = pair_squared(row, centers + own * e->d, e->d);
    const double tight = pair_above((double)s->squared[0], s->error);
    if (tight < upper) upper = tight;
    if (upper < lower || upper < e->half[own]) {
        elkan_keep(e, i, own, upper, lower);
        *many = 0;
        return 1;
    }
    if (!kept) return 1;
    const int64_t left = groups_within(e, i, upper, s->bits, &others);
    if (left > e->most) return 1;
    *many = 0;
    if (left == 0) {
        elkan_keep(e, i, own, upper, others > lower ? others : lower);
        return 1;
    }
    const int64_t count = list_centers(e, own, upper, s, &others);
    settle_row(e, row, centers, i, s, count, others, label);
    return count;
}

static int64_t elkan_rows(const kmf_elkan *e, const real *x, const real *centers,
                          const int32_t *active, int64_t count, void *scratch, int32_t *labels,
                          int32_t *dense, int64_t *n_dense) {
    enum { AHEAD = 8 };
    uint64_t *bits = scratch;
    real *squared = (real *)(bits + e->groups / 64 + 1);
    const elkan_scratch s = {bits, (int32_t *)(squared + e->k + 1), squared, pair_error_of(e->d)};
    int64_t distances = 0;
    for (int64_t a = 0; a < count; a++) {
        if (a + AHEAD < count) {
            const int64_t i = active[a + AHEAD];
            for (int64_t b = 0; b < e->groups; b += 64)
                __builtin_prefetch(e->bounds + i * e->groups + b);
            for (int64_t f = 0; f < e->d; f += 64 / (int64_t)sizeof(real))
                __builtin_prefetch(x + i * e->d + f);
        }
        int many;
        distances +=
            elkan_row(e, x + active[a] * e->d, centers, active[a], &s, labels + active[a], &many);
        if (many) dense[(*n_dense)++] = active[a];
    }
    return distances;
}

#endif
