"""Nearest centers: by the fast kernel, and by the defining sum where rounding leaves ties open."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t

from ._blocks cimport (
    BLOCK_ROWS, Buffer, block_count, rows_in, rows_per_long_task, rows_per_task,
    tasks_per_slice, weight_from
)
from ._kernels cimport LIMBS, SCRATCH_ROWS, exact, kernels, real
from .exact_sums cimport int_of_limbs
from .float32_filter cimport (
    FEW_FLOAT32_ROWS, Packed, Packing, assign_packed, assign_two_packed, pack_both,
    pack_for, packed_scratch_size, packed_size, sample_float32
)
from .int16_filter cimport pack_for_labels

cdef enum:
    # Up to this many rows and from this many centers per thread on, threads share the centers.
    PART_ROWS = 512
    PART_CENTERS = 512
    # Elements of centers that no longer fit the caches; elements that fit a cache of 1 MiB.
    LARGE_CENTERS = 1 << 21
    PART_ELEMENTS = 1 << 16
    TASKS_PER_THREAD = 8


cdef size_t assign_scratch_size(size_t itemsize, int64_t rows, int64_t d) noexcept nogil:
    """Bytes of scratch of `assign_task`: indices of undecided rows, and `packed_scratch_size`."""
    return (
        <size_t> (rows + SCRATCH_ROWS) * sizeof(int32_t) + packed_scratch_size(itemsize, d) + 128
    )


cdef char *after_indices(char *scratch, int64_t rows) noexcept nogil:
    return scratch + (rows * sizeof(int32_t) + 63) // 64 * 64


cdef int64_t list_undecided(
    const real *x, int64_t n, int64_t d, Packed packed, int64_t k, char *scratch, int32_t *labels
) noexcept nogil:
    """Write ``labels`` (n,), and at ``scratch`` which are undecided: all without packed centers."""
    cdef int32_t *undecided = <int32_t *> scratch
    cdef int64_t i
    if packed.wide != NULL:
        return assign_packed(x, n, d, packed, k, after_indices(scratch, n), labels, undecided)
    for i in range(n):
        undecided[i] = <int32_t> i
        labels[i] = 0
    return n


cdef void decide_listed(
    const real *x, int64_t n, int64_t d, const real *centers, int64_t k, char *scratch,
    int64_t count, int32_t *labels
) noexcept nogil:
    """Labels of the ``count`` rows of `list_undecided`, by the defining sum alone."""
    if count > 0:
        exact(x).decide_rows(
            x, d, <int32_t *> scratch, count, centers, k, <double *> after_indices(scratch, n),
            labels
        )


cdef void assign_task(
    const real *x, int64_t n, int64_t d, const real *centers, Packed packed, int64_t k,
    char *scratch, int32_t *labels
) noexcept nogil:
    """Write ``labels`` (n,); by the defining sum alone if the centers were not packed."""
    cdef int64_t count = list_undecided(x, n, d, packed, k, scratch, labels)
    decide_listed(x, n, d, centers, k, scratch, count, labels)


cdef bint has_infinite(const real *x, int64_t d, const int32_t *rows, int64_t count) noexcept nogil:
    """Whether one of the rows has an infinity or NaN: 0 times it is NaN, and so is the sum."""
    cdef int64_t i, f
    cdef const real *row
    cdef real zero = 0
    for i in range(count):
        row = x + (rows[i] if rows != NULL else i) * d
        for f in range(d):
            zero += 0 * row[f]
    return zero != 0


cdef bint assign_unchecked(
    const real *x, int64_t n, int64_t d, const real *centers, Packed packed, int64_t k,
    char *scratch, int32_t *labels
) noexcept nogil:
    """As `assign_task` for rows that may not be finite; returns whether one is not.

    Such a row is undecided, unless there is only one center: all values that the kernels compare
    are infinite or NaN, and a difference of two of them exceeds no band. So only undecided rows
    are tested, and finite ones cost no second pass.
    """
    cdef int64_t count = list_undecided(x, n, d, packed, k, scratch, labels)
    if k == 1:
        return has_infinite(x, d, <const int32_t *> NULL, n)
    if has_infinite(x, d, <const int32_t *> scratch, count):
        return True
    decide_listed(x, n, d, centers, k, scratch, count, labels)
    return False


cdef int64_t centers_per_part(
    const real *x, int64_t n, int64_t d, int64_t k, int n_threads
) noexcept nogil:
    """Number of centers per part; ``k`` where it does not pay to cut them.

    Threads share the centers where the rows make few tasks, or where packing all centers in one
    thread would take as long as the assignment. Where all centers do not fit the caches, a part
    has as many centers as fit one of them.
    """
    cdef int64_t size = k
    if n_threads > 1 and n <= PART_ROWS * n_threads and k >= PART_CENTERS * n_threads:
        size = (k + 2 * n_threads - 1) // (2 * n_threads)
    if n >= PART_ROWS and k * d > LARGE_CENTERS:
        size = min(size, max(PART_CENTERS, PART_ELEMENTS // d))
    return size


cdef bint assign_part(
    const real *x, int64_t n, int64_t d, const real *centers, Packed packed, int64_t k,
    char *scratch, int32_t *labels, double *nearest
) noexcept nogil:
    """Write ``labels`` (n,) among ``k`` of the centers, and the defining sums ``nearest`` (n,).

    Returns whether a row is not finite.
    """
    cdef bint infinite = assign_unchecked(x, n, d, centers, packed, k, scratch, labels)
    exact(x).squared_distances(x, n, d, centers, labels, nearest)
    return infinite


cdef void merge_parts(
    int64_t n, int64_t parts, int64_t size, const int32_t *found, const double *nearest,
    int64_t stride, int32_t *labels
) noexcept nogil:
    """Write to ``labels`` (n,) the nearest center of all parts.

    ``found`` and ``nearest`` (parts, stride) are the label and the defining sum in each part of
    ``size`` centers. A strict comparison keeps the lowest index.
    """
    cdef int64_t i, part, best
    for i in range(n):
        best = 0
        for part in range(1, parts):
            if nearest[part * stride + i] < nearest[best * stride + i]:
                best = part
        labels[i] = <int32_t> (best * size + found[best * stride + i])


cdef assign_by_parts(
    const real[:, ::1] x, const real[:, ::1] centers, int64_t size, int32_t[::1] labels,
    int n_threads
):
    """As `assign_rows`, for a block of rows and ``size`` centers at a time.

    Each part of the centers has its own labels and defining sums; the smallest sum wins.
    """
    cdef:
        int64_t infinite = 0
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t parts = (k + size - 1) // size, rows = min(n, BLOCK_ROWS)
        int64_t blocks = (n + rows - 1) // rows
        int64_t together = min(blocks, (TASKS_PER_THREAD * n_threads + parts - 1) // parts)
        int64_t step = tasks_per_slice(rows, d, size, n_threads)
        int64_t part, block, some, first, end, task
        bint packing = n > FEW_ROWS
        size_t part_size = packed_size(&centers[0, 0], size, d) if packing else 0
        size_t scratch_size = assign_scratch_size(sizeof(real), max(rows, 64), d)
        Buffer memory = Buffer(part_size * parts)
        Buffer views = Buffer(<size_t> parts * sizeof(Packed))
        Packed *packed = <Packed *> views.data
        Buffer scratch = Buffer(scratch_size * n_threads)
        Buffer part_labels = Buffer(<size_t> (together * parts * rows) * sizeof(int32_t))
        Buffer part_nearest = Buffer(<size_t> (together * parts * rows) * sizeof(double))
        int32_t *found = <int32_t *> part_labels.data
        double *nearest = <double *> part_nearest.data
    if packing:
        for part in prange(parts, nogil=True, num_threads=n_threads, schedule="dynamic"):
            packed[part] = pack_both(
                &centers[part * size, 0], rows_in(k, part * size, size), d,
                memory.data + part_size * part, n >= FEW_FLOAT32_ROWS
            )
        packed[0] = sample_float32(
            &x[0, 0], n, d, packed[0], size, scratch, scratch_size, n_threads
        )
        for part in range(1, parts):
            if packed[0].narrow == NULL:
                packed[part].narrow = NULL
    for block in range(0, blocks, together):
        some = rows_in(blocks, block, together)
        for first in range(0, some * parts, step):
            end = first + rows_in(some * parts, first, step)
            for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
                infinite += assign_part(
                    &x[(block + task // parts) * rows, 0],
                    rows_in(n, (block + task // parts) * rows, rows), d,
                    &centers[task % parts * size, 0], packed[task % parts],
                    rows_in(k, task % parts * size, size),
                    scratch.data + scratch_size * threadid(), found + task * rows,
                    nearest + task * rows
                )
            PyErr_CheckSignals()
            if infinite > 0:
                return False
        for task in prange(some, nogil=True, num_threads=n_threads, schedule="static"):
            merge_parts(
                rows_in(n, (block + task) * rows, rows), parts, size, found + task * parts * rows,
                nearest + task * parts * rows, rows, &labels[(block + task) * rows]
            )
    return True


def assign_rows(const real[:, ::1] x, const real[:, ::1] centers, int32_t[::1] labels,
                int n_threads):
    """Write the index of each row's nearest center, ties to the lowest, to ``labels`` (int32).

    Returns whether all rows are finite; if not, the labels mean nothing.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t rows = rows_per_long_task(n, k * d, n_threads), tasks = (n + rows - 1) // rows
        int64_t task, first, end, step = tasks_per_slice(rows, d, k, n_threads)
        size_t size = assign_scratch_size(sizeof(real), rows, d)
        int64_t size_of_part, infinite = 0
        Packed packed = Packed(NULL, NULL)
        Packing packing
        Buffer scratch
    if n == 0:
        return True
    size_of_part = centers_per_part(&x[0, 0], n, d, k, n_threads)
    if size_of_part < k:
        return assign_by_parts(x, centers, size_of_part, labels, n_threads)
    scratch = Buffer(size * n_threads)
    if n > FEW_ROWS:
        packing = pack_for_labels(
            &x[0, 0], n, d, &centers[0, 0], k, scratch, size, n_threads, NULL
        )
        packed = packing.view
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            infinite += assign_unchecked(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d, &centers[0, 0], packed, k,
                scratch.data + size * threadid(), &labels[task * rows]
            )
        PyErr_CheckSignals()
        if infinite > 0:
            return False
    return True


