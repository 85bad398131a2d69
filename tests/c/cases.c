/* The kernels of one element type (KMF_REAL) against plain loops. */
#include <stdlib.h>
#include <string.h>

#include "directions.h"
#include "kernels.h"
/* after kernels.h, which names the type */
#include "oracle.h"
#include "selftest.h"

typedef struct {
    const selftest_case *at;
    int64_t n, d, k, comparisons;
    real *x, *centers, *packed, *scratch;
    double *sums; /* the defining sums (n, k) */
    int32_t *nearest, *labels, *undecided;
} problem;

static void expect(problem *p, int true_one, const char *what, int64_t row) {
    p->comparisons++;
    if (!true_one) selftest_fail(what, p->at, row);
}

static void *memory(int64_t count, size_t size) {
    void *block = calloc((size_t)count + 64, size);
    if (!block) abort();
    return block;
}

static double about_normal(void) {
    double sum = 0;
    for (int i = 0; i < 6; i++) sum += selftest_uniform() - 0.5;
    return sum * 1.4;
}

static real value(const char *kind, int64_t f) {
    const double v = about_normal();
    if (!strcmp(kind, "integer")) return (real)(int)(3 * v); /* many ties */
    if (!strcmp(kind, "offset")) return (real)(1e4 + v / 16);
    if (!strcmp(kind, "mixed")) return (real)(f % 2 ? v * 1e-3 : v * 1e3);
    if (!strcmp(kind, "huge")) return (real)v * (REAL_MAX / 16);
    if (!strcmp(kind, "tiny")) return (real)v * REAL_MIN * 4;
    if (!strcmp(kind, "equal")) return (real)(f + 1) / 3;
    if (!strcmp(kind, "zero")) return f % 2 ? (real)0 : -(real)0;
    return (real)v;
}

static void check_labels(problem *p, const char *what) {
    for (int64_t i = 0; i < p->n; i++) expect(p, p->labels[i] == p->nearest[i], what, i);
}

static void check_assign(problem *p) {
    fast->pack_centers(p->centers, p->k, p->d, p->packed);
    int64_t open =
        fast->assign_rows(p->x, p->n, p->d, p->packed, p->k, p->scratch, p->labels, p->undecided);
    exact->decide_rows(p->x, p->d, p->undecided, open, p->centers, p->k, (double *)p->scratch,
                       p->labels);
    check_labels(p, "assign_rows");

    for (int64_t i = 0; i < p->n; i++) {
        p->undecided[i] = (int32_t)i;
        p->labels[i] = (int32_t)(i % p->k); /* arbitrary labels */
    }
    exact->decide_rows(p->x, p->d, p->undecided, p->n, p->centers, p->k, (double *)p->scratch,
                       p->labels);
    check_labels(p, "decide_rows");
}

static void check_second(problem *p, const double *second, const char *what) {
    const double margin = 1 + 2 * ((double)p->d + 4) * 0x1p-53;
    check_labels(p, what);
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j < p->k; j++)
            expect(p, j == p->nearest[i] || second[i] <= p->sums[i * p->k + j] * margin, what, i);
}

static void check_assign_two(problem *p) {
    double *second = memory(p->n, sizeof(double));
    int64_t open = fast->assign_two_rows(p->x, p->n, p->d, p->packed, p->k, p->scratch, p->labels,
                                         second, p->undecided);
    exact->decide_rows(p->x, p->d, p->undecided, open, p->centers, p->k, (double *)p->scratch,
                       p->labels);
    check_second(p, second, "assign_two_rows");
#if KMF_REAL == 64
    const int64_t size = fast_common->float32_packed_size(p->k, p->d);
    void *narrow = memory(size, 1);
    if (p->k > 1 && size && fast_common->float32_pack(p->packed, p->k, p->d, narrow)) {
        open = fast_common->float32_assign_rows(p->x, p->n, p->d, narrow, p->k, p->scratch,
                                                p->labels, p->undecided);
        exact->decide_rows(p->x, p->d, p->undecided, open, p->centers, p->k, p->scratch, p->labels);
        check_labels(p, "float32_assign_rows");
        open = fast_common->float32_assign_two_rows(p->x, p->n, p->d, narrow, p->k, p->scratch,
                                                    p->labels, second, p->undecided);
        exact->decide_rows(p->x, p->d, p->undecided, open, p->centers, p->k, p->scratch, p->labels);
        check_second(p, second, "float32_assign_two_rows");
    }
    free(narrow);
#endif
    free(second);
}

