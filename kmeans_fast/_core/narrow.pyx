"""Definitions of narrow.pxd.

The float32 packing lies behind the float64 one, after a word that says whether it is in use. That
is chosen from a sample that does not depend on the number of threads, because the bounds of
`filter_two_rows` depend on it; labels do not.
"""

from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from . cimport _kernels
from ._blocks cimport Buffer
from ._kernels cimport SCRATCH_ROWS, real

cdef enum:
    ALIGNMENT = 64
    SAMPLE_TILES = 8
    SAMPLE_EVERY = 32
    # The float64 kernel takes twice as long as the filter: where more than one row in 4 must go
    # through both, hardly anything is gained.
    MOST_UNDECIDED = 4
    # A group of rows that the defining sum alone decides as fast.
    FEW_UNDECIDED = 16


cdef inline int64_t *narrow_word(const real *packed, int64_t k, int64_t d) noexcept nogil:
    """The word before the float32 packing; null if there is none."""
    cdef int64_t size
    if real is float:
        return NULL
    else:
        if k == 1 or _kernels.narrow_packed_size(k, d) == 0:
            return NULL
        size = _kernels.packed_size(packed, k, d) * <int64_t> sizeof(double)
        return <int64_t *> (<char *> packed + (size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT)


cdef inline void *narrow_centers(int64_t *word) noexcept nogil:
    return <char *> word + ALIGNMENT


cdef size_t filter_scratch_size(const real *x, int64_t d) noexcept nogil:
    """Bytes that the filters work in: a tile, and gathered rows with their labels."""
    cdef int64_t size = SCRATCH_ROWS * d * <int64_t> sizeof(real)
    if real is double:
        size = 2 * size + 2 * SCRATCH_ROWS * <int64_t> sizeof(int32_t)
    return <size_t> size


cdef size_t both_packed_size(const real *centers, int64_t k, int64_t d) noexcept nogil:
    """Bytes that `pack_both` writes."""
    cdef int64_t size = _kernels.packed_size(centers, k, d) * <int64_t> sizeof(real)
    if real is double:
        size += _kernels.narrow_packed_size(k, d) + 2 * ALIGNMENT
    return <size_t> (size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


cdef void pack_both(
    const real *centers, int64_t k, int64_t d, real *packed, bint narrow
) noexcept nogil:
    """Lay out centers for the kernel, and where ``narrow`` float64 ones for that of float32."""
    cdef int64_t *word = narrow_word(packed, k, d)
    _kernels.pack_centers(centers, k, d, packed)
    if real is double:
        if word != NULL:
            word[0] = narrow and _kernels.narrow_pack(packed, k, d, narrow_centers(word))


cdef void sample_narrow(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, Buffer scratch,
    size_t scratch_size, int n_threads
) noexcept:
    """Choose between the filters by what that of float32 leaves undecided of some tiles of x.

    Each thread works in ``scratch_size`` bytes, those of the filters and a tile of labels.
    """
    cdef:
        int64_t tiles = n // SCRATCH_ROWS, count, i, undecided = 0
        int64_t *word = narrow_word(packed, k, d)
        char *memory
    if real is double:
        if word == NULL or word[0] == 0:
            return
        if tiles == 0:
            return
        count = min(SAMPLE_TILES, (tiles + SAMPLE_EVERY - 1) // SAMPLE_EVERY)
        for i in prange(count, nogil=True, num_threads=n_threads, schedule="dynamic"):
            memory = scratch.data + scratch_size * threadid()
            undecided += _kernels.narrow_assign_rows(
                x + (2 * i + 1) * tiles // (2 * count) * SCRATCH_ROWS * d, SCRATCH_ROWS, d,
                narrow_centers(word), k, memory + 2 * SCRATCH_ROWS * sizeof(int32_t),
                <int32_t *> memory, <int32_t *> memory + SCRATCH_ROWS
            )
        if undecided * MOST_UNDECIDED > count * SCRATCH_ROWS:
            word[0] = 0


cdef void also_narrow(
    const real *sampled, int64_t k, real *packed, int64_t k_packed, int64_t d
) noexcept nogil:
    """Choose the same filter for other centers as a sample did."""
    cdef:
        const int64_t *chosen = narrow_word(sampled, k, d)
        int64_t *word = narrow_word(packed, k_packed, d)
    if chosen != NULL and word != NULL and chosen[0] == 0:
        word[0] = 0


cdef int64_t widen(
    const double *x, int64_t d, const double *packed, int64_t k, int64_t count, char *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil:
    """Pass ``count`` undecided rows through the float64 kernel; return how many still are."""
    cdef:
        double *tile = <double *> scratch
        double *rows = tile + SCRATCH_ROWS * d
        int32_t *own = <int32_t *> (rows + SCRATCH_ROWS * d)
        int32_t *open_rows = own + SCRATCH_ROWS
        int64_t first = 0, some, i, left, kept = 0
    while first < count:
        some = min(SCRATCH_ROWS, count - first)
        for i in range(some):
            memcpy(rows + i * d, x + undecided[first + i] * d, d * sizeof(double))
        left = _kernels.assign_rows(rows, some, d, packed, k, tile, own, open_rows)
        for i in range(some):
            labels[undecided[first + i]] = own[i]
        for i in range(left):  # behind what is still to be read
            undecided[kept] = undecided[first + open_rows[i]]
            kept += 1
        first += some
    return kept


cdef int64_t filter_rows(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, char *scratch,
    int32_t *labels, int32_t *undecided
) noexcept nogil:
    """As the kernel `assign_rows`, through the chosen filter."""
    cdef:
        int64_t *word = narrow_word(packed, k, d)
        int64_t count
    if real is double:
        if word != NULL and word[0] != 0:
            count = _kernels.narrow_assign_rows(
                x, n, d, narrow_centers(word), k, scratch, labels, undecided
            )
            if count > FEW_UNDECIDED:
                return widen(x, d, packed, k, count, scratch, labels, undecided)
            return count
    return _kernels.assign_rows(x, n, d, packed, k, <real *> scratch, labels, undecided)


cdef int64_t filter_two_rows(
    const real *x, int64_t n, int64_t d, const real *packed, int64_t k, char *scratch,
    int32_t *labels, double *second, int32_t *undecided
) noexcept nogil:
    """As the kernel `assign_two_rows`, through the chosen filter."""
    cdef:
        int64_t *word = narrow_word(packed, k, d)
        int64_t count
    if real is double:
        if word != NULL and word[0] != 0:
            count = _kernels.narrow_assign_two_rows(
                x, n, d, narrow_centers(word), k, scratch, labels, second, undecided
            )
            if count > FEW_UNDECIDED:
                return widen(x, d, packed, k, count, scratch, labels, undecided)
            return count
    return _kernels.assign_two_rows(
        x, n, d, packed, k, <real *> scratch, labels, second, undecided
    )
