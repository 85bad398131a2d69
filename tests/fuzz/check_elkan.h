/* Elkan's bounds over a few moves of the centers, updated as in kmeans_fast/_core/elkan.pyx: labels
 * always equal those of the defining sum, and no bound is wrong. */

#define ABOVE (1 + 0x1p-49)

typedef struct {
    kmf_elkan view; /* the following pointers give write access to its arrays */
    double *travelled, *spread, *half, *since, *unit, *moves, *group_travelled, *epoch_travelled;
    float *gap_limit, *upper_limit, *between;
    uint8_t *paid;
    int64_t n;
    int epochs;
} elkan;

static elkan make_elkan(input *in, const problem *p) {
    const int64_t size = 1 + choose(in, choose(in, 2) ? 1 : p->k);
    const int64_t groups = (p->k + size - 1) / size, stride = (groups + 63) / 64 * 64;
    const int64_t pairs = KMF_ELKAN_EPOCHS * KMF_ELKAN_UNITS;
    elkan e = {.n = p->n,
               .travelled = ROOM(double, p->k),
               .spread = ROOM(double, p->k),
               .half = ROOM(double, p->k),
               .since = ROOM(double, KMF_ELKAN_EPOCHS *groups),
               .unit = ROOM(double, KMF_ELKAN_UNITS),
               .moves = ROOM(double, p->k),
               .group_travelled = ROOM(double, groups),
               .epoch_travelled = ROOM(double, KMF_ELKAN_EPOCHS *groups),
               .gap_limit = ROOM(float, p->k),
               .upper_limit = ROOM(float, p->k),
               .between = choose(in, 2) ? ROOM(float, p->k * p->k) : NULL,
               .paid = ROOM(uint8_t, pairs * stride),
               .epochs = 0};
    e.view = (kmf_elkan){.k = p->k,
                         .d = p->d,
                         .groups = groups,
                         .group_size = size,
                         .stride = stride,
                         .most = choose(in, groups),
                         .epoch = -1,
                         .travelled = e.travelled,
                         .spread = e.spread,
                         .half = e.half,
                         .gap_limit = e.gap_limit,
                         .upper_limit = e.upper_limit,
                         .between = e.between,
                         .since = e.since,
                         .paid = e.paid,
                         .unit = e.unit,
                         .upper = ROOM(float, p->n),
                         .gap = ROOM(float, p->n),
                         .base = ROOM(float, p->n),
                         .unit_of = ROOM(uint8_t, p->n),
                         .epoch_of = ROOM(uint8_t, p->n),
                         .bounds = ROOM(uint8_t, p->n * groups + 64),
                         .used = ROOM(uint8_t, pairs)};
    for (int64_t j = 0; j < p->k; j++) e.travelled[j] = e.spread[j] = e.half[j] = 0;
    for (int64_t g = 0; g < groups; g++) e.group_travelled[g] = 0;
    for (int64_t g = 0; g < KMF_ELKAN_EPOCHS * groups; g++) e.epoch_travelled[g] = 0;
    for (int64_t i = 0; i < p->n; i++) {
        e.view.upper[i] = (float)__builtin_inf();
        e.view.gap[i] = -(float)__builtin_inf();
        e.view.epoch_of[i] = KMF_ELKAN_NO_EPOCH;
    }
    memset(e.view.used, 0, (size_t)pairs);
    memset(e.paid, 0, (size_t)(pairs * stride));
    int exponent = 0;
    const double most = largest_value(p->centers, p->k * p->d);
    __builtin_frexp(2 * most * __builtin_sqrt((double)p->d), &exponent);
    exponent = exponent - 6 > 900 ? 900 : exponent - 6 < -900 ? -900 : exponent - 6;
    for (int s = 0; s < KMF_ELKAN_UNITS; s++)
        e.unit[s] = __builtin_ldexp(s % 2 ? __builtin_sqrt(0.5) : 1, exponent - s / 2);
    return e;
}

