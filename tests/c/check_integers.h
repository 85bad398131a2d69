/* The filter of 16-bit integers; a part of cases.c. */
#if KMF_REAL == 32
/* Labels of integers, of rows in any number of tiles, for rows that are expected to be as long as
 * the longest, or half as long. */
static void check_integers(problem *p) {
    const int64_t size = fast_common->int16_packed_size(p->k, p->d);
    int32_t *packed = memory(size, sizeof *packed);
    int32_t *tiles = memory((p->n + 63) / 64 * fast_common->int16_tile_size(p->d), sizeof *tiles);
    float *shift = memory(2 * p->d, sizeof *shift);
    float *scratch = memory(64 * (p->d + 3), sizeof *scratch);
    fast_common->int16_shift(p->centers, p->k, p->d, shift);
    const double length = fast_common->longest_row(p->x, p->n, p->d, shift);
    for (int part = 1; part <= 2 && p->k > 1 && size; part++) {
        if (!fast_common->int16_pack(p->centers, p->k, p->d, shift, length / part, packed))
            continue;
        int64_t open = fast_common->int16_assign_rows(p->x, p->n, p->d, packed, p->k, scratch,
                                                      p->labels, p->undecided);
        exact->decide_rows(p->x, p->d, p->undecided, open, p->centers, p->k, (double *)p->scratch,
                           p->labels);
        check_labels(p, "int16_assign_rows");
        fast_common->int16_rows(p->x, p->n, p->d, packed, scratch, tiles);
        open = fast_common->int16_assign_tiles(tiles, p->n, p->d, packed, p->k, p->labels,
                                               p->undecided);
        exact->decide_rows(p->x, p->d, p->undecided, open, p->centers, p->k, (double *)p->scratch,
                           p->labels);
        check_labels(p, "int16_assign_tiles");
    }
    free(packed), free(tiles), free(shift), free(scratch);
}
#endif
