/* The two best scores x.c - |c|^2 / 2 of sparse rows: the largest belongs to the nearest center.
 *
 * Centers are stored feature by feature: the values of all centers for one feature are contiguous,
 * so that each non-zero of a row adds a multiple of one array, without gathers. Scores of up to
 * SPARSE_BLOCK vectors of centers stay in registers while the non-zeros of a row pass. */
#ifndef KMF_FAST_SPARSE_TWO_BEST_H
#define KMF_FAST_SPARSE_TWO_BEST_H

#include "../simd.h"
#include "../structs.h"

/* Half of the registers or fewer, for the scores; the others hold what the sums need. */
#if VECTOR_REGISTERS == 32
#define SPARSE_BLOCK 16
#else
#define SPARSE_BLOCK 8
#endif

static inline real largest(vec v) {
#if defined(__AVX512F__)
    return AVX512(reduce_max)(v);
#else
    real most = v[0];
    for (int l = 1; l < LANES; l++) most = v[l] > most ? v[l] : most;
    return most;
#endif
}

/* The scores of `vectors` vectors of centers, whose lanes begin at `packed`; merged into `best`,
 * `second` and `index`. */
static inline __attribute__((always_inline)) void
score_block(const real *data, const int32_t *indices, int64_t count, const real *packed,
            int64_t stride, int vectors, int64_t lane, real *best, real *second, int32_t *index) {
    vec score[SPARSE_BLOCK];
    for (int v = 0; v < vectors; v++) score[v] = load(packed + v * LANES);
    const real *values = packed + stride;
    for (int64_t i = 0; i < count; i++) {
        const real *value = values + indices[i] * stride;
        const vec x = splat(data[i]);
        for (int v = 0; v < vectors; v++) score[v] += x * load(value + v * LANES);
    }
    vec first = score[0], other = splat(-REAL_INFINITY);
    ivec at = {0};
    for (int v = 1; v < vectors; v++) {
        const mask better = less(first, score[v]);
        other = maximum(other, minimum(first, score[v]));
        first = maximum(first, score[v]);
        at = blend_index(better, splat_index(v), at);
    }
    const real found = largest(first);
    const uint32_t behind = lane_bits(less(first, splat(found)));
    const int l = __builtin_ctz(~behind | (uint32_t)1 << (LANES - 1));
    vec without = first;
    without[l] = -REAL_INFINITY;
    const real next = largest(maximum(other, without));
    if (found > *best) {
        *second = *best > next ? *best : next;
        *best = found;
        *index = (int32_t)(lane + at[l] * LANES + l);
    } else if (found > *second) {
        *second = found;
    }
}

#define SCORE_CASE(n)                                                                              \
    case n: score_block(data, indices, count, from, stride, n, lane, best, second, index); break;

/* For each of `count` listed rows, merge the scores of the lanes from `first` up to `end`, which
 * are multiples of KMF_SPARSE_LANES, into `best`, `second` and the lane `index` of the best. */
static void sparse_two_best(const kmf_csr *x, const real *all_data, const int32_t *rows,
                            int64_t n_rows, const real *packed, int64_t stride, int64_t first,
                            int64_t end, real *all_best, real *all_second, int32_t *all_index) {
    for (int64_t r = 0; r < n_rows; r++) {
        const int64_t begin = x->indptr[rows[r]], count = x->indptr[rows[r] + 1] - begin;
        const real *data = all_data + begin;
        const int32_t *indices = x->indices + begin;
        real *best = all_best + r, *second = all_second + r;
        int32_t *index = all_index + r;
        int64_t lane = first;
        while (lane < end) {
            const int64_t left = (end - lane) / LANES;
            const int64_t blocks = (left + SPARSE_BLOCK - 1) / SPARSE_BLOCK;
            const int64_t vectors = (left + blocks - 1) / blocks;
            const real *from = packed + lane;
            switch (vectors) {
                SCORE_CASE(1)
                SCORE_CASE(2)
                SCORE_CASE(3)
                SCORE_CASE(4)
                SCORE_CASE(5)
                SCORE_CASE(6)
                SCORE_CASE(7)
                SCORE_CASE(8)
#if SPARSE_BLOCK == 16
                SCORE_CASE(9)
                SCORE_CASE(10)
                SCORE_CASE(11)
                SCORE_CASE(12)
                SCORE_CASE(13)
                SCORE_CASE(14)
                SCORE_CASE(15)
                SCORE_CASE(16)
#endif
            }
            lane += vectors * LANES;
        }
    }
}

#endif
