/* Cluster sums and statistics of features. */

/* The grid of assigners/grid.py; returns low_scale. */
static double make_grid(const problem *p, const double *weights, double *scale,
                        double *weight_scale) {
    double total = 0, heaviest = 0;
    int exponent;
    for (int64_t i = 0; i < p->n; i++) {
        total += weights ? weights[i] : 1;
        if (weights && weights[i] > heaviest) heaviest = weights[i];
    }
    *weight_scale = 1;
    if (weights) {
        __builtin_frexp(heaviest, &exponent);
        if (exponent < 1) *weight_scale = __builtin_ldexp(1.0, 1 - exponent);
    }
    total = total * *weight_scale > (double)p->n ? total * *weight_scale : (double)p->n;
    heaviest = heaviest * *weight_scale > 1 ? heaviest * *weight_scale : 1;
    int bits = 40, of_sum = 60, of_term = 50;
    while (__builtin_ldexp(1.0, 60 - of_sum) < total) of_sum--;
    while (__builtin_ldexp(1.0, 50 - of_term) < heaviest) of_term--;
    bits = of_sum < bits ? of_sum : bits;
    bits = of_term < bits ? of_term : bits;
    for (int64_t f = 0; f <= p->d; f++) {
        double most = f < p->d ? 0 : 1;
        for (int64_t i = 0; i < p->n && f < p->d; i++)
            if (__builtin_fabs((double)p->x[i * p->d + f]) > most)
                most = __builtin_fabs((double)p->x[i * p->d + f]);
        __builtin_frexp(most, &exponent);
        exponent = most > 0 ? bits - exponent : 0;
        exponent = exponent > 1000 ? 1000 : exponent < -1000 ? -1000 : exponent;
        scale[f] = __builtin_ldexp(1.0, exponent);
    }
    return __builtin_ldexp(1.0, bits);
}

/* Sums updated by moved rows equal the sums of all rows, bit for bit. */
static void check_accumulate(input *in) {
    const problem p = make_problem(in, 300, 70, 12);
    const double *weights = choose(in, 2) ? make_weights(in, p.n) : NULL;
    double *scale = ROOM(double, p.d + 1), weight_scale;
    const double low_scale = make_grid(&p, weights, scale, &weight_scale);
    const kmf_grid grid = {scale, low_scale, weight_scale, 1, 0, 0};
    const int64_t words = p.k * 2 * (p.d + 1);
    int64_t *moved = ROOM(int64_t, words), *fresh = ROOM(int64_t, words);
    int32_t *before = ROOM(int32_t, p.n), *after = ROOM(int32_t, p.n), *none = ROOM(int32_t, p.n);
    memset(moved, 0, (size_t)words * sizeof *moved);
    for (int64_t i = 0; i < p.n; i++) before[i] = none[i] = -1;
    for (int step = 0; step < 4; step++) {
        int64_t count = 0;
        memset(fresh, 0, (size_t)words * sizeof *fresh);
        for (int64_t i = 0; i < p.n; i++) {
            after[i] = (int32_t)choose(in, p.k);
            count += after[i] != before[i] && !(weights && weights[i] == 0);
        }
        const int64_t found =
            exact->accumulate_rows(p.x, p.n, p.d, weights, before, after, &grid, moved);
        CHECK(found == count, "%d moved, not %d", (int)found, (int)count);
        exact->accumulate_rows(p.x, p.n, p.d, weights, none, after, &grid, fresh);
        CHECK(memcmp(moved, fresh, (size_t)words * sizeof *moved) == 0, "step %d", step);
        memcpy(before, after, (size_t)p.n * sizeof *before);
    }
    for (int64_t j = 0; j < p.k; j++) {
        for (int64_t f = 0; f <= p.d; f++) {
            const int64_t *sum = moved + j * 2 * (p.d + 1);
            long double wanted = 0, size = 0, units = 0;
            for (int64_t i = 0; i < p.n; i++) {
                if (after[i] != j) continue;
                const double w = weights ? weights[i] * weight_scale : 1;
                const long double term =
                    (f < p.d ? (long double)p.x[i * p.d + f] : 1) * scale[f] * w;
                wanted += term;
                size += __builtin_fabsl(term);
                units += w + 1;
            }
            const long double is = sum[f] + sum[p.d + 1 + f] / (long double)low_scale;
            CHECK(__builtin_fabsl(is - wanted) <= size * 0x1p-52L + units / low_scale,
                  "sum %Lg, not %Lg", is, wanted);
        }
    }
}

