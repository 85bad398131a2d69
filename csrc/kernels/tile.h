/* A tile: 64 rows in lanes, so that a dot product is one chain over the features in every lane.
 *
 * Layout: TILE_ROWS / STRIP strips, each [feature][STRIP], STRIP = ROW_VECTORS vectors: the rows
 * that one register block works on. Rows past the end of the data are zero. */

enum {
    TILE_ROWS = 64,
    ROW_VECTORS =
        VECTOR_REGISTERS == 32 ? 4 : 2, /* times 6 centers: 24 of 32, 12 of 16 registers */
    STRIP = ROW_VECTORS * LANES < TILE_ROWS ? ROW_VECTORS * LANES : TILE_ROWS,
};

/* A square block transposed by log2(LANES) perfect shuffles. */
static inline void transpose(vec v[LANES]) {
    for (int round = 1; round < LANES; round *= 2) {
        vec t[LANES];
        UNROLL(16)
        for (int i = 0; i < LANES / 2; i++) {
            t[2 * i] = interleave_low(v[i], v[i + LANES / 2]);
            t[2 * i + 1] = interleave_high(v[i], v[i + LANES / 2]);
        }
        UNROLL(16)
        for (int i = 0; i < LANES; i++) v[i] = t[i];
    }
}

/* `features` (<= LANES) columns of LANES whole rows; reads LANES columns of each row. */
static inline void pack_square(const real *x, int64_t d, int64_t features, real *out) {
    vec v[LANES];
    UNROLL(16)
    for (int i = 0; i < LANES; i++) v[i] = load(x + i * d);
    transpose(v);
    if (features == LANES) {
        UNROLL(16)
        for (int i = 0; i < LANES; i++) store(out + i * STRIP, v[i]);
    } else {
        for (int i = 0; i < features; i++) store(out + i * STRIP, v[i]);
    }
}

/* Rows 0..rows-1 of x, `tail` reals of which may be read past their end. */
static void pack_tile(const real *x, int64_t rows, int64_t d, int64_t tail, real *tile) {
    for (int64_t r = 0; r < TILE_ROWS; r += LANES) {
        real *out = tile + (r / STRIP) * STRIP * d + r % STRIP;
        const int64_t live = rows - r < 0 ? 0 : rows - r < LANES ? rows - r : LANES;
        const real *from = x + r * d;
        /* the last row of a square at column f reads up to LANES reals from there */
        const int64_t readable = live == LANES ? (rows - r - LANES) * d + tail : -d;
        int64_t f = 0;
        for (; d - f >= (LANES + 3) / 4 && LANES - (d - f) <= readable; f += LANES)
            pack_square(from + f, d, d - f < LANES ? d - f : LANES, out + f * STRIP);
        for (; f < d; f++)
            for (int64_t i = 0; i < LANES; i++) out[f * STRIP + i] = i < live ? from[i * d + f] : 0;
    }
}

/* Subtract `shift` from every row and write each row's squared norm. */
static void shift_tile(real *tile, int64_t d, const real *shift, real norms[TILE_ROWS]) {
    for (int64_t s = 0; s < TILE_ROWS / STRIP; s++, tile += STRIP * d) {
        vec norm[ROW_VECTORS] = {{0}};
        for (int64_t f = 0; f < d; f++) {
            const vec m = splat(shift[f]);
            UNROLL(4)
            for (int r = 0; r < ROW_VECTORS; r++) {
                const vec v = load(tile + f * STRIP + r * LANES) - m;
                store(tile + f * STRIP + r * LANES, v);
                norm[r] += v * v;
            }
        }
        for (int r = 0; r < ROW_VECTORS; r++) store(norms + s * STRIP + r * LANES, norm[r]);
    }
}
