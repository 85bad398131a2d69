"""Assignment of values in ascending order; _reference/sorted_rows.py describes the functions.

For fixed c, the defining sum round(round(x - c)^2) does not fall as x moves away from c, nor, for
fixed x, as c moves away from x: rounding is monotone. So of the centers on one side of x none is
nearer than the next one, and between the neighbors a < b the rows that prefer a come first, those
that tie next, those that prefer b last: two binary searches, by the defining sum itself. A center
farther out could tie with its neighbor only if rounding swallowed the gap between them, which is
tested for.
"""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, int64_t

from ._blocks cimport BLOCK_ROWS, Buffer, rows_in
from ._kernels cimport GridView, exact, real
from .sums cimport view_grid

ctypedef fused row_index:
    int32_t
    int64_t

cdef enum:
    BLOCKS_PER_SLICE = 1024

# A gap of at least 2^-48 of a distance makes it longer by more than the roundings of two
# subtractions and two squares (2^-53 each, twice in a square), if the square is a normal number.
cdef double WIDEST = 2.0 ** 48
cdef double NARROWEST = 2.0 ** -500
cdef double FARTHEST = 2.0 ** 511  # whose square is finite


cdef inline bint goes_left(double x, double a, double b, bint ties) noexcept nogil:
    """Whether x is nearer to a than to b, a < b, or as near if ``ties``."""
    cdef double lower = (x - a) * (x - a), upper = (x - b) * (x - b)
    return x < a or (x < b and (lower < upper or (ties and lower == upper)))


cdef inline bint sees(double gap, double sight) noexcept nogil:
    """Whether two centers with this gap differ when seen from afar, the farther at ``sight``."""
    return gap >= NARROWEST and sight <= gap * WIDEST and sight <= FARTHEST


cdef int64_t count_left(
    const real *values, int64_t low, int64_t high, double a, double b, bint ties
) noexcept nogil:
    """Number of ``values`` (ascending) that go left; it is from ``low`` to ``high``."""
    cdef int64_t middle
    while low < high:
        middle = low + (high - low) // 2
        if goes_left(values[middle], a, b, ties):
            low = middle + 1
        else:
            high = middle
    return low


cdef bint boundaries(
    const real *values, int64_t n, const real *centers, const int32_t *labels, int64_t k,
    int64_t *starts
) noexcept nogil:
    cdef int64_t j, nearer = 0, tied = 0, before = 0
    cdef double a, b
    starts[0] = 0
    for j in range(k):
        # values[before ... tied] may have center j nearest, those at its ends in a tie
        nearer = tied = n
        if j + 1 < k:
            a = centers[j]
            b = centers[j + 1]
            nearer = count_left(values, starts[j], n, a, b, False)
            tied = count_left(values, nearer, n, a, b, True)
        starts[j + 1] = tied if j + 1 == k or labels[j] < labels[j + 1] else nearer
        if before < tied:
            if j > 0:
                a = centers[j - 1]
                if not sees(<double> centers[j] - a, <double> values[tied - 1] - a):
                    return False
            if j + 1 < k and not sees(b - <double> centers[j], b - <double> values[before]):
                return False
        before = nearer
    return True


def find_boundaries(const real[::1] values, const real[::1] centers, const int32_t[::1] labels,
                    int64_t[::1] starts):
    """Write to ``starts`` (k + 1,) which of the ascending ``values`` are nearest to each center.

    ``centers`` ascend strictly; those of ``values[starts[j]:starts[j + 1]]`` are nearest to center
    j, ties to the center with the lowest of ``labels``. Returns False where rounding
    could let more than two centers tie.
    """
    cdef int64_t n = values.shape[0]
    cdef bint sure
    if n == 0:
        starts[:] = 0
        return True
    with nogil:
        sure = boundaries(&values[0], n, &centers[0], &labels[0], centers.shape[0], &starts[0])
    return sure


def move_segments(const real[::1] values, const row_index[::1] order,
                  const double[::1] sample_weight, const int64_t[::1] starts_old,
                  const int32_t[::1] labels_old, const int64_t[::1] starts_new,
                  const int32_t[::1] labels_new, int32_t[::1] labels, int64_t[:, :, ::1] sums,
                  grid):
    """Bring ``labels`` and ``sums`` from one segmentation of the values to another.

    Value i is that of row ``order[i]`` and has the weight ``sample_weight[i]``; segment s holds
    the values from ``starts[s]`` to ``starts[s + 1]``. Segments that keep their label are not
    read; an old label of -1 stands for the values of ``labels``. Returns how many rows moved.
    """
    cdef:
        int64_t n = values.shape[0], start = 0, end, i, old = 0, new = 0, part, moved = 0
        const double[::1] scale = grid.scale
        GridView view = view_grid(scale, grid)
        const double *weight = NULL
        Buffer buffer = Buffer(2 * BLOCK_ROWS * sizeof(int32_t))
        int32_t *before = <int32_t *> buffer.data
        int32_t *after = before + BLOCK_ROWS
    while start < n:
        while starts_old[old + 1] <= start:
            old += 1
        while starts_new[new + 1] <= start:
            new += 1
        end = min(starts_old[old + 1], starts_new[new + 1])
        if labels_old[old] == labels_new[new]:
            start = end
            continue
        while start < end:
            part = rows_in(end, start, BLOCK_ROWS)
            if sample_weight is not None:
                weight = &sample_weight[start]
            with nogil:
                for i in range(part):
                    before[i] = labels[order[start + i]]
                    after[i] = labels_new[new]
                    labels[order[start + i]] = labels_new[new]
                moved += exact(&values[0]).accumulate_rows(
                    &values[start], part, 1, weight, before, after, &view, &sums[0, 0, 0]
                )
            start += part
            if start // BLOCK_ROWS % BLOCKS_PER_SLICE == 0:
                PyErr_CheckSignals()
        PyErr_CheckSignals()
    return moved
