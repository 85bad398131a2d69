/* Which rows the bounds of ../elkan_bounds.h do not settle without their bytes. */
#ifndef KMF_EXACT_ELKAN_SCAN_H
#define KMF_EXACT_ELKAN_SCAN_H

#include "../structs.h"

static int64_t elkan_scan(const kmf_elkan *e, const int32_t *labels, int64_t n, int32_t *active) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        const int64_t own = labels[i] < 0 ? 0 : labels[i];
        active[count] = (int32_t)i;
        count += !((e->gap[i] > e->gap_limit[own]) | (e->upper[i] < e->upper_limit[own]));
    }
    return count;
}

#endif
