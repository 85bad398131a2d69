/* The fast kernels that are float32 arithmetic whatever the type of the rows: compiled once per
 * instruction set, contracting to FMA. */
#include "fast/codes_scan.h"
#include "fast/float32_filter.h"
#include "fast/int16_filter.h"
#include "fast/project.h"
#include "fast/sketch_scan.h"
#include "tables.h"

const kmf_fast_common KMF_TABLE = {
    .float32_packed_size = float32_packed_size,
    .float32_pack = float32_pack,
    .float32_assign_rows = float32_assign_rows,
    .float32_assign_two_rows = float32_assign_two_rows,
    .int16_packed_size = int16_packed_size,
    .int16_shift = int16_shift,
    .longest_row = longest_row,
    .int16_pack = int16_pack,
    .int16_assign_rows = int16_assign_rows,
    .int16_tile_size = int16_tile_size,
    .int16_rows = int16_rows,
    .int16_assign_tiles = int16_assign_tiles,
    .packed_codes_size = packed_codes_size,
    .pack_codes = pack_codes,
    .scan_codes = scan_codes,
    .packed_sketch_size = packed_sketch_size,
    .pack_sketch = pack_sketch,
    .scan_sketch = scan_sketch,
    .pack_directions = pack_directions,
    .project_rows = project_rows,
};