static void check_distances(problem *p) {
    double *own = memory(p->n, sizeof(double));
    real *all = memory(p->n * p->k, sizeof(real));
    exact->squared_distances(p->x, p->n, p->d, p->centers, p->nearest, own);
    for (int64_t i = 0; i < p->n; i++)
        expect(p, own[i] == p->sums[i * p->k + p->nearest[i]], "squared_distances", i);

    real largest = 0;
    for (int64_t i = 0; i < p->n * p->d; i++)
        if (p->x[i] > largest || -p->x[i] > largest) largest = p->x[i] < 0 ? -p->x[i] : p->x[i];
    for (int64_t i = 0; i < p->k * p->d; i++)
        if (p->centers[i] > largest || -p->centers[i] > largest)
            largest = p->centers[i] < 0 ? -p->centers[i] : p->centers[i];
    real scale = 1;
    while (largest * scale > 2) scale /= 2;
    while (largest > 0 && largest * scale < 1 && scale < REAL_MAX / 16) scale *= 2;
    fast->distance_rows(p->x, p->n, p->d, p->centers, p->k, scale, p->scratch, all);
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j < p->k; j++) {
            double sum = 0;
            for (int64_t f = 0; f < p->d; f++) {
                const double difference =
                    (double)p->x[i * p->d + f] * scale - (double)p->centers[j * p->d + f] * scale;
                sum += difference * difference;
            }
            const double want = __builtin_sqrt(sum) / scale;
            const double off = __builtin_fabs((double)all[i * p->k + j] - want);
            /* numbers below REAL_MIN are multiples of the smallest number */
            const double bound =
                want * ((double)p->d + 8) * UNIT_ROUNDOFF + REAL_MIN * UNIT_ROUNDOFF * 2;
            expect(p, off <= bound || want > REAL_MAX * (1 - 1e-6), "distance_rows", i);
        }
    free(own);
    free(all);
}

/* The two words of a term: see _reference/sums.py. */
static void term(double value, const double *weight, double low_scale, int64_t *high,
                 int64_t *low) {
    double first = __builtin_rint(value), second = __builtin_rint((value - first) * low_scale);
    if (weight) {
        const double product = *weight * first, error = __builtin_fma(*weight, first, -product);
        first = __builtin_rint(product);
        second =
            __builtin_rint((product - first) * low_scale + (error * low_scale + *weight * second));
    }
    *high = (int64_t)first;
    *low = (int64_t)second;
}

static void check_sums(problem *p) {
    const int64_t words = 2 * (p->d + 1);
    int64_t *sums = memory(p->k * words, sizeof *sums), *want = memory(p->k * words, sizeof *want);
    double *scale = memory(p->d + 1, sizeof *scale), *weight = memory(p->n, sizeof *weight);
    real *range = memory(p->d, sizeof *range);
    const double low_scale = 0x1p30;
    exact->feature_range(p->x, p->n, p->d, range);
    for (int64_t f = 0; f < p->d; f++) {
        real largest = 0;
        for (int64_t i = 0; i < p->n; i++) {
            const real v = p->x[i * p->d + f];
            largest = v > largest ? v : -v > largest ? -v : largest;
        }
        expect(p, range[f] == largest, "feature_range", f);
        scale[f] = 1;
        while (largest * scale[f] > 0x1p30) scale[f] /= 2;
        while (largest > 0 && largest * scale[f] < 0x1p29 && scale[f] < 0x1p1000) scale[f] *= 2;
    }
    scale[p->d] = 0x1p29;
    const kmf_grid grid = {scale, low_scale, 1, 1, 0, 0};
    for (int64_t i = 0; i < p->n; i++) {
        weight[i] = (double)(i % 4) / 2;
        p->labels[i] = (int32_t)(i * 7 % (p->k + 1)) - 1; /* -1: a new row */
    }
    for (int weighted = 0; weighted < 2; weighted++) {
        int64_t moved = 0;
        memset(sums, 0, (size_t)(p->k * words) * sizeof *sums);
        memset(want, 0, (size_t)(p->k * words) * sizeof *want);
        for (int64_t i = 0; i < p->n; i++) {
            const int32_t from = p->labels[i], to = p->nearest[i];
            if (from == to || (weighted && weight[i] == 0)) continue;
            moved++;
            for (int64_t f = 0; f <= p->d; f++) {
                int64_t high, low;
                const double v = f < p->d ? (double)p->x[i * p->d + f] : 1;
                term(v * scale[f], weighted ? weight + i : 0, low_scale, &high, &low);
                want[to * words + f] += high;
                want[to * words + p->d + 1 + f] += low;
                if (from < 0) continue;
                want[from * words + f] -= high;
                want[from * words + p->d + 1 + f] -= low;
            }
        }
        const int64_t found = exact->accumulate_rows(p->x, p->n, p->d, weighted ? weight : 0,
                                                     p->labels, p->nearest, &grid, sums);
        expect(p, found == moved, "accumulate_rows: moved", weighted);
        for (int64_t w = 0; w < p->k * words; w++)
            expect(p, sums[w] == want[w], "accumulate_rows", w);
    }
    free(sums), free(want), free(scale), free(weight), free(range);
}

