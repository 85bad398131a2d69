"""Definitions of _blocks.pxd."""

from libc.stdint cimport int64_t, uintptr_t
from libc.stdlib cimport calloc, free

cdef enum:
    ALIGNMENT = 64
    TILE = 64
    TASKS_PER_THREAD = 8


# Multiply-adds after which a task, and between polls for signals a thread, has done enough: 2 ms
# and 10 ms on one core with AVX-512, 50 times that where all rows are decided again without it.
cdef int64_t TASK_COST = 200_000_000
cdef int64_t SLICE_COST = 1_000_000_000
# What counts as so many: to get a feature from memory, and a row with its weight and its labels.
# Rows that move, from random places, take ten times that, those that bounds settle a tenth.
cdef int64_t FEATURE_COST = 30
cdef int64_t ROW_COST = 2000


cdef int64_t rows_per_task(int64_t n, int64_t row_cost, int n_threads) noexcept nogil:
    """Rows of a task, whole tiles, when a row costs ``row_cost`` multiply-adds.

    Several threads get at least TASKS_PER_THREAD tasks each, if there are rows enough.
    """
    cdef int64_t rows = TASK_COST // (row_cost + 1)
    if n_threads > 1:
        rows = min(rows, n // (TASKS_PER_THREAD * n_threads))
    rows = rows // TILE * TILE
    return TILE if rows < TILE else BLOCK_ROWS if rows > BLOCK_ROWS else rows


cdef int64_t tasks_per_slice(int64_t rows, int64_t d, int64_t points, int n_threads) noexcept nogil:
    """Tasks of ``rows`` rows, each compared with so many points, between two polls for signals."""
    cdef int64_t tasks = SLICE_COST // (rows * ((points + FEATURE_COST) * d + ROW_COST)) * n_threads
    return n_threads if tasks < n_threads else tasks


cdef class Buffer:

    def __cinit__(self, size_t size):
        """Allocate ``size`` zero bytes."""
        self.allocation = calloc(size + ALIGNMENT, 1)
        if self.allocation == NULL:
            raise MemoryError(f"cannot allocate {size} bytes of working memory")
        self.data = <char *> (
            (<uintptr_t> self.allocation + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
        )

    def __dealloc__(self):
        free(self.allocation)
