/* Arithmetic of one element type that gives the same bits on every instruction set: compiled once
 * per type and instruction set, like the fast kernels, but without contraction to FMA. */
#include "exact/accumulate.h"
#include "exact/boxes.h"
#include "exact/codes_encode.h"
#include "exact/decide.h"
#include "exact/defining_sum.h"
#include "exact/elkan_rows.h"
#include "exact/features.h"
#include "exact/gather_rows.h"
#include "exact/hamerly_bounds.h"
#include "exact/moments.h"
#include "exact/seed_codes_encode.h"
#include "exact/sketch_lengths.h"
#include "exact/sparse_accumulate.h"
#include "exact/sparse_decide.h"
#include "exact/sparse_squares.h"
#include "exact/survivors_verify.h"
#include "real.h"
#include "tables.h"

const TYPED(kmf_exact) KMF_TABLE = {
    .decide_rows = decide_rows,
    .squared_distances = squared_distances,
    .accumulate_rows = accumulate_rows,
    .tighten_rows = tighten_rows,
    .set_bounds = set_bounds,
    .gather_rows = gather_rows,
    .bounding_box = bounding_box,
    .feature_range = feature_range,
    .feature_sums = feature_sums,
    .add_moments = add_moments,
    .seed_encode_rows = seed_encode_rows,
    .seed_encode_points = seed_encode_points,
    .encode_rows = encode_rows,
    .scaled_rows = scaled_rows,
    .verify_rows = verify_rows,
    .elkan_rows = elkan_rows,
    .sparse_decide = sparse_decide,
    .sparse_distances = sparse_distances,
    .sparse_squares = sparse_squares,
    .sparse_accumulate = sparse_accumulate,
};
