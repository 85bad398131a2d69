"""Definitions of float32_filter.pxd.

The float32 packing lies behind the float64 one. A sample of rows decides whether it is used. The
sample does not depend on the number of threads, because the bounds of `assign_two_packed` depend on
that choice; labels do not.
"""

from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from ._blocks cimport Buffer, lines
from ._kernels cimport SCRATCH_ROWS, fast, kernels, real

cdef enum:
    SAMPLE_TILES = 8
    SAMPLE_EVERY = 32
    # The float64 kernel takes twice as long as the filter: where more than one row in 4 must go
    # through both, hardly anything is gained.
    MOST_UNDECIDED = 4
    # Up to this many undecided rows, the defining sum alone is as fast.
    FEW_UNDECIDED = 8


cdef size_t packed_scratch_size(size_t itemsize, int64_t d) noexcept nogil:
    """Bytes of scratch of `assign_packed`: a tile, and gathered rows with their labels."""
    return 2 * SCRATCH_ROWS * (<size_t> d * itemsize + sizeof(int32_t))


cdef size_t wide_size(const real *centers, int64_t k, int64_t d) noexcept nogil:
    return lines(<size_t> fast(centers).packed_size(k, d) * sizeof(real))


cdef size_t packed_size(const real *centers, int64_t k, int64_t d) noexcept nogil:
    """Bytes that `pack_both` writes."""
    cdef size_t size = wide_size(centers, k, d)
    if real is double:
        size += lines(<size_t> kernels.fast_common.float32_packed_size(k, d))
    return size


cdef Packed pack_both(
    const real *centers, int64_t k, int64_t d, char *memory, bint narrow
) noexcept nogil:
    """Lay out centers for the kernels, and if ``narrow``, float64 ones for the float32 filter."""
    cdef Packed packed = Packed(memory, NULL)
    cdef char *second
    fast(centers).pack_centers(centers, k, d, <real *> memory)
    if real is double:
        if narrow and k > 1 and kernels.fast_common.float32_packed_size(k, d) > 0:
            second = memory + wide_size(centers, k, d)
            if kernels.fast_common.float32_pack(<const real *> memory, k, d, second):
                packed.narrow = second
    return packed


cdef Packed sample_float32(
    const real *x, int64_t n, int64_t d, Packed packed, int64_t k, Buffer scratch,
    size_t scratch_size, int n_threads
):
    """The same centers, without the float32 filter if it leaves too much of a sample undecided.

    Each thread uses ``scratch_size`` bytes: `packed_scratch_size` and a tile of labels.
    """
    cdef:
        int64_t tiles = n // SCRATCH_ROWS, count, i, undecided = 0
        char *memory
    if real is double:
        if packed.narrow == NULL or tiles == 0:
            return packed
        count = min(SAMPLE_TILES, (tiles + SAMPLE_EVERY - 1) // SAMPLE_EVERY)
        for i in prange(count, nogil=True, num_threads=n_threads, schedule="dynamic"):
            memory = scratch.data + scratch_size * threadid()
            undecided += kernels.fast_common.float32_assign_rows(
                x + (2 * i + 1) * tiles // (2 * count) * SCRATCH_ROWS * d, SCRATCH_ROWS, d,
                packed.narrow, k, memory + 2 * SCRATCH_ROWS * sizeof(int32_t),
                <int32_t *> memory, <int32_t *> memory + SCRATCH_ROWS
            )
        if undecided * MOST_UNDECIDED > count * SCRATCH_ROWS:
            packed.narrow = NULL
    return packed


cdef Packing pack(const real *centers, int64_t k, int64_t d):
    """Centers laid out for the kernels of their type."""
    cdef Packing own = Packing()
    own.memory = Buffer(packed_size(centers, k, d))
    own.view = pack_both(centers, k, d, own.memory.data, False)
    return own


cdef Packing pack_for(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, Buffer scratch,
    size_t scratch_size, int n_threads
):
    """Centers packed for ``n`` rows of x; a sample of the rows decides about the float32 filter."""
    cdef Packing own = Packing()
    own.memory = Buffer(packed_size(centers, k, d))
    own.view = pack_both(centers, k, d, own.memory.data, n >= FEW_FLOAT32_ROWS)
    own.view = sample_float32(x, n, d, own.view, k, scratch, scratch_size, n_threads)
    return own


cdef int64_t widen(
    const real *x, int64_t d, const real *packed, int64_t k, int64_t count, char *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil:
    """Pass ``count`` undecided rows through the kernel of their type; return how many still are."""
    cdef:
        real *tile = <real *> scratch
        real *rows = tile + SCRATCH_ROWS * d
        int32_t *own = <int32_t *> (rows + SCRATCH_ROWS * d)
        int32_t *open_rows = own + SCRATCH_ROWS
        int64_t first = 0, some, i, left, kept = 0
    while first < count:
        some = min(SCRATCH_ROWS, count - first)
        for i in range(some):
            memcpy(rows + i * d, x + undecided[first + i] * d, d * sizeof(real))
        left = fast(rows).assign_rows(rows, some, d, packed, k, tile, own, open_rows)
        for i in range(some):
            labels[undecided[first + i]] = own[i]
        for i in range(left):  # overwrites only entries that were read before
            undecided[kept] = undecided[first + open_rows[i]]
            kept += 1
        first += some
    return kept


cdef int64_t assign_packed(
    const real *x, int64_t n, int64_t d, Packed packed, int64_t k, char *scratch, int32_t *labels,
    int32_t *undecided
) noexcept nogil:
    """As the kernel `assign_rows`, through a filter first where the centers are packed for it.

    Writes ``labels`` (n,) and ``undecided``; returns the number of undecided rows.
    """
    cdef int64_t count
    cdef const real *wide = <const real *> packed.wide
    if packed.narrow == NULL:
        return fast(x).assign_rows(x, n, d, wide, k, <real *> scratch, labels, undecided)
    if real is double:
        count = kernels.fast_common.float32_assign_rows(
            x, n, d, packed.narrow, k, scratch, labels, undecided
        )
    else:
        count = kernels.fast_common.int16_assign_rows(
            x, n, d, <const int32_t *> packed.narrow, k, <float *> scratch, labels, undecided
        )
    return decide_by_type(x, d, packed, k, count, scratch, labels, undecided)


cdef int64_t decide_by_type(
    const real *x, int64_t d, Packed packed, int64_t k, int64_t count, char *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil:
    """Pass rows that a filter leaves undecided on, where they are many; return how many still are.
    """
    if count <= FEW_UNDECIDED:
        return count
    return widen(x, d, <const real *> packed.wide, k, count, scratch, labels, undecided)


cdef int64_t assign_two_packed(
    const real *x, int64_t n, int64_t d, Packed packed, int64_t k, char *scratch, int32_t *labels,
    double *second, int32_t *undecided
) noexcept nogil:
    """As the kernel `assign_two_rows`, in float32 first where the centers are packed for it.

    Writes ``labels`` (n,), ``second`` (n,) and ``undecided``; returns the number of undecided rows.
    """
    cdef int64_t count
    cdef const real *wide = <const real *> packed.wide
    if real is double:
        if packed.narrow != NULL:
            count = kernels.fast_common.float32_assign_two_rows(
                x, n, d, packed.narrow, k, scratch, labels, second, undecided
            )
            if count > FEW_UNDECIDED:
                return widen(x, d, wide, k, count, scratch, labels, undecided)
            return count
    return fast(x).assign_two_rows(
        x, n, d, wide, k, <real *> scratch, labels, second, undecided
    )
