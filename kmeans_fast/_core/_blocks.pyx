"""Definitions of _blocks.pxd."""

from libc.stdint cimport int64_t, uintptr_t
from libc.stdlib cimport calloc, free

cdef enum:
    ALIGNMENT = 64
    TILE = 64
    TASKS_PER_THREAD = 8
    LONG_BLOCKS = 4


# Multiply-adds of a task, and of a thread between two polls for signals: 2 ms and 10 ms on one core
# with AVX-512. Without it, and where every row must be decided again, they take 50 times as long.
cdef int64_t TASK_COST = 200_000_000
cdef int64_t SLICE_COST = 1_000_000_000
# Costs in the same unit: reading one feature; reading the weight and labels of one row. A row that
# moves is read from a random place and costs ten times as much; a row that bounds settle, a tenth.
cdef int64_t FEATURE_COST = 30
cdef int64_t ROW_COST = 2000


cdef int64_t rows_per_task(int64_t n, int64_t row_cost, int n_threads) noexcept nogil:
    """Rows per task, a multiple of TILE, where a row costs ``row_cost`` multiply-adds.

    Each of several threads gets at least TASKS_PER_THREAD tasks, if there are enough rows.
    """
    cdef int64_t rows = TASK_COST // (row_cost + 1)
    if n_threads > 1:
        rows = min(rows, n // (TASKS_PER_THREAD * n_threads))
    rows = rows // TILE * TILE
    return TILE if rows < TILE else BLOCK_ROWS if rows > BLOCK_ROWS else rows


cdef int64_t rows_per_long_task(int64_t n, int64_t row_cost, int n_threads) noexcept nogil:
    """As `rows_per_task`, up to LONG_BLOCKS blocks where the tasks stay many and short.

    For passes that collect a few rows of each task: a tile of them takes as long as a full one.
    """
    cdef int64_t rows = rows_per_task(n, row_cost, n_threads)
    while (
        BLOCK_ROWS <= rows < LONG_BLOCKS * BLOCK_ROWS
        and 2 * rows * row_cost <= TASK_COST
        and 2 * rows * TASKS_PER_THREAD * n_threads <= n
    ):
        rows *= 2
    return rows


cdef int64_t tasks_per_slice(int64_t rows, int64_t d, int64_t points, int n_threads) noexcept nogil:
    """Tasks between two polls for signals; each compares ``rows`` rows with ``points`` points."""
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


cdef class Workers:

    def __cinit__(self, int n_threads, size_t scratch_size, int64_t[:, :, ::1] sums):
        """Workers of ``n_threads`` threads with ``scratch_size`` bytes each, on these sums."""
        self.n_threads = n_threads
        self.scratch_size = scratch_size
        self.words = sums.shape[0] * sums.shape[1] * sums.shape[2]
        self.total = &sums[0, 0, 0]
        self.memory = Buffer(scratch_size * n_threads)
        self.partial = Buffer(<size_t> ((n_threads - 1) * self.words) * sizeof(int64_t))
        self.counters = Buffer(n_threads * COUNTS * sizeof(int64_t))

    cdef char *scratch(self, int thread) noexcept nogil:
        return self.memory.data + self.scratch_size * thread

    cdef int64_t *sums(self, int thread) noexcept nogil:
        if thread == 0:
            return self.total
        return <int64_t *> self.partial.data + (thread - 1) * self.words

    cdef int64_t *counts(self, int thread) noexcept nogil:
        return <int64_t *> self.counters.data + thread * COUNTS

    cdef int64_t *merge(self) noexcept nogil:
        """Add up the sums and the counters of all threads; return the counters."""
        cdef int64_t *counts = self.counts(0)
        add_parts(self.total, self.sums(1), self.words, self.n_threads - 1)
        add_parts(counts, self.counts(1), COUNTS, self.n_threads - 1)
        return counts