cdef void assign_two_task(
    const real *x, int64_t n, int64_t d, const real *centers, Packed packed, int64_t k,
    char *scratch, int32_t *labels, double *nearest, double *second
) noexcept nogil:
    cdef int32_t *undecided = <int32_t *> scratch
    cdef char *memory = after_indices(scratch, n)
    cdef int64_t count = assign_two_packed(x, n, d, packed, k, memory, labels, second, undecided)
    if count > 0:
        exact(x).decide_rows(x, d, undecided, count, centers, k, <double *> memory, labels)
    exact(x).squared_distances(x, n, d, centers, labels, nearest)


def assign_two_rows(const real[:, ::1] x, const real[:, ::1] centers, int32_t[::1] labels,
                    double[::1] nearest, double[::1] second, int n_threads):
    """As `assign_rows`, and squared distances to the nearest center and to the nearest other one.

    ``nearest`` is the defining sum, ``second`` a lower bound on it for every other center, close
    to the smallest; infinite if there is no other.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], k = centers.shape[0]
        int64_t rows = rows_per_task(n, k * d, n_threads), tasks = (n + rows - 1) // rows
        int64_t task, first, end, step = tasks_per_slice(rows, d, k, n_threads)
        size_t size = assign_scratch_size(sizeof(real), rows, d)
        Packing packing
        Buffer scratch
    if n == 0:
        return
    scratch = Buffer(size * n_threads)
    packing = pack_for(&x[0, 0], n, d, &centers[0, 0], k, scratch, size, n_threads)
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            assign_two_task(
                &x[task * rows, 0], rows_in(n, task * rows, rows), d, &centers[0, 0],
                packing.view, k, scratch.data + size * threadid(),
                &labels[task * rows], &nearest[task * rows], &second[task * rows]
            )
        PyErr_CheckSignals()


cdef void block_inertia(
    const real *x, int64_t n, int64_t d, const real *centers, const int32_t *labels,
    const double *weight, double *terms, int64_t *limbs
) noexcept nogil:
    exact(x).squared_distances(x, n, d, centers, labels, terms)
    kernels.exact_common.add_terms(terms, weight, n, limbs)


def inertia(const real[:, ::1] x, const real[:, ::1] centers, const int32_t[::1] labels,
            const double[::1] sample_weight, int n_threads):
    """Exact sum of the weighted defining sums of all rows and their own centers."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = block_count(n)
        int64_t block, first, end, step = tasks_per_slice(BLOCK_ROWS, d, 1, n_threads)
        const double *weight = NULL
        Buffer terms = Buffer(n_threads * BLOCK_ROWS * sizeof(double))
        Buffer sums = Buffer(n_threads * LIMBS * sizeof(int64_t))
    if sample_weight is not None and n > 0:
        weight = &sample_weight[0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            block_inertia(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                &centers[0, 0], &labels[block * BLOCK_ROWS],
                weight_from(weight, block * BLOCK_ROWS),
                <double *> terms.data + threadid() * BLOCK_ROWS,
                <int64_t *> sums.data + threadid() * LIMBS
            )
        PyErr_CheckSignals()
    return int_of_limbs(<int64_t *> sums.data, n_threads)
