/* The pass of greedy k-means++ over a block of rows: what the last choice changes, and what each
 * candidate for the next one would leave, on one packed tile.
 *
 * Weighted sums run in eight partial sums (row i of the block adds to i mod 8), added in order. */

enum { SUM_LANES = 8, MOST_CANDIDATES = 2 * CENTERS };

typedef real term_reals
    __attribute__((vector_size(SUM_LANES * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef double term_doubles __attribute__((vector_size(64), aligned(8), may_alias));

/* One tile: closest distances and weights of its rows, zero past the last of them. */
typedef struct {
    real closest[TILE_ROWS];
    double weight_room[TILE_ROWS];
    const double *weight;
} seed_tile;

static inline void seed_tile_start(seed_tile *tile, const real *closest, const double *weight,
                                   int64_t rows) {
    memset(tile->closest, 0, sizeof tile->closest);
    memcpy(tile->closest, closest, (size_t)rows * sizeof *closest);
    tile->weight = weight;
    if (!weight || rows == TILE_ROWS) return;
    memset(tile->weight_room, 0, sizeof tile->weight_room);
    memcpy(tile->weight_room, weight, (size_t)rows * sizeof *weight);
    tile->weight = tile->weight_room;
}

static inline void lower(real *values, const real *others) {
    UNROLL(8)
    for (int64_t i = 0; i < TILE_ROWS; i += LANES)
        store(values + i, minimum(load(values + i), load(others + i)));
}

/* Lower `distances` to the closest ones and add them to the partial sums. */
static inline void add_minima(const seed_tile *tile, real *distances, double *lanes) {
    lower(distances, tile->closest);
    term_doubles sum = *(term_doubles *)lanes;
    UNROLL(8)
    for (int64_t i = 0; i < TILE_ROWS; i += SUM_LANES) {
        term_doubles term =
            __builtin_convertvector(*(const term_reals *)(distances + i), term_doubles);
        if (tile->weight) term *= *(const term_doubles *)(tile->weight + i);
        sum += term;
    }
    *(term_doubles *)lanes = sum;
}

/* points: the last seed if `pending`, then up to MOST_CANDIDATES candidates. */
static void seed_pass(const real *x, int64_t n, int64_t d, const real *points, int64_t count,
                      int pending, real scale, const double *weight, real *closest, real *scratch,
                      double *potentials) {
    real distances[CENTERS * TILE_ROWS];
    double lanes[1 + MOST_CANDIDATES][SUM_LANES] = {{0}};
    const int64_t groups = (count + CENTERS - 1) / CENTERS;
    const int64_t step = (count + groups - 1) / groups;
    seed_tile tile;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = min64(n - i, TILE_ROWS);
        seed_tile_start(&tile, closest + i, weight ? weight + i : weight, rows);
        pack_tile(x + i * d, rows, d, (n - i - rows) * d, scratch);
        for (int64_t first = 0; first < count; first += step) {
            const int64_t some = min64(count - first, step);
            tile_distances(scratch, d, points + first * d, some, scale, distances);
            int64_t t = 0;
            if (pending && first == 0) {
                lower(tile.closest, distances);
                memcpy(closest + i, tile.closest, (size_t)rows * sizeof *closest);
                t = 1;
            }
            for (; t < some; t++) add_minima(&tile, distances + t * TILE_ROWS, lanes[first + t]);
        }
    }
    for (int64_t t = pending; t < count; t++) {
        double sum = 0;
        for (int l = 0; l < SUM_LANES; l++) sum += lanes[t][l];
        potentials[t - pending] = sum;
    }
}

static void seed_step(const real *x, int64_t n, int64_t d, const real *points, int64_t count,
                      int pending, real scale, const double *weight, real *closest, real *scratch,
                      double *potentials) {
    if (!pending) points += d;
    do {
        const int64_t some = min64(count, MOST_CANDIDATES);
        seed_pass(x, n, d, points, some + pending, pending, scale, weight, closest, scratch,
                  potentials);
        points += (some + pending) * d;
        potentials += some;
        count -= some;
        pending = 0;
    } while (count > 0);
}
