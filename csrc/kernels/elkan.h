/* Rows in tiles against all centers, and the bytes that are kept of the distances: see ../elkan.h.
 *
 * `values` of a tile: the value of each center as the panels or the direct form compute it,
 * [center][TILE_ROWS], then of each row `offset`, the second smallest and the largest value. A
 * squared distance is at least offset + factor * value: on panels the offset holds the row's norm
 * less the band, which covers the error of 2 v (see assign_two.h); in the direct form the factor
 * holds the relative error. */

static void elkan_moves(const real *before, const real *after, int64_t k, int64_t d,
                        double *moves) {
    const pair_error error = pair_error_of(d);
    for (int64_t j = 0; j < k; j++, before += d, after += d)
        moves[j] = memcmp(before, after, (size_t)d * sizeof(real))
                       ? pair_above((double)pair_squared(before, after, d), error)
                       : 0;
}

static int64_t elkan_scan(const kmf_elkan *e, const int32_t *labels, int64_t n, int32_t *active) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t own = labels[i] < 0 ? 0 : labels[i];
        active[count] = (int32_t)i;
        count += !((e->gap[i] > e->gap_limit[own]) | (e->upper[i] < e->upper_limit[own]));
    }
    return count;
}

static inline int64_t values_size(int64_t k) { return panel_count(k) * CENTERS * TILE_ROWS; }

static int64_t elkan_values(int64_t k) { return values_size(k) + 3 * TILE_ROWS; }

static inline real values_factor(int64_t d) {
    return d <= DIRECT_FEATURES ? (real)(1 - 4 * ((double)d + 5) * UNIT_ROUNDOFF) : 2;
}

static void panels_values(const real *tile, int64_t k, int64_t d, const real *packed,
                          real *values) {
    const real *panels = packed + panels_offset(d);
    const int64_t panel_end = panel_count(k), block = feature_block(d);
    for (int64_t group = 0; group < panel_end; group += PANEL_GROUP) {
        const int64_t group_end = min64(group + PANEL_GROUP, panel_end);
        for (int64_t f = 0; f < d; f += block) {
            for (int64_t p = group; p < group_end; p++) {
                const real *panel = panels + p * panel_size(d);
                real *out = values + p * CENTERS * TILE_ROWS;
                for (int64_t row = 0; row < TILE_ROWS; row += STRIP)
                    block_add(tile + row * d + f * STRIP, min64(block, d - f), panel,
                              panel + (f + 1) * CENTERS, (real(*)[TILE_ROWS])out, f > 0, 0, 0, 0,
                              row);
            }
        }
    }
}

/* Band and offset of each row of a shifted tile, as in panels_nearest. */
static void panels_offsets(int64_t d, const real *packed, const real *norms, nearest *found,
                           real *offset) {
    const band within = band_within(packed, packed[RADIUS]);
    const double shrink = 1 - 2 * ((double)d + 8) * UNIT_ROUNDOFF;
    for (int64_t r = 0; r < TILE_ROWS; r++) {
        const real norm = norms[r];
        found->band[r] = within.constant + within.quadratic * norm +
                         within.linear * (real)__builtin_sqrt((double)norm);
        offset[r] = (real)(shrink * (double)norm - (double)found->band[r]);
        offset[r] -= (real)(2 * UNIT_ROUNDOFF) * norm;
    }
}

