"""Definitions of int16_filter.pxd.

A sample of rows gives the unit of the integers: rows much longer than those of some tiles of the
sample are undecided. The sample then tells whether the filter decides enough rows.
"""

from libc.stdint cimport int32_t, int64_t

from ._blocks cimport Buffer
from ._kernels cimport SCRATCH_ROWS, kernels, real
from .float32_filter cimport FEW_FLOAT32_ROWS, Packing, pack_for

cdef enum:
    SAMPLE_TILES = 8
    SAMPLE_EVERY = 32
    FEW_FEATURES = 4  # up to as many, the float32 kernel has no panels
    # From as many products per row on, the filter takes less time than the float32 kernel. Rows of
    # an odd number of features, unless it is large, take longer to become integers.
    FEWEST_PRODUCTS = 64
    FEWEST_ODD_PRODUCTS = 640
    MANY_FEATURES = 32
    # The filter saves 2/5 of the time of a row; undecided rows take the whole time besides.
    MOST_UNDECIDED = 8
    SHIFT_AT = 16  # elements before the shift in the memory of `IntegerRows`

cdef double LONGER = 1.2  # longest row that is expected, relative to that of such a tile


cdef int64_t sample_start(int64_t i, int64_t count, int64_t n) noexcept nogil:
    """First row of tile ``i`` of ``count`` tiles spread over ``n`` rows."""
    return (2 * i + 1) * (n // SCRATCH_ROWS) // (2 * count) * SCRATCH_ROWS


cdef double expected_length(
    const float *x, int64_t n, int64_t d, const float *shift, int64_t count
) noexcept nogil:
    """Length of the longest row of a tile in the lower quartile of the sample, and a little more.

    Far rows, up to about 1 % of all, do not make the unit of the integers coarse.
    """
    cdef double lengths[SAMPLE_TILES]
    cdef double length
    cdef int64_t i, j
    for i in range(count):
        length = kernels.fast_common.longest_row(
            x + sample_start(i, count, n) * d, SCRATCH_ROWS, d, shift
        )
        j = i
        while j > 0 and lengths[j - 1] > length:
            lengths[j] = lengths[j - 1]
            j -= 1
        lengths[j] = length
    return LONGER * lengths[count // 4]


cdef int64_t count_undecided(
    const float *x, int64_t n, int64_t d, const int32_t *packed, int64_t k, int64_t count,
    char *scratch
) noexcept nogil:
    """Undecided rows of the sample; labels and indices stand before the tile in ``scratch``."""
    cdef int32_t *labels = <int32_t *> scratch
    cdef int32_t *undecided = labels + SCRATCH_ROWS
    cdef int64_t i, total = 0
    for i in range(count):
        total += kernels.fast_common.int16_assign_rows(
            x + sample_start(i, count, n) * d, SCRATCH_ROWS, d, packed, k,
            <float *> (undecided + SCRATCH_ROWS), labels, undecided
        )
    return total


cdef int64_t integers_size(int64_t n, int64_t d) noexcept nogil:
    """Elements of the memory of `IntegerRows`."""
    cdef int64_t tiles = (n + SCRATCH_ROWS - 1) // SCRATCH_ROWS
    return SHIFT_AT + 2 * d + tiles * kernels.fast_common.int16_tile_size(d)


cdef bint pays(int64_t n, int64_t d, int64_t k) noexcept nogil:
    """Whether the filter is faster than the float32 kernel for such rows and centers."""
    cdef bint odd = d % 2 == 1 and d < MANY_FEATURES
    return (
        n >= FEW_FLOAT32_ROWS
        and d > FEW_FEATURES
        and k > 1
        and k * d >= (FEWEST_ODD_PRODUCTS if odd else FEWEST_PRODUCTS)
        and kernels.fast_common.int16_packed_size(k, d) > 0
    )


cdef IntegerRows view_integers(int32_t *memory, int64_t d) noexcept nogil:
    cdef float *values = <float *> memory
    return IntegerRows(memory, values + 1, values + 2, values + SHIFT_AT, memory + SHIFT_AT + 2 * d)


cdef bint pack_integers(const float *centers, int64_t k, int64_t d, IntegerRows rows, Packing own):
    """Pack centers for the shift and the length in ``rows``; return whether that is possible."""
    cdef int32_t *packed
    own.integers = Buffer(
        <size_t> kernels.fast_common.int16_packed_size(k, d) * sizeof(int32_t)
    )
    packed = <int32_t *> own.integers.data
    if not kernels.fast_common.int16_pack(
        centers, k, d, rows.shift, <double> rows.length[0], packed
    ):
        return False
    own.view.narrow = packed
    return True


cdef Packing pack_for_labels(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, Buffer scratch,
    size_t scratch_size, int n_threads, IntegerRows *rows
):
    """As `pack_for`, for `assign_packed` alone: float32 centers also for the integer filter.

    Where ``rows`` is not null, their shift, scale and length are set with the centers.
    """
    cdef Packing own = pack_for(x, n, d, centers, k, scratch, scratch_size, n_threads)
    cdef int64_t tiles = n // SCRATCH_ROWS
    cdef int64_t count = min(SAMPLE_TILES, (tiles + SAMPLE_EVERY - 1) // SAMPLE_EVERY)
    cdef IntegerRows view
    cdef Buffer memory
    if real is float:
        if not pays(n, d, k):
            return own
        memory = Buffer((SHIFT_AT + 2 * d) * sizeof(int32_t))
        view = view_integers(<int32_t *> memory.data, d) if rows == NULL else rows[0]
        kernels.fast_common.int16_shift(centers, k, d, view.shift)
        view.length[0] = <float> expected_length(x, n, d, view.shift, count)
        if pack_integers(centers, k, d, view, own):
            view.scale[0] = (<float *> own.view.narrow)[0]
            if (
                count_undecided(x, n, d, <int32_t *> own.view.narrow, k, count, scratch.data)
                * MOST_UNDECIDED > count * SCRATCH_ROWS
            ):
                own.view.narrow = NULL
    return own
