/* Sketches as filters: the centers that they leave include the nearest one, and their bounds hold.
 */

typedef struct {
    kmf_sketch view;
    float *values, *step, *square;
    uint8_t *codes;
} sketch;

static sketch sketch_memory(int64_t n, int64_t width, int coded, double loose) {
    sketch s = {0};
    s.square = memory(n, sizeof *s.square);
    if (coded) {
        s.codes = memory(n * ((width + 3) / 4 * 4), 1);
        s.step = memory(n, sizeof *s.step);
    } else {
        s.values = memory(n * width, sizeof *s.values);
    }
    s.view = (kmf_sketch){width, s.values, s.codes, s.step, s.square, 0, loose};
    return s;
}

static void free_sketch(sketch *s) {
    free(s->values), free(s->codes), free(s->step), free(s->square);
}

static sketch encode(const problem *p, const real *x, int64_t n, const double *shift,
                     double scale) {
    double *work = aligned_alloc(64, (size_t)(8 * p->d + 8) * 64);
    sketch s = sketch_memory(n, p->d, 1, 0);
    s.view.spread = exact->encode_rows(x, n, p->d, shift, scale, work, s.codes, s.step, s.square);
    free(work);
    return s;
}

/* Random directions (m, d). */
static float *make_directions(int64_t m, int64_t d) {
    double *wide = memory(m * d, sizeof *wide);
    float *v = memory(m * d, sizeof *v);
    for (int64_t i = 0; i < m * d; i++) wide[i] = about_normal();
    make_orthonormal(wide, m, d);
    for (int64_t i = 0; i < m * d; i++) v[i] = (float)wide[i];
    free(wide);
    return v;
}

/* Products with m directions and the rest; the spread is infinite where rows are too far out. */
static sketch project(const problem *p, const real *x, int64_t n, const double *shift, double scale,
                      const float *directions, int64_t m, int coded) {
    const int64_t d = p->d, width = m + 1;
    const double eta = sketch_eta(directions, m, d), loose = sketch_loose(eta, width, coded);
    sketch values = sketch_memory(n, width, 0, loose), codes;
    float *scaled = memory(KMF_SCRATCH_ROWS * d, sizeof *scaled);
    float *work = memory(KMF_SCRATCH_ROWS * (d + m + 5), sizeof *work);
    float *packed = memory((m + 5) * d, sizeof *packed);
    double squares[KMF_SCRATCH_ROWS];
    fast_common->pack_directions(directions, m, d, packed);
    for (int64_t i = 0; i < n; i += KMF_SCRATCH_ROWS) {
        const int64_t some = min64(n - i, KMF_SCRATCH_ROWS);
        float *out = values.values + i * width;
        exact->scaled_rows(x + i * d, some, d, shift, scale, scaled, squares);
        for (int64_t r = 0; r < some; r++)
            if (!(squares[r] < 0x1p100)) values.view.spread = __builtin_inf();
        fast_common->project_rows(scaled, some, d, packed, m, work, width, out);
        exact_common->sketch_rest(squares, some, width, eta, out, values.square + i);
    }
    free(scaled), free(work), free(packed);
    if (!coded || values.view.spread > 0) return values;
    double *zeros = memory(width, sizeof *zeros);
    double *encoding = aligned_alloc(64, (size_t)(8 * width + 8) * 64);
    codes = sketch_memory(n, width, 1, loose);
    codes.view.spread = exact_of_floats->encode_rows(values.values, n, width, zeros, 1, encoding,
                                                     codes.codes, codes.step, codes.square);
    free(zeros), free(encoding), free_sketch(&values);
    return codes;
}

typedef struct {
    const sketch *rows, *centers;
    void *packed;
    float *work;
    kmf_scan_tile *tile;
    kmf_survivor *found;
} scanner;

static int64_t scan(const problem *p, scanner *s, const int32_t *rows, int64_t count) {
    if (s->rows->values)
        return fast_common->scan_sketch(&s->rows->view, rows, count, s->packed, p->k, s->work,
                                        s->tile, s->found);
    return fast_common->scan_codes(&s->rows->view, rows, count, s->packed, p->k,
                                   s->centers->view.spread, s->work, s->tile, s->found);
}

