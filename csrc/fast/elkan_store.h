/* Store the distances of a tile as bounds of one byte: see ../elkan_bounds.h. */
#ifndef KMF_FAST_ELKAN_STORE_H
#define KMF_FAST_ELKAN_STORE_H

#include <string.h>

#include "../elkan_bounds.h"
#include "../pairs.h"
#include "../simd.h"
#include "elkan_tile.h"

/* Sixteen bytes of sixteen rows, transposed: four rounds interleave the two halves. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));

#if defined(__clang__)
#define SHUFFLE_BYTES(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE_BYTES(a, b, ...) __builtin_shuffle(a, b, (bytes16){__VA_ARGS__})
#endif

static inline void transpose_bytes(const uint8_t *from, int64_t stride, bytes16 v[16]) {
    bytes16 t[16];
    for (int i = 0; i < 16; i++) memcpy(&v[i], from + i * stride, sizeof v[i]);
    UNROLL(4)
    for (int round = 0; round < 4; round++) {
        UNROLL(8)
        for (int i = 0; i < 8; i++) {
            t[2 * i] = SHUFFLE_BYTES(v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6,
                                     22, 7, 23);
            t[2 * i + 1] = SHUFFLE_BYTES(v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                         29, 14, 30, 15, 31);
        }
        memcpy(v, t, sizeof t);
    }
}

/* Quantization of the rows of a tile. */
typedef struct {
    real base[TILE_ROWS], steps[TILE_ROWS]; /* steps a unit of distance */
    integer own[TILE_ROWS];
} quantizer;

typedef uint8_t lane_bytes __attribute__((vector_size(LANES)));

/* Bytes of one group of centers for all rows of a tile. */
static inline void quantize_group(const kmf_elkan *e, int64_t g, const real *values,
                                  const real *offset, const quantizer *with, uint8_t *out) {
    const real kappa = (real)(KMF_REAL == 32 ? 0x1p-18 : 0x1p-40);
    const vec factor = splat(values_factor(e->d)), most = splat(255), zero = splat(0);
    const int64_t first = g * e->group_size, after = min64(first + e->group_size, e->k);
    const vec since = splat((real)e->since[e->epoch * e->groups + g] * (1 - kappa));
    for (int64_t row = 0; row < TILE_ROWS; row += LANES) {
        vec least = splat(REAL_INFINITY);
        const ivec own = *(const loose_ivec *)(with->own + row);
        for (int64_t j = first; j < after; j++) {
            const vec squared = load(offset + row) + factor * load(values + j * TILE_ROWS + row);
            const ivec other = own != splat_index((integer)j);
            const vec counted =
                (vec)(((ivec)squared & other) | ((ivec)splat(REAL_INFINITY) & ~other));
            /* a value that is not a number bounds nothing: it must not be passed over */
            least = minimum(maximum(counted, zero), least);
        }
        /* one that overflowed is at least nearly REAL_MAX, which need not be many steps */
        real roots[LANES];
        store(roots, minimum(least, splat(REAL_MAX / 2)));
        for (int l = 0; l < LANES; l++) roots[l] = ROOT(roots[l]);
        vec steps = (load(roots) * splat(1 - kappa) + since - load(with->base + row)) *
                    load(with->steps + row);
        steps = minimum(maximum(steps, zero), most);
        const ivec whole = __builtin_convertvector(steps, ivec);
        const lane_bytes narrow = __builtin_convertvector(whole, lane_bytes);
        memcpy(out + row, &narrow, LANES);
    }
}

static void quantize_tile(const kmf_elkan *e, int64_t n, const real *values, const real *offset,
                          const quantizer *with, const int32_t *rows) {
    uint8_t block[16 * TILE_ROWS];
    bytes16 v[16];
    for (int64_t g = 0; g < e->groups; g += 16) {
        const int64_t live = min64(16, e->groups - g);
        for (int64_t b = 0; b < live; b++)
            quantize_group(e, g + b, values, offset, with, block + b * TILE_ROWS);
        for (int64_t r = 0; r < n; r += 16) {
            transpose_bytes(block + r, TILE_ROWS, v);
            for (int64_t i = r; i < min64(r + 16, n); i++) {
                uint8_t *out = e->bounds + rows[i] * e->groups + g;
                if (live == 16)
                    memcpy(out, &v[i - r], 16);
                else
                    memcpy(out, &v[i - r], (size_t)live);
            }
        }
    }
}

/* Index of the smallest unit that is at least `wanted`, or of the largest there is. */
static inline uint8_t unit_for(const double *unit, double wanted) {
    int first = 0, last = KMF_ELKAN_UNITS - 1;
    while (first < last) {
        const int middle = (first + last + 1) / 2;
        if (unit[middle] >= wanted)
            first = middle;
        else
            last = middle - 1;
    }
    return (uint8_t)first;
}

static void elkan_store(const kmf_elkan *e, const real *x, int64_t n, const real *centers,
                        const real *values, const int32_t *labels, const int32_t *rows) {
    const double REACH = 1; /* times the second distance: finer units and more range pay equally */
    const double factor = (double)values_factor(e->d);
    const pair_error error = pair_error_of(e->d);
    const real *offset = values + values_size(e->k), *second = offset + TILE_ROWS;
    const real *largest = second + TILE_ROWS;
    const double kappa = 0x1p-18;
    quantizer with = {.own = {0}};
    for (int64_t r = 0; r < n; r++) {
        const int64_t i = rows[r], own = labels[r];
        const double upper =
            pair_above((double)pair_squared(x + r * e->d, centers + own * e->d, e->d), error);
        const double next = (double)offset[r] + factor * (double)second[r];
        const double far = (double)offset[r] + factor * (double)largest[r];
        const double lower = e->k == 1 ? __builtin_inf() : pair_below(next > 0 ? next : 0, error);
        elkan_keep(e, i, own, upper, lower);
        e->epoch_of[i] = KMF_ELKAN_NO_EPOCH;
        if (!(upper < (double)FLT_MAX)) {
            with.base[r] = with.steps[r] = 0;
            continue;
        }
        e->base[i] = (float)upper;
        double range = (far > 0 ? __builtin_sqrt(far) : 0) - upper;
        if (!(range < REACH * lower)) range = REACH * lower;
        e->unit_of[i] = unit_for(e->unit, range / 254);
        e->epoch_of[i] = (uint8_t)e->epoch;
        e->used[e->epoch * KMF_ELKAN_UNITS + e->unit_of[i]] = 1;
        with.base[r] = (real)((double)e->base[i] * (1 + kappa));
        with.steps[r] = (real)((1 - kappa) / e->unit[e->unit_of[i]]);
        with.own[r] = (integer)own;
    }
    quantize_tile(e, n, values, offset, &with, rows);
}

static void elkan_store_two(const kmf_elkan *e, const real *x, int64_t n, const real *centers,
                            const double *second, const int32_t *labels, const int32_t *rows) {
    const pair_error error = pair_error_of(e->d);
    for (int64_t r = 0; r < n; r++) {
        const int64_t own = labels[r];
        const double squared = (double)pair_squared(x + r * e->d, centers + own * e->d, e->d);
        elkan_keep(e, rows[r], own, pair_above(squared, error),
                   e->k == 1 ? __builtin_inf() : pair_below(second[r], error));
        e->epoch_of[rows[r]] = KMF_ELKAN_NO_EPOCH;
    }
}

#endif
