/* Rows and centers of one element type, of every kind that has been difficult, and their distances
 * and labels by the defining sum. */

typedef struct {
    int64_t n, d, k;
    real *x, *centers;
} problem;

/* Squares of float64 differences must stay finite: the library refuses larger data. */
#define LARGEST_EXPONENT (KMF_REAL == 32 ? 127 : 460)
#define SMALLEST_EXPONENT (KMF_REAL == 32 ? -149 : -1074)

static real clipped(real v) {
    const real most = KMF_REAL == 32 ? REAL_MAX : (real)0x1p460;
    if (!(v == v)) return 0;
    return v > most ? most : v < -most ? -most : v;
}

static real from_bits(uint64_t bits) {
    union {
        uint64_t bits;
        real value;
    } u = {bits};
    return clipped(u.value);
}

static real uniform(input *in) { return (real)((double)(int64_t)next_number(in) * 0x1p-63); }

enum { UNIFORM, LATTICE, PALETTE, EXPONENTS, DENORMAL, FAR, ROWS_AGAIN, KINDS };

typedef struct {
    int64_t kind, size;
    real palette[8];
} values;

static values choose_values(input *in) {
    values v = {choose(in, KINDS), 1 + choose(in, 8), {0}};
    for (int64_t i = 0; i < v.size; i++) {
        uint64_t bits = 0;
        for (int b = 0; b < KMF_REAL / 8; b++) bits = bits << 8 | next_byte(in);
        v.palette[i] = from_bits(bits);
    }
    return v;
}

static real power_of_two(int64_t exponent) { return (real)__builtin_ldexp(1.0, (int)exponent); }

static real one_value(input *in, const values *v) {
    switch (v->kind) {
    case LATTICE: return (real)(choose(in, 5) - 2);
    case PALETTE: return v->palette[choose(in, v->size)];
    case EXPONENTS: {
        const int64_t range = LARGEST_EXPONENT - SMALLEST_EXPONENT;
        return clipped(uniform(in) * power_of_two(SMALLEST_EXPONENT + choose(in, range)));
    }
    case DENORMAL: return (real)(choose(in, 64) - 32) * power_of_two(SMALLEST_EXPONENT);
    case FAR: return (real)0x1p20 + (real)(choose(in, 5) - 2) * (real)0.125;
    default: return uniform(in);
    }
}

/* A matrix of one kind; its features may have different scales. */
static real *make_rows(input *in, const values *v, int64_t n, int64_t d, int64_t distinct) {
    real *rows = LOOSE_ROOM(real, n * d);
    const int scaled = choose(in, 8) == 0;
    for (int64_t i = 0; i < n; i++) {
        if (i >= distinct) {
            memcpy(rows + i * d, rows + choose(in, distinct) * d, (size_t)d * sizeof(real));
            continue;
        }
        for (int64_t f = 0; f < d; f++) rows[i * d + f] = one_value(in, v);
    }
    if (!scaled) return rows;
    const int64_t range = (LARGEST_EXPONENT - SMALLEST_EXPONENT) / 4;
    for (int64_t f = 0; f < d; f++) {
        const real scale = power_of_two(choose(in, range) - range / 2);
        for (int64_t i = 0; i < n; i++) rows[i * d + f] = clipped(rows[i * d + f] * scale);
    }
    return rows;
}

/* Centers that are rows, some of them moved by an ulp or a step. */
static void centers_from_rows(input *in, problem *p) {
    for (int64_t j = 0; j < p->k; j++) {
        const real *row = p->x + choose(in, p->n) * p->d;
        const int64_t change = choose(in, 4), where = choose(in, p->d);
        memcpy(p->centers + j * p->d, row, (size_t)p->d * sizeof(real));
        real *v = p->centers + j * p->d + where;
        if (change == 1) *v = clipped(*v + *v * (real)(2 * UNIT_ROUNDOFF));
        if (change == 2) *v = clipped(*v + uniform(in));
    }
}

static problem make_problem(input *in, int64_t most_n, int64_t most_d, int64_t most_k) {
    problem p = {choose_size(in, most_n), choose_size(in, most_d), choose_size(in, most_k), 0, 0};
    const values v = choose_values(in);
    while (p.n * p.d * p.k > 400000) p.n = (p.n + 1) / 2, p.k = (p.k + 1) / 2;
    p.x = make_rows(in, &v, p.n, p.d, v.kind == ROWS_AGAIN ? 1 + choose(in, p.n) : p.n);
    p.centers = make_rows(in, &v, p.k, p.d, choose(in, 4) ? p.k : 1 + choose(in, p.k));
    if (choose(in, 2)) centers_from_rows(in, &p);
    return p;
}

static long double exact_squared(const real *row, const real *center, int64_t d) {
    long double sum = 0;
    for (int64_t f = 0; f < d; f++) {
        const long double difference = (long double)row[f] - (long double)center[f];
        sum += difference * difference;
    }
    return sum;
}

static int32_t nearest_center(const real *row, const real *centers, int64_t k, int64_t d) {
    double best = __builtin_inf();
    int32_t label = 0;
    for (int64_t j = 0; j < k; j++) {
        const double squared = defining_sum(row, centers + j * d, d);
        if (squared < best) {
            best = squared;
            label = (int32_t)j;
        }
    }
    return label;
}

static int32_t *nearest_centers(const problem *p) {
    int32_t *labels = ROOM(int32_t, p->n);
    for (int64_t i = 0; i < p->n; i++)
        labels[i] = nearest_center(p->x + i * p->d, p->centers, p->k, p->d);
    return labels;
}

static void check_labels(const problem *p, const int32_t *labels, const int32_t *wanted,
                         const char *what) {
    for (int64_t i = 0; i < p->n; i++)
        CHECK(labels[i] == wanted[i], "%s: row %d of %d (d %d, k %d, isa %d): %d, not %d", what,
              (int)i, (int)p->n, (int)p->d, (int)p->k, fuzz_isa, labels[i], wanted[i]);
}

/* Ascending values within the range. */
static void check_rows(const int32_t *rows, int64_t count, int64_t n) {
    CHECK(count >= 0 && count <= n, "%d rows of %d", (int)count, (int)n);
    for (int64_t i = 0; i < count; i++)
        CHECK(rows[i] >= (i ? rows[i - 1] + 1 : 0) && rows[i] < n, "row %d", rows[i]);
}

static double largest_value(const real *values, int64_t count) {
    double most = 0;
    for (int64_t i = 0; i < count; i++)
        if (__builtin_fabs((double)values[i]) > most) most = __builtin_fabs((double)values[i]);
    return most;
}

/* A power of two that scales the largest value to near 1; it and its inverse are in range. */
static double scale_of(double largest, int limit) {
    int exponent = 0;
    __builtin_frexp(largest, &exponent);
    exponent = exponent > limit ? limit : exponent < -limit ? -limit : exponent;
    return __builtin_ldexp(1.0, -exponent);
}

/* Weights that users may pass: not negative, some of them zero. */
static double *make_weights(input *in, int64_t n) {
    double *weights = LOOSE_ROOM(double, n);
    const int64_t kind = choose(in, 3);
    for (int64_t i = 0; i < n; i++) {
        const double v = (double)(1 + choose(in, 100));
        weights[i] = kind == 0 ? v : kind == 1 ? v * 0.37 : v > 50 ? 0 : v;
    }
    return weights;
}
