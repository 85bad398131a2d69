/* Nearest centers of float32 rows by 16-bit integers: a filter at twice the rate of float32.
 *
 * x and c are taken relative to a shift m. x' = s x and c' = t c, p and q are x' and c' rounded to
 * integers, and v_j = n_j - p.q_j, with n_j = s t |c_j|^2 / 2 rounded, is an exact integer.
 * x'.c' - p.q = (x' - p).q + x'.(c' - q), so
 *   |v_j - s t (|c_j|^2 / 2 - x.c_j)| <= 1/2 + |x' - p| Q + |x'| E,
 *   Q = max |q_j|,  E = max |c_j' - q_j|,  |x' - p| <= sqrt(d) / 2.
 * Two values that differ by more than twice this, and by s t times the band of panels.h, are
 * ordered as the defining sum orders them.
 *
 * s and t are such that |x'| and |c'| are at most LENGTH; rows with a longer p are undecided. X =
 * LENGTH / s is at least min |c_j|. A center farther from m than 2 X + min |c_j| is nearest to no
 * row that is not longer than X, so it is left out. Then n_j < 1.53 LENGTH^2 and |p.q| < 1.002
 * LENGTH^2 (Cauchy-Schwarz): less 0.76 LENGTH^2, all sums fit in 32 bits.
 *
 * |p|^2 is summed in units of 256, rounded down for each pair of features: it cannot overflow, and
 * an element that was saturated is already longer than LENGTH.
 *
 * Packed: {s, band, 0...} | m, repeated for INT16_ROWS rows | panels, each the starts of CENTERS
 * centers, and then [pair of features][CENTERS] of -q. Missing centers start at INT32_MAX. */
#ifndef KMF_FAST_INT16_PACK_H
#define KMF_FAST_INT16_PACK_H

#include <string.h>

#include "../real.h"
#include "panels.h"

#if KMF_REAL != 32
#error "float32 rows: compiled with KMF_REAL=32"
#endif

enum {
    INT16_LENGTH = 32000,
    INT16_MOST = 32016,    /* |p| and |q| are at most LENGTH + sqrt(d) / 2 */
    INT16_FEATURES = 1000, /* most features */
    INT16_ROWS = 16,       /* rows that become integers as one stream */
    INT16_OFFSET = 778240000,
};

typedef struct {
    float scale;
    uint32_t band;
} int16_header;

static inline int64_t pair_count(int64_t d) { return (d + 1) / 2; }
static inline int64_t int16_panel_size(int64_t d) { return (pair_count(d) + 1) * CENTERS; }
static inline int64_t int16_panels_offset(int64_t d) { return HEADER + INT16_ROWS * d; }

/* A point that lies among the centers, and d floats of scratch behind it. */
static void int16_shift(const float *centers, int64_t k, int64_t d, float *shift) {
    pack_shift(centers, k, d, shift + d, shift);
}

static int64_t int16_packed_size(int64_t k, int64_t d) {
#if defined(__SSE2__)
    return int16_panels_offset(d) + panel_count(k) * int16_panel_size(d);
#else /* without an instruction for two products it is slower than float32 */
    (void)k, (void)d;
    return 0;
#endif
}

static inline int32_t nearest_integer(double v) { return (int32_t)(v < 0 ? v - 0.5 : v + 0.5); }

/* The length of the longest of some rows, relative to the shift. */
static double longest_row(const float *x, int64_t n, int64_t d, const float *shift) {
    double most = 0;
    for (int64_t i = 0; i < n; i++) {
        const double square = squared_between(x + i * d, shift, d);
        if (!(square <= most)) most = square;
    }
    return __builtin_sqrt(most);
}

/* The lengths of the longest center that can be nearest to a row, and of the longest row, X. */
static double int16_lengths(const float *centers, int64_t k, int64_t d, const float *shift,
                            double *row_length) {
    double least = __builtin_inf(), most = 0;
    for (int64_t j = 0; j < k; j++) {
        const double square = squared_between(centers + j * d, shift, d);
        if (square < least) least = square;
    }
    const double shortest = __builtin_sqrt(least);
    if (shortest > *row_length) *row_length = shortest;
    const double far = 1.01 * (2.004 * *row_length + shortest);
    for (int64_t j = 0; j < k; j++) {
        const double square = squared_between(centers + j * d, shift, d);
        if (square <= far * far && square > most) most = square;
    }
    return __builtin_sqrt(most);
}

/* The integers of -c at `to`; adds to the largest |q|^2 and |c' - q|^2. */
static void int16_center(const float *center, const float *shift, int64_t d, double t, int16_t *to,
                         double most[2]) {
    double square = 0, rest = 0;
    for (int64_t f = 0; f < d; f++) {
        const double c = t * (double)(shift[f] - center[f]);
        const int32_t q = nearest_integer(c);
        to[f / 2 * (2 * CENTERS) + f % 2] = (int16_t)q;
        square += (double)q * q;
        rest += (c - q) * (c - q);
    }
    if (square > most[0]) most[0] = square;
    if (rest > most[1]) most[1] = rest;
}

/* Pack centers for rows that are not much longer than `row_length`, relative to `shift`. Returns
 * whether the filter can be used. */
static int int16_pack(const float *centers, int64_t k, int64_t d, const float *shift,
                      double row_length, int32_t *packed) {
    const double length = 1.0001 * int16_lengths(centers, k, d, shift, &row_length);
    if (!(length > 0x1p-40 && row_length > 0x1p-40 && row_length < 0x1p40)) return 0;
    if (d > INT16_FEATURES) return 0;
    const double s = (float)(INT16_LENGTH / row_length), t = INT16_LENGTH / length;
    double most[2] = {0, 0};
    int32_t *panel = packed + int16_panels_offset(d);
    memset(panel, 0, (size_t)(panel_count(k) * int16_panel_size(d)) * sizeof *panel);
    for (int64_t j = 0; j < panel_count(k) * CENTERS; j++) {
        int32_t *start = panel + j / CENTERS * int16_panel_size(d) + j % CENTERS;
        *start = INT32_MAX;
        if (j >= k) continue;
        const double square = squared_between(centers + j * d, shift, d);
        if (square > length * length) continue;
        *start = nearest_integer(s * t * square / 2) - INT16_OFFSET;
        int16_center(centers + j * d, shift, d, t, (int16_t *)(start + CENTERS), most);
    }
    real header_of_band[HEADER];
    pack_header(length, d, header_of_band);
    const band own = band_within(header_of_band, length);
    const double x = 1.002 * row_length, root = __builtin_sqrt((double)d);
    const double of_integers =
        1.03 * root * __builtin_sqrt(most[0]) + 2.01 * INT16_MOST * __builtin_sqrt(most[1]);
    const double of_floats = s * t * (own.constant + own.linear * x + own.quadratic * x * x);
    if (!(of_integers + of_floats < 0x1p30)) return 0;
    const int16_header header = {(float)s, (uint32_t)(of_integers + 1.001 * of_floats) + 4};
    memcpy(packed, &header, sizeof header);
    for (int64_t r = 0; r < INT16_ROWS; r++)
        memcpy(packed + HEADER + r * d, shift, (size_t)d * sizeof *shift);
    return 1;
}

#endif
