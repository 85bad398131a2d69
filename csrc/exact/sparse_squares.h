/* The defining sum of sparse rows and one center: the features in their order, zeros included.
 *
 * A zero of a row adds c_f^2. So 64 rows in lanes add the same square for most features, and only
 * features at which one of the rows has a value need squares of their own. Features at which the
 * center and all rows are zero add nothing. */
#ifndef KMF_EXACT_SPARSE_SQUARES_H
#define KMF_EXACT_SPARSE_SQUARES_H

#include "../real.h"
#include "../structs.h"
#include "doubles.h"

enum { SQUARE_ROWS = 64, SQUARE_VECTORS = SQUARE_ROWS / 8, CHUNK_FEATURES = 256 };

/* Squared distances of up to SQUARE_ROWS listed rows to `center` (d), in the places rows[i]. */
static void sparse_square_tile(const kmf_csr *x, const real *data, const int32_t *rows, int64_t n,
                               const double *center, int64_t d, double *out) {
    int64_t at[SQUARE_ROWS], end[SQUARE_ROWS], head[CHUNK_FEATURES];
    int64_t next_of_row[SQUARE_ROWS];
    doubles sum[SQUARE_VECTORS] = {{0}};
    double square[SQUARE_ROWS] __attribute__((aligned(64)));
    for (int64_t r = 0; r < n; r++) {
        at[r] = x->indptr[rows[r]];
        end[r] = x->indptr[rows[r] + 1];
    }
    /* `at` is the next value of each row. A chunk of features lists, for each feature, the first
     * row whose next value is there; `next_of_row` links the rows of a list. */
    for (int64_t first = 0; first < d; first += CHUNK_FEATURES) {
        const int64_t last = min64(d, first + CHUNK_FEATURES);
        for (int64_t f = 0; f < last - first; f++) head[f] = -1;
        for (int64_t r = 0; r < n; r++) {
            if (at[r] == end[r] || x->indices[at[r]] >= last) continue;
            next_of_row[r] = head[x->indices[at[r]] - first];
            head[x->indices[at[r]] - first] = r;
        }
        for (int64_t f = first; f < last; f++) {
            const double c = center[f];
            int64_t r = head[f - first];
            if (r < 0) {
                if (c == 0) continue;
                const doubles same = (doubles){0} + c * c;
                for (int v = 0; v < SQUARE_VECTORS; v++) sum[v] += same;
                continue;
            }
            for (int i = 0; i < SQUARE_ROWS; i++) square[i] = c * c;
            while (r >= 0) {
                const int64_t next = next_of_row[r];
                const double difference = (double)data[at[r]] - c;
                square[r] = difference * difference;
                at[r]++;
                if (at[r] < end[r] && x->indices[at[r]] < last) {
                    next_of_row[r] = head[x->indices[at[r]] - first];
                    head[x->indices[at[r]] - first] = r;
                }
                r = next;
            }
            for (int v = 0; v < SQUARE_VECTORS; v++) sum[v] += load_doubles(square + 8 * v);
        }
    }
    for (int64_t r = 0; r < n; r++) out[rows[r]] = sum[r / 8][r % 8];
}

/* The same of any number of listed rows. */
static void sparse_squares(const kmf_csr *x, const real *data, const int32_t *rows, int64_t n,
                           const double *center, int64_t d, double *out) {
    for (int64_t i = 0; i < n; i += SQUARE_ROWS)
        sparse_square_tile(x, data, rows + i, min64(n - i, SQUARE_ROWS), center, d, out);
}

#endif
