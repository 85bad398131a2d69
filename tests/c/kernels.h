/* The kernels of one element type (KMF_REAL) on one instruction set, for plain C tests. */
#ifndef KERNELS_H
#define KERNELS_H

#include "real.h"
#include "tables.h"

static const TYPED(kmf_fast) * fast;
static const TYPED(kmf_exact) * exact;
static const kmf_exact_f32 *exact_of_floats;
static const kmf_fast_common *fast_common;
static const kmf_exact_common *exact_common;

static void use_isa(enum kmf_isa isa) {
    const kmf_tables *tables = kmf_tables_of(isa);
    fast = tables->TYPED(fast);
    exact = tables->TYPED(exact);
    exact_of_floats = tables->exact_f32;
    fast_common = tables->fast_common;
    exact_common = tables->exact_common;
}

#endif
