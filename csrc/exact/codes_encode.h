/* Rows as 8-bit codes: y = scale (x - shift), rotated, rounded to multiples of a step per row.
 *
 * The rotation (random signs and Hadamard butterflies; where d is no power of two, over the first
 * and over the last features) spreads what few features hold over all of them, so that 127 steps
 * reach from 0 to the largest one without losing the others. It is orthogonal but for rounding, at
 * most 2^-46 |y|, which the spread covers: 2^-46 |y| / step <= 2^-46 * 128 sqrt(d). */
#ifndef KMF_EXACT_CODES_ENCODE_H
#define KMF_EXACT_CODES_ENCODE_H

#include "../real.h"
#include "doubles.h"
#include "integers.h"

enum { ENCODED_ROWS = 8 };

/* The norm over the step must not leave int32 where the norm is only known to be below 2^-60, which
 * is the result of square_above (../fast/codes_scan.h) for a row at the shift. */
#define SMALLEST_STEP 0x1p-70f

static void flip_signs(doubles *z, int64_t d, uint64_t seed) {
    for (int64_t f = 0; f < d; f++) {
        const uint64_t hash = ((uint64_t)f + seed) * 0x9e3779b97f4a7c15u;
        if ((hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9u >> 63) z[f] = -z[f];
    }
}

static void butterflies(doubles *z, int64_t size) {
    int64_t half = 1;
    if (__builtin_ctzll((uint64_t)size) % 2) {
        for (int64_t f = 0; f < size; f += 2) {
            const doubles a = z[f], b = z[f + 1];
            z[f] = a + b;
            z[f + 1] = a - b;
        }
        half = 2;
    }
    for (; half < size; half *= 4) { /* two levels in one pass */
        for (int64_t first = 0; first < size; first += 4 * half) {
            for (int64_t f = first; f < first + half; f++) {
                const doubles a = z[f] + z[f + half], b = z[f] - z[f + half];
                const doubles c = z[f + 2 * half] + z[f + 3 * half];
                const doubles e = z[f + 2 * half] - z[f + 3 * half];
                z[f] = a + c;
                z[f + half] = b + e;
                z[f + 2 * half] = a - c;
                z[f + 3 * half] = b - e;
            }
        }
    }
    const double unit = 1 / __builtin_sqrt((double)size);
    for (int64_t f = 0; f < size; f++) z[f] *= unit;
}

static void rotate(doubles *z, int64_t d) {
    int64_t size = 1;
    while (2 * size <= d) size *= 2;
    flip_signs(z, d, 0);
    butterflies(z, size);
    if (size == d) return;
    flip_signs(z, d, (uint64_t)d);
    butterflies(z + d - size, size);
}

/* Codes of at most ENCODED_ROWS rotated rows; returns the largest |residual| / step. */
static double encode_group(const doubles *z, int64_t rows, int64_t d, uint8_t *codes, float *step) {
    const int64_t bytes = (d + 3) / 4 * 4;
    doubles top = {0}, width, inverse, lost = {0};
    for (int64_t f = 0; f < d; f++) {
        const doubles a = (doubles)((longs)z[f] & INT64_MAX);
        const longs more = a > top;
        top = (doubles)(((longs)a & more) | ((longs)top & ~more));
    }
    for (int r = 0; r < ENCODED_ROWS; r++) {
        float s = (float)(top[r] / 127 * (1 + 0x1p-23));
        if (!(s > SMALLEST_STEP)) s = SMALLEST_STEP;
        width[r] = (double)s;
        inverse[r] = 1 / (double)s;
        if (r < rows) step[r] = s;
    }
    for (int64_t f = 0; f < d; f++) {
        const doubles shifted = z[f] * inverse + ROUNDER;
        const doubles rest = z[f] - (shifted - ROUNDER) * width;
        lost += rest * rest;
        const longs code = (longs)shifted + 128;
        for (int64_t r = 0; r < rows; r++) codes[r * bytes + f] = (uint8_t)code[r];
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t f = d; f < bytes; f++) codes[r * bytes + f] = 128;
    double most = 0;
    for (int64_t r = 0; r < rows; r++) {
        const double spread = __builtin_sqrt(lost[r]) / width[r];
        if (spread > most) most = spread;
    }
    return most;
}

static double encode_rows(const real *x, int64_t n, int64_t d, const double *shift, double scale,
                          double *scratch, uint8_t *codes, float *step, float *square) {
    doubles *z = (doubles *)(void *)scratch;
    const int64_t bytes = (d + 3) / 4 * 4;
    double most = 0;
    int all_finite = 1;
    for (int64_t i = 0; i < n; i += ENCODED_ROWS) {
        const int64_t rows = n - i < ENCODED_ROWS ? n - i : ENCODED_ROWS;
        for (int64_t r = 0; r < ENCODED_ROWS; r++) {
            const real *row = x + (i + (r < rows ? r : 0)) * d;
            for (int64_t f = 0; f < d; f++)
                scratch[f * ENCODED_ROWS + r] = scale * ((double)row[f] - shift[f]);
        }
        doubles sum = {0};
        for (int64_t f = 0; f < d; f++) sum += z[f] * z[f];
        for (int64_t r = 0; r < rows; r++) {
            square[i + r] = (float)(sum[r] * (1 - 0x1p-23));
            all_finite &= sum[r] < 0x1p100;
        }
        rotate(z, d);
        const double spread = encode_group(z, rows, d, codes + i * bytes, step + i);
        if (spread > most) most = spread;
    }
    return all_finite ? most * (1 + 0x1p-20) + 0x1p-20 : __builtin_inf();
}

#endif
