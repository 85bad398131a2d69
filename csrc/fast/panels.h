/* Nearest centers by |c|^2 / 2 - x.c on packed panels, for more than four features.
 *
 * Both x and c are taken relative to a common shift (the mean of the centers), which the packing
 * subtracts. Error band (Higham, Accuracy and Stability, section 3.1; u the unit roundoff): a value
 * v_j computed in b blocks of F features, one chain each, from shifted and rounded operands, is off
 * by at most
 *   E = gamma_m (|x| C + C^2 / 2),   gamma_m = m u / (1 - m u),   m = F + b + 8,   C = max |c_j|,
 * (F + b + 3 roundings; the rest covers those of |x|, C and E). The defining sum is off by at most
 * (d + 3) 2^-53 (|x| + C)^2 <= 2 (d + 3) 2^-53 (|x|^2 + C^2), half of that on the scale of v. If
 * two values differ by more than twice the sum of both, the defining sum orders them the same way.
 * Where a square could overflow or m u is too large for the bound the band is infinite, so that
 * every row is decided by the defining sum.
 *
 * A far center would widen the band for all rows, although it is nearest to none of them: a center
 * nearer to x than the found one, at distance D, lies within R = |x| + D of the shift, and so does
 * the found one. Rows left undecided with C are tested again with R in place of C.
 *
 * Packed: {gamma, defining, underflow, C, 0...} | shift[d] | panels, each CENTERS values of |c|^2 /
 * 2 and then [feature][CENTERS] of -c. Missing centers of the last panel have |c|^2 / 2 = inf. */
#ifndef KMF_FAST_PANELS_H
#define KMF_FAST_PANELS_H

#include <string.h>

#include "../simd.h"
#include "running.h"
#include "tile.h"

enum {
    CENTERS = 6,
    HEADER = 16,
    MOST_FEATURES = 128, /* of a block: a float32 tile of them is 32 KiB */
    PANEL_GROUP = 8,
};

static inline int64_t round_up(int64_t n, int64_t multiple) {
    return (n + multiple - 1) / multiple * multiple;
}

static inline int64_t feature_blocks(int64_t d) { return (d + MOST_FEATURES - 1) / MOST_FEATURES; }
static inline int64_t feature_block(int64_t d) {
    return (d + feature_blocks(d) - 1) / feature_blocks(d);
}

static inline int64_t panels_offset(int64_t d) { return HEADER + round_up(d, 16); }
static inline int64_t panel_count(int64_t k) { return (k + CENTERS - 1) / CENTERS; }
static inline int64_t panel_size(int64_t d) { return (d + 1) * CENTERS; }

static int64_t panels_packed_size(int64_t k, int64_t d) {
    return panels_offset(d) + panel_count(k) * panel_size(d);
}

/* Eight partial sums: one chain would wait for every addition. */
typedef double sum_lanes __attribute__((vector_size(64)));
typedef real few_reals
    __attribute__((vector_size(8 * sizeof(real)), aligned(sizeof(real)), may_alias));

static double squared_between(const real *a, const real *b, int64_t d) {
    sum_lanes lanes = {0};
    int64_t f = 0;
    for (; f + 8 <= d; f += 8) {
        const few_reals difference = *(const few_reals *)(a + f) - *(const few_reals *)(b + f);
        const sum_lanes wide = __builtin_convertvector(difference, sum_lanes);
        lanes += wide * wide;
    }
    for (; f < d; f++) {
        const double difference = (double)(a[f] - b[f]);
        lanes[f % 8] += difference * difference;
    }
    double squared = 0;
    for (int l = 0; l < 8; l++) squared += lanes[l];
    return squared;
}

/* The mean of the centers that are not far from the mean of all (no farther than the root of the
 * mean square), so that one far center does not move all others from the origin. Any shift would
 * do: its rounding does not matter. */
