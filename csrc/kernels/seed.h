/* The two passes of greedy k-means++ over a block of rows.
 *
 * Weighted sums run in eight partial sums (row i of the block adds to i mod 8), added in order. */

enum { SUM_LANES = 8 };

static inline double ordered_sum(const double lanes[SUM_LANES]) {
    double sum = 0;
    for (int l = 0; l < SUM_LANES; l++) sum += lanes[l];
    return sum;
}

/* Add weight[i] * min(distance[i], closest[i]) of up to TILE_ROWS rows. */
static inline void add_minima(const real *distance, const real *closest, const double *weight,
                              int64_t rows, double lanes[SUM_LANES]) {
    int64_t i = 0;
    for (; i + SUM_LANES <= rows; i += SUM_LANES) {
        for (int l = 0; l < SUM_LANES; l++) {
            const real a = distance[i + l], b = closest[i + l];
            const double term = a < b ? a : b;
            lanes[l] += weight ? weight[i + l] * term : term;
        }
    }
    for (; i < rows; i++) {
        const double term = distance[i] < closest[i] ? distance[i] : closest[i];
        lanes[i % SUM_LANES] += weight ? weight[i] * term : term;
    }
}

/* Lower `closest` to the distances to `center`; returns the weighted sum of the result. */
static double seed_update(const real *x, int64_t n, int64_t d, const real *center, real scale,
                          const double *weight, real *scratch, real *closest) {
    real values[TILE_ROWS];
    double lanes[SUM_LANES] = {0};
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = n - i < TILE_ROWS ? n - i : TILE_ROWS;
        pack_tile(x + i * d, rows, d, (n - i - rows) * d, scratch);
        tile_distances(scratch, d, center, 1, scale, values);
        for (int64_t r = 0; r < rows; r++)
            closest[i + r] = values[r] < closest[i + r] ? values[r] : closest[i + r];
        add_minima(closest + i, closest + i, weight ? weight + i : weight, rows, lanes);
    }
    return ordered_sum(lanes);
}

/* The weighted sums that each of `count` candidates would leave. */
static void seed_potentials(const real *x, int64_t n, int64_t d, const real *candidates,
                            int64_t count, real scale, const double *weight, const real *closest,
                            real *scratch, double *potentials) {
    real values[CENTERS * TILE_ROWS];
    const int64_t groups = (count + CENTERS - 1) / CENTERS;
    const int64_t step = (count + groups - 1) / groups;
    for (int64_t t = 0; t < count; t++) potentials[t] = 0;
    for (int64_t first = 0; first < count; first += step) {
        const int64_t some = count - first < step ? count - first : step;
        double lanes[CENTERS][SUM_LANES] = {{0}};
        for (int64_t i = 0; i < n; i += TILE_ROWS) {
            const int64_t rows = n - i < TILE_ROWS ? n - i : TILE_ROWS;
            pack_tile(x + i * d, rows, d, (n - i - rows) * d, scratch);
            tile_distances(scratch, d, candidates + first * d, some, scale, values);
            for (int64_t t = 0; t < some; t++)
                add_minima(values + t * TILE_ROWS, closest + i, weight ? weight + i : weight, rows,
                           lanes[t]);
        }
        for (int64_t t = 0; t < some; t++) potentials[first + t] = ordered_sum(lanes[t]);
    }
}
