/* libFuzzer's entry: compare the kernels of csrc/tables.h with plain loops, on the instruction set
 * that the input names. The address sanitizer guards the ends of all arrays. */
#include <string.h>

#include "input.h"
#include "isa.h"

enum { MOST_ROOMS = 4096, CHECKS = 11 };

static void *rooms[MOST_ROOMS];
static int n_rooms;

int fuzz_isas, fuzz_isa;

void *fuzz_room(size_t bytes, size_t alignment, size_t offset) {
    void *room = NULL;
    CHECK(n_rooms < MOST_ROOMS, "%d rooms", n_rooms);
    const size_t size = bytes + offset > 0 ? bytes + offset : 1;
    CHECK(posix_memalign(&room, alignment, size) == 0, "no %zu bytes", size);
    memset(room, 0xa5, size);
    rooms[n_rooms++] = room;
    return (char *)room + offset;
}

void fuzz_release(void) {
    while (n_rooms > 0) free(rooms[--n_rooms]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = input_from(data, size);
    while (kmf_isa_name(fuzz_isas)) fuzz_isas++;
    const int64_t which = choose(&in, CHECKS), is_double = choose(&in, 2);
    fuzz_isa = (int)choose(&in, fuzz_isas);
    if (is_double)
        fuzz_checks_f64(&in, which);
    else
        fuzz_checks_f32(&in, which);
    fuzz_release();
    return 0;
}