static void check_features(input *in) {
    const problem p = make_problem(in, 600, 100, 1);
    const double *weights = choose(in, 2) ? make_weights(in, p.n) : NULL;
    real *range = LOOSE_ROOM(real, p.d);
    double *mean = ROOM(double, p.d), *sums = ROOM(double, p.d), *squares = ROOM(double, p.d);
    double *box = LOOSE_ROOM(double, 2 * p.d);
    int32_t *rows = ROOM(int32_t, p.n);
    real *gathered = LOOSE_ROOM(real, p.n * p.d);
    for (int64_t f = 0; f < p.d; f++) {
        range[f] = 0;
        mean[f] = (double)p.x[choose(in, p.n) * p.d + f];
        sums[f] = squares[f] = 0;
    }
    for (int64_t i = 0; i < p.n; i++) rows[i] = (int32_t)choose(in, p.n);
    exact->feature_range(p.x, p.n, p.d, range);
    exact->feature_sums(p.x, p.n, p.d, weights, mean, sums, squares);
    exact->bounding_box(p.x, p.n, p.d, box);
    exact->gather_rows(p.x, p.d, rows, p.n, gathered);
    for (int64_t f = 0; f < p.d; f++) {
        long double sum = 0, size = 0, square = 0;
        double low = __builtin_inf(), high = -low;
        for (int64_t i = 0; i < p.n; i++) {
            const double v = (double)p.x[i * p.d + f], w = weights ? weights[i] : 1;
            const long double difference = (long double)v - mean[f];
            low = v < low ? v : low;
            high = v > high ? v : high;
            sum += w * difference;
            size += w * __builtin_fabsl(difference);
            square += w * difference * difference;
            CHECK(gathered[i * p.d + f] == p.x[rows[i] * p.d + f], "gathered row %d", (int)i);
        }
        const long double error = (long double)(p.n + 8) * 0x1p-52L;
        CHECK(box[f] == low && box[p.d + f] == high, "box of feature %d", (int)f);
        CHECK((double)range[f] == (high > -low ? high : -low), "range of feature %d", (int)f);
        CHECK(__builtin_fabsl(sums[f] - sum) <= error * size + 0x1p-1020L, "%g, not %Lg", sums[f],
              sum);
        CHECK(__builtin_fabsl(squares[f] - square) <= error * square + 0x1p-1000L, "%g, not %Lg",
              squares[f], square);
    }
}

/* No center that is nearest to a row of the box is excluded. */
static void check_filter_centers(input *in) {
    const problem p = make_problem(in, 200, choose(in, 8) ? 4 : 64, 130);
    const int64_t stride = (p.k + 7) / 8 * 8;
    double *box = LOOSE_ROOM(double, 2 * p.d), *columns = ROOM(double, stride *p.d);
    double *values = ROOM(double, stride), *kept = ROOM(double, stride *p.d);
    int32_t *ids = ROOM(int32_t, stride), *kept_ids = ROOM(int32_t, stride);
    const int32_t *wanted = nearest_centers(&p);
    memset(columns, 0, (size_t)(stride * p.d) * sizeof *columns);
    for (int64_t j = 0; j < p.k; j++) {
        ids[j] = (int32_t)(3 * j + 1);
        for (int64_t f = 0; f < p.d; f++) columns[f * stride + j] = (double)p.centers[j * p.d + f];
    }
    exact->bounding_box(p.x, p.n, p.d, box);
    const int named = (int)choose(in, 2);
    const int64_t count = exact_common->filter_centers(box, p.d, columns, named ? ids : NULL, p.k,
                                                       stride, values, kept, kept_ids);
    CHECK(count >= 1 && count <= p.k, "%d kept", (int)count);
    for (int64_t i = 0; i < p.n; i++) {
        const int32_t id = named ? ids[wanted[i]] : wanted[i];
        int64_t at = 0;
        while (at < count && kept_ids[at] != id) at++;
        CHECK(at < count, "center %d of row %d (d %d, k %d, isa %d) was filtered out", wanted[i],
              (int)i, (int)p.d, (int)p.k, fuzz_isa);
        for (int64_t f = 0; f < p.d; f++)
            CHECK(kept[f * stride + at] == columns[f * stride + wanted[i]], "kept %d", (int)at);
    }
}
