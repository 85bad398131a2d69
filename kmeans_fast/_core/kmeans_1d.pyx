"""Optimal clusters of ascending values by dynamic programming.

Least cost of j clusters of the first i values: F_j(i) = min over s of F_{j-1}(s) + cost(s, i). The
cost satisfies the quadrangle inequality, so the best s does not fall as i or j grows: a layer j is
filled by bisection over i (Wang and Song 2011; Gronlund et al. 2017), within the bounds that the
layer before gives as well. Where a table of all best s would be too large, the path is found by the
method of Hirschberg (1975): each layer passes on the cut of its paths after half of the clusters;
both sides of that cut are then solved separately, with half the work together.
"""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange
from libc.math cimport frexp, ldexp
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from ._blocks cimport Buffer
from ._kernels cimport kernels

cdef enum:
    TABLE = 16  # most best s that are kept per value; one or two layers are always kept
    TASK_VALUES = 2048
    ENDS = 8  # most ends per call of cheapest_splits
    FEW_SPLITS = 32
    MOST_TASKS = 64

# Evaluations between two polls for signals: 0.1 s
cdef int64_t SLICE_VALUES = 1_000_000


cdef struct Layer:
    const double *sums  # from the first value of the problem on
    int64_t stride
    const double *previous
    const int32_t *lowest  # best splits of the layer before
    double *costs
    int32_t *splits
    int64_t clusters


cdef void best_split(Layer layer, int64_t end, int64_t low, int64_t high) noexcept nogil:
    """Fill place ``end``; its split is known to lie between ``low`` and ``high``."""
    low = max(low, layer.lowest[end], layer.clusters - 1)
    high = min(high, end - 1)
    low = min(low, high)
    layer.splits[end] = <int32_t> kernels.exact_common.cheapest_split(
        layer.sums, layer.stride, layer.previous, low, high + 1, end, &layer.costs[end]
    )


cdef void between(
    Layer layer, int64_t first, int64_t last, int64_t low, int64_t high
) noexcept nogil:
    """Fill the places after ``first`` and before ``last``, the middle first."""
    cdef int64_t middle
    while last - first > 1:
        low = max(low, layer.lowest[first + 1])
        if last - first - 1 <= ENDS and high - low < FEW_SPLITS:
            kernels.exact_common.cheapest_splits(
                layer.sums, layer.stride, layer.previous, min(low, high), high + 1, first + 1,
                last - first - 1, &layer.costs[first + 1], &layer.splits[first + 1]
            )
            return
        middle = first + (last - first) // 2
        best_split(layer, middle, low, high)
        between(layer, first, middle, low, layer.splits[middle])
        low = layer.splits[middle]
        first = middle


cdef int open_tasks(
    Layer layer, int64_t first, int64_t last, int64_t step, int64_t low, int64_t high
) except -1:
    """Fill every ``step``-th place after ``first`` and before ``last``, the middle first."""
    cdef int64_t middle
    while last - first > step:
        middle = first + (last - first) // (2 * step) * step
        if middle == first:
            middle = first + step
        with nogil:
            best_split(layer, middle, low, high)
        PyErr_CheckSignals()
        open_tasks(layer, first, middle, step, low, layer.splits[middle])
        low = layer.splits[middle]
        first = middle
    return 0


cdef void fill_task(Layer layer, int64_t first, int64_t last, int64_t step) noexcept nogil:
    """Fill the places between two multiples of ``step``, or up to the end, that are filled."""
    last = min(last, first + step)
    between(layer, first, last, layer.splits[first], layer.splits[last])


