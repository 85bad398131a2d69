/* The running minimum of a tile. For each row: the smallest value, its center, the second smallest
 * value, and the band: where the two values are farther apart, rounding cannot change their order.
 */
#ifndef KMF_FAST_RUNNING_H
#define KMF_FAST_RUNNING_H

#include "../simd.h"
#include "tile.h"

typedef struct {
    real best[TILE_ROWS];
    real second[TILE_ROWS];
    real band[TILE_ROWS];
    integer index[TILE_ROWS];
} nearest;

/* Running minimum in registers; a strict `less` keeps the lowest index. `minimum` and `maximum`
 * give their second operand where one is not a number, so that such a value changes nothing. */
typedef struct {
    vec best, second;
    ivec index;
} running;

static inline running running_start(void) {
    return (running){splat(REAL_INFINITY), splat(REAL_INFINITY), splat_index(0)};
}

static inline running running_load(const nearest *found, int64_t row) {
    return (running){load(found->best + row), load(found->second + row),
                     (ivec) * (const loose_ivec *)(found->index + row)};
}

static inline void running_store(nearest *found, int64_t row, running state) {
    store(found->best + row, state.best);
    store(found->second + row, state.second);
    store_index(found->index + row, state.index);
}

static inline void running_add(running *state, vec value, integer center) {
    state->second = minimum(maximum(state->best, value), state->second);
    state->index = blend_index(less(value, state->best), splat_index(center), state->index);
    state->best = minimum(value, state->best);
}

/* The same for sums of squares of finite numbers: not negative, and never NaN. */
static inline void running_add_square(running *state, vec value, integer center) {
    state->second = least(most(state->best, value), state->second);
    state->index = blend_index(less(value, state->best), splat_index(center), state->index);
    state->best = least(value, state->best);
}

#endif
