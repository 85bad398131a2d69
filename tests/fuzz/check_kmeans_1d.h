/* Costs of ranges of ascending values, and the best splits for these costs. */

#if KMF_REAL == 64
static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Relative to a value of the range, so that the mean of equal values is exact. */
static long double cost_of(const double *values, const double *weights, int64_t from, int64_t to,
                           double scale) {
    long double total = 0, mean = 0, cost = 0;
    for (int64_t i = from; i < to; i++) {
        total += weights[i];
        mean += weights[i] * ((long double)values[i] - values[from]) * scale;
    }
    mean /= total;
    for (int64_t i = from; i < to; i++) {
        const long double difference = ((long double)values[i] - values[from]) * scale - mean;
        cost += weights[i] * difference * difference;
    }
    return cost;
}

static void check_kmeans_1d(input *in) {
    const int64_t n = 1 + choose_size(in, 300);
    const values v = choose_values(in);
    double *values = make_rows(in, &v, n, 1, n), *weights = LOOSE_ROOM(double, n);
    double *sums = LOOSE_ROOM(double, 6 * (n + 1)), *previous = LOOSE_ROOM(double, n);
    qsort(values, (size_t)n, sizeof *values, by_value);
    const int weighted = (int)choose(in, 2);
    for (int64_t i = 0; i < n; i++) {
        weights[i] = weighted ? (double)(1 + choose(in, 50)) : 1;
        previous[i] = choose(in, 2) ? 0 : (double)choose(in, 100) / 64;
    }
    const double scale = scale_of(largest_value(values, n), 1000);
    const int64_t low = choose(in, n), high = low + 1 + choose(in, n - low);
    const int64_t end = high + choose(in, n + 1 - high);
    const int64_t first = choose(in, n + 1);
    exact_common->prefix_sums(values, weights, 0, first, n, values[n / 2], scale, sums);
    exact_common->prefix_sums(values, weights, first, n, n, values[n / 2], scale, sums);
    double least;
    const int64_t split =
        exact_common->cheapest_split(sums, n + 1, previous, low, high, end, &least);
    CHECK(split >= low && split < high, "split %d", (int)split);
    long double best = __builtin_infl(), all = 0;
    for (int64_t i = 0; i < n; i++) {
        const long double difference = ((long double)values[i] - values[n / 2]) * scale;
        all += weights[i] * difference * difference;
    }
    const long double lost = all * (long double)(n + 16) * 0x1p-100L + 0x1p-1000L;
    for (int64_t s = low; s < high; s++) {
        const long double total = previous[s] + cost_of(values, weights, s, end, scale);
        best = total < best ? total : best;
    }
    CHECK(__builtin_fabsl(least - best) <= best * 0x1p-45L + lost, "%.20g, not %.20Lg", least,
          best);
    const long double own = previous[split] + cost_of(values, weights, split, end, scale);
    CHECK(own <= best * (1 + 0x1p-44L) + 2 * lost, "split %d costs %.20Lg, not %.20Lg", (int)split,
          own, best);

    double each[8];
    int32_t splits[8];
    const int64_t some = 1 + choose(in, n + 1 - end < 8 ? n + 1 - end : 8);
    exact_common->cheapest_splits(sums, n + 1, previous, low, high, end, some, each, splits);
    for (int64_t i = 0; i < some; i++) {
        const int64_t wanted =
            exact_common->cheapest_split(sums, n + 1, previous, low, high, end + i, &least);
        CHECK(splits[i] == wanted && each[i] == least, "end %d: %d at %g, not %d at %g",
              (int)(end + i), splits[i], each[i], (int)wanted, least);
    }
}
#endif
