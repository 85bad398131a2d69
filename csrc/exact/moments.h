/* One pass for what all rows say together: their sum, as the words of one cluster (accumulate.h),
 * and the defining sum of each row and an origin. Rows are read once, while they are in the first
 * cache; a small d is read as a stream, as in features.h. */

enum { CHAINS = 8, CHAIN_FEATURES = 64 };

/* Words of `count` values with their scales and weights, and the squares of the differences. */
static inline __attribute__((always_inline)) void
moment_words(const real *x, int64_t count, const double *weight, const double *origin,
             const double *scale, double low_scale, int64_t *high, int64_t *low, double *square) {
    for (int64_t f = 0; f < count; f++) {
        const double value = (double)x[f], difference = value - origin[f];
        int64_t high_word, low_word;
        if (weight)
            split_weighted(value * scale[f], weight[f], low_scale, &high_word, &low_word);
        else
            split_term(value * scale[f], low_scale, &high_word, &low_word);
        high[f] += high_word;
        low[f] += low_word;
        square[f] = difference * difference;
    }
}

/* d <= STREAM_FEATURES: pieces of whole rows, of about STREAM values. Returns the rows done. */
static int64_t stream_moments(const real *x, int64_t n, int64_t d, const double *weight,
                              const double *origin, const double *scale, double low_scale,
                              double weight_scale, int64_t *sums, double *squares) {
    const int64_t rows = stream_rows(d), period = rows * d;
    double origins[STREAM], scales[STREAM], weights[STREAM], square[STREAM];
    int64_t high[STREAM] = {0}, low[STREAM] = {0}, i = 0;
    for (int64_t f = 0; f < period; f++) {
        origins[f] = origin[f % d];
        scales[f] = scale[f % d];
    }
    for (; i + rows <= n; i += rows) {
        if (weight) {
            for (int64_t r = 0; r < rows; r++)
                for (int64_t f = 0; f < d; f++) weights[r * d + f] = weight[i + r] * weight_scale;
            moment_words(x + i * d, period, weights, origins, scales, low_scale, high, low, square);
        } else {
            moment_words(x + i * d, period, NULL, origins, scales, low_scale, high, low, square);
        }
        for (int64_t r = 0; r < rows; r++) {
            double sum = 0;
            for (int64_t f = 0; f < d; f++) sum += square[r * d + f];
            squares[i + r] = sum;
        }
    }
    for (int64_t f = 0; f < period; f++) {
        sums[f % d] += high[f];
        sums[d + 1 + f % d] += low[f];
    }
    return i;
}

/* CHAINS rows at a time, whose squares are added in as many chains. */
static void row_moments(const real *x, int64_t n, int64_t d, const double *weight,
                        const double *origin, const double *scale, double low_scale,
                        double weight_scale, int64_t *sums, double *squares) {
    double square[CHAINS][CHAIN_FEATURES] = {{0}}, weights[CHAIN_FEATURES];
    for (int64_t i = 0; i < n; i += CHAINS) {
        const int64_t rows = min64(n - i, CHAINS);
        double sum[CHAINS] = {0};
        for (int64_t first = 0; first < d; first += CHAIN_FEATURES) {
            const int64_t features = min64(d - first, CHAIN_FEATURES);
            int64_t *high = sums + first, *low = sums + d + 1 + first;
            for (int64_t r = 0; r < rows; r++) {
                const real *from = x + (i + r) * d + first;
                if (weight) {
                    for (int64_t f = 0; f < features; f++)
                        weights[f] = weight[i + r] * weight_scale;
                    moment_words(from, features, weights, origin + first, scale + first, low_scale,
                                 high, low, square[r]);
                } else {
                    moment_words(from, features, NULL, origin + first, scale + first, low_scale,
                                 high, low, square[r]);
                }
            }
            for (int64_t f = 0; f < features; f++)
                for (int64_t r = 0; r < CHAINS; r++) sum[r] += square[r][f];
        }
        for (int64_t r = 0; r < rows; r++) squares[i + r] = sum[r];
    }
}

/* Add all rows to `sums` (2, d + 1); write the defining sum of each row and `origin`. */
static void add_moments(const real *x, int64_t n, int64_t d, const double *weight,
                        const double *origin, const double *scale, double low_scale,
                        double weight_scale, int64_t *sums, double *squares) {
    int64_t done = 0;
    if (d <= STREAM_FEATURES)
        done =
            stream_moments(x, n, d, weight, origin, scale, low_scale, weight_scale, sums, squares);
    row_moments(x + done * d, n - done, d, weight ? weight + done : NULL, origin, scale, low_scale,
                weight_scale, sums, squares + done);
    int64_t high, low;
    if (!weight) {
        split_term(scale[d], low_scale, &high, &low);
        sums[d] += n * high;
        sums[2 * d + 1] += n * low;
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        split_weighted(scale[d], weight[i] * weight_scale, low_scale, &high, &low);
        sums[d] += high;
        sums[2 * d + 1] += low;
    }
}
