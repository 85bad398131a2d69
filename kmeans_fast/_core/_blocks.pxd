"""Row blocks: how rows are cut into pieces of parallel work, and the memory the pieces work in."""

from libc.stdint cimport int64_t, uintptr_t

cdef enum:
    # The same in _reference/blocks.py.
    BLOCK_ROWS = 1024


cdef inline int64_t block_count(int64_t n) noexcept nogil:
    return (n + BLOCK_ROWS - 1) // BLOCK_ROWS


cdef inline int64_t rows_in(int64_t n, int64_t start, int64_t most) noexcept nogil:
    return most if n - start > most else n - start


cdef inline const double *weight_from(const double *weight, int64_t row) noexcept nogil:
    """Weights from ``row`` on; null if there are none."""
    if weight == NULL:
        return NULL
    return weight + row


cdef inline size_t lines(size_t size) noexcept nogil:
    """``size`` bytes, rounded up to whole cache lines."""
    return (size + 63) // 64 * 64


cdef inline void *reserve(char *base, size_t *used, size_t size) noexcept nogil:
    """Place ``size`` bytes after the ``used`` bytes from ``base`` on, in cache lines of their own.

    Adds them to ``used``, so that the same calls from a null ``base`` measure the memory.
    """
    cdef size_t at = used[0]
    used[0] += lines(size)
    return <void *> (<uintptr_t> base + at)


cdef inline void add_parts(
    int64_t *total, const int64_t *parts, int64_t size, int64_t count
) noexcept nogil:
    """Add ``count`` parts, one after the other, to ``total`` (size)."""
    cdef int64_t i, part
    for part in range(count):
        for i in range(size):
            total[i] += parts[part * size + i]


cdef int64_t rows_per_task(int64_t n, int64_t row_cost, int n_threads) noexcept nogil
cdef int64_t rows_per_long_task(int64_t n, int64_t row_cost, int n_threads) noexcept nogil
cdef int64_t tasks_per_slice(int64_t rows, int64_t d, int64_t points, int n_threads) noexcept nogil


cdef class Buffer:
    """Memory aligned to a cache line, freed with the object; MemoryError if there is none."""
    cdef void *allocation
    cdef char *data


cdef enum:
    COUNTS = 8  # counters per thread: one cache line


cdef class Workers:
    """What each thread of a step works with: scratch memory, words of the sums, counters.

    Thread 0 works on the sums themselves, each other thread on words that `merge` adds to them.
    """
    cdef Buffer memory, partial, counters
    cdef size_t scratch_size
    cdef int64_t words
    cdef int n_threads
    cdef int64_t *total

    cdef char *scratch(self, int thread) noexcept nogil
    cdef int64_t *sums(self, int thread) noexcept nogil
    cdef int64_t *counts(self, int thread) noexcept nogil
    cdef int64_t *merge(self) noexcept nogil
