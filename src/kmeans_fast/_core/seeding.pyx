"""The passes of greedy k-means++ over the data; _reference/seeding.py describes the arrays."""

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.stdint cimport int64_t, uint8_t

from . cimport _kernels
from ._blocks cimport BLOCK_ROWS, Buffer, block_count, rows_in, tasks_per_slice, weight_from
from ._kernels cimport SCRATCH_ROWS, real


def seed_step(const real[:, ::1] x, const real[:, ::1] points, double scale,
              const double[::1] sample_weight, real[::1] closest, uint8_t[::1] pending,
              double[:, ::1] potentials, int n_threads):
    """Lower ``closest`` to the last seed where ``pending``; write what each candidate would leave.

    ``points`` (1 + t, d) holds the last seed and the candidates; ``potentials`` is (blocks, t).
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], count = points.shape[0] - 1
        int64_t block, first, end, blocks = block_count(n)
        int64_t step = tasks_per_slice(BLOCK_ROWS, 2 * d * (count + 1), n_threads)
        size_t tile = <size_t> (SCRATCH_ROWS * d)
        const double *weight = NULL
        Buffer scratch = Buffer(n_threads * tile * sizeof(real))
    if sample_weight is not None:
        weight = &sample_weight[0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            _kernels.seed_step(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d,
                &points[0, 0], count, pending[block], <real> scale,
                weight_from(weight, block * BLOCK_ROWS), &closest[block * BLOCK_ROWS],
                <real *> scratch.data + threadid() * tile, &potentials[block, 0]
            )
            pending[block] = 0
        PyErr_CheckSignals()


def seed_draw(const real[:, ::1] x, const real[::1] last, double scale,
              const double[::1] sample_weight, real[::1] closest, uint8_t[::1] pending,
              const double[::1] block_sums, const double[::1] targets, int64_t[::1] indices):
    """Write to ``indices`` the first row at which the running sum of ``closest`` reaches a target.

    Two levels: the running sum over blocks names the block, a running sum inside it the row; where
    the block is ``pending``, its ``closest`` are lowered to the last seed first. Only rows with a
    positive term are drawn, unless there is none (then the first row).
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = block_count(n), t, block, chosen, start
        double before, total
        Buffer scratch = Buffer(<size_t> (SCRATCH_ROWS * d) * sizeof(real))
        const double *weight = NULL
    if sample_weight is not None:
        weight = &sample_weight[0]
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
        indices[t] = 0
        if chosen < 0:
            continue
        start = chosen * BLOCK_ROWS
        if pending[chosen]:
            _kernels.seed_step(
                &x[start, 0], rows_in(n, start, BLOCK_ROWS), d, &last[0], 0, True, <real> scale,
                weight_from(weight, start), &closest[start], <real *> scratch.data, &total
            )
            pending[chosen] = 0
        indices[t] = start + draw_row(
            &closest[start], weight_from(weight, start), rows_in(n, start, BLOCK_ROWS),
            targets[t] - before
        )


cdef int64_t draw_row(
    const real *closest, const double *weight, int64_t n, double target
) noexcept nogil:
    """First row with a positive term at which the running sum reaches ``target``, or the last."""
    cdef int64_t i, found = 0
    cdef double term, sum = 0
    for i in range(n):
        term = closest[i] if weight == NULL else closest[i] * weight[i]
        sum += term
        if term > 0:
            found = i
            if sum >= target:
                break
    return found
