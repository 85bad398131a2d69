/* Nearest centers of float64 rows by the float32 kernels: the filter has twice the lanes, and what
 * its band leaves undecided is decided in float64.
 *
 * Rows and centers are taken relative to the shift m of the float64 packing, times a power of two s
 * (1 / the size of a center that is not far), in float64, and rounded to float32. That is what the
 * bands of panels.h ask of an operand, "shifted and rounded": off by 2^-24 (1 + 2^-28) of itself
 * or, in underflow, by less than FLT_MIN. |c|^2 / 2 carries one float32 rounding here and three
 * there, which leaves two for the (d + 8) 2^-53 of the float64 operations before.
 *
 * s is between 2^-440 and 2^440: where the float32 norm of a row is finite (below 2^64), its
 * defining sums with centers as near stay below 2^1008, and the (d + 3) 2^-1022 that they may lose
 * to underflow are less than (d + 3) 2^-142 on the scale of the values, far below the underflow
 * term of the band. Other data are not for this filter.
 *
 * Packed: {16 floats as in panels.h} | {s, 0...} | s m, repeated, in float64 | panels. */

#if KMF_REAL == 32

enum {
    NARROW_EXPONENT = 440,
    NARROW_SHIFT = 32, /* floats before the shift */
    LONG_ROW = 32,     /* shorter rows are narrowed LANES at a time, as one stream */
};

static inline int64_t shift_rows(int64_t d) { return d < LONG_ROW ? LANES : 1; }

static inline int64_t narrow_panels_offset(int64_t d) {
    return NARROW_SHIFT + round_up(2 * shift_rows(d) * d, 16);
}

static inline double narrow_scale(const float *packed) {
    return ((const double *)(packed + HEADER))[0];
}

static int64_t narrow_packed_size(int64_t k, int64_t d) {
    if (d <= DIRECT_FEATURES) return 0;
    return (narrow_panels_offset(d) + panel_count(k) * panel_size(d)) * (int64_t)sizeof(float);
}

/* A power of two near the inverse root mean square of the centers that are not far; 0 if there is
 * none in range. */
static double choose_narrow_scale(const double *panels, int64_t k, int64_t d) {
    double limit = (double)__builtin_inf();
    for (int round = 0; round < 2; round++) {
        double sum = 0;
        int64_t near = 0;
        for (int64_t j = 0; j < k; j++) {
            const double half = panels[j / CENTERS * panel_size(d) + j % CENTERS];
            if (!(half <= limit)) continue;
            sum += half / (double)k;
            near++;
        }
        if (near == 0) return 0;
        limit = sum * ((double)k / (double)near);
    }
    if (!(limit > 0x1p-880 && limit < 0x1p880)) return 0;
    int exponent = 0;
    for (; limit > 1; limit /= 4) exponent--;
    for (; limit < 0.25; limit *= 4) exponent++;
    double scale = 1;
    for (; exponent > 0; exponent--) scale *= 2;
    for (; exponent < 0; exponent++) scale /= 2;
    return scale;
}

/* Centers that the float64 kernel has packed (`wide`), for this filter. Returns whether it can be
 * used. */
static int narrow_pack(const double *wide, int64_t k, int64_t d, void *out) {
    float *packed = out, *panels = packed + narrow_panels_offset(d);
    double *scales = (double *)(packed + HEADER), *shift = (double *)(packed + NARROW_SHIFT);
    const double *from = wide + panels_offset(d);
    const double scale = choose_narrow_scale(from, k, d);
    if (scale == 0) return 0;
    pack_header(wide[RADIUS] * scale, d, packed);
    scales[0] = scale;
    for (int64_t r = 0; r < shift_rows(d); r++)
        for (int64_t f = 0; f < d; f++) shift[r * d + f] = wide[HEADER + f] * scale;
    for (int64_t p = 0; p < panel_count(k); p++, from += panel_size(d), panels += panel_size(d)) {
        for (int64_t g = 0; g < CENTERS; g++) panels[g] = (float)(from[g] * scale * scale);
        for (int64_t v = CENTERS; v < panel_size(d); v++) panels[v] = (float)(from[v] * scale);
    }
    return 1;
}

static inline void narrow_values(const double *x, const double *shift, double scale, int64_t count,
                                 float *out) {
    for (int64_t i = 0; i < count; i++) out[i] = (float)(x[i] * scale - shift[i]);
}

/* scratch: a tile, and LANES rows with LANES floats after them. */
static void narrow_tile(const double *x, int64_t rows, int64_t d, const float *packed,
                        float *scratch, float norms[TILE_ROWS]) {
    const double *shift = (const double *)(packed + NARROW_SHIFT);
    const double scale = narrow_scale(packed);
    float *values = scratch + TILE_ROWS * d;
    for (int64_t r = 0; r < TILE_ROWS; r += LANES, x += LANES * d) {
        const int64_t live = live_lanes(rows, r);
        if (shift_rows(d) == LANES)
            narrow_values(x, shift, scale, live * d, values);
        else
            for (int64_t i = 0; i < live; i++)
                narrow_values(x + i * d, shift, scale, d, values + i * d);
        pack_lanes(values, live, d, LANES, tile_lanes(scratch, r, d));
    }
    tile_norms(scratch, d, norms);
}

static void narrow_nearest(const double *x, int64_t n, int64_t k, int64_t d, const float *packed,
                           float *scratch, float *norms, nearest *found) {
    const int64_t rows = min64(n, TILE_ROWS), next = min64(n - rows, TILE_ROWS);
    narrow_tile(x, rows, d, packed, scratch, norms);
    panels_nearest(scratch, k, d, packed, packed + narrow_panels_offset(d),
                   upcoming_rows(x + rows * d, next * d * (int64_t)sizeof *x,
                                 panel_count(k) * feature_blocks(d)),
                   norms, found);
}

static int64_t narrow_assign_rows(const double *x, int64_t n, int64_t d, const void *packed,
                                  int64_t k, void *scratch, int32_t *labels, int32_t *undecided) {
    nearest found;
    float norms[TILE_ROWS];
    int64_t count = 0;
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = min64(n - i, TILE_ROWS);
        narrow_nearest(x + i * d, n - i, k, d, packed, scratch, norms, &found);
        for (int64_t r = 0; r < rows; r++) labels[i + r] = (int32_t)found.index[r];
        count += list_undecided(&found, i, rows, d, packed,
                                (const float *)packed + narrow_panels_offset(d), norms,
                                undecided + count);
    }
    return count;
}

static int64_t narrow_assign_two_rows(const double *x, int64_t n, int64_t d, const void *packed,
                                      int64_t k, void *scratch, int32_t *labels, double *second,
                                      int32_t *undecided) {
    nearest found;
    float norms[TILE_ROWS];
    int64_t count = 0;
    const double unscale = 1 / narrow_scale(packed) / narrow_scale(packed);
    for (int64_t i = 0; i < n; i += TILE_ROWS) {
        const int64_t rows = min64(n - i, TILE_ROWS);
        narrow_nearest(x + i * d, n - i, k, d, packed, scratch, norms, &found);
        for (int64_t r = 0; r < rows; r++) labels[i + r] = (int32_t)found.index[r];
        for (int64_t r = 0; r < rows; r++)
            second[i + r] = second_bound(&found, r, d, norms) * unscale;
        count += list_undecided(&found, i, rows, d, packed,
                                (const float *)packed + narrow_panels_offset(d), norms,
                                undecided + count);
    }
    return count;
}

#endif
