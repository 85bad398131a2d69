/* Which rows Hamerly's bounds do not settle: the test of hamerly_bounds.h, in vectors. */
#ifndef KMF_EXACT_LIST_UNSETTLED_H
#define KMF_EXACT_LIST_UNSETTLED_H

#include <stdint.h>

/* Indices of the rows that the bounds do not settle. */
static int64_t list_unsettled(const int32_t *labels, const float *upper, const float *lower,
                              int64_t n, const double *travelled, const double *half, double fall,
                              int32_t *rows) {
    enum { CHUNK = 64 }; /* tested without a branch first: the compiler does it in vectors */
    int64_t count = 0;
    for (int64_t first = 0; first < n; first += CHUNK) {
        const int64_t some = n - first < CHUNK ? n - first : CHUNK;
        int32_t open[CHUNK] = {0}, any = 0;
        for (int64_t i = 0; i < some; i++) {
            const int32_t label = labels[first + i];
            const double to_others = lower[first + i] - fall, own = half[label];
            const double to_own = upper[first + i] + travelled[label];
            open[i] = !(to_own * (1 + 0x1p-20) < (to_others > own ? to_others : own));
            any |= open[i];
        }
        if (!any) continue;
        for (int64_t i = 0; i < some; i++) {
            rows[count] = (int32_t)(first + i);
            count += open[i];
        }
    }
    return count;
}

#endif
