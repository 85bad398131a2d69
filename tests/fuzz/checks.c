/* The checks of one element type: compiled for float and for double. */
#include <string.h>

#include "../c/directions.h"
#include "../c/kernels.h"
#include "input.h"
#include "rounding.h"

#include "../c/oracle.h"
#include "problem.h"

#include "check_assign.h"
#include "check_hamerly.h"
#include "check_elkan.h"
#include "check_kmeans_1d.h"
#include "check_seed.h"
#include "check_sketches.h"
#include "check_sums.h"

void TYPED(fuzz_checks)(input *in, int64_t which) {
    use_isa((enum kmf_isa)fuzz_isa);
    switch (which) {
    case 0: check_assign(in); break;
    case 1: check_distances(in); break;
    case 2: check_accumulate(in); break;
    case 3: check_features(in); break;
    case 4: check_filter_centers(in); break;
    case 5: check_hamerly(in); break;
    case 6: check_elkan(in); break;
    case 7: check_seed(in); break;
    case 8: check_sketches(in); break;
#if KMF_REAL == 64
    case 9: check_float32(in); break;
    case 10: check_kmeans_1d(in); break;
#endif
    default: break;
    }
}
