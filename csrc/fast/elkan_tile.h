/* Compare tiles of rows with all centers; elkan_store.h turns the values into bounds.
 *
 * `values` of a tile: the value of each center as the panels or the direct form compute it,
 * [center][TILE_ROWS], then of each row `offset`, the second smallest and the largest value. A
 * squared distance is at least offset + factor * value: on panels the offset holds the row's norm
 * less the band, which covers the error of 2 v (see assign_two.h); in the direct form the factor
 * holds the relative error. */
#ifndef KMF_FAST_ELKAN_TILE_H
#define KMF_FAST_ELKAN_TILE_H

#include "../simd.h"
#include "assign.h"
#include "distances.h"
#include "panels.h"
#include "running.h"
#include "tile.h"

static inline int64_t values_size(int64_t k) { return panel_count(k) * CENTERS * TILE_ROWS; }

static int64_t elkan_values(int64_t k) { return values_size(k) + 3 * TILE_ROWS; }

static inline real values_factor(int64_t d) {
    return d <= DIRECT_FEATURES ? (real)(1 - 4 * ((double)d + 5) * UNIT_ROUNDOFF) : 2;
}

static void panels_values(const real *tile, int64_t k, int64_t d, const real *packed,
                          real *values) {
    const real *panels = packed + panels_offset(d);
    const int64_t panel_end = panel_count(k), block = feature_block(d);
    for (int64_t group = 0; group < panel_end; group += PANEL_GROUP) {
        const int64_t group_end = min64(group + PANEL_GROUP, panel_end);
        for (int64_t f = 0; f < d; f += block) {
            for (int64_t p = group; p < group_end; p++) {
                const real *panel = panels + p * panel_size(d);
                real *out = values + p * CENTERS * TILE_ROWS;
                for (int64_t row = 0; row < TILE_ROWS; row += STRIP)
                    block_add(tile + row * d + f * STRIP, min64(block, d - f), panel,
                              panel + (f + 1) * CENTERS, CENTERS, (real(*)[TILE_ROWS])out, f > 0, 0,
                              0, 0, row);
            }
        }
    }
}

/* Band and offset of each row of a shifted tile, as in panels_nearest. */
static void panels_offsets(int64_t d, const real *packed, const real *norms, nearest *found,
                           real *offset) {
    const band within = band_within(packed, packed[RADIUS]);
    const double shrink = 1 - 2 * ((double)d + 8) * UNIT_ROUNDOFF;
    for (int64_t r = 0; r < TILE_ROWS; r++) {
        const real norm = norms[r];
        found->band[r] = within.constant + within.quadratic * norm +
                         within.linear * (real)__builtin_sqrt((double)norm);
        offset[r] = (real)(shrink * (double)norm - (double)found->band[r]);
        offset[r] -= (real)(2 * UNIT_ROUNDOFF) * norm;
    }
}

static int64_t elkan_tile(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                          real *scratch, real *values, int32_t *labels, int32_t *undecided) {
    nearest found;
    real norms[TILE_ROWS];
    real *offset = values + values_size(k), *second = offset + TILE_ROWS;
    real *largest = second + TILE_ROWS;
    pack_tile(x, n, d, 0, scratch);
    if (d <= DIRECT_FEATURES) {
        for (int64_t j = 0; j < k; j += CENTERS)
            tile_distances(scratch, d, packed + j * d, min64(CENTERS, k - j), 1,
                           values + j * TILE_ROWS);
    } else {
        shift_tile(scratch, d, packed + HEADER, norms);
        panels_values(scratch, k, d, packed, values);
        panels_offsets(d, packed, norms, &found, offset);
    }
    for (int64_t row = 0; row < TILE_ROWS; row += LANES) {
        running state = running_start();
        vec most = splat(-REAL_INFINITY);
        for (int64_t j = 0; j < k; j++) {
            const vec value = load(values + j * TILE_ROWS + row);
            running_add(&state, value, (integer)j);
            most = maximum(value, most);
        }
        running_store(&found, row, state);
        store(second + row, state.second);
        store(largest + row, most);
    }
    if (d <= DIRECT_FEATURES) {
        const real relative = (real)(4 * ((double)d + 5) * UNIT_ROUNDOFF);
        for (int64_t r = 0; r < TILE_ROWS; r++) {
            found.band[r] = relative * found.second[r] + 16 * REAL_MIN;
            offset[r] = -16 * REAL_MIN;
        }
    }
    for (int64_t r = 0; r < n; r++) labels[r] = (int32_t)found.index[r];
    return k == 1 ? 0
                  : list_undecided(&found, 0, n, d, packed, packed + panels_offset(d), norms,
                                   undecided);
}

#endif