static void check_boxes(problem *p) {
    double *box = memory(2 * p->d, sizeof *box);
    exact->bounding_box(p->x, p->n, p->d, box);
    for (int64_t f = 0; f < p->d; f++) {
        double low = (double)p->x[f], high = low;
        for (int64_t i = 1; i < p->n; i++) {
            const double v = (double)p->x[i * p->d + f];
            low = v < low ? v : low;
            high = v > high ? v : high;
        }
        expect(p, box[f] == low && box[p->d + f] == high, "bounding_box", f);
    }
#if KMF_REAL == 64
    if (p->d <= 64) {
        const int64_t stride = (p->k + 7) / 8 * 8;
        double *columns = memory(p->d * stride, sizeof(double));
        double *kept = memory(p->d * stride + 8, sizeof(double));
        double *values = memory(stride, sizeof(double));
        int32_t *ids = memory(stride, sizeof *ids);
        for (int64_t j = 0; j < p->k; j++)
            for (int64_t f = 0; f < p->d; f++) columns[f * stride + j] = p->centers[j * p->d + f];
        const int64_t count =
            exact_common->filter_centers(box, p->d, columns, 0, p->k, stride, values, kept, ids);
        for (int64_t i = 0; i < p->n; i++) {
            int there = 0;
            for (int64_t c = 0; c < count; c++) there |= ids[c] == p->nearest[i];
            expect(p, there, "filter_centers", i);
        }
        free(columns), free(kept), free(values), free(ids);
    }
#endif
    free(box);
}

/* New bounds of Hamerly's: a row that they settle has the label of its nearest center. */
static void check_bounds(problem *p) {
    double *second = memory(p->n, sizeof(double)), *zeros = memory(p->k, sizeof(double));
    float *upper = memory(p->n, sizeof(float)), *lower = memory(p->n, sizeof(float));
    for (int64_t i = 0; i < p->n; i++) {
        second[i] = __builtin_inf();
        for (int64_t j = 0; j < p->k; j++)
            if (j != p->nearest[i] && p->sums[i * p->k + j] < second[i])
                second[i] = p->sums[i * p->k + j];
    }
    exact->set_bounds(p->x, p->n, p->d, p->centers, p->nearest, second, zeros, 0, upper, lower);
    for (int64_t i = 0; i < p->n; i++) {
        const double own = __builtin_sqrt(p->sums[i * p->k + p->nearest[i]]);
        expect(p, upper[i] >= own * (1 - 0x1p-40), "set_bounds: upper", i);
        expect(p, lower[i] <= __builtin_sqrt(second[i]), "set_bounds: lower", i);
        p->labels[i] = (int32_t)(i % 3 ? p->nearest[i] : i % p->k);
        upper[i] = __builtin_inff();
    }
    /* also with wrong labels: their upper bounds settle no row wrongly */
    int64_t open =
        exact_common->list_unsettled(p->labels, upper, lower, p->n, zeros, zeros, 0, p->undecided);
    expect(p, open == p->n, "list_unsettled", open);
    open = exact->tighten_rows(p->x, p->d, p->centers, p->labels, upper, lower, zeros, zeros, 0,
                               p->undecided, open);
    char *is_open = memory(p->n, 1);
    for (int64_t i = 0; i < open; i++) is_open[p->undecided[i]] = 1;
    for (int64_t i = 0; i < p->n; i++)
        expect(p, is_open[i] || p->labels[i] == p->nearest[i], "tighten_rows", i);
    free(second), free(zeros), free(upper), free(lower), free(is_open);
}

