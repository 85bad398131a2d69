/* 8-bit codes as a filter: labels equal those of the defining sum, and bounds are valid. */

/* Codes as assigners/codes.py makes them; false for rows that it would not code. */
static int encode(const problem *p, const real *rows, int64_t n, const double *shift, double scale,
                  kmf_codes *codes) {
    uint8_t *bytes = ROOM(uint8_t, n * ((p->d + 3) / 4 * 4));
    float *step = ROOM(float, n), *square = ROOM(float, n);
    memset(bytes, 0, (size_t)(n * ((p->d + 3) / 4 * 4)));
    codes->d = p->d;
    codes->codes = bytes;
    codes->step = step;
    codes->square = square;
    codes->spread = exact->encode_rows(rows, n, p->d, shift, scale, ROOM(double, 8 * p->d), bytes,
                                       step, square);
    return codes->spread < __builtin_inf();
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

static void check_codes(input *in) {
    const problem p = make_problem(in, 200, 300, 130);
    double *shift = LOOSE_ROOM(double, p.d), most = 0;
    kmf_codes rows, centers;
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
    if (!encode(&p, p.x, p.n, shift, scale, &rows)) return;
    if (!encode(&p, p.centers, p.k, shift, scale, &centers)) return;
    int32_t *packed = ROOM(int32_t, fast_common->packed_codes_size(p.k, p.d));
    fast_common->pack_codes(&centers, p.k, rows.spread, packed);

    const int64_t count = choose_size(in, p.n < KMF_SCRATCH_ROWS ? p.n : KMF_SCRATCH_ROWS);
    const int known = (int)choose(in, 2);
    int32_t *some = ROOM(int32_t, count), *next = ROOM(int32_t, p.n);
    kmf_code_tile *tile = ROOM(kmf_code_tile, 1);
    kmf_survivor *found = ROOM(kmf_survivor, KMF_SURVIVORS);
    for (int64_t i = 0; i < count; i++) {
        some[i] = (int32_t)(i + (p.n - count) * (i > count / 2));
        const double squared =
            defining_sum(p.x + some[i] * p.d, p.centers + choose(in, p.k) * p.d, p.d);
        tile->upper[i] =
            known ? squared * scale * scale * (1 + 0x1p-30) + 0x1p-300 : __builtin_inf();
    }
    for (int64_t i = 0; i < p.n; i++) next[i] = (int32_t)i;
    tile->n_next = (int32_t)choose(in, p.n < 64 ? p.n + 1 : 65);
    tile->next_rows = next;
    tile->next = (const char *)p.x;
    tile->row_bytes = p.d * (int64_t)sizeof(real);
    const int64_t n_found =
        fast_common->scan_codes(&rows, some, count, packed, p.k, centers.spread,
                                ROOM(float, 2 * KMF_SCRATCH_ROWS * ((p.d + 3) / 4)), tile, found);
    CHECK(n_found <= KMF_SURVIVORS, "%d survivors", (int)n_found);
    if (n_found < 0) return;

    double *travelled = ROOM(double, p.k);
    int32_t *labels = ROOM(int32_t, p.n);
    float *upper = ROOM(float, p.n), *lower = ROOM(float, p.n);
    memset(travelled, 0, (size_t)p.k * sizeof *travelled);
    exact->verify_rows(p.x, p.d, p.centers, scale, some, count, tile, found, n_found, travelled, 0,
                       labels, upper, lower);
    for (int64_t r = 0; r < count; r++) {
        const int64_t i = some[r];
        if (upper[i] != upper[i]) continue;
        const int32_t wanted = nearest_center(p.x + i * p.d, p.centers, p.k, p.d);
        CHECK(labels[i] == wanted, "row %d of %d (d %d, k %d, isa %d): %d, not %d", (int)i,
              (int)p.n, (int)p.d, (int)p.k, fuzz_isa, labels[i], wanted);
        check_bounds(&p, i, wanted, upper[i], lower[i]);
    }
}
