/* The fast kernels of one element type: compiled once per type and instruction set, contracting to
 * FMA. */
#include "fast/assign.h"
#include "fast/assign_two.h"
#include "fast/distances.h"
#include "fast/elkan_moves.h"
#include "fast/elkan_store.h"
#include "fast/elkan_tile.h"
#include "fast/seed.h"
#include "fast/seed_bound.h"
#include "fast/seed_terms.h"
#include "fast/seed_try.h"
#include "fast/sparse_two_best.h"
#include "real.h"
#include "tables.h"

const TYPED(kmf_fast) KMF_TABLE = {
    .packed_size = packed_size,
    .pack_centers = pack_centers,
    .assign_rows = assign_rows,
    .assign_two_rows = assign_two_rows,
    .distance_rows = distance_rows,
    .seed_step = seed_step,
    .seed_bound = seed_bound,
    .seed_try = seed_try,
    .seed_take = seed_take,
    .seed_count = seed_count,
    .seed_find = seed_find,
    .elkan_moves = elkan_moves,
    .elkan_values = elkan_values,
    .elkan_tile = elkan_tile,
    .elkan_store = elkan_store,
    .elkan_store_two = elkan_store_two,
    .sparse_two_best = sparse_two_best,
};