static double add_above(double total, double term) {
    return term == 0 ? total : (total + term) * ABOVE;
}

static void add_moves(elkan *e) {
    for (int64_t j = 0; j < e->view.k; j++) {
        double others = 0;
        for (int64_t other = 0; other < e->view.k; other++)
            if (other != j && e->moves[other] > others) others = e->moves[other];
        e->travelled[j] = add_above(e->travelled[j], e->moves[j]);
        e->spread[j] = add_above(e->spread[j], (e->moves[j] + others) * ABOVE);
    }
    for (int64_t g = 0; g < e->view.groups; g++) {
        double most = 0;
        for (int64_t j = g * e->view.group_size; j < e->view.k && j < (g + 1) * e->view.group_size;
             j++)
            most = e->moves[j] > most ? e->moves[j] : most;
        e->group_travelled[g] = add_above(e->group_travelled[g], most);
    }
}

static void open_epoch(elkan *e) {
    const int64_t groups = e->view.groups;
    e->view.epoch = (e->view.epoch + 1) % KMF_ELKAN_EPOCHS;
    if (e->epochs++ >= KMF_ELKAN_EPOCHS)
        for (int64_t i = 0; i < e->n; i++)
            if (e->view.epoch_of[i] == e->view.epoch) e->view.epoch_of[i] = KMF_ELKAN_NO_EPOCH;
    memset(e->view.used + e->view.epoch * KMF_ELKAN_UNITS, 0, KMF_ELKAN_UNITS);
    memcpy(e->epoch_travelled + e->view.epoch * groups, e->group_travelled,
           (size_t)groups * sizeof *e->group_travelled);
}

static void pay(elkan *e) {
    const int64_t groups = e->view.groups;
    for (int64_t epoch = 0; epoch < KMF_ELKAN_EPOCHS; epoch++) {
        double *since = e->since + epoch * groups;
        for (int64_t g = 0; g < groups; g++)
            since[g] = e->group_travelled[g] - e->epoch_travelled[epoch * groups + g];
        for (int64_t s = 0; s < KMF_ELKAN_UNITS; s++) {
            if (!e->view.used[epoch * KMF_ELKAN_UNITS + s]) continue;
            uint8_t *paid = e->paid + (epoch * KMF_ELKAN_UNITS + s) * e->view.stride;
            for (int64_t g = 0; g < groups; g++) {
                const double steps = since[g] / e->unit[s] * ABOVE;
                paid[g] = (uint8_t)(steps >= 254 ? 255 : steps > 0 ? steps + 1 : 0);
            }
        }
    }
}

static void measure_between(const problem *p, elkan *e) {
    for (int64_t a = 0; a < p->k; a++) {
        double nearest = __builtin_inf();
        for (int64_t b = 0; b < p->k; b++) {
            const double away =
                __builtin_sqrt(defining_sum(p->centers + a * p->d, p->centers + b * p->d, p->d));
            e->between[a * p->k + b] = float_below(away * (1 - 0x1p-30));
            if (a != b && away < nearest) nearest = away;
        }
        e->half[a] = nearest / 2 * (1 - 0x1p-20);
    }
}

static void dense_tiles(const problem *p, const elkan *e, int keeps, const int32_t *dense,
                        int64_t count, int32_t *labels) {
    real *packed = pack(p), *scratch = ROOM(real, KMF_SCRATCH_ROWS * p->d);
    real *values = ROOM(real, fast->elkan_values(p->k));
    for (int64_t first = 0; first < count; first += KMF_SCRATCH_ROWS) {
        const int64_t n = count - first < KMF_SCRATCH_ROWS ? count - first : KMF_SCRATCH_ROWS;
        problem some = *p;
        int32_t *own = ROOM(int32_t, n), *undecided = ROOM(int32_t, n);
        double *second = ROOM(double, n);
        some.n = n;
        some.x = LOOSE_ROOM(real, n * p->d);
        exact->gather_rows(p->x, p->d, dense + first, n, some.x);
        const int64_t open =
            keeps ? fast->elkan_tile(some.x, n, p->d, packed, p->k, scratch, values, own, undecided)
                  : fast->assign_two_rows(some.x, n, p->d, packed, p->k, scratch, own, second,
                                          undecided);
        decide(&some, undecided, open, own);
        if (keeps)
            fast->elkan_store(&e->view, some.x, n, p->centers, values, own, dense + first);
        else
            fast->elkan_store_two(&e->view, some.x, n, p->centers, second, own, dense + first);
        for (int64_t i = 0; i < n; i++) labels[dense[first + i]] = own[i];
    }
}

