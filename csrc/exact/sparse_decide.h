/* Sparse rows against all centers where the fast scores leave a label undecided, and distances.
 *
 * Scores are repeated in float64; centers within their error band of the best one are compared by
 * the defining sum, for which the row is written to dense scratch memory. */
#ifndef KMF_EXACT_SPARSE_DECIDE_H
#define KMF_EXACT_SPARSE_DECIDE_H

#include <float.h>

#include "../real.h"
#include "../structs.h"
#include "defining_sum.h"

/* Write x.c - |c|^2 / 2 of all lanes to `score` (stride); `half` (stride) are the half squares. */
static void sparse_scores(const real *data, const int32_t *indices, int64_t count,
                          const real *packed, int64_t stride, const double *half,
                          double *restrict score) {
    for (int64_t j = 0; j < stride; j++) score[j] = -half[j];
    for (int64_t i = 0; i < count; i++) {
        const real *restrict value = packed + (1 + (int64_t)indices[i]) * stride;
        const double x = (double)data[i];
        for (int64_t j = 0; j < stride; j++) score[j] += x * (double)value[j];
    }
}

/* At least twice the error of a float64 score and of its defining sum; `longest` is at least the
 * norm of any center. */
static inline double sparse_band(double square, int64_t count, int64_t d, double longest) {
    const double reach = __builtin_sqrt(square) * (1 + 0x1p-20) + longest;
    return (2 * (double)(count + d) + 32) * 0x1p-53 * reach * reach + (double)(count + d) * DBL_MIN;
}

/* Label of one row: the lowest of the centers with the smallest defining sum. `order` (k) has the
 * center of each lane. scratch: stride doubles. dense: d zeros, which are left zero. */
static int32_t sparse_decide(const real *data, const int32_t *indices, int64_t count, int64_t d,
                             const real *packed, int64_t stride, const double *half, double longest,
                             const int32_t *order, int64_t k, const real *centers, double *scratch,
                             real *dense) {
    double square = 0, most = -__builtin_inf(), best = __builtin_inf();
    int32_t label = -1;
    for (int64_t i = 0; i < count; i++) {
        square += (double)data[i] * (double)data[i];
        dense[indices[i]] = data[i];
    }
    sparse_scores(data, indices, count, packed, stride, half, scratch);
    for (int64_t l = 0; l < k; l++) most = scratch[l] > most ? scratch[l] : most;
    const double least = most - sparse_band(square, count, d, longest);
    for (int64_t l = 0; l < k; l++) {
        if (scratch[l] < least) continue;
        const int32_t j = order[l];
        const double sum = defining_sum(dense, centers + j * d, d);
        if (sum < best || (sum == best && j < label) || label < 0) {
            best = sum;
            label = j;
        }
    }
    for (int64_t i = 0; i < count; i++) dense[indices[i]] = 0;
    return label;
}

/* Euclidean distances of one row to all centers, in the order of the centers. Where more than ten
 * bits cancel, the defining sum replaces the score. */
static void sparse_distances(const real *data, const int32_t *indices, int64_t count, int64_t d,
                             const real *packed, int64_t stride, const double *half,
                             const int32_t *order, int64_t k, const real *centers, double *scratch,
                             real *dense, real *out) {
    double square = 0;
    for (int64_t i = 0; i < count; i++) {
        square += (double)data[i] * (double)data[i];
        dense[indices[i]] = data[i];
    }
    sparse_scores(data, indices, count, packed, stride, half, scratch);
    for (int64_t l = 0; l < k; l++) {
        const int32_t j = order[l];
        double about = square - 2 * scratch[l];
        if (!(about > 0x1p-10 * (square + 2 * half[l])))
            about = defining_sum(dense, centers + j * d, d);
        out[j] = (real)__builtin_sqrt(about);
    }
    for (int64_t i = 0; i < count; i++) dense[indices[i]] = 0;
}

#endif
