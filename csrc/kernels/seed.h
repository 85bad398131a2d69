/* The two passes of greedy k-means++ over a block of rows.
 *
 * Weighted sums run in eight partial sums (row i of the block adds to i mod 8), added in order. */

enum { SUM_LANES = 8, MOST_CANDIDATES = 2 * CENTERS };

typedef real term_reals
    __attribute__((vector_size(SUM_LANES * sizeof(real)), aligned(sizeof(real)), may_alias));
typedef double term_doubles __attribute__((vector_size(64), aligned(8), may_alias));

/* One tile: its rows, their closest distances and weights (zero past the end of the data). */
typedef struct {
    const real *closest;
    const double *weight;
    real closest_room[TILE_ROWS];
    double weight_room[TILE_ROWS];
} seed_tile;

static inline void seed_tile_start(seed_tile *tile, const real *closest, const double *weight,
                                   int64_t rows) {
    tile->closest = closest;
    tile->weight = weight;
    if (rows == TILE_ROWS) return;
    memset(tile->closest_room, 0, sizeof tile->closest_room);
    memcpy(tile->closest_room, closest, (size_t)rows * sizeof *closest);
    tile->closest = tile->closest_room;
    if (!weight) return;
    memset(tile->weight_room, 0, sizeof tile->weight_room);
    memcpy(tile->weight_room, weight, (size_t)rows * sizeof *weight);
    tile->weight = tile->weight_room;
}

/* Lower `distances` to the closest ones and add them to the partial sums. */
static inline void add_minima(const seed_tile *tile, real *distances, double *lanes) {
    UNROLL(8)
    for (int64_t i = 0; i < TILE_ROWS; i += LANES)
        store(distances + i, minimum(load(distances + i), load(tile->closest + i)));
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

static inline double ordered_sum(const double *lanes) {
    double sum = 0;
    for (int l = 0; l < SUM_LANES; l++) sum += lanes[l];
    return sum;
}

/* Lower `closest` to the distances to `center`; returns the weighted sum of the result. */
static double seed_update(const real *x, int64_t n, int64_t d, const real *center, real scale,
                          const double *weight, real *scratch, real *closest) {
    real distances[TILE_ROWS];
    double lanes[SUM_LANES] = {0};
    seed_tile tile;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = n - i < TILE_ROWS ? n - i : TILE_ROWS;
        seed_tile_start(&tile, closest + i, weight ? weight + i : weight, rows);
        pack_tile(x + i * d, rows, d, (n - i - rows) * d, scratch);
        tile_distances(scratch, d, center, 1, scale, distances);
        add_minima(&tile, distances, lanes);
        memcpy(closest + i, distances, (size_t)rows * sizeof *closest);
    }
    return ordered_sum(lanes);
}

/* The weighted sums that up to MOST_CANDIDATES candidates would leave. */
static void some_potentials(const real *x, int64_t n, int64_t d, const real *candidates,
                            int64_t count, real scale, const double *weight, const real *closest,
                            real *scratch, double *potentials) {
    real distances[CENTERS * TILE_ROWS];
    double lanes[MOST_CANDIDATES][SUM_LANES] = {{0}};
    const int64_t step = count > CENTERS ? (count + 1) / 2 : count;
    seed_tile tile;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = n - i < TILE_ROWS ? n - i : TILE_ROWS;
        seed_tile_start(&tile, closest + i, weight ? weight + i : weight, rows);
        pack_tile(x + i * d, rows, d, (n - i - rows) * d, scratch);
        for (int64_t first = 0; first < count; first += step) {
            const int64_t some = count - first < step ? count - first : step;
            tile_distances(scratch, d, candidates + first * d, some, scale, distances);
            for (int64_t t = 0; t < some; t++)
                add_minima(&tile, distances + t * TILE_ROWS, lanes[first + t]);
        }
    }
    for (int64_t t = 0; t < count; t++) potentials[t] = ordered_sum(lanes[t]);
}

static void seed_potentials(const real *x, int64_t n, int64_t d, const real *candidates,
                            int64_t count, real scale, const double *weight, const real *closest,
                            real *scratch, double *potentials) {
    for (int64_t t = 0; t < count; t += MOST_CANDIDATES)
        some_potentials(x, n, d, candidates + t * d,
                        count - t < MOST_CANDIDATES ? count - t : MOST_CANDIDATES, scale, weight,
                        closest, scratch, potentials + t);
}
