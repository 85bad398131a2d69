/* Arithmetic that gives the same bits on every instruction set: compiled per element type and
 * instruction set like the fast kernels, but without contraction to FMA. */
#include <string.h>

#include "bytes.h"
#include "elkan.h"
#include "kernels.h"
#include "rounding.h"

typedef double doubles __attribute__((vector_size(64)));
typedef int64_t longs __attribute__((vector_size(64)));
typedef double loose_doubles __attribute__((vector_size(64), aligned(8), may_alias));
typedef integer loose_integer __attribute__((may_alias));
typedef real reals __attribute__((vector_size(64)));
typedef real loose_reals __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));

/* macros: a function that returns a wide vector has no common ABI */
#define load_doubles(p) ((doubles) * (const loose_doubles *)(p))
#define load_reals(p) ((reals) * (const loose_reals *)(p))

#include "exact/accumulate.h"
#include "exact/decide.h"

#include "exact/bounds.h"
#include "exact/elkan_rows.h"
#include "exact/features.h"
#include "exact/encode.h"
#include "exact/verify.h"
#include "exact/filter.h"
#include "exact/moments.h"
#if KMF_REAL == 64
#include "exact/ranges.h"
#include "exact/sum.h"
#endif
#include "exact/seed_codes.h"

const TYPED(exact_kernels) KMF_TABLE = {
    .decide_rows = decide_rows,
    .squared_distances = squared_distances,
    .accumulate_rows = accumulate_rows,
    .list_unsettled = list_unsettled,
    .tighten_rows = tighten_rows,
    .set_bounds = set_bounds,
    .gather_rows = gather_rows,
    .filter_centers = filter_centers,
    .bounding_box = bounding_box,
    .feature_range = feature_range,
    .feature_sums = feature_sums,
    .add_moments = add_moments,
#if KMF_REAL == 64
    .prefix_sums = prefix_sums,
    .cheapest_split = cheapest_split,
    .cheapest_splits = cheapest_splits,
    .add_terms = add_terms,
    .find_term = find_term,
#endif
    .seed_encode_rows = seed_encode_rows,
    .seed_encode_points = seed_encode_points,
    .encode_rows = encode_rows,
    .verify_rows = verify_rows,
    .elkan_rows = elkan_rows,
};
