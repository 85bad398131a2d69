/* Nearest centers of float64 rows by the float32 kernels: the filter has twice the lanes, and what
 * its band leaves undecided is decided in float64.
 *
 * Rows and centers are taken relative to the shift m of the float64 packing, times a power of two s
 * (1 / the size of a center that is not far), in float64, and rounded to float32. That is what the
 * bands of panels.h ask of an operand, "shifted and rounded": off by 2^-24 (1 + 2^-28) of itself
 * or, in underflow, by less than FLT_MIN. |c|^2 / 2 carries one float32 rounding here and three
 * there, which leaves two for the (d + 8) 2^-53 of the float64 operations before.
 *
 * s is between 2^-440 and 2^440: where the float32 norm of a row is finite (below 2^64), its
 * defining sums with centers as near stay below 2^1008, and the (d + 3) 2^-1022 that they may lose
 * to underflow are less than (d + 3) 2^-142 on the scale of the values, far below the underflow
 * term of the band. Other data are not for this filter.
 *
 * Up to four features (direct.h) the operands' errors are the whole error. With |e_x| <= u |X| and
 * |e_c| <= u |C| <= u (|X| + D), X = s (x - m), and D the distance, the distance t between the
 * rounded operands is off by at most h + u D, h = 2 u |X|. Where b^2 and s^2 are the smallest and
 * second smallest t^2, the distances are ordered like them if
 *   s - b > 2 h + 2.2 u s,   which follows from   s^2 - b^2 > 4 h s + 4.4 u s^2,
 * and the band of direct.h has the second term to spare.
 *
 * Packed: {16 floats as in panels.h} | {s, 0...} | s m, repeated, in float64 | panels, or s (c -
 * m). */
#ifndef KMF_FAST_FLOAT32_FILTER_H
#define KMF_FAST_FLOAT32_FILTER_H

#include <string.h>

#include "../simd.h"
#include "assign.h"
#include "assign_two.h"
#include "direct.h"
#include "panels.h"
#include "tile.h"

#if KMF_REAL != 32
#error "float32 arithmetic whatever the rows are: compiled with KMF_REAL=32"
#endif

enum {
    SHIFT_OFFSET = 32, /* floats before the shift */
    LONG_ROW = 32,     /* shorter rows are narrowed LANES at a time, as one stream */
};

static inline int64_t shift_rows(int64_t d) { return d < LONG_ROW ? LANES : 1; }

static inline int64_t float32_centers_offset(int64_t d) {
    return SHIFT_OFFSET + round_up(2 * shift_rows(d) * d, 16);
}

static inline double float32_scale(const float *packed) {
    return ((const double *)(packed + HEADER))[0];
}

static int64_t float32_packed_size(int64_t k, int64_t d) {
    const int64_t centers = d <= DIRECT_FEATURES ? k * d : panel_count(k) * panel_size(d);
    return (float32_centers_offset(d) + centers) * (int64_t)sizeof(float);
}

/* A power of two near the inverse root of a mean square; 0 if that is out of range. */
static double inverse_root(double square) {
    double scale = 1;
    if (!(square > 0x1p-880 && square < 0x1p880)) return 0;
    for (; square > 1; square /= 4) scale /= 2;
    for (; square < 0.25; square *= 4) scale *= 2;
    return scale;
}

/* s from the panels, whose first values are |c|^2 / 2: from the mean of those that are not above
 * the mean of all. */
static double panels_scale(const double *panels, int64_t k, int64_t d) {
    double limit = __builtin_inf();
    for (int round = 0; round < 2; round++) {
        double sum = 0;
        int64_t near = 0;
        for (int64_t j = 0; j < k; j++) {
            const double half = panels[j / CENTERS * panel_size(d) + j % CENTERS];
            if (!(half <= limit)) continue;
            sum += half / (double)k;
            near++;
        }
        if (near == 0) return 0;
        limit = sum * ((double)k / (double)near);
    }
    return inverse_root(limit);
}

/* m, the mean of the centers that are not far from the mean of all, and from their mean square s.
 */
static double direct_shift(const double *centers, int64_t k, int64_t d, double *shift) {
    double from[DIRECT_FEATURES] = {0}, limit = __builtin_inf();
    for (int round = 0; round < 2; round++) {
        double mean[DIRECT_FEATURES] = {0}, square = 0;
        int64_t near = 0;
        for (int64_t j = 0; j < k; j++) {
            double distance = 0;
            for (int64_t f = 0; f < d; f++) {
                const double difference = centers[j * d + f] - from[f];
                distance += difference * difference;
            }
            if (!(distance <= limit)) continue;
            near++;
            for (int64_t f = 0; f < d; f++) mean[f] += centers[j * d + f] / (double)k;
        }
        if (near == 0) return 0;
        for (int64_t f = 0; f < d; f++) from[f] = mean[f] * ((double)k / (double)near);
        for (int64_t j = 0; j < k; j++) {
            double distance = 0;
            for (int64_t f = 0; f < d; f++) {
                const double difference = centers[j * d + f] - from[f];
                distance += difference * difference;
            }
            if (round == 0 || distance <= limit) square += distance / (double)near;
        }
        limit = 2 * square;
    }
    for (int64_t f = 0; f < d; f++) shift[f] = from[f];
    return inverse_root(limit);
}

