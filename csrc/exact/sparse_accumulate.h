/* Order-free cluster sums of sparse rows: the terms of zeros are zero, see accumulate.h. */
#ifndef KMF_EXACT_SPARSE_ACCUMULATE_H
#define KMF_EXACT_SPARSE_ACCUMULATE_H

#include "../real.h"
#include "../structs.h"
#include "accumulate.h"

/* Rows whose label changed move; an old label of -1 only adds, weight zero does nothing. Counts
 * the rows that moved. */
static int64_t sparse_accumulate(const kmf_csr *x, const real *data, int64_t first, int64_t n,
                                 int64_t d, const double *weight, const int32_t *labels_old,
                                 const int32_t *labels_new, const kmf_grid *grid, int64_t *sums) {
    const int64_t stride = grid->layers * 2 * (d + 1);
    int64_t moved = 0;
    for (int64_t i = first; i < first + n; i++) {
        if (labels_old[i] == labels_new[i]) continue;
        if (weight && weight[i] == 0) continue;
        double own = weight ? weight[i] * grid->weight_scale : 1;
        const int64_t offset = weight ? layer_of(grid, &own) * 2 * (d + 1) : 0;
        const double *heavy = weight ? &own : NULL;
        int64_t *to = sums + labels_new[i] * stride + offset;
        int64_t *from = labels_old[i] < 0 ? NULL : sums + labels_old[i] * stride + offset;
        for (int64_t p = x->indptr[i]; p < x->indptr[i + 1]; p++) {
            const int64_t f = x->indices[p];
            move_term((double)data[p] * grid->scale[f], heavy, grid->low_scale, d + 1,
                      from ? from + f : NULL, to + f);
        }
        move_term(grid->scale[d], heavy, grid->low_scale, d + 1, from ? from + d : NULL, to + d);
        moved++;
    }
    return moved;
}

#endif
