/* Sketches as filters: labels equal those of the defining sum, and bounds are valid. */

static kmf_sketch codes_room(int64_t n, int64_t d, double loose) {
    const size_t size = (size_t)(n * ((d + 3) / 4 * 4));
    uint8_t *codes = memset(ROOM(uint8_t, size), 0, size);
    return (kmf_sketch){d, NULL, codes, ROOM(float, n), ROOM(float, n), 0, loose};
}

/* Codes of all features as assigners/sketches.py makes them. */
static kmf_sketch encode(const problem *p, const real *rows, int64_t n, const double *shift,
                         double scale) {
    kmf_sketch s = codes_room(n, p->d, 0);
    s.spread = exact->encode_rows(rows, n, p->d, shift, scale, ROOM(double, 8 * p->d),
                                  (uint8_t *)s.codes, (float *)s.step, (float *)s.square);
    return s;
}

/* Products with m directions, and the rest; as codes where `coded`. */
static kmf_sketch project(const problem *p, const real *rows, int64_t n, const double *shift,
                          double scale, const float *directions, int64_t m, int coded) {
    const int64_t d = p->d, width = m + 1;
    const double eta = sketch_eta(directions, m, d), loose = sketch_loose(eta, width, coded);
    float *values = ROOM(float, n *width), *square = ROOM(float, n);
    float *packed = ROOM(float, (m + 5) / 6 * 6 * d);
    fast_common->pack_directions(directions, m, d, packed);
    for (int64_t i = 0; i < n; i += KMF_SCRATCH_ROWS) {
        const int64_t some = n - i < KMF_SCRATCH_ROWS ? n - i : KMF_SCRATCH_ROWS;
        float *scaled = ROOM(float, some *d), *out = values + i * width;
        double *squares = ROOM(double, some);
        exact->scaled_rows(rows + i * d, some, d, shift, scale, scaled, squares);
        for (int64_t r = 0; r < some; r++)
            if (!(squares[r] < 0x1p100)) return (kmf_sketch){.spread = __builtin_inf()};
        fast_common->project_rows(scaled, some, d, packed, m,
                                  ROOM(float, KMF_SCRATCH_ROWS *(d + m + 5)), width, out);
        exact_common->sketch_rest(squares, some, width, eta, out, square + i);
    }
    if (!coded) return (kmf_sketch){width, values, NULL, NULL, square, 0, loose};
    kmf_sketch s = codes_room(n, width, loose);
    double *zeros = memset(ROOM(double, width), 0, (size_t)width * sizeof *zeros);
    s.spread = exact_of_floats->encode_rows(values, n, width, zeros, 1, ROOM(double, 8 * width),
                                            (uint8_t *)s.codes, (float *)s.step, (float *)s.square);
    return s;
}

/* Random orthonormal directions; with a wide error, some of them are not. */
static float *choose_directions(input *in, int64_t m, int64_t d) {
    double *wide = ROOM(double, m *d);
    float *directions = ROOM(float, m *d);
    for (int64_t i = 0; i < m * d; i++) wide[i] = (double)uniform(in);
    make_orthonormal(wide, m, d);
    for (int64_t i = 0; i < m * d; i++) directions[i] = (float)wide[i];
    if (choose(in, 4) == 0) directions[choose(in, m * d)] += 0x1p-8f;
    return directions;
}

/* Upper and lower bounds are valid, in exact arithmetic. */
static void check_bounds(const problem *p, int64_t i, int32_t label, double upper, double lower) {
    for (int64_t j = 0; j < p->k; j++) {
        const long double distance =
            __builtin_sqrtl(exact_squared(p->x + i * p->d, p->centers + j * p->d, p->d));
        if (j == label)
            CHECK(upper >= distance * (1 - 0x1p-60L), "row %d: upper %.20g, %.20Lg away", (int)i,
                  upper, distance);
        else
            CHECK(lower <= distance * (1 + 0x1p-60L), "row %d: lower %.20g, center %d %.20Lg away",
                  (int)i, lower, (int)j, distance);
    }
}

typedef struct {
    const kmf_sketch *rows, *centers;
    void *packed;
    float *work;
    kmf_scan_tile *tile;
    kmf_survivor *found;
} scanner;

static int64_t scan(const problem *p, scanner *s, const int32_t *rows, int64_t count) {
    const int64_t n_found =
        s->rows->values ? fast_common->scan_sketch(s->rows, rows, count, s->packed, p->k, s->work,
                                                   s->tile, s->found)
                        : fast_common->scan_codes(s->rows, rows, count, s->packed, p->k,
                                                  s->centers->spread, s->work, s->tile, s->found);
    CHECK(n_found <= KMF_SURVIVORS, "%d survivors", (int)n_found);
    return n_found;
}

