/* Vectors of eight float64 or int64, whatever the instruction set: the order of sums is the same on
 * all of them. */
#ifndef KMF_EXACT_DOUBLES_H
#define KMF_EXACT_DOUBLES_H

#include <stdint.h>

typedef double doubles __attribute__((vector_size(64)));
typedef int64_t longs __attribute__((vector_size(64)));
typedef double loose_doubles __attribute__((vector_size(64), aligned(8), may_alias));

/* a macro: a function that returns a wide vector has no common ABI */
#define load_doubles(p) ((doubles) * (const loose_doubles *)(p))

#endif