static int64_t elkan_tile(const real *x, int64_t n, int64_t d, const real *packed, int64_t k,
                          real *scratch, real *values, int32_t *labels, int32_t *undecided) {
    nearest found;
    real norms[TILE_ROWS];
    real *offset = values + values_size(k), *second = offset + TILE_ROWS;
    real *largest = second + TILE_ROWS;
    pack_tile(x, n, d, 0, scratch);
    if (d <= DIRECT_FEATURES) {
        for (int64_t j = 0; j < k; j += CENTERS)
            tile_distances(scratch, d, packed + j * d, min64(CENTERS, k - j), 1,
                           values + j * TILE_ROWS);
    } else {
        shift_tile(scratch, d, packed + HEADER, norms);
        panels_values(scratch, k, d, packed, values);
        panels_offsets(d, packed, norms, &found, offset);
    }
    for (int64_t row = 0; row < TILE_ROWS; row += LANES) {
        running state = running_start();
        vec most = splat(-REAL_INFINITY);
        for (int64_t j = 0; j < k; j++) {
            const vec value = load(values + j * TILE_ROWS + row);
            running_add(&state, value, (integer)j);
            most = maximum(value, most);
        }
        running_store(&found, row, state);
        store(second + row, state.second);
        store(largest + row, most);
    }
    if (d <= DIRECT_FEATURES) {
        const real relative = (real)(4 * ((double)d + 5) * UNIT_ROUNDOFF);
        for (int64_t r = 0; r < TILE_ROWS; r++) {
            found.band[r] = relative * found.second[r] + 16 * REAL_MIN;
            offset[r] = -16 * REAL_MIN;
        }
    }
    for (int64_t r = 0; r < n; r++) labels[r] = (int32_t)found.index[r];
    return k == 1 ? 0
                  : list_undecided(&found, 0, n, d, packed, packed + panels_offset(d), norms,
                                   undecided);
}

/* Sixteen bytes of sixteen rows, transposed: four rounds interleave the two halves. */
typedef uint8_t bytes16 __attribute__((vector_size(16)));

#if defined(__clang__)
#define SHUFFLE_BYTES(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE_BYTES(a, b, ...) __builtin_shuffle(a, b, (bytes16){__VA_ARGS__})
#endif

static inline void transpose_bytes(const uint8_t *from, int64_t stride, bytes16 v[16]) {
    bytes16 t[16];
    for (int i = 0; i < 16; i++) memcpy(&v[i], from + i * stride, sizeof v[i]);
    UNROLL(4)
    for (int round = 0; round < 4; round++) {
        UNROLL(8)
        for (int i = 0; i < 8; i++) {
            t[2 * i] = SHUFFLE_BYTES(v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6,
                                     22, 7, 23);
            t[2 * i + 1] = SHUFFLE_BYTES(v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                         29, 14, 30, 15, 31);
        }
        memcpy(v, t, sizeof t);
    }
}

/* What a tile's rows quantize with. */
typedef struct {
    real base[TILE_ROWS], steps[TILE_ROWS]; /* steps a unit of distance */
    integer own[TILE_ROWS];
} quantizer;

typedef uint8_t lane_bytes __attribute__((vector_size(LANES)));

/* Bytes of one group of centers for all rows of a tile. */
static inline void quantize_group(const kmf_elkan *e, int64_t g, const real *values,
                                  const real *offset, const quantizer *with, uint8_t *out) {
    const real kappa = (real)(KMF_REAL == 32 ? 0x1p-18 : 0x1p-40);
    const vec factor = splat(values_factor(e->d)), most = splat(255), zero = splat(0);
    const int64_t first = g * e->group_size, after = min64(first + e->group_size, e->k);
    const vec since = splat((real)e->since[e->epoch * e->groups + g] * (1 - kappa));
    for (int64_t row = 0; row < TILE_ROWS; row += LANES) {
        vec least = splat(REAL_INFINITY);
        const ivec own = *(const loose_ivec *)(with->own + row);
        for (int64_t j = first; j < after; j++) {
            const vec squared = load(offset + row) + factor * load(values + j * TILE_ROWS + row);
            const ivec other = own != splat_index((integer)j);
            const vec counted =
                (vec)(((ivec)squared & other) | ((ivec)splat(REAL_INFINITY) & ~other));
            /* a value that is not a number bounds nothing: it must not be passed over */
            least = minimum(maximum(counted, zero), least);
        }
        /* one that overflowed is at least nearly REAL_MAX, which need not be many steps */
        real roots[LANES];
        store(roots, minimum(least, splat(REAL_MAX / 2)));
        for (int l = 0; l < LANES; l++) roots[l] = ROOT(roots[l]);
        vec steps = (load(roots) * splat(1 - kappa) + since - load(with->base + row)) *
                    load(with->steps + row);
        steps = minimum(maximum(steps, zero), most);
        const ivec whole = __builtin_convertvector(steps, ivec);
        const lane_bytes narrow = __builtin_convertvector(whole, lane_bytes);
        memcpy(out + row, &narrow, LANES);
    }
}

