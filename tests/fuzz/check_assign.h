/* Assignment: every path gives the labels of the defining sum; the lowest index wins a tie. */

/* Labels of rows that a filter could not decide. */
static void decide(const problem *p, const int32_t *undecided, int64_t count, int32_t *labels) {
    check_rows(undecided, count, p->n);
    exact->decide_rows(p->x, p->d, undecided, count, p->centers, p->k, ROOM(double, 16 * p->d),
                       labels);
}

/* `second` is a lower bound on the squared distances to all centers except the label. */
static void check_second(const problem *p, const int32_t *labels, const double *second) {
    for (int64_t i = 0; i < p->n; i++) {
        CHECK(second[i] >= 0, "second %g", second[i]);
        for (int64_t j = 0; j < p->k; j++) {
            if (j == labels[i]) continue;
            const long double squared = exact_squared(p->x + i * p->d, p->centers + j * p->d, p->d);
            CHECK(second[i] <= squared * (1 + 0x1p-50L), "row %d: bound %.20g, center %d at %.20Lg",
                  (int)i, second[i], (int)j, squared);
        }
    }
}

static real *pack(const problem *p) {
    real *packed = ROOM(real, fast->packed_size(p->k, p->d));
    fast->pack_centers(p->centers, p->k, p->d, packed);
    return packed;
}

static void check_assign(input *in) {
    const problem p = make_problem(in, 600, 300, 130);
    const int32_t *wanted = nearest_centers(&p);
    int32_t *labels = ROOM(int32_t, p.n), *undecided = ROOM(int32_t, p.n);
    double *second = ROOM(double, p.n);
    real *packed = pack(&p), *scratch = ROOM(real, KMF_SCRATCH_ROWS * p.d);
    int64_t count = fast->assign_rows(p.x, p.n, p.d, packed, p.k, scratch, labels, undecided);
    decide(&p, undecided, count, labels);
    check_labels(&p, labels, wanted, "assign_rows");

    memset(labels, 0x55, (size_t)p.n * sizeof *labels);
    count = fast->assign_two_rows(p.x, p.n, p.d, packed, p.k, scratch, labels, second, undecided);
    decide(&p, undecided, count, labels);
    check_labels(&p, labels, wanted, "assign_two_rows");
    check_second(&p, labels, second);

    /* any content: only the defining sum decides */
    for (int64_t i = 0; i < p.n; i++) {
        labels[i] = (int32_t)choose(in, p.k);
        undecided[i] = (int32_t)i;
    }
    decide(&p, undecided, p.n, labels);
    check_labels(&p, labels, wanted, "decide_rows");
}

#if KMF_REAL == 64
static void check_float32(input *in) {
    problem p = make_problem(in, 600, 300, 130);
    const int64_t size = p.k < 2 ? 0 : fast_common->float32_packed_size(p.k, p.d);
    if (size == 0) return;
    const int32_t *wanted = nearest_centers(&p);
    int32_t *labels = ROOM(int32_t, p.n), *undecided = ROOM(int32_t, p.n);
    double *second = ROOM(double, p.n), *scratch = ROOM(double, KMF_SCRATCH_ROWS *p.d);
    void *narrow = fuzz_room((size_t)size, 64, 8);
    if (!fast_common->float32_pack(pack(&p), p.k, p.d, narrow)) return;
    int64_t count =
        fast_common->float32_assign_rows(p.x, p.n, p.d, narrow, p.k, scratch, labels, undecided);
    decide(&p, undecided, count, labels);
    check_labels(&p, labels, wanted, "float32_assign_rows");
    count = fast_common->float32_assign_two_rows(p.x, p.n, p.d, narrow, p.k, scratch, labels,
                                                 second, undecided);
    decide(&p, undecided, count, labels);
    check_labels(&p, labels, wanted, "float32_assign_two_rows");
    check_second(&p, labels, second);
}
#endif

/* All distances, and the distances to the own centers. */
static void check_distances(input *in) {
    const problem p = make_problem(in, 300, 300, 40);
    const double x_most = largest_value(p.x, p.n * p.d);
    const double c_most = largest_value(p.centers, p.k * p.d);
    const real scale =
        (real)scale_of(x_most > c_most ? x_most : c_most, KMF_REAL == 32 ? 100 : 1000);
    real *out = LOOSE_ROOM(real, p.n * p.k);
    fast->distance_rows(p.x, p.n, p.d, p.centers, p.k, scale, ROOM(real, KMF_SCRATCH_ROWS * p.d),
                        out);
    const double relative = ((double)p.d + 6) * UNIT_ROUNDOFF;
    const double lost = __builtin_sqrt(2 * (double)p.d * (double)REAL_MIN) / (double)scale +
                        (double)power_of_two(SMALLEST_EXPONENT);
    for (int64_t i = 0; i < p.n; i++) {
        for (int64_t j = 0; j < p.k; j++) {
            const long double exact =
                __builtin_sqrtl(exact_squared(p.x + i * p.d, p.centers + j * p.d, p.d));
            const double found = (double)out[i * p.k + j];
            if (exact > (long double)REAL_MAX / 2) continue;
            CHECK(__builtin_fabsl(found - exact) <= relative * exact + lost,
                  "distance %d %d: %.20g, not %.20Lg", (int)i, (int)j, found, exact);
        }
    }

    int32_t *labels = LOOSE_ROOM(int32_t, p.n);
    double *squared = LOOSE_ROOM(double, p.n), *weights = make_weights(in, p.n);
    for (int64_t i = 0; i < p.n; i++) labels[i] = (int32_t)choose(in, p.k);
    exact->squared_distances(p.x, p.n, p.d, p.centers, labels, squared);
    int64_t limbs[KMF_LIMBS] = {0}, backward[KMF_LIMBS] = {0};
    for (int64_t i = 0; i < p.n; i++) {
        const double wanted = defining_sum(p.x + i * p.d, p.centers + labels[i] * p.d, p.d);
        CHECK(squared[i] == wanted, "row %d: %.20g, not %.20g", (int)i, squared[i], wanted);
    }
    exact_common->add_terms(squared, weights, p.n, limbs);
    for (int64_t i = p.n - 1; i >= 0; i--)
        exact_common->add_terms(squared + i, weights + i, 1, backward);
    CHECK(memcmp(limbs, backward, sizeof limbs) == 0, "sum of %d", (int)p.n);
}
