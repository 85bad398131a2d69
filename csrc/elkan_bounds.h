/* The bounds of Elkan's assignment, as they are stored per row.
 *
 * They are relative to the distances that centers have travelled, so that a settled row is read and
 * not written. S_j is the distance that center j has travelled so far, V_a the sum of the largest
 * moves of any center but a, one per iteration, and W_a = S_a + V_a. A row of label a stores
 *     upper  u - S_a: the distance of the row to c_a is at most u = upper + S_a;
 *     gap    (l - u) + W_a: no other center is nearer if gap > W_a (Hamerly 2010);
 *     q      one byte per group of centers: the distance of the row to every center of the group
 *            but c_a is at least base + unit q - G.
 * G is the distance that the group has travelled (the largest move of its centers in each
 * iteration) since the epoch of the row: one of the iterations whose G are stored. Each row has its
 * own unit and base. base is the value of u when the bytes are written: the bytes hold how much
 * farther the other centers are. Units are a geometric sequence. For each epoch and unit in use, a
 * table holds the distances travelled in units, rounded up; a row tests all groups in saturating
 * bytes: q > paid + ceil((u - base) / unit) settles a group.
 *
 * u is rounded up and the bytes are rounded down; gap is rounded down from the u that follows from
 * the rounded `upper`. Infinite and zero bounds settle nothing and are always right. */
#ifndef KMF_ELKAN_BOUNDS_H
#define KMF_ELKAN_BOUNDS_H

#include "pairs.h"
#include "rounding.h"
#include "structs.h"

static inline double absolute(double v) { return v < 0 ? -v : v; }

static inline void elkan_keep(const kmf_elkan *e, int64_t i, int64_t own, double upper,
                              double lower) {
    const double travelled = e->travelled[own], spread = e->spread[own];
    e->upper[i] = float_above((upper - travelled) + ROUNDING * (upper + travelled));
    const double restored = (double)e->upper[i] + travelled;
    const double gap = (lower - restored) + spread;
    const double lost = ROUNDING * (lower + absolute((double)e->upper[i]) + 2 * travelled + spread);
    e->gap[i] = upper < __builtin_inf()
                    ? lower < __builtin_inf() ? float_below(gap - lost) : (float)__builtin_inf()
                    : -(float)__builtin_inf();
}

/* u of now. */
static inline double elkan_upper(const kmf_elkan *e, int64_t i, int64_t own) {
    const double upper = (double)e->upper[i], travelled = e->travelled[own];
    return (upper + travelled) + ROUNDING * (absolute(upper) + travelled);
}

/* l of now. */
static inline double elkan_lower(const kmf_elkan *e, int64_t i, int64_t own) {
    const double upper = (double)e->upper[i], gap = (double)e->gap[i];
    if (!(upper < __builtin_inf())) return 0;
    const double travelled = e->travelled[own], spread = e->spread[own];
    const double lost = ROUNDING * (absolute(upper) + travelled + absolute(gap) + spread);
    return gap < __builtin_inf() ? ((gap - spread) + (upper + travelled)) - lost : gap;
}

/* What the bytes of a row are computed from. */
typedef struct {
    const double *since;
    double base, a_unit; /* steps in a unit of distance, rounded down */
} elkan_steps;

static inline elkan_steps elkan_steps_of(const kmf_elkan *e, int64_t i) {
    return (elkan_steps){e->since + e->epoch_of[i] * e->groups, (double)e->base[i],
                         1 / e->unit[e->unit_of[i]] * (1 - ROUNDING)};
}

/* The byte of group g for a lower bound of now. */
static inline uint8_t elkan_byte(const elkan_steps *s, int64_t g, double lower) {
    const double moved = lower + s->since[g];
    double steps = (moved - s->base - ROUNDING * (moved + s->base)) * s->a_unit;
    steps = steps > 0 ? steps : 0;
    steps = steps < 255 ? steps : 255;
    return (uint8_t)(int)steps;
}

#endif