static void quantize_tile(const kmf_elkan *e, int64_t n, const real *values, const real *offset,
                          const quantizer *with, const int32_t *rows) {
    uint8_t block[16 * TILE_ROWS];
    bytes16 v[16];
    for (int64_t g = 0; g < e->groups; g += 16) {
        const int64_t live = min64(16, e->groups - g);
        for (int64_t b = 0; b < live; b++)
            quantize_group(e, g + b, values, offset, with, block + b * TILE_ROWS);
        for (int64_t r = 0; r < n; r += 16) {
            transpose_bytes(block + r, TILE_ROWS, v);
            for (int64_t i = r; i < min64(r + 16, n); i++) {
                uint8_t *out = e->bounds + rows[i] * e->groups + g;
                if (live == 16)
                    memcpy(out, &v[i - r], 16);
                else
                    memcpy(out, &v[i - r], (size_t)live);
            }
        }
    }
}

/* Index of the smallest unit that is at least `wanted`, or of the largest there is. */
static inline uint8_t unit_for(const double *unit, double wanted) {
    int first = 0, last = KMF_ELKAN_UNITS - 1;
    while (first < last) {
        const int middle = (first + last + 1) / 2;
        if (unit[middle] >= wanted)
            first = middle;
        else
            last = middle - 1;
    }
    return (uint8_t)first;
}

static void elkan_store(const kmf_elkan *e, const real *x, int64_t n, const real *centers,
                        const real *values, const int32_t *labels, const int32_t *rows) {
    const double REACH = 1; /* times the second distance: finer units and more range pay equally */
    const double factor = (double)values_factor(e->d);
    const pair_error error = pair_error_of(e->d);
    const real *offset = values + values_size(e->k), *second = offset + TILE_ROWS;
    const real *largest = second + TILE_ROWS;
    const double kappa = 0x1p-18;
    quantizer with = {.own = {0}};
    for (int64_t r = 0; r < n; r++) {
        const int64_t i = rows[r], own = labels[r];
        const double upper =
            pair_above((double)pair_squared(x + r * e->d, centers + own * e->d, e->d), error);
        const double next = (double)offset[r] + factor * (double)second[r];
        const double far = (double)offset[r] + factor * (double)largest[r];
        const double lower = e->k == 1 ? __builtin_inf() : pair_below(next > 0 ? next : 0, error);
        elkan_keep(e, i, own, upper, lower);
        e->epoch_of[i] = KMF_ELKAN_NO_EPOCH;
        if (!(upper < (double)FLT_MAX)) {
            with.base[r] = with.steps[r] = 0;
            continue;
        }
        e->base[i] = (float)upper;
        double range = (far > 0 ? __builtin_sqrt(far) : 0) - upper;
        if (!(range < REACH * lower)) range = REACH * lower;
        e->unit_of[i] = unit_for(e->unit, range / 254);
        e->epoch_of[i] = (uint8_t)e->epoch;
        e->used[e->epoch * KMF_ELKAN_UNITS + e->unit_of[i]] = 1;
        with.base[r] = (real)((double)e->base[i] * (1 + kappa));
        with.steps[r] = (real)((1 - kappa) / e->unit[e->unit_of[i]]);
        with.own[r] = (integer)own;
    }
    quantize_tile(e, n, values, offset, &with, rows);
}

static void elkan_store_two(const kmf_elkan *e, const real *x, int64_t n, const real *centers,
                            const double *second, const int32_t *labels, const int32_t *rows) {
    const pair_error error = pair_error_of(e->d);
    for (int64_t r = 0; r < n; r++) {
        const int64_t own = labels[r];
        const double squared = (double)pair_squared(x + r * e->d, centers + own * e->d, e->d);
        elkan_keep(e, rows[r], own, pair_above(squared, error),
                   e->k == 1 ? __builtin_inf() : pair_below(second[r], error));
        e->epoch_of[rows[r]] = KMF_ELKAN_NO_EPOCH;
    }
}