static void pack_shift(const real *centers, int64_t k, int64_t d, real *mean, real *shift) {
    const real share = 1 / (real)k;
    double spread = 0;
    int64_t near = 0;
    memset(mean, 0, (size_t)d * sizeof *mean);
    memset(shift, 0, (size_t)d * sizeof *shift);
    for (int64_t j = 0; j < k; j++)
        for (int64_t f = 0; f < d; f++) mean[f] += centers[j * d + f] * share;
    for (int64_t j = 0; j < k; j++) spread += squared_between(centers + j * d, mean, d) / (double)k;
    for (int64_t j = 0; j < k; j++) {
        if (!(squared_between(centers + j * d, mean, d) <= spread)) continue;
        near++;
        for (int64_t f = 0; f < d; f++) shift[f] += centers[j * d + f] * share;
    }
    for (int64_t f = 0; f < d; f++)
        shift[f] = near > 0 ? shift[f] * ((real)k / (real)near) : mean[f];
}

enum { GAMMA, DEFINING, UNDERFLOW_LOSS, RADIUS };

/* How far apart two values must be where |c| <= radius: constant + linear |x| + quadratic |x|^2. */
typedef struct {
    real constant, linear, quadratic;
} band;

static band band_within(const real *packed, double radius) {
    const double gamma = packed[GAMMA], defining = packed[DEFINING];
    const double underflow = packed[UNDERFLOW_LOSS], squared = radius * radius;
    return (band){
        .constant = squared < (double)REAL_MAX / 64
                        ? (real)((gamma + 2 * defining) * squared + underflow * (1 + radius))
                        : REAL_INFINITY,
        .linear = (real)(2 * gamma * radius + underflow),
        .quadratic = (real)(2 * defining),
    };
}

static void pack_header(double radius, int64_t d, real *packed) {
    const double m = (double)(feature_block(d) + feature_blocks(d)) + 8;
    const double roundoff = m * UNIT_ROUNDOFF, of_norms = ((double)d + 8) * UNIT_ROUNDOFF;
    const double gamma = 1.002 * roundoff / (1 - roundoff) * (1 + 4 * (roundoff + of_norms));
    packed[GAMMA] = roundoff + of_norms < 0.1 ? (real)gamma : REAL_INFINITY;
    packed[DEFINING] = (real)(((double)d + 8) * 0x1p-52);
    /* each operation may lose REAL_MIN to underflow, or to an operand flushed to zero */
    packed[UNDERFLOW_LOSS] = (real)(4 * ((double)d + 8)) * REAL_MIN;
    packed[RADIUS] = (real)(1.001 * radius);
}

static void panels_pack(const real *centers, int64_t k, int64_t d, real *packed) {
    real *shift = packed + HEADER;
    real *panel = packed + panels_offset(d);
    double largest = 0;
    pack_shift(centers, k, d, panel, shift);
    for (int64_t p = 0; p < panel_count(k); p++, panel += panel_size(d)) {
        for (int64_t g = 0; g < CENTERS; g++) {
            const int64_t j = p * CENTERS + g;
            if (j >= k) {
                panel[g] = REAL_INFINITY;
                for (int64_t f = 0; f < d; f++) panel[(f + 1) * CENTERS + g] = 0;
                continue;
            }
            const double squared = squared_between(centers + j * d, shift, d);
            for (int64_t f = 0; f < d; f++)
                panel[(f + 1) * CENTERS + g] = shift[f] - centers[j * d + f];
            panel[g] = (real)(squared / 2);
            if (!(squared <= largest)) largest = squared;
        }
    }
    pack_header(__builtin_sqrt(largest), d, packed);
}

/* The state between feature blocks: the values of a tile and PANEL_GROUP panels. */
typedef struct {
    real value[PANEL_GROUP][CENTERS][TILE_ROWS];
} partial_values;

/* One register block: a strip of rows against the first `count` centers of a panel, over some of
 * the features. */