/* Every stored byte is a bound on the distances to its group. */
static void check_bytes(const problem *p, const elkan *e, const int32_t *labels) {
    for (int64_t i = 0; i < p->n; i++) {
        const int epoch = e->view.epoch_of[i];
        if (epoch == KMF_ELKAN_NO_EPOCH) continue;
        for (int64_t j = 0; j < p->k; j++) {
            const int64_t g = j / e->view.group_size;
            const long double away =
                __builtin_sqrtl(exact_squared(p->x + i * p->d, p->centers + j * p->d, p->d));
            const long double bound =
                (long double)e->view.base[i] +
                (long double)e->unit[e->view.unit_of[i]] * e->view.bounds[i * e->view.groups + g] -
                e->since[epoch * e->view.groups + g];
            if (j == labels[i] || e->view.bounds[i * e->view.groups + g] == 0) continue;
            CHECK(bound <= away * (1 + 0x1p-48L), "row %d: %.20Lg, but center %d is at %.20Lg",
                  (int)i, bound, (int)j, away);
        }
    }
}

static void check_elkan(input *in) {
    problem p = make_problem(in, 150, 70, 150);
    elkan e = make_elkan(in, &p);
    int32_t *labels = ROOM(int32_t, p.n), *active = ROOM(int32_t, p.n), *dense = ROOM(int32_t, p.n);
    real *old = ROOM(real, p.k * p.d);
    void *scratch = ROOM(char, 17 * p.k + 64);
    memset(labels, 0xff, (size_t)p.n * sizeof *labels);
    for (int step = 0; step < 5; step++) {
        const int keeps = e.view.epoch >= 0 ? choose(in, 4) > 0 : (int)choose(in, 2);
        if (step > 0) {
            memcpy(old, p.centers, (size_t)(p.k * p.d) * sizeof *old);
            move_centers(in, &p);
            fast->elkan_moves(old, p.centers, p.k, p.d, e.moves);
            for (int64_t j = 0; j < p.k; j++) {
                const long double moved =
                    __builtin_sqrtl(exact_squared(old + j * p.d, p.centers + j * p.d, p.d));
                CHECK(e.moves[j] >= moved, "center %d moved %.20Lg, not %.20g", (int)j, moved,
                      e.moves[j]);
                if (!(e.moves[j] <= 1e150)) return;
            }
            add_moves(&e);
        }
        if (e.between) measure_between(&p, &e);
        for (int64_t j = 0; j < p.k; j++) {
            e.gap_limit[j] = float_above(e.spread[j]);
            e.upper_limit[j] = float_below(e.half[j] - e.travelled[j]);
        }
        if (keeps && (e.view.epoch < 0 || choose(in, 2))) open_epoch(&e);
        pay(&e);
        const int64_t count = exact_common->elkan_scan(&e.view, labels, p.n, active);
        int64_t n_dense = 0;
        check_rows(active, count, p.n);
        exact->elkan_rows(&e.view, p.x, p.centers, active, count, scratch, labels, dense, &n_dense);
        check_rows(dense, n_dense, p.n);
        dense_tiles(&p, &e, keeps, dense, n_dense, labels);
        check_labels(&p, labels, nearest_centers(&p), "elkan");
        if (e.view.epoch >= 0) check_bytes(&p, &e, labels);
    }
}