static scanner make_scanner(input *in, const problem *p, const kmf_sketch *rows,
                            const kmf_sketch *centers) {
    const int64_t words = rows->values ? rows->d : (rows->d + 3) / 4;
    scanner s = {rows,
                 centers,
                 NULL,
                 ROOM(float, 2 * KMF_SCRATCH_ROWS * words),
                 ROOM(kmf_scan_tile, 1),
                 ROOM(kmf_survivor, KMF_SURVIVORS)};
    if (rows->values) {
        s.packed = ROOM(float, fast_common->packed_sketch_size(p->k, centers->d));
        fast_common->pack_sketch(centers, p->k, s.packed);
    } else {
        s.packed = ROOM(int32_t, fast_common->packed_codes_size(p->k, centers->d));
        fast_common->pack_codes(centers, p->k, rows->spread, s.packed);
    }
    int32_t *next = ROOM(int32_t, p->n);
    for (int64_t i = 0; i < p->n; i++) next[i] = (int32_t)i;
    s.tile->n_next = (int32_t)choose(in, p->n < 64 ? p->n + 1 : 65);
    s.tile->next_rows = next;
    s.tile->next = (const char *)p->x;
    s.tile->row_bytes = p->d * (int64_t)sizeof(real);
    return s;
}

/* Labels and bounds of some rows, from the right or from any labels. */
static void check_filter(input *in, const problem *p, double scale, const kmf_sketch *rows,
                         const kmf_sketch *centers) {
    const int64_t count = choose_size(in, p->n < KMF_SCRATCH_ROWS ? p->n : KMF_SCRATCH_ROWS);
    const int right = (int)choose(in, 2), tight = (int)choose(in, 2);
    int32_t *some = ROOM(int32_t, count), *labels = ROOM(int32_t, p->n);
    float *upper = ROOM(float, p->n), *lower = ROOM(float, p->n);
    double *travelled = ROOM(double, p->k);
    memset(travelled, 0, (size_t)p->k * sizeof *travelled);
    scanner s = make_scanner(in, p, rows, centers);
    for (int64_t r = 0; r < count; r++) {
        some[r] = (int32_t)(r + (p->n - count) * (r > count / 2));
        labels[some[r]] = (int32_t)choose(in, p->k);
        if (right) labels[some[r]] = nearest_center(p->x + some[r] * p->d, p->centers, p->k, p->d);
    }
    for (int64_t r = 0; r < count; r++) {
        const int64_t i = some[r];
        const double squared = defining_sum(p->x + i * p->d, p->centers + labels[i] * p->d, p->d);
        const double above = squared * (1 + (double)choose(in, 3)) * (1 + 0x1p-30) + 0x1p-1020;
        s.tile->upper[r] = above * scale * scale * (1 + 0x1p-50);
        upper[i] = float_above(__builtin_sqrt(above));
    }
    const int64_t n_found = scan(p, &s, some, count);
    if (n_found < 0) return;
    exact->verify_rows(p->x, p->d, p->centers, scale, some, count, s.tile, s.found, n_found, tight,
                       travelled, 0, labels, upper, lower);
    for (int64_t r = 0; r < count; r++) {
        const int64_t i = some[r];
        if (upper[i] != upper[i]) continue;
        const int32_t wanted = nearest_center(p->x + i * p->d, p->centers, p->k, p->d);
        CHECK(labels[i] == wanted, "row %d of %d (d %d, k %d, isa %d): %d, not %d", (int)i,
              (int)p->n, (int)p->d, (int)p->k, fuzz_isa, labels[i], wanted);
        check_bounds(p, i, wanted, upper[i], lower[i]);
    }
}

static void check_sketches(input *in) {
    const problem p = make_problem(in, 200, 300, 130);
    double *shift = LOOSE_ROOM(double, p.d), most = 0;
    kmf_sketch rows, centers;
    for (int64_t f = 0; f < p.d; f++) {
        double range = 0;
        shift[f] = 0;
        for (int64_t i = 0; i < p.n; i++) {
            const double v = (double)p.x[i * p.d + f];
            shift[f] += v / (double)p.n;
            range = __builtin_fabs(v) > range ? __builtin_fabs(v) : range;
        }
        range += __builtin_fabs(shift[f]);
        most = range > most ? range : most;
    }
    if (KMF_REAL == 64 && most != 0 && !(most > 0x1p-401 && most < 0x1p400)) return;
    const double scale = scale_of(most, KMF_REAL == 32 ? 126 : 400);
    const int64_t kind = choose(in, 3);
    if (kind == 0) {
        rows = encode(&p, p.x, p.n, shift, scale);
        centers = encode(&p, p.centers, p.k, shift, scale);
    } else {
        const int64_t m = choose_size(in, p.d < 40 ? p.d : 40);
        const float *directions = choose_directions(in, m, p.d);
        rows = project(&p, p.x, p.n, shift, scale, directions, m, kind == 2);
        centers = project(&p, p.centers, p.k, shift, scale, directions, m, kind == 2);
    }
    if (rows.spread < __builtin_inf() && centers.spread < __builtin_inf())
        check_filter(in, &p, scale, &rows, &centers);
}
