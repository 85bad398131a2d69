/* The pass of greedy k-means++ over a block of rows: what the last choice changes, and what each
 * candidate for the next one would leave.
 *
 * A candidate leaves the sum of the block less what it gains, over the rows that it comes closer to
 * than they are; where that is more than half of the sum, and would cancel, the sum of the minima
 * itself. Which rows were tried does not matter, so that a filter may name them: codes first
 * (seed_codes.h), distances by differences for what passes. Sums run in eight partial sums (row i
 * of the block adds to i mod 8), added in order. */

enum {
    SUM_LANES = 8,
    MOST_CANDIDATES = MOST_POINTS - 1,
    STEP_ROWS = LANES > SUM_LANES ? LANES : SUM_LANES,
    DENSE_STEPS = 3, /* passes without the filter after one that it did not help */
};

typedef real term_reals
    __attribute__((vector_size(SUM_LANES * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef double term_doubles __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t term_longs __attribute__((vector_size(64)));

static inline double seed_total(const double *lanes) {
    double sum = 0;
    for (int l = 0; l < SUM_LANES; l++) sum += lanes[l];
    return sum;
}

/* One pass over one block. */
typedef struct {
    const real *x;
    int64_t n, d;
    const real *points; /* the last seed if `pending`, then candidates */
    int64_t count;
    int pending, lowered;
    real scale;
    const double *weight;
    real *closest;
    const kmf_seed_sketch *sketch;
    real *gathered, *packed; /* TILE_ROWS rows each, and LANES reals */
    double gains[MOST_POINTS][SUM_LANES];
} seed_pass;

/* half_x of exact/seed_codes.h without its norm. `loss` and `slack` cover what the computed
 * distance may be off: REAL_MIN a feature, and relatively. */
static inline int32_t seed_half(const seed_pass *pass, double closest, float radius) {
    const double slack = 1 + 4 * ((double)pass->d + 4) * UNIT_ROUNDOFF;
    const double loss = 2 * (double)pass->d * (double)REAL_MIN;
    const double reach =
        __builtin_sqrt((closest + loss) * slack) * pass->sketch->inverse + (double)radius;
    const double half = reach * reach * (0.5 * (1 + 1e-9));
    return half < CODES_FAR ? (int32_t)half + 1 : CODES_FAR;
}

/* A row got closer to its seeds. A row on a seed can never improve. */
static inline void seed_lower(seed_pass *pass, int64_t row, real distance) {
    const kmf_seed_sketch *sketch = pass->sketch;
    const real before = pass->closest[row];
    pass->closest[row] = distance;
    pass->lowered = 1;
    if (!sketch) return;
    int32_t *half = sketch->halves + row;
    const float radius = sketch->radii[row / TILE_ROWS];
    if (distance == 0)
        *half = CODES_NEVER;
    else if (*half <= CODES_FAR)
        *half +=
            seed_half(pass, (double)distance, radius) - seed_half(pass, (double)before, radius);
}

/* Squared distances of the first `vectors` vectors of a packed tile to 1..CENTERS points. */
static inline __attribute__((always_inline)) void lane_differences(const real *tile, int64_t d,
                                                                   const real *points,
                                                                   const int count, real scale,
                                                                   int64_t vectors, real *out) {
    for (int64_t v = 0; v < vectors; v++) {
        const real *from = tile_lanes((real *)tile, v * LANES, d);
        vec value[CENTERS] = {{0}};
        UNROLL(1)
        for (int64_t f = 0; f < d; f++) {
            const vec x = load(from + f * STRIP) * scale;
            UNROLL(6)
            for (int g = 0; g < count; g++) {
                const vec difference = x - splat(points[g * d + f] * scale);
                value[g] += difference * difference;
            }
        }
        UNROLL(6)
        for (int g = 0; g < count; g++) store(out + g * TILE_ROWS + v * LANES, value[g]);
    }
}

static void lane_distances(const real *tile, int64_t d, const real *points, int64_t count,
                           real scale, int64_t rows, real *out) {
    const int64_t vectors = (rows + STEP_ROWS - 1) / STEP_ROWS * (STEP_ROWS / LANES);
    if (rows > TILE_ROWS - LANES) {
        tile_distances(tile, d, points, count, scale, out);
        return;
    }
    switch (count) {
    case 1: lane_differences(tile, d, points, 1, scale, vectors, out); break;
    case 2: lane_differences(tile, d, points, 2, scale, vectors, out); break;
    case 3: lane_differences(tile, d, points, 3, scale, vectors, out); break;
    case 4: lane_differences(tile, d, points, 4, scale, vectors, out); break;
    case 5: lane_differences(tile, d, points, 5, scale, vectors, out); break;
    default: lane_differences(tile, d, points, 6, scale, vectors, out); break;
    }
}

/* One bit for each of STEP_ROWS rows: distance < closest. */
static inline uint32_t rows_below(const real *distances, const real *closest) {
    uint32_t bits = 0;
    UNROLL(4)
    for (int64_t r = 0; r < STEP_ROWS; r += LANES)
        bits |= lane_bits(less(load(distances + r), load(closest + r))) << r;
    return bits;
}

/* Gains of eight consecutive rows, the first of which is a multiple of eight. */
static inline void add_gains(const real *closest, const real *distances, const double *weight,
                             double *lanes) {
    const term_doubles gain = __builtin_convertvector(*(const term_reals *)closest, term_doubles) -
                              __builtin_convertvector(*(const term_reals *)distances, term_doubles);
    const term_doubles kept = (term_doubles)((term_longs)gain & (gain > 0));
    if (weight)
        *(term_doubles *)lanes += kept * *(const term_doubles *)weight;
    else
        *(term_doubles *)lanes += kept;
}

/* All points against the packed rows, `rows` ascending, all of a tile where there are TILE_ROWS:
 * lower `closest`, add up the gains. */
static void seed_rows(seed_pass *pass, const int32_t *rows, int64_t n, int consecutive) {
    real distances[CENTERS * TILE_ROWS], closest[TILE_ROWS];
    const int64_t groups = (pass->count + CENTERS - 1) / CENTERS;
    const int64_t step = (pass->count + groups - 1) / groups;
    for (int64_t r = 0; r < TILE_ROWS; r++) closest[r] = r < n ? pass->closest[rows[r]] : 0;
    for (int64_t first = 0; first < pass->count; first += step) {
        const int64_t some = min64(pass->count - first, step);
        lane_distances(pass->packed, pass->d, pass->points + first * pass->d, some, pass->scale, n,
                       distances);
        for (int64_t t = 0; t < some; t++) {
            const int64_t point = first + t;
            double *lanes = pass->gains[point];
            for (int64_t v = 0; v < n; v += STEP_ROWS) {
                const real *own = distances + t * TILE_ROWS + v;
                uint32_t bits = rows_below(own, closest + v);
                if (bits && consecutive && !(pass->pending && point == 0)) {
                    for (int64_t r = v; r < v + STEP_ROWS; r += SUM_LANES)
                        add_gains(closest + r, own + r - v,
                                  pass->weight ? pass->weight + rows[r] : NULL, lanes);
                    continue;
                }
                for (; bits; bits &= bits - 1) {
                    const int64_t l = __builtin_ctz(bits), row = rows[v + l];
                    if (pass->pending && point == 0) {
                        closest[v + l] = own[l];
                        seed_lower(pass, row, own[l]);
                        continue;
                    }
                    const double gain = (double)closest[v + l] - (double)own[l];
                    if (pass->weight) /* the same operations as in add_gains */
                        lanes[row % SUM_LANES] += gain * pass->weight[row];
                    else
                        lanes[row % SUM_LANES] += gain;
                }
            }
        }
    }
}

static void seed_gathered(seed_pass *pass, const int32_t *rows, int64_t n) {
    if (n == 0) return;
    for (int64_t r = 0; r < (n + STEP_ROWS - 1) / STEP_ROWS * STEP_ROWS; r += LANES)
        pack_lanes(pass->gathered + r * pass->d, LANES, pass->d, LANES,
                   tile_lanes(pass->packed, r, pass->d));
    seed_rows(pass, rows, n, 0);
}

static inline void copy_row(const real *from, int64_t d, real *to) {
    int64_t f = 0;
    for (; f + LANES <= d; f += LANES) store(to + f, load(from + f));
    for (; f < d; f++) to[f] = from[f];
}

/* Tiles ahead whose rows are fetched. */
enum { FETCH_TILES = 2 };

static inline void fetch_marked(const seed_pass *pass, int64_t first, uint64_t marked) {
    const int64_t bytes = min64(pass->d * (int64_t)sizeof(real), 8 * CACHE_LINE);
    for (; marked; marked &= marked - 1) {
        const char *row = (const char *)(pass->x + (first + __builtin_ctzll(marked)) * pass->d);
        for (int64_t b = 0; b < bytes; b += CACHE_LINE) __builtin_prefetch(row + b, 0, 2);
    }
}

/* The rows with a bit; returns how many. */
static int64_t seed_marked(seed_pass *pass, const uint64_t *bits) {
    int32_t rows[TILE_ROWS];
    uint64_t unions[BLOCK_TILES + FETCH_TILES] = {0};
    int64_t held = 0, tried = 0;
    /* so many rows of a tile take as long as all of them */
    const int dense = pass->d <= 4 ? 12 : pass->d <= 16 ? 24 : 40;
    for (int64_t p = 0; p < pass->count; p++)
        for (int64_t t = 0; t < BLOCK_TILES; t++) unions[t] |= bits[p * BLOCK_TILES + t];
    for (int64_t i = 0; i < pass->n; i += TILE_ROWS) {
        const int64_t live = min64(pass->n - i, TILE_ROWS);
        const int64_t ahead = i + FETCH_TILES * TILE_ROWS;
        uint64_t marked = unions[i / TILE_ROWS];
        if (ahead < pass->n && ~unions[ahead / TILE_ROWS])
            fetch_marked(pass, ahead, unions[ahead / TILE_ROWS]);
        if (__builtin_popcountll(marked) >= dense) {
            seed_gathered(pass, rows, held);
            held = 0;
            for (int32_t r = 0; r < live; r++) rows[r] = (int32_t)i + r;
            pack_tile(pass->x + i * pass->d, live, pass->d, (pass->n - i - live) * pass->d,
                      pass->packed);
            seed_rows(pass, rows, live, live == TILE_ROWS);
            tried += live;
            continue;
        }
        for (; marked; marked &= marked - 1) {
            const int32_t row = (int32_t)i + __builtin_ctzll(marked);
            copy_row(pass->x + row * pass->d, pass->d, pass->gathered + held * pass->d);
            rows[held++] = row;
            tried++;
            if (held == TILE_ROWS) {
                seed_gathered(pass, rows, held);
                held = 0;
            }
        }
    }
    seed_gathered(pass, rows, held);
    return tried;
}

/* Add the weighted values of eight rows. */
static inline void add_terms(const real *values, const double *weight, double *lanes) {
    const term_doubles term = __builtin_convertvector(*(const term_reals *)values, term_doubles);
    if (weight)
        *(term_doubles *)lanes += term * *(const term_doubles *)weight;
    else
        *(term_doubles *)lanes += term;
}

/* Weighted sum of the closest distances, taken down to `point` where that is given. */
static double seed_sum(seed_pass *pass, const real *point) {
    double lanes[SUM_LANES] = {0};
    real distances[TILE_ROWS];
    for (int64_t i = 0; i < pass->n; i += TILE_ROWS) {
        const int64_t rows = min64(pass->n - i, TILE_ROWS);
        const real *values = pass->closest + i;
        if (point) {
            pack_tile(pass->x + i * pass->d, rows, pass->d, (pass->n - i - rows) * pass->d,
                      pass->packed);
            tile_distances(pass->packed, pass->d, point, 1, pass->scale, distances);
            for (int64_t r = 0; r < rows; r++)
                distances[r] = values[r] < distances[r] ? values[r] : distances[r];
            values = distances;
        }
        int64_t r = 0;
        for (; r + SUM_LANES <= rows; r += SUM_LANES)
            add_terms(values + r, pass->weight ? pass->weight + i + r : NULL, lanes);
        for (; r < rows; r++) {
            const double term = (double)values[r];
            lanes[r % SUM_LANES] += pass->weight ? term * pass->weight[i + r] : term;
        }
    }
    return seed_total(lanes);
}

static void seed_points(seed_pass *pass, const int8_t *codes, const int32_t *limits,
                        double *block_sum, double *potentials) {
    uint64_t bits[MOST_POINTS * BLOCK_TILES];
    const kmf_seed_sketch *sketch = pass->sketch;
    memset(pass->gains, 0, sizeof pass->gains);
    pass->lowered = 0;
    if (!sketch || *sketch->skip) {
        memset(bits, 0xff, (size_t)(pass->count * BLOCK_TILES) * sizeof *bits);
        seed_marked(pass, bits);
        if (sketch) --*sketch->skip;
    } else {
        code_filter(sketch->codes, pass->n, sketch->features, sketch->halves, codes, limits,
                    pass->count, bits);
        if (seed_marked(pass, bits) > pass->n / 2) *sketch->skip = DENSE_STEPS;
    }
    if (pass->lowered) *block_sum = seed_sum(pass, NULL);
    for (int64_t t = pass->pending; t < pass->count; t++) {
        const double gain = seed_total(pass->gains[t]);
        potentials[t - pass->pending] = gain <= 0.5 * *block_sum
                                            ? *block_sum - gain
                                            : seed_sum(pass, pass->points + t * pass->d);
    }
}

static void seed_step(const real *x, int64_t n, int64_t d, const real *points, int64_t count,
                      int pending, real scale, const double *weight, real *closest, real *scratch,
                      const kmf_seed_sketch *sketch, double *block_sum, double *potentials) {
    seed_pass pass = {
        .x = x,
        .n = n,
        .d = d,
        .scale = scale,
        .weight = weight,
        .closest = closest,
        .sketch = sketch,
        .gathered = scratch,
        .packed = scratch + TILE_ROWS * d + LANES,
    };
    const int64_t bytes = sketch ? (sketch->features + 3) / 4 * 4 : 0;
    int64_t first = !pending;
    while (pending || count > 0) {
        const int64_t some = min64(count, MOST_CANDIDATES);
        pass.pending = pending;
        pass.points = points + first * d;
        pass.count = some + pending;
        seed_points(&pass, sketch ? sketch->points + first * bytes : NULL,
                    sketch ? sketch->limits + first : NULL, block_sum, potentials);
        first += some + pending;
        potentials += some;
        count -= some;
        pending = 0;
    }
}
