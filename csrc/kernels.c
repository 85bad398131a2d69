/* The fast kernels: compiled per element type and instruction set, contracting to FMA. */
#include <string.h>

#include "elkan.h"
#include "kernels.h"
#include "simd.h"

#include "kernels/tile.h"

#include "kernels/nearest.h"

#include "kernels/panels.h"

#include "kernels/direct.h"

#include "kernels/assign.h"
#include "kernels/assign_two.h"
#include "kernels/narrow.h"
#include "kernels/distances.h"
#include "kernels/seed_codes.h"

#include "kernels/elkan.h"
#include "kernels/seed_terms.h"
#include "kernels/seed.h"
#if KMF_REAL == 32
#include "kernels/codes.h"
#endif

const TYPED(fast_kernels) KMF_TABLE = {
    .packed_size = packed_size,
    .pack_centers = pack_centers,
    .assign_rows = assign_rows,
    .assign_two_rows = assign_two_rows,
#if KMF_REAL == 32
    .narrow_packed_size = narrow_packed_size,
    .narrow_pack = narrow_pack,
    .narrow_assign_rows = narrow_assign_rows,
    .narrow_assign_two_rows = narrow_assign_two_rows,
#endif
    .distance_rows = distance_rows,
    .seed_step = seed_step,
    .seed_count = seed_count,
    .seed_find = seed_find,
#if KMF_REAL == 32
    .packed_codes_size = packed_codes_size,
    .pack_codes = pack_codes,
    .scan_codes = scan_codes,
#endif
    .elkan_moves = elkan_moves,
    .elkan_scan = elkan_scan,
    .elkan_values = elkan_values,
    .elkan_tile = elkan_tile,
    .elkan_store = elkan_store,
    .elkan_store_two = elkan_store_two,
};
