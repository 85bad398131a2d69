/* The pass of greedy k-means++: distances and potentials are the right sums, with and
 * without codes. (Tests of ordinary builds check that codes change no bit. Here, coverage and
 * sanitizers keep the compiler from fusing the same products and sums.) */

typedef struct {
    real *closest;
    int64_t words[2], left[64];
} seeded;

/* Codes of the rows of a block. */
static kmf_seed_codes encode_seed_rows(input *in, const problem *p, double scale,
                                       const double *middle, uint8_t *skip) {
    const int64_t features = choose(in, 2) ? p->d : 1 + choose(in, p->d);
    const int64_t bytes = (features + 3) / 4 * 4, tiles = (p->n + 63) / 64;
    uint8_t *codes = ROOM(uint8_t, tiles * 64 * bytes);
    int32_t *halves = ROOM(int32_t, tiles * 64);
    float *radii = ROOM(float, tiles);
    const double width = __builtin_ldexp(1.0, (int)-choose(in, 40));
    kmf_seed_codes seed_codes = {.codes = codes,
                                 .halves = halves,
                                 .radii = radii,
                                 .skip = skip,
                                 .inverse = 127.5 / width,
                                 .features = features};
    const double largest =
        exact->seed_encode_rows(p->x, p->n, p->d, features, scale, middle, seed_codes.inverse,
                                ROOM(int8_t, features + 3), codes, halves, radii);
    for (int64_t t = 0; t < tiles; t++) radii[t] += (float)(largest * (1 + 0x1p-20));
    return seed_codes;
}

static long double scaled_squared(const real *a, const real *b, int64_t d, double scale) {
    long double sum = 0;
    for (int64_t f = 0; f < d; f++) {
        const long double difference = ((long double)a[f] - (long double)b[f]) * scale;
        sum += difference * difference;
    }
    return sum;
}

/* The state that a pass from `before` must leave, up to rounding. */
static void check_pass(const problem *p, const real *points, int64_t count, int pending,
                       double scale, double unit, const double *weights, const real *before,
                       const seeded *s) {
    const double relative = 2 * ((double)p->d + 4) * UNIT_ROUNDOFF;
    const double lost = 2 * (double)p->d * (double)REAL_MIN;
    for (int64_t i = 0; i < p->n; i++) {
        long double wanted = (long double)before[i];
        const long double last = scaled_squared(p->x + i * p->d, points, p->d, scale);
        if (pending && last < wanted) wanted = last;
        CHECK(__builtin_fabsl((long double)s->closest[i] - wanted) <= relative * wanted + lost,
              "closest of row %d: %.20g, not %.20Lg", (int)i, (double)s->closest[i], wanted);
    }
    for (int64_t t = -1; t < count; t++) {
        const int64_t *words = t < 0 ? s->words : s->left + 2 * t;
        const long double found = (words[0] + words[1] * 0x1p-50L) * unit;
        long double wanted = 0, allowed = 0;
        for (int64_t i = 0; i < p->n; i++) {
            const long double w = weights ? weights[i] : 1;
            long double term = (long double)s->closest[i];
            if (t >= 0) {
                const real *point = points + (1 + t) * p->d;
                const long double there = scaled_squared(p->x + i * p->d, point, p->d, scale);
                term = there < term ? there : term;
            }
            wanted += w * term;
            allowed +=
                w * (term * (relative + 4 * (double)(p->n + 8) * 0x1p-53) + lost) + unit * 0x1p-50L;
        }
        CHECK(__builtin_fabsl(found - wanted) <= allowed, "potential %d: %.20Lg, not %.20Lg",
              (int)t, found, wanted);
    }
}

static void check_seed(input *in) {
    problem p = make_problem(in, KMF_SEED_ROWS, 200, 1);
    if (p.n > 128 && choose(in, 2)) p.n -= p.n % 64;
    const double scale = scale_of(largest_value(p.x, p.n * p.d), KMF_REAL == 32 ? 126 : 1000);
    const double *weights = choose(in, 2) ? make_weights(in, p.n) : NULL;
    double *middle = LOOSE_ROOM(double, p.d);
    uint8_t skip = (uint8_t)choose(in, 3);
    for (int64_t f = 0; f < p.d; f++)
        middle[f] = choose(in, 4) ? (double)p.x[choose(in, p.n) * p.d + f] * scale : 0;
    kmf_seed_codes seed_codes = encode_seed_rows(in, &p, scale, middle, &skip);
    const int64_t bytes = (seed_codes.features + 3) / 4 * 4;
    seeded plain = {LOOSE_ROOM(real, p.n), {0}, {0}}, coded = {LOOSE_ROOM(real, p.n), {0}, {0}};
    double heaviest = 1;
    for (int64_t i = 0; weights && i < p.n; i++)
        if (weights[i] > heaviest) heaviest = weights[i];
    int exponent;
    __builtin_frexp(8 * (double)p.d * heaviest, &exponent);
    const double unit = __builtin_ldexp(1.0, exponent - 50);
    real *before = ROOM(real, p.n), *before_coded = ROOM(real, p.n);
    real *scratch = ROOM(real, 2 * KMF_SCRATCH_ROWS * p.d + 16);
    for (int64_t i = 0; i < p.n; i++) plain.closest[i] = coded.closest[i] = REAL_INFINITY;
    int32_t last = (int32_t)choose(in, p.n);
    for (int step = 0; step < 5; step++) {
        const int64_t count = choose(in, 8) ? choose(in, 8) : choose(in, 30);
        const int pending = step == 0 || choose(in, 4) > 0;
        real *points = LOOSE_ROOM(real, (1 + count) * p.d);
        int8_t *codes = LOOSE_ROOM(int8_t, (1 + count) * bytes);
        int32_t *limits = ROOM(int32_t, 1 + count), next = last;
        for (int64_t t = 0; t <= count; t++) {
            const int32_t row = t ? (int32_t)choose(in, p.n) : last;
            memcpy(points + t * p.d, p.x + row * p.d, (size_t)p.d * sizeof *points);
            next = row;
        }
        exact->seed_encode_points(points, 1 + count, p.d, seed_codes.features, scale, middle,
                                  seed_codes.inverse, codes, limits);
        seed_codes.points = codes;
        seed_codes.limits = limits;
        memcpy(before, plain.closest, (size_t)p.n * sizeof *before);
        memcpy(before_coded, coded.closest, (size_t)p.n * sizeof *before);
        for (int with_codes = 0; with_codes < 2; with_codes++) {
            seeded *s = with_codes ? &coded : &plain;
            const kmf_seed_codes *own = with_codes ? &seed_codes : NULL;
            /* the last seed first: the words tell what it leaves */
            fast->seed_step(p.x, p.n, p.d, points, 0, pending, (real)scale, weights, s->closest,
                            scratch, own, unit, s->words, s->left, NULL, 0);
            fast->seed_count(s->closest, weights, p.n, unit, s->words);
            fast->seed_step(p.x, p.n, p.d, points, count, 0, (real)scale, weights, s->closest,
                            scratch, own, unit, s->words, s->left, NULL, 0);
            check_pass(&p, points, count, pending, scale, unit, weights,
                       with_codes ? before_coded : before, s);
        }
        last = next;
    }
}
