/* Nearest center of each row of a block, and which rows rounding leaves undecided. */
#ifndef KMF_FAST_ASSIGN_H
#define KMF_FAST_ASSIGN_H

#include <string.h>

#include "direct.h"
#include "panels.h"
#include "running.h"
#include "tile.h"

static int64_t packed_size(int64_t k, int64_t d) {
    return d <= DIRECT_FEATURES ? k * d : panels_packed_size(k, d);
}

static void pack_centers(const real *centers, int64_t k, int64_t d, real *packed) {
    if (d <= DIRECT_FEATURES)
        memcpy(packed, centers, (size_t)(k * d) * sizeof(real));
    else
        panels_pack(centers, k, d, packed);
}

/* The first tile of the n rows from x on. */
static void tile_nearest(const real *x, int64_t n, int64_t k, int64_t d, const real *packed,
                         real *tile, real *norms, nearest *found) {
    const int64_t rows = n < TILE_ROWS ? n : TILE_ROWS;
    pack_tile(x, rows, d, (n - rows) * d, tile);
    if (d <= DIRECT_FEATURES) {
        direct_nearest(tile, k, d, packed, found);
    } else {
        shift_tile(tile, d, packed + HEADER, norms);
        panels_nearest(tile, k, d, packed, packed + panels_offset(d),
                       upcoming_rows(x + rows * d,
                                     min64(n - rows, TILE_ROWS) * d * (int64_t)sizeof *x,
                                     panel_count(k) * feature_blocks(d)),
                       norms, found);
    }
}

static inline int is_undecided(const nearest *found, int64_t row) {
    return !(found->second[row] - found->best[row] > found->band[row]);
}

/* Append the undecided rows of a tile; a band or value that is not a number decides nothing. */
static int64_t list_undecided(const nearest *found, int64_t first, int64_t rows, int64_t d,
                              const real *packed, const real *panels, const real *norms,
                              int32_t *undecided) {
    int any = 0;
    for (int64_t r = 0; r < rows; r++) any |= is_undecided(found, r);
    if (!any) return 0;
    int64_t count = 0;
    for (int64_t r = 0; r < rows; r++) {
        if (!is_undecided(found, r)) continue;
        if (d > DIRECT_FEATURES && panels_decided(found, r, d, packed, panels, norms)) continue;
        undecided[count++] = (int32_t)(first + r);
    }
    return count;
}

static int64_t assign_rows(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                           real *scratch, int32_t *labels, int32_t *undecided) {
    nearest found;
    real norms[TILE_ROWS];
    int64_t count = 0;
    if (k == 1) {
        memset(labels, 0, (size_t)n * sizeof *labels);
        return 0;
    }
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = n - i < TILE_ROWS ? n - i : TILE_ROWS;
        tile_nearest(x + i * d, n - i, k, d, packed, scratch, norms, &found);
        for (int64_t r = 0; r < rows; r++) labels[i + r] = (int32_t)found.index[r];
        count += list_undecided(&found, i, rows, d, packed, packed + panels_offset(d), norms,
                                undecided + count);
    }
    return count;
}

#endif