static inline __attribute__((always_inline)) void
block_add(const real *strip, int64_t features, const real *start, const real *c, const int count,
          real (*partial)[TILE_ROWS], int continued, int last, integer center, nearest *found,
          int64_t row) {
    vec value[ROW_VECTORS][CENTERS];
    UNROLL(6)
    for (int g = 0; g < count; g++) {
        const vec from = splat(continued ? 0 : start[g]);
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) value[r][g] = from;
    }
    UNROLL(1)
    for (int64_t f = 0; f < features; f++, strip += STRIP, c += CENTERS) {
        vec x[ROW_VECTORS];
        UNROLL(4)
        for (int r = 0; r < ROW_VECTORS; r++) x[r] = load(strip + r * LANES);
        UNROLL(6)
        for (int g = 0; g < count; g++) {
            const vec b = splat(c[g]);
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) value[r][g] += x[r] * b;
        }
    }
    UNROLL(4)
    for (int r = 0; r < ROW_VECTORS; r++) {
        if (continued) {
            UNROLL(6)
            for (int g = 0; g < count; g++) value[r][g] += load(partial[g] + row + r * LANES);
        }
        if (last) {
            running state = running_load(found, row + r * LANES);
            UNROLL(6)
            for (int g = 0; g < count; g++) running_add(&state, value[r][g], center + g);
            running_store(found, row + r * LANES, state);
        } else {
            UNROLL(6)
            for (int g = 0; g < count; g++) store(partial[g] + row + r * LANES, value[r][g]);
        }
    }
}

#define BLOCK_ADD(count)                                                                           \
    block_add(strip, min64(block, d - f), panel, panel + (f + 1) * CENTERS, count,                 \
              partial.value[p - group], f > 0, f + block >= d, (integer)(p * CENTERS), found, row)

/* `tile` is taken relative to the shift, `norms` are the squared norms of its rows. */
static void panels_nearest(const real *tile, int64_t k, int64_t d, const real *packed,
                           const real *panels, upcoming next, const real *norms, nearest *found) {
    const band within = band_within(packed, packed[RADIUS]);
    for (int64_t row = 0; row < TILE_ROWS; row += LANES) {
        running_store(found, row, running_start());
        store(found->band + row, within.constant + within.quadratic * load(norms + row));
    }
    for (int64_t row = 0; row < TILE_ROWS; row++)
        found->band[row] += within.linear * (real)__builtin_sqrt((double)norms[row]);

    const int64_t panel_end = panel_count(k), block = feature_block(d);
    partial_values partial;
    for (int64_t group = 0; group < panel_end; group += PANEL_GROUP) {
        const int64_t group_end = min64(group + PANEL_GROUP, panel_end);
        for (int64_t f = 0; f < d; f += block) {
            for (int64_t p = group; p < group_end; p++) {
                const real *panel = panels + p * panel_size(d);
                fetch_some(&next);
                for (int64_t row = 0; row < TILE_ROWS; row += STRIP) {
                    const real *strip = tile + row * d + f * STRIP;
                    if (k - p * CENTERS <= CENTERS / 3)
                        BLOCK_ADD(CENTERS / 3);
                    else if (k - p * CENTERS <= CENTERS * 2 / 3)
                        BLOCK_ADD(CENTERS * 2 / 3);
                    else
                        BLOCK_ADD(CENTERS);
                }
            }
        }
    }
}

/* Whether the centers that can be nearest to a row are all so near that rounding does not matter.
 */
static int panels_decided(const nearest *found, int64_t row, int64_t d, const real *packed,
                          const real *panels, const real *norms) {
    const integer index = found->index[row];
    const real *panel = panels + index / CENTERS * panel_size(d);
    const double norm = norms[row], length = __builtin_sqrt(norm);
    const band own = band_within(packed, __builtin_sqrt(2 * (double)panel[index % CENTERS]));
    const double error = own.constant + own.linear * length + own.quadratic * norm;
    const double most =
        norm * (1 + 2 * ((double)d + 8) * UNIT_ROUNDOFF) + 2 * (double)found->best[row] + error;
    const double radius = 1.001 * (length + __builtin_sqrt(most > 0 ? most : 0));
    if (!(radius < packed[RADIUS])) return 0;
    const band near = band_within(packed, radius);
    return found->second[row] - found->best[row] >
           near.constant + near.linear * (real)length + near.quadratic * (real)norm;
}

#endif
