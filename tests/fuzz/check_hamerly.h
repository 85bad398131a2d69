/* Hamerly's bounds over a few moves of the centers: a row that they settle keeps its label, and
 * that label equals the label of the defining sum. */

typedef struct {
    int32_t *labels;
    float *upper, *lower;
    double *travelled, *half, fall;
} hamerly;

static void move_centers(input *in, problem *p) {
    const values v = choose_values(in);
    const int64_t shrink = choose(in, 80);
    for (int64_t j = 0; j < p->k; j++) {
        if (choose(in, 3) == 0) continue;
        for (int64_t f = 0; f < p->d; f++) {
            real *c = p->centers + j * p->d + f;
            *c = clipped(*c + one_value(in, &v) * power_of_two(-shrink));
        }
    }
}

/* New bounds of the listed rows. */
static void rebound(const problem *p, hamerly *h, const int32_t *rows, int64_t count) {
    problem some = *p;
    some.n = count;
    some.x = LOOSE_ROOM(real, count * p->d);
    if (count == 0) return;
    exact->gather_rows(p->x, p->d, rows, count, some.x);
    int32_t *labels = ROOM(int32_t, count), *undecided = ROOM(int32_t, count);
    double *second = ROOM(double, count);
    float *upper = ROOM(float, count), *lower = ROOM(float, count);
    const int64_t open =
        fast->assign_two_rows(some.x, count, p->d, pack(p), p->k,
                              ROOM(real, KMF_SCRATCH_ROWS * p->d), labels, second, undecided);
    decide(&some, undecided, open, labels);
    exact->set_bounds(some.x, count, p->d, p->centers, labels, second, h->travelled, h->fall, upper,
                      lower);
    for (int64_t i = 0; i < count; i++) {
        h->labels[rows[i]] = labels[i];
        h->upper[rows[i]] = upper[i];
        h->lower[rows[i]] = lower[i];
    }
}

/* Rows that are not in the list have the labels of the defining sum. */
static void check_settled(const problem *p, const hamerly *h, const int32_t *rows, int64_t count,
                          const char *what) {
    int64_t next = 0;
    check_rows(rows, count, p->n);
    for (int64_t i = 0; i < p->n; i++) {
        if (next < count && rows[next] == i) {
            next++;
            continue;
        }
        const int32_t wanted = nearest_center(p->x + i * p->d, p->centers, p->k, p->d);
        CHECK(h->labels[i] == wanted, "%s: row %d (d %d, k %d, isa %d): %d, not %d", what, (int)i,
              (int)p->d, (int)p->k, fuzz_isa, h->labels[i], wanted);
    }
}

static double after(double v) { return __builtin_nextafter(v, __builtin_inf()); }

static void check_hamerly(input *in) {
    const double above = 1 + 0x1p-30;
    problem p = make_problem(in, 200, 70, 40);
    hamerly h = {ROOM(int32_t, p.n), ROOM(float, p.n),  ROOM(float, p.n),
                 ROOM(double, p.k),  ROOM(double, p.k), 0};
    int32_t *rows = ROOM(int32_t, p.n);
    real *old = ROOM(real, p.k * p.d);
    const int with_half = (int)choose(in, 2);
    for (int64_t j = 0; j < p.k; j++) h.travelled[j] = h.half[j] = 0;
    for (int64_t i = 0; i < p.n; i++) rows[i] = (int32_t)i;
    rebound(&p, &h, rows, p.n);
    for (int step = 0; step < 3; step++) {
        double longest = 0;
        memcpy(old, p.centers, (size_t)(p.k * p.d) * sizeof *old);
        move_centers(in, &p);
        for (int64_t j = 0; j < p.k; j++) {
            const double moved =
                __builtin_sqrt(defining_sum(old + j * p.d, p.centers + j * p.d, p.d)) * above;
            longest = moved > longest ? moved : longest;
            h.travelled[j] = after(h.travelled[j] + moved);
        }
        h.fall = after(h.fall + longest);
        for (int64_t j = 0; j < p.k && with_half; j++) {
            double least = __builtin_inf();
            for (int64_t other = 0; other < p.k; other++) {
                const double squared =
                    defining_sum(p.centers + j * p.d, p.centers + other * p.d, p.d);
                if (other != j && squared < least) least = squared;
            }
            h.half[j] = __builtin_sqrt(least * (1 - 0x1p-30)) / (2 * above);
        }
        int64_t count = exact_common->list_unsettled(h.labels, h.upper, h.lower, p.n, h.travelled,
                                                     h.half, h.fall, rows);
        check_settled(&p, &h, rows, count, "list_unsettled");
        count = exact->tighten_rows(p.x, p.d, p.centers, h.labels, h.upper, h.lower, h.travelled,
                                    h.half, h.fall, rows, count);
        check_settled(&p, &h, rows, count, "tighten_rows");
        rebound(&p, &h, rows, count);
    }
}
