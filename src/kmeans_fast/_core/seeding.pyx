"""The passes of greedy k-means++ over the data; _reference/seeding.py describes the arrays."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int64_t

from . cimport _kernels
from ._blocks cimport BLOCK_ROWS, Buffer, block_count, rows_in, tasks_per_slice, weight_from
from ._kernels cimport SCRATCH_ROWS, real


def seed_update(const real[:, ::1] x, const real[::1] center, double scale,
                const double[::1] sample_weight, real[::1] closest, double[::1] block_sums,
                int n_threads):
    """Lower ``closest`` to the distances to a new seed and renew ``block_sums``."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = block_count(n)
        int64_t block, first, end, step = tasks_per_slice(BLOCK_ROWS, 2 * d, n_threads)
        size_t tile = <size_t> (SCRATCH_ROWS * d)
        const double *weight = NULL
        Buffer scratch = Buffer(n_threads * tile * sizeof(real))
    if sample_weight is not None:
        weight = &sample_weight[0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            block_sums[block] = _kernels.seed_update(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                &center[0], <real> scale, weight_from(weight, block * BLOCK_ROWS),
                <real *> scratch.data + threadid() * tile, &closest[block * BLOCK_ROWS]
            )
        PyErr_CheckSignals()


def seed_potentials(const real[:, ::1] x, const real[:, ::1] candidates, double scale,
                    const double[::1] sample_weight, const real[::1] closest,
                    double[::1] potentials, int n_threads):
    """Write the potential that each candidate (t, d) would leave to ``potentials`` (float64)."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], count = candidates.shape[0], t
        int64_t blocks = block_count(n)
        int64_t block, first, end, step = tasks_per_slice(BLOCK_ROWS, 2 * d * count, n_threads)
        size_t tile = <size_t> (SCRATCH_ROWS * d)
        const double *weight = NULL
        Buffer scratch = Buffer(n_threads * tile * sizeof(real))
        Buffer sums = Buffer(<size_t> (blocks * count) * sizeof(double))
        double *block_sums = <double *> sums.data
    if sample_weight is not None:
        weight = &sample_weight[0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            _kernels.seed_potentials(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                &candidates[0, 0], count, <real> scale,
                weight_from(weight, block * BLOCK_ROWS),
                &closest[block * BLOCK_ROWS], <real *> scratch.data + threadid() * tile,
                block_sums + block * count
            )
        PyErr_CheckSignals()
    for t in range(count):
        potentials[t] = 0
        for block in range(blocks):
            potentials[t] += block_sums[block * count + t]


cdef inline double term(const real[::1] closest, const double[::1] weight, int64_t i):
    return closest[i] if weight is None else closest[i] * weight[i]


def seed_draw(const real[::1] closest, const double[::1] sample_weight,
              const double[::1] block_sums, const double[::1] targets, int64_t[::1] indices):
    """Write to ``indices`` the first row at which the running sum of ``closest`` reaches a target.

    Two levels: the running sum over blocks names the block, a running sum inside it the row. Only
    rows with a positive term are drawn, unless there is none (then the first row).
    """
    cdef:
        int64_t n = closest.shape[0], blocks = block_count(n), t, block, i, found
        double before, total, inside, value
        int64_t chosen
    for t in range(targets.shape[0]):
        total = before = 0
        chosen = -1
        for block in range(blocks):
            if block_sums[block] > 0:
                chosen = block
                before = total
                if total + block_sums[block] >= targets[t]:
                    break
            total += block_sums[block]
        found = 0
        if chosen >= 0:
            inside = 0
            for i in range(chosen * BLOCK_ROWS, min(n, (chosen + 1) * BLOCK_ROWS)):
                value = term(closest, sample_weight, i)
                inside += value
                if value > 0:
                    found = i
                    if inside + before >= targets[t]:
                        break
        indices[t] = found