#include "check_integers.h"
#include "check_sketches.h"

/* The limbs do not depend on the order of the terms, and lead back to the last of them. */
static void check_exact_sum(problem *p) {
    const int64_t n = p->n < 1024 ? p->n : 1024;
    for (int weighted = 0; weighted < 2; weighted++) {
        const double *weight = weighted ? p->sums + p->n : 0;
        int64_t limbs[KMF_LIMBS] = {0}, backward[KMF_LIMBS] = {0}, negative[KMF_LIMBS] = {0};
        double *terms = memory(n, sizeof(double));
        exact_common->add_terms(p->sums, weight, n, limbs);
        for (int64_t i = n - 1; i >= 0; i--)
            exact_common->add_terms(p->sums + i, weight ? weight + i : 0, 1, backward);
        expect(p, memcmp(limbs, backward, sizeof limbs) == 0, "add_terms", weighted);
        int64_t last = -1;
        int finite = 1;
        for (int64_t i = 0; i < n; i++) {
            const double product = weight ? weight[i] * p->sums[i] : p->sums[i];
            terms[i] = -p->sums[i];
            finite &= product - product == 0;
            if (product > 0) last = i;
        }
        if (finite && last >= 0) {
            exact_common->add_terms(terms, weight, n, negative);
            expect(p, exact_common->find_term(p->sums, weight, n, negative) == last, "find_term",
                   weighted);
        }
        free(terms);
    }
}

int64_t TYPED(selftest)(const selftest_case *at) {
    problem p = {.at = at, .n = at->n, .d = at->d, .k = at->k};
    use_isa(kmf_choose_isa());
    p.x = memory(p.n * p.d, sizeof(real));
    p.centers = memory(p.k * p.d, sizeof(real));
    p.sums = memory(p.n * (p.k > 2 ? p.k : 2), sizeof(double));
    p.packed = memory(fast->packed_size(p.k, p.d), sizeof(real));
    p.scratch = memory(2 * KMF_SCRATCH_ROWS * p.d + 64, sizeof(double));
    p.nearest = memory(p.n, sizeof(int32_t));
    p.labels = memory(p.n, sizeof(int32_t));
    p.undecided = memory(p.n, sizeof(int32_t));
    for (int64_t i = 0; i < p.n * p.d; i++) p.x[i] = value(at->kind, i % p.d);
    for (int64_t j = 0; j < p.k; j++)
        for (int64_t f = 0; f < p.d; f++)
            p.centers[j * p.d + f] = j < p.n && j % 3 == 0 ? p.x[j * p.d + f]    /* at a row */
                                     : j % 5 == 4 ? p.centers[(j - 1) * p.d + f] /* twice */
                                                  : value(at->kind, f);
    for (int64_t i = 0; i < p.n; i++) {
        double best = __builtin_inf();
        for (int64_t j = 0; j < p.k; j++) {
            const double sum = defining_sum(p.x + i * p.d, p.centers + j * p.d, p.d);
            p.sums[i * p.k + j] = sum;
            if (!(sum < best)) continue;
            best = sum;
            p.nearest[i] = (int32_t)j;
        }
    }
    check_assign(&p);
    check_assign_two(&p);
#if KMF_REAL == 32
    check_integers(&p);
#endif
    check_distances(&p);
    check_sums(&p);
    check_boxes(&p);
    check_bounds(&p);
    check_sketches(&p);
    check_exact_sum(&p);
    free(p.x), free(p.centers), free(p.sums), free(p.packed), free(p.scratch), free(p.nearest);
    free(p.labels), free(p.undecided);
    return p.comparisons;
}