static void float32_values(const double *x, const double *shift, double scale, int64_t count,
                           float *out) {
    for (int64_t i = 0; i < count; i++) out[i] = (float)(x[i] * scale - shift[i]);
}

/* Centers that the float64 kernel has packed (`wide`), for this filter. Returns whether it can be
 * used. */
static int float32_pack(const double *wide, int64_t k, int64_t d, void *out) {
    float *packed = out, *to = packed + float32_centers_offset(d);
    double *scales = (double *)(packed + HEADER), *shift = (double *)(packed + SHIFT_OFFSET);
    const double *from = wide + panels_offset(d);
    double scale;
    if (d <= DIRECT_FEATURES) {
        scale = direct_shift(wide, k, d, shift);
    } else {
        scale = panels_scale(from, k, d);
        memcpy(shift, wide + HEADER, (size_t)d * sizeof *shift);
    }
    if (scale == 0) return 0;
    scales[0] = scale;
    for (int64_t f = 0; f < d; f++) shift[f] *= scale;
    for (int64_t r = 1; r < shift_rows(d); r++)
        memcpy(shift + r * d, shift, (size_t)d * sizeof *shift);
    if (d <= DIRECT_FEATURES) {
        for (int64_t j = 0; j < k; j++) float32_values(wide + j * d, shift, scale, d, to + j * d);
        return 1;
    }
    pack_header(wide[RADIUS] * scale, d, packed);
    for (int64_t p = 0; p < panel_count(k); p++, from += panel_size(d), to += panel_size(d)) {
        for (int64_t g = 0; g < CENTERS; g++) to[g] = (float)(from[g] * scale * scale);
        for (int64_t v = CENTERS; v < panel_size(d); v++) to[v] = (float)(from[v] * scale);
    }
    return 1;
}

/* scratch: a tile, and LANES rows with LANES floats after them. */
static void float32_tile(const double *x, int64_t rows, int64_t d, const float *packed,
                         float *scratch, float norms[TILE_ROWS]) {
    const double *shift = (const double *)(packed + SHIFT_OFFSET);
    const double scale = float32_scale(packed);
    float *values = scratch + TILE_ROWS * d;
    for (int64_t r = 0; r < TILE_ROWS; r += LANES, x += LANES * d) {
        const int64_t live = live_lanes(rows, r);
        if (shift_rows(d) == LANES)
            float32_values(x, shift, scale, live * d, values);
        else
            for (int64_t i = 0; i < live; i++)
                float32_values(x + i * d, shift, scale, d, values + i * d);
        pack_lanes(values, live, d, LANES, tile_lanes(scratch, r, d));
    }
    tile_norms(scratch, d, norms);
}

/* Add 4 h s to the bands; the roots must not lose what underflowed in the squares. */
static void widen_bands(const float *norms, nearest *found) {
    const float factor = (float)(8.4 * UNIT_ROUNDOFF), lost = 16 * REAL_MIN;
    for (int64_t r = 0; r < TILE_ROWS; r++)
        found->band[r] += factor * ROOT(norms[r] + lost) * ROOT(found->second[r] + lost);
}

static void float32_nearest(const double *x, int64_t n, int64_t k, int64_t d, const float *packed,
                            float *scratch, float *norms, nearest *found) {
    const int64_t rows = min64(n, TILE_ROWS), next = min64(n - rows, TILE_ROWS);
    const float *centers = packed + float32_centers_offset(d);
    float32_tile(x, rows, d, packed, scratch, norms);
    if (d <= DIRECT_FEATURES) {
        direct_nearest(scratch, k, d, centers, found);
        widen_bands(norms, found);
    } else {
        panels_nearest(scratch, k, d, packed, centers,
                       upcoming_rows(x + rows * d, next * d * (int64_t)sizeof *x,
                                     panel_count(k) * feature_blocks(d)),
                       norms, found);
    }
}

static int64_t float32_assign_rows(const double *x, int64_t n, int64_t d, const void *packed,
                                   int64_t k, void *scratch, int32_t *labels, int32_t *undecided) {
    nearest found;
    float norms[TILE_ROWS];
    int64_t count = 0;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = min64(n - i, TILE_ROWS);
        float32_nearest(x + i * d, n - i, k, d, packed, scratch, norms, &found);
        for (int64_t r = 0; r < rows; r++) labels[i + r] = (int32_t)found.index[r];
        count += list_undecided(&found, i, rows, d, packed,
                                (const float *)packed + float32_centers_offset(d), norms,
                                undecided + count);
    }
    return count;
}

static int64_t float32_assign_two_rows(const double *x, int64_t n, int64_t d, const void *packed,
                                       int64_t k, void *scratch, int32_t *labels, double *second,
                                       int32_t *undecided) {
    nearest found;
    float norms[TILE_ROWS];
    int64_t count = 0;
    const double unscale = 1 / float32_scale(packed) / float32_scale(packed);
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = min64(n - i, TILE_ROWS);
        float32_nearest(x + i * d, n - i, k, d, packed, scratch, norms, &found);
        for (int64_t r = 0; r < rows; r++) labels[i + r] = (int32_t)found.index[r];
        for (int64_t r = 0; r < rows; r++)
            second[i + r] = second_bound(&found, r, d, norms) * unscale;
        count += list_undecided(&found, i, rows, d, packed,
                                (const float *)packed + float32_centers_offset(d), norms,
                                undecided + count);
    }
    return count;
}

#endif
