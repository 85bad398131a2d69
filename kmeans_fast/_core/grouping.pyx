"""Identical rows, found by hashing; _reference/grouping.py describes the functions.

A table with open addressing holds 32 bits of the hash of each distinct row, and its group. Rows
with equal hash bits are compared in full. When the table grows, entries are placed by the same
bits. The hashes of a block of rows are computed first, and the cache lines of the table are
prefetched.
"""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from ._blocks cimport BLOCK_ROWS, Buffer, rows_in
from ._kernels cimport real

cdef extern from *:
    """
    #define KMF_PREFETCH(address) __builtin_prefetch(address)
    """
    void KMF_PREFETCH(const void *address) noexcept nogil

cdef enum:
    FIRST_SLOTS = 8 * BLOCK_ROWS
    SLICE_ROWS = 1 << 22
    SLICE_BYTES = 1 << 28

# 2^64 over the golden ratio, odd
cdef uint64_t MULTIPLIER = 0x9E3779B97F4A7C15


cdef struct Slot:
    uint32_t hash
    int32_t group  # from 1; 0 where the slot is free


cdef struct Groups:
    Slot *slots
    uint32_t mask
    int64_t count
    int64_t most
    double heaviest
    int64_t *first
    double *weights
    int32_t *counts


cdef uint32_t hash_row(const char *row, int64_t size) noexcept nogil:
    """Hash of ``size`` bytes, a multiple of four."""
    cdef uint64_t hash = <uint64_t> size, word
    cdef uint32_t half
    cdef int64_t i = 0
    while i + 8 <= size:
        memcpy(&word, row + i, 8)
        hash = (hash ^ word) * MULTIPLIER
        hash ^= hash >> 32
        i += 8
    if i < size:
        memcpy(&half, row + i, 4)
        hash = (hash ^ half) * MULTIPLIER
        hash ^= hash >> 32
    return <uint32_t> ((hash * MULTIPLIER) >> 32)


cdef void grow(
    const Slot *old, int64_t first, int64_t last, Slot *slots, uint32_t mask
) noexcept nogil:
    cdef int64_t i
    cdef uint32_t s
    for i in range(first, last):
        if old[i].group:
            s = old[i].hash & mask
            while slots[s].group:
                s = (s + 1) & mask
            slots[s] = old[i]


cdef bint group_block(
    const char *x, int64_t size, int64_t start, int64_t n, const double *weight, Groups *groups,
    uint32_t *hashes, int32_t *index
) noexcept nogil:
    """Write the groups of ``n`` rows from ``start`` on to ``index``; False if ``groups`` is full.

    ``hashes`` (n,) is scratch; a row has ``size`` bytes.
    """
    cdef int64_t i, g
    cdef uint32_t s
    cdef double w = 1
    cdef Slot *slots = groups.slots
    for i in range(n):
        hashes[i] = hash_row(x + (start + i) * size, size)
        KMF_PREFETCH(&slots[hashes[i] & groups.mask])
    for i in range(start, start + n):
        if weight != NULL:
            w = weight[i]
        s = hashes[i - start] & groups.mask
        while slots[s].group and (
            slots[s].hash != hashes[i - start]
            or memcmp(x + groups.first[slots[s].group - 1] * size, x + i * size, size)
        ):
            s = (s + 1) & groups.mask
        g = slots[s].group - 1
        if g < 0 or groups.weights[g] + w > groups.heaviest:
            g = groups.count
            if g == groups.most:
                return False
            groups.count += 1
            groups.first[g] = i
            groups.weights[g] = 0
            groups.counts[g] = 0
            slots[s].hash = hashes[i - start]
            slots[s].group = <int32_t> (g + 1)
        groups.weights[g] += w
        groups.counts[g] += w > 0
        index[i] = <int32_t> g
    return True


def group_rows(const real[:, ::1] x, const double[::1] sample_weight, double heaviest,
               int32_t[::1] index, int64_t[::1] first, double[::1] weights, int32_t[::1] counts):
    """Number the distinct rows of x in order of appearance; the group of row i is ``index[i]``.

    A group begins at row ``first``, has the total weight ``weights`` and ``counts`` rows of
    positive weight; one that would become heavier than ``heaviest`` is closed, and the same row
    opens another. Returns the number of groups, -1 if the arrays have no room for them all.
    """
    cdef:
        int64_t n = x.shape[0], start, old, size = x.shape[1] * sizeof(real)
        int64_t slice_blocks = max(1, min(64, SLICE_BYTES // (BLOCK_ROWS * size)))
        const double *weight = NULL
        Buffer hashes = Buffer(BLOCK_ROWS * sizeof(uint32_t))
        Buffer table = Buffer(FIRST_SLOTS * sizeof(Slot)), larger
        Groups groups
        bint room
    if n == 0:
        return 0
    if first.shape[0] == 0:
        return -1
    if sample_weight is not None:
        weight = &sample_weight[0]
    groups.slots = <Slot *> table.data
    groups.mask = FIRST_SLOTS - 1
    groups.count = 0
    groups.most = first.shape[0]
    groups.heaviest = heaviest
    groups.first = &first[0]
    groups.weights = &weights[0]
    groups.counts = &counts[0]
    for start in range(0, n, BLOCK_ROWS):
        if 2 * (groups.count + BLOCK_ROWS) > groups.mask:
            larger = Buffer(4 * (<size_t> groups.mask + 1) * sizeof(Slot))
            for old in range(0, <int64_t> groups.mask + 1, SLICE_ROWS):
                with nogil:
                    grow(
                        groups.slots, old, min(old + SLICE_ROWS, <int64_t> groups.mask + 1),
                        <Slot *> larger.data, 4 * groups.mask + 3
                    )
                PyErr_CheckSignals()
            table = larger
            groups.slots = <Slot *> table.data
            groups.mask = 4 * groups.mask + 3
        with nogil:
            room = group_block(
                <const char *> &x[0, 0], size, start, rows_in(n, start, BLOCK_ROWS), weight,
                &groups, <uint32_t *> hashes.data, &index[0]
            )
        if not room:
            return -1
        if start // BLOCK_ROWS % slice_blocks == 0:
            PyErr_CheckSignals()
    return groups.count


def count_moved(const int32_t[::1] labels_old, const int32_t[::1] labels_new,
                const int32_t[::1] counts):
    """Sum of ``counts`` where the labels differ."""
    cdef int64_t i, first, n = counts.shape[0], moved = 0
    for first in range(0, n, SLICE_ROWS):
        with nogil:
            for i in range(first, min(first + SLICE_ROWS, n)):
                if labels_old[i] != labels_new[i]:
                    moved += counts[i]
        PyErr_CheckSignals()
    return moved


def expand_labels(const int32_t[::1] labels, const int32_t[::1] index, int32_t[::1] out):
    """Write ``labels[index]``, the labels of the rows, to ``out``."""
    cdef int64_t i, first, n = index.shape[0]
    for first in range(0, n, SLICE_ROWS):
        with nogil:
            for i in range(first, min(first + SLICE_ROWS, n)):
                out[i] = labels[index[i]]
        PyErr_CheckSignals()