cdef int fill(Layer layer, int64_t first, int64_t last, int n_threads) except -1:
    """Fill the places from ``first`` to ``last``."""
    cdef int64_t tasks = min((last - first) // TASK_VALUES + 1, MOST_TASKS), task, begin, end
    cdef int64_t step = (last - first) // tasks + 1
    cdef int64_t slice = max(n_threads, SLICE_VALUES // step)
    with nogil:
        best_split(layer, first, 0, first - 1)
        if last > first:
            best_split(layer, last, layer.splits[first], last - 1)
    open_tasks(layer, first, last, step, layer.splits[first], layer.splits[last])
    for begin in range(0, tasks, slice):
        end = min(begin + slice, tasks)
        for task in prange(begin, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            if first + task * step < last:
                fill_task(layer, first + task * step, last, step)
        PyErr_CheckSignals()
    return 0


cdef class _Solver:
    """The prefix sums of all values, and memory for the layers of any part of them."""
    cdef:
        Buffer sums, costs, tables
        int64_t n
        int n_threads

    def __cinit__(self, const double[::1] values, const double[::1] weights, int n_threads):
        cdef:
            int64_t n = values.shape[0], first
            double shift = values[n // 2]
            int exponent = 0
        self.n = n
        self.n_threads = n_threads
        self.sums = Buffer(<size_t> (6 * (n + 1)) * sizeof(double))
        self.costs = Buffer(<size_t> (2 * (n + 1)) * sizeof(double))
        self.tables = Buffer(<size_t> (TABLE * (n + 1)) * sizeof(int32_t))
        frexp(max(abs(values[0]), abs(values[n - 1])), &exponent)
        for first in range(0, n, SLICE_VALUES):
            with nogil:
                kernels.exact_common.prefix_sums(
                    &values[0], &weights[0], first, min(first + SLICE_VALUES, n), n, shift,
                    ldexp(1.0, -exponent), <double *> self.sums.data
                )
            PyErr_CheckSignals()

    cdef solve(self, int64_t first, int64_t last, int64_t k, int64_t[::1] splits):
        """Write where the optimal ``k`` clusters of a part begin to ``splits`` (k + 1,)."""
        cdef:
            int64_t n = last - first, i, j, half = k // 2, stride = n + 1, place
            bint whole = k <= 2 or k * stride <= TABLE * (self.n + 1)
            double *costs = <double *> self.costs.data
            int32_t *table = <int32_t *> self.tables.data
            int32_t *middle = table + 2 * stride
            int32_t *middle_new = table + 3 * stride
            Layer layer
        splits[0] = first
        splits[k] = last
        if k == 1:
            return
        layer.sums = <double *> self.sums.data + first
        layer.stride = self.n + 1
        layer.costs = costs
        layer.splits = table
        self.first_layer(layer, n - k + 1)
        for j in range(2, k + 1):
            layer.clusters = j
            layer.previous = layer.costs
            layer.lowest = layer.splits
            layer.costs = costs + (j - 1) % 2 * stride
            layer.splits = table + ((j - 1) if whole else (j - 1) % 2) * stride
            # the next layer reads this place, which this layer does not fill
            (<int32_t *> layer.lowest)[n - k + j] = layer.lowest[n - k + j - 1]
            fill(layer, n if j == k else j, n - k + j, self.n_threads)
            if not whole and j > half:
                for i in range(n if j == k else j, n - k + j + 1):
                    place = layer.splits[i]
                    middle_new[i] = <int32_t> place if j == half + 1 else middle[place]
                memcpy(middle, middle_new, stride * sizeof(int32_t))
        if whole:
            place = n
            for j in range(k - 1, 0, -1):
                place = table[j * stride + place]
                splits[j] = first + place
        else:
            place = middle[n]
            self.solve(first, first + place, half, splits[:half + 1])
            self.solve(first + place, last, k - half, splits[half:])

    cdef first_layer(self, Layer layer, int64_t last):
        """Costs of the first 1 ... ``last`` values as one cluster."""
        cdef int64_t i, first
        cdef double nothing = 0
        for first in range(1, last + 1, SLICE_VALUES):
            with nogil:
                for i in range(first, min(first + SLICE_VALUES, last + 1)):
                    layer.splits[i] = <int32_t> kernels.exact_common.cheapest_split(
                        layer.sums, layer.stride, &nothing, 0, 1, i, &layer.costs[i]
                    )
            PyErr_CheckSignals()


def optimal_splits(const double[::1] values, const double[::1] weights, int64_t[::1] splits,
                   int n_threads):
    """Cut ascending values into k clusters with the least sum of squares about their means.

    Writes to ``splits`` (k + 1,) where each cluster begins, and the number of values last. Weights
    are positive, k is at most the number of values, which is below 2^31.
    """
    cdef _Solver solver = _Solver(values, weights, n_threads)
    solver.solve(0, values.shape[0], splits.shape[0] - 1, splits)
