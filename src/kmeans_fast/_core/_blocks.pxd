"""Row blocks: how rows are cut into pieces of parallel work, and the memory the pieces work in."""

from libc.stdint cimport int64_t

cdef enum:
    # The fixed grid of sums that are not order-free; the same in _reference/blocks.py.
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


cdef int64_t rows_per_task(int64_t n, int64_t row_cost, int n_threads) noexcept nogil
cdef int64_t tasks_per_slice(int64_t rows, int64_t row_cost, int n_threads) noexcept nogil


cdef class Buffer:
    """Memory aligned to a cache line, freed with the object; MemoryError if there is none."""
    cdef void *allocation
    cdef char *data
