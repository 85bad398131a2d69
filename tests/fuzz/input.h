/* The fuzzer's bytes as numbers. After the last byte, a random stream follows, seeded by the first
 * bytes.
 *
 * A few bytes give a whole problem, and each further byte changes one choice in it. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const uint8_t *at, *end;
    uint64_t state;
} input;

/* Stop with a message if `condition` is false; the fuzzer then saves the input. */
#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold: ", __FILE__, __LINE__, #condition);          \
            fprintf(stderr, __VA_ARGS__);                                                          \
            fputc('\n', stderr);                                                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline uint64_t next_number(input *in) {
    in->state ^= in->state << 13;
    in->state ^= in->state >> 7;
    in->state ^= in->state << 17;
    return in->state * 0x2545f4914f6cdd1du;
}

static inline uint8_t next_byte(input *in) {
    if (in->at < in->end) return *in->at++;
    return (uint8_t)(next_number(in) >> 56);
}

static inline input input_from(const uint8_t *data, size_t size) {
    input in = {data, data + size, 0x9e3779b97f4a7c15u};
    for (size_t i = 0; i < 4 && i < size; i++) in.state = (in.state ^ *in.at++) * 0x100000001b3u;
    in.state |= 1;
    return in;
}

/* A number in [0, below), from one byte if that is enough. */
static inline int64_t choose(input *in, int64_t below) {
    uint64_t value = next_byte(in);
    for (int64_t range = 256; range < below; range *= 256) value = value << 8 | next_byte(in);
    return (int64_t)(value % (uint64_t)below);
}

/* A size in [1, most], usually small. */
static inline int64_t choose_size(input *in, int64_t most) {
    const int64_t small = most < 20 ? most : 20;
    return 1 + (choose(in, 4) < 3 ? choose(in, small) : choose(in, most));
}

/* Memory followed by bytes that the address sanitizer guards, filled with values that are neither
 * zero nor small; all of it is freed at once. */
void *fuzz_room(size_t bytes, size_t alignment, size_t offset);
void fuzz_release(void);

#define ROOM(type, count) ((type *)fuzz_room((size_t)(count) * sizeof(type), 64, 0))
/* The same, aligned to one element only. */
#define LOOSE_ROOM(type, count)                                                                    \
    ((type *)fuzz_room((size_t)(count) * sizeof(type), 64, sizeof(type)))

/* Run the checks of one element type; `which` chooses among them. */
void fuzz_checks_f32(input *in, int64_t which);
void fuzz_checks_f64(input *in, int64_t which);

/* Instruction sets that this processor has, and the one whose kernels are checked. */
extern int fuzz_isas, fuzz_isa;

#endif