static void check_tile(problem *p, scanner *s, double scale, int64_t first, int64_t count,
                       int tight) {
    int32_t rows[KMF_SCRATCH_ROWS];
    double *zeros = memory(p->k, sizeof *zeros);
    float *upper = memory(p->n, sizeof *upper), *lower = memory(p->n, sizeof *lower);
    for (int64_t r = 0; r < count; r++) {
        rows[r] = (int32_t)(first + r);
        p->labels[first + r] = r % 3 ? p->nearest[first + r] : 0;
    }
    for (int64_t r = 0; r < count; r++) {
        const int64_t i = first + r;
        const double more = tight || i % 2 ? 1 : 4; /* a bound need not be tight */
        const double square = p->sums[i * p->k + p->labels[i]] * more * (1 + 0x1p-40);
        s->tile->upper[r] = square * scale * scale * (1 + 0x1p-50);
        upper[i] = (float)(__builtin_sqrt(square) * (1 + 0x1p-23) + 0x1p-149);
    }
    const int64_t n_found = scan(p, s, rows, count);
    for (int64_t g = 0; g < n_found; g++) {
        const kmf_survivor one = s->found[g];
        const double sum = p->sums[(first + one.row) * p->k + one.center] * scale * scale;
        expect(p, (double)s->tile->base[one.row] + (double)one.value <= sum * (1 + 0x1p-40),
               "bound of a sketch", first + one.row);
    }
    if (n_found >= 0) {
        exact->verify_rows(p->x, p->d, p->centers, scale, rows, count, s->tile, s->found, n_found,
                           tight, zeros, 0, p->labels, upper, lower);
        for (int64_t i = first; i < first + count; i++) {
            if (upper[i] != upper[i]) continue; /* too many centers left */
            expect(p, p->labels[i] == p->nearest[i], "verify_rows", i);
            const double own = __builtin_sqrt(p->sums[i * p->k + p->nearest[i]]);
            expect(p, upper[i] >= own * (1 - 0x1p-40), "verify_rows: upper", i);
            for (int64_t j = 0; j < p->k; j++)
                expect(p,
                       j == p->nearest[i] ||
                           lower[i] * (1 - 0x1p-40) <= __builtin_sqrt(p->sums[i * p->k + j]),
                       "verify_rows: lower", i);
        }
    }
    free(zeros), free(upper), free(lower);
}

static void check_filter(problem *p, const sketch *rows, const sketch *centers, double scale) {
    const kmf_sketch *of_centers = &centers->view;
    if (!(rows->view.spread < __builtin_inf() && of_centers->spread < __builtin_inf())) return;
    scanner s = {.rows = rows, .centers = centers};
    if (rows->values) {
        s.packed = memory(fast_common->packed_sketch_size(p->k, of_centers->d), sizeof(float));
        fast_common->pack_sketch(of_centers, p->k, s.packed);
    } else {
        s.packed = memory(fast_common->packed_codes_size(p->k, of_centers->d), sizeof(int32_t));
        fast_common->pack_codes(of_centers, p->k, rows->view.spread, s.packed);
    }
    s.work = memory(2 * KMF_SCRATCH_ROWS * of_centers->d, sizeof *s.work);
    s.tile = memory(1, sizeof *s.tile);
    s.tile->row_bytes = 1;
    s.found = memory(KMF_SURVIVORS, sizeof *s.found);
    for (int64_t first = 0; first < p->n; first += KMF_SCRATCH_ROWS)
        for (int tight = 0; tight < 2; tight++)
            check_tile(p, &s, scale, first, min64(p->n - first, KMF_SCRATCH_ROWS), tight);
    free(s.packed), free(s.work), free(s.tile), free(s.found);
}

/* As in fits, sketches are tested only where the squares of differences neither overflow nor
 * underflow: elsewhere they are finer than the defining sums. */
static void check_sketches(problem *p) {
    const double most = KMF_REAL == 32 ? 0x1p126 : 0x1p400;
    double largest = 0, scale = 1;
    for (int64_t i = 0; i < p->n * p->d; i++)
        largest = __builtin_fmax(largest, __builtin_fabs((double)p->x[i]));
    while (largest * scale > 2) scale /= 2;
    while (largest > 0 && largest * scale < 1 && scale < 0x1p1000) scale *= 2;
    if (!(scale <= most && scale >= 1 / most)) return;
    double *shift = memory(p->d, sizeof *shift);
    for (int64_t f = 0; f < p->d; f++) shift[f] = (double)p->x[f];
    sketch rows = encode(p, p->x, p->n, shift, scale);
    sketch centers = encode(p, p->centers, p->k, shift, scale);
    check_filter(p, &rows, &centers, scale);
    free_sketch(&rows), free_sketch(&centers);
    for (int64_t m = 1; m <= p->d && m <= 33; m = 2 * m + 3) {
        float *directions = make_directions(m, p->d);
        for (int coded = 0; coded < 2; coded++) {
            rows = project(p, p->x, p->n, shift, scale, directions, m, coded);
            centers = project(p, p->centers, p->k, shift, scale, directions, m, coded);
            check_filter(p, &rows, &centers, scale);
            free_sketch(&rows), free_sketch(&centers);
        }
        free(directions);
    }
    free(shift);
}
