"""Exact sums of float64 terms, and the rows at which their running sum reaches given values.

csrc/exact/sum.h explains the limbs; to Python a sum is an int in units of 2^-1080.
"""

import numpy as np

from cpython.bytes cimport PyBytes_AS_STRING
from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy

from ._blocks cimport BLOCK_ROWS, Buffer, block_count, rows_in, tasks_per_slice, weight_from
from ._kernels cimport LIMBS, kernels

cdef enum:
    LIMB_BITS = 40
    LIMB_BYTES = 5
    # multiply-adds of tasks_per_slice that take as long as adding a term
    TERM_FEATURES = 1


cdef object int_of_limbs(int64_t *limbs, int64_t count):
    """Total of ``count`` sums of LIMBS limbs each, the last of each with its sign."""
    cdef:
        int64_t c, i, b
        uint8_t packed[LIMBS * LIMB_BYTES]
    total = 0
    for c in range(count):
        for i in range(LIMBS):
            for b in range(LIMB_BYTES):
                packed[i * LIMB_BYTES + b] = <uint8_t> (limbs[c * LIMBS + i] >> 8 * b & 255)
        total += int.from_bytes(packed[:LIMBS * LIMB_BYTES], "little", signed=True)
    return total


cdef limbs_of_int(value, int64_t *limbs):
    """The limbs of a sum."""
    cdef:
        int64_t i, b
        const uint8_t *packed
    packed_bytes = value.to_bytes(LIMBS * LIMB_BYTES, "little", signed=True)
    packed = <const uint8_t *> PyBytes_AS_STRING(packed_bytes)
    for i in range(LIMBS):
        limbs[i] = 0
        for b in range(LIMB_BYTES):
            limbs[i] |= <int64_t> packed[i * LIMB_BYTES + b] << 8 * b
    if packed[LIMBS * LIMB_BYTES - 1] > 127:
        limbs[LIMBS - 1] -= <int64_t> 1 << LIMB_BITS


cdef void add_limbs(int64_t *limbs, const int64_t *other) noexcept nogil:
    """Add one sum to another."""
    cdef int64_t i, carry = 0
    for i in range(LIMBS):
        limbs[i] += carry + other[i]
        if i < LIMBS - 1:
            carry = limbs[i] >> LIMB_BITS
            limbs[i] -= carry * (<int64_t> 1 << LIMB_BITS)


cdef void negate_limbs(const int64_t *limbs, int64_t *out) noexcept nogil:
    """Write the negative of a sum."""
    cdef int64_t i, carry = 0
    for i in range(LIMBS):
        out[i] = carry - limbs[i]
        if i < LIMBS - 1:
            carry = out[i] >> LIMB_BITS
            out[i] -= carry * (<int64_t> 1 << LIMB_BITS)


cdef bint is_below(const int64_t *limbs, const int64_t *other, int64_t count) noexcept nogil:
    """Compare sums of which no more than ``count`` limbs are not zero."""
    cdef int64_t i
    for i in range(count - 1, -1, -1):
        if limbs[i] != other[i]:
            return limbs[i] < other[i]
    return False


def exact_sum(const double[::1] terms, const double[::1] sample_weight, int n_threads):
    """Exact sum of the terms, times their weights where given, each product rounded once."""
    cdef:
        int64_t n = terms.shape[0], blocks = block_count(n), block, first, end
        int64_t step = tasks_per_slice(BLOCK_ROWS, TERM_FEATURES, 1, n_threads)
        const double *weight = NULL
        Buffer limbs = Buffer(n_threads * LIMBS * sizeof(int64_t))
    if sample_weight is not None and n > 0:
        weight = &sample_weight[0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            kernels.exact_common.add_terms(
                &terms[block * BLOCK_ROWS], weight_from(weight, block * BLOCK_ROWS),
                rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS),
                <int64_t *> limbs.data + threadid() * LIMBS
            )
        PyErr_CheckSignals()
    return int_of_limbs(<int64_t *> limbs.data, n_threads)


def running_sums(const double[::1] terms, const double[::1] sample_weight, int n_threads):
    """Exact sums of the terms up to the end of each block of rows, for `find_rows`."""
    cdef:
        int64_t n = terms.shape[0], blocks = block_count(n), block, first, end
        int64_t step = tasks_per_slice(BLOCK_ROWS, TERM_FEATURES, 1, n_threads)
        const double *weight = NULL
        int64_t[:, ::1] ends
        int64_t *limbs
    result = np.zeros((blocks, LIMBS), dtype=np.int64)
    if n == 0:
        return result
    ends = result
    limbs = &ends[0, 0]
    if sample_weight is not None:
        weight = &sample_weight[0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            kernels.exact_common.add_terms(
                &terms[block * BLOCK_ROWS], weight_from(weight, block * BLOCK_ROWS),
                rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), limbs + block * LIMBS
            )
        PyErr_CheckSignals()
    with nogil:
        for block in range(1, blocks):
            add_limbs(limbs + block * LIMBS, limbs + (block - 1) * LIMBS)
    return result


def total_of(running):
    """The exact sum of all terms of `running_sums`."""
    cdef const int64_t[:, ::1] ends = running
    cdef int64_t limbs[LIMBS]
    if ends.shape[0] == 0:
        return 0
    memcpy(limbs, &ends[ends.shape[0] - 1, 0], sizeof(limbs))
    return int_of_limbs(limbs, 1)


def find_rows(const double[::1] terms, const double[::1] sample_weight, running, targets):
    """First row with a positive term at which the exact running sum reaches each target.

    ``terms`` are not negative and ``running`` are their `running_sums`. Where no row reaches it,
    the last row with a positive term; 0 if there is none. Returns int64, one row for each target.
    """
    cdef:
        int64_t n = terms.shape[0], t, low, high, middle, start, used
        const int64_t[:, ::1] ends = running
        int64_t[::1] rows
        const double *weight = NULL
        int64_t target[LIMBS]
        int64_t limbs[LIMBS]
    total = total_of(running)
    found = np.zeros(len(targets), dtype=np.int64)
    if total <= 0:
        return found
    rows = found
    used = total.bit_length() // LIMB_BITS + 1
    if sample_weight is not None:
        weight = &sample_weight[0]
    for t in range(len(targets)):
        # a sum that reaches 1 or more does so at a positive term
        value = min(max(targets[t], 1), total)
        limbs_of_int(value, target)
        low, high = 0, ends.shape[0] - 1
        while low < high:
            middle = (low + high) // 2
            if is_below(&ends[middle, 0], target, used):
                low = middle + 1
            else:
                high = middle
        negate_limbs(target, limbs)
        if low > 0:
            add_limbs(limbs, &ends[low - 1, 0])
        start = low * BLOCK_ROWS
        rows[t] = start + kernels.exact_common.find_term(
            &terms[start], weight_from(weight, start), rows_in(n, start, BLOCK_ROWS), limbs
        )
        if t % 1024 == 1023:
            PyErr_CheckSignals()
    return found
