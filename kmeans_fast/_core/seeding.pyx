"""The passes of greedy k-means++ over the data; _reference/seeding.py describes the arrays."""

import numpy as np

from cpython.exc cimport PyErr_CheckSignals
from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy, memset

from ._blocks cimport (
    BLOCK_ROWS, Buffer, block_count, reserve, rows_in, tasks_per_slice, weight_from
)
from ._kernels cimport SCRATCH_ROWS, exact, fast, real

cdef extern from "structs.h" nogil:
    ctypedef struct SeedCodes "kmf_seed_codes":
        const uint8_t *codes
        int32_t *halves
        const float *radii
        uint8_t *skip
        const int8_t *points
        const int32_t *limits
        double inverse
        int64_t features

    enum:
        MOST_CLOSER "KMF_SEED_CLOSER"

cdef enum:
    BLOCK_TILES = 16
    MOST_CANDIDATES = 12  # as in csrc/fast/seed.h
    DENSE_STEPS = 3  # without bounds after a step in which codes excluded few rows
    TRIED_FEATURES = 8  # fewest features; with 3, all candidates at once take 2/3 of the time
    TRIED_BLOCKS = 8  # most blocks whose rows share tiles
    STRIP_ROWS = 16
    SCRATCH_TAIL = 16
    WORD_BITS = 50
    UNIFORM_BITS = 53


cdef inline int64_t code_bytes(int64_t features) noexcept nogil:
    """Bytes of a code: the features rounded up to fours."""
    return (features + 3) // 4 * 4


cdef inline size_t scratch_size(int64_t d) noexcept nogil:
    """Elements of working memory of one thread, a cache line to spare."""
    return <size_t> (2 * SCRATCH_ROWS * d + 2 * SCRATCH_TAIL)


def seed_encode_rows(const real[:, ::1] x, double scale, const double[::1] middle, double inverse,
                     uint8_t[:, :, :, ::1] codes, int32_t[::1] halves, float[::1] radii,
                     int n_threads):
    """Write codes of the rows of x, their halves and radii; return the largest radius."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], features = middle.shape[0]
        int64_t block, first, end, blocks = block_count(n)
        int64_t step = tasks_per_slice(BLOCK_ROWS, d, 20, n_threads)
        int64_t bytes = code_bytes(features)
        double largest = 0
        Buffer scratch = Buffer(<size_t> (n_threads * bytes))
        Buffer found = Buffer(<size_t> blocks * sizeof(double))
        double *most = <double *> found.data
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            most[block] = exact(&x[0, 0]).seed_encode_rows(
                &x[block * BLOCK_ROWS, 0], rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), d, features,
                scale, &middle[0], inverse, <int8_t *> scratch.data + threadid() * bytes,
                &codes[block * BLOCK_ROWS // STRIP_ROWS, 0, 0, 0], &halves[block * BLOCK_ROWS],
                &radii[block * BLOCK_ROWS // SCRATCH_ROWS]
            )
        PyErr_CheckSignals()
    for block in range(blocks):
        largest = max(largest, most[block])
    return largest


cdef class _PassCodes:
    """`SeedCodes` for one pass: pointers to its arrays, and the codes of the points."""
    cdef SeedCodes view
    cdef int64_t bytes
    cdef bint given
    cdef object arrays
    cdef Buffer encoded

    cdef SeedCodes of_block(self, int64_t block) noexcept nogil:
        cdef SeedCodes view = self.view
        view.codes += block * BLOCK_ROWS * self.bytes
        view.halves += block * BLOCK_ROWS
        view.radii += block * BLOCK_ROWS // SCRATCH_ROWS
        view.skip += block
        return view


cdef _PassCodes view_seed_codes(
    seed_codes, const real *points, int64_t count, int64_t d, double scale
):
    """Pointers into ``seed_codes`` (which may be None), and codes of the points (count, d)."""
    cdef:
        _PassCodes own = _PassCodes()
        const uint8_t[:, :, :, ::1] codes
        int32_t[::1] halves
        const float[::1] radii
        const double[::1] middle
        uint8_t[::1] skip
        size_t limits
    own.given = seed_codes is not None
    if not own.given:
        return own
    codes, halves, radii = seed_codes.codes, seed_codes.halves, seed_codes.radii
    middle, skip = seed_codes.middle, seed_codes.skip
    own.arrays = seed_codes
    own.bytes = code_bytes(middle.shape[0])
    limits = <size_t> (count * own.bytes + 63) // 64 * 64
    own.encoded = Buffer(limits + <size_t> count * sizeof(int32_t))
    own.view.codes = &codes[0, 0, 0, 0]
    own.view.halves = &halves[0]
    own.view.radii = &radii[0]
    own.view.skip = &skip[0]
    own.view.inverse = seed_codes.inverse
    own.view.features = middle.shape[0]
    own.view.points = <const int8_t *> own.encoded.data
    own.view.limits = <const int32_t *> (own.encoded.data + limits)
    exact(points).seed_encode_points(
        points, count, d, own.view.features, scale, &middle[0], own.view.inverse,
        <int8_t *> own.encoded.data, <int32_t *> (own.encoded.data + limits)
    )
    return own


cdef class _Trials:
    """Room for steps that try candidates one by one, and what the last seed has left there.

    Per block: marks and bounds of the candidates; the words that the best candidate so far and the
    present one would leave, and the rows that come closer to these two.
    """
    cdef int64_t blocks, trials, best
    cdef bint taken  # whether the rows that the last seed lowers are those listed at `best`
    cdef Buffer memory, scratch
    cdef size_t room  # bytes of scratch memory of one thread
    cdef uint64_t *marks
    cdef double *bounds
    cdef int64_t *marked
    cdef uint16_t *rows[2]
    cdef char *distances[2]
    cdef int32_t *counts[2]
    cdef int64_t *words[2]
    cdef object views

    def __init__(self, int64_t blocks, int64_t trials, int64_t d, size_t itemsize, int n_threads):
        cdef size_t size
        self.blocks, self.trials, self.best, self.taken = blocks, trials, 0, False
        self.room = scratch_size(d) * itemsize
        self.scratch = Buffer(self.room * n_threads)
        memset(self.scratch.data, 0, self.room * n_threads)
        size = self.lay_out(NULL, itemsize)
        self.memory = Buffer(size)
        self.lay_out(self.memory.data, itemsize)
        self.views = [<int64_t[:blocks, :1, :2]> self.words[i] for i in range(2)]

    cdef size_t lay_out(self, char *base, size_t itemsize) noexcept:
        cdef size_t used = 0
        cdef size_t some = <size_t> (self.blocks * self.trials), blocks = <size_t> self.blocks
        self.marks = <uint64_t *> reserve(base, &used, some * BLOCK_TILES * sizeof(uint64_t))
        self.bounds = <double *> reserve(base, &used, some * sizeof(double))
        self.marked = <int64_t *> reserve(base, &used, blocks * sizeof(int64_t))
        for i in range(2):
            self.rows[i] = <uint16_t *> reserve(
                base, &used, blocks * MOST_CLOSER * sizeof(uint16_t)
            )
            self.distances[i] = <char *> reserve(base, &used, blocks * MOST_CLOSER * itemsize)
            self.counts[i] = <int32_t *> reserve(base, &used, blocks * sizeof(int32_t))
            self.words[i] = <int64_t *> reserve(base, &used, 2 * blocks * sizeof(int64_t))
        return used


cdef void step_block(
    int64_t block, const real *x, int64_t n, int64_t d, const real *points, int64_t count,
    double scale, const double *weight, real *closest, uint8_t *pending, const int64_t *words,
    int64_t *left, double unit, _PassCodes seed_codes, real *scratch, real *kept
) noexcept nogil:
    """Run the pass on one block; the arrays are those of all rows."""
    cdef int64_t start = block * BLOCK_ROWS
    cdef SeedCodes view
    if seed_codes.given:
        view = seed_codes.of_block(block)
    fast(x).seed_step(
        x + start * d, rows_in(n, start, BLOCK_ROWS), d, points, count, pending[block],
        <real> scale, weight_from(weight, start), closest + start, scratch,
        &view if seed_codes.given else NULL, unit, words + 2 * block, left + 2 * block * count,
        NULL if kept == NULL else kept + start, n
    )
    pending[block] = 0


cpdef seed_step(
    const real[:, ::1] x, const real[:, ::1] points, double scale,
    const double[::1] sample_weight, real[::1] closest, uint8_t[::1] pending,
    const int64_t[:, ::1] words, int64_t[:, :, ::1] left, double unit, seed_codes, int n_threads,
    real[:, ::1] kept=None
):
    """Lower ``closest`` to the last seed where ``pending``; write what each candidate would leave.

    ``points`` (1 + t, d) holds the last seed and the candidates; ``left`` is (blocks, t, 2). Where
    there are no codes, the squared distances to the candidates may be kept, in ``kept`` (t, n).
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], count = points.shape[0] - 1
        int64_t block, first, end, blocks = block_count(n)
        int64_t step = tasks_per_slice(BLOCK_ROWS, d, 2 * (count + 1), n_threads)
        size_t room = scratch_size(d)
        const double *weight = NULL
        int64_t *rests = NULL
        real *distances = NULL
        Buffer scratch = Buffer(n_threads * room * sizeof(real))
        _PassCodes view = view_seed_codes(seed_codes, &points[0, 0], count + 1, d, scale)
    if sample_weight is not None:
        weight = &sample_weight[0]
    if count > 0:
        rests = &left[0, 0, 0]
        if kept is not None:
            distances = &kept[0, 0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            step_block(
                block, &x[0, 0], n, d, &points[0, 0], count, scale, weight, &closest[0],
                &pending[0], &words[0, 0], rests, unit, view,
                <real *> scratch.data + threadid() * room, distances
            )
        PyErr_CheckSignals()


def seed_count(const real[::1] closest, const double[::1] sample_weight, int64_t[:, ::1] words,
               double unit, int n_threads):
    """Write the words of the weighted sum of ``closest`` of each block, in ``unit``."""
    cdef:
        int64_t n = closest.shape[0], block, first, end, blocks = block_count(n)
        int64_t step = tasks_per_slice(BLOCK_ROWS, 1, 1, n_threads)
        const double *weight = NULL
    if sample_weight is not None:
        weight = &sample_weight[0]
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="static"):
            fast(&closest[0]).seed_count(
                &closest[block * BLOCK_ROWS], weight_from(weight, block * BLOCK_ROWS),
                rows_in(n, block * BLOCK_ROWS, BLOCK_ROWS), unit, &words[block, 0]
            )
        PyErr_CheckSignals()


cpdef list word_totals(const int64_t[:, :, ::1] words):
    """Sums over the blocks of words (blocks, t, 2), a list of t ints in units of ``unit`` 2^-50."""
    cdef int64_t t, block, high, low
    totals = []
    for t in range(words.shape[1]):
        high, low = 0, 0
        for block in range(words.shape[0]):
            high += words[block, t, 0]
            low += words[block, t, 1]
            high += low >> WORD_BITS
            low &= (<int64_t> 1 << WORD_BITS) - 1
        totals.append((<object> high << WORD_BITS) + low)
    return totals


cdef inline bint subtract_words(const int64_t *words, int64_t *left) noexcept nogil:
    """Subtract ``words`` (2,) from ``left`` (2,), low word in [0, 2^50); whether none is left."""
    left[0] -= words[0]
    left[1] -= words[1]
    left[0] += left[1] >> WORD_BITS
    left[1] &= (<int64_t> 1 << WORD_BITS) - 1
    return left[0] < 0 or (left[0] == 0 and left[1] == 0)


cdef void lower_block(
    int64_t block, const real *x, int64_t n, int64_t d, const real *last, double scale,
    const double *weight, real *closest, uint8_t *pending, const int64_t *words, double unit,
    _PassCodes view, _Trials trials, real *scratch
) noexcept nogil:
    """Lower ``closest`` of a pending block to the last seed, with the rows that trials list."""
    cdef int64_t start = block * BLOCK_ROWS, best
    cdef SeedCodes own
    if trials is not None and trials.taken:
        best = trials.best
        if trials.counts[best][block] <= MOST_CLOSER:
            own = view.of_block(block)
            fast(x).seed_take(
                trials.rows[best] + block * MOST_CLOSER,
                <const real *> trials.distances[best] + block * MOST_CLOSER,
                trials.counts[best][block], d, &own, closest + start
            )
            pending[block] = 0
            return
    step_block(
        block, x, n, d, last, 0, scale, weight, closest, pending, words, NULL, unit, view, scratch,
        NULL
    )


cpdef seed_find(
    const real[:, ::1] x, const real[:, ::1] last, double scale,
    const double[::1] sample_weight, real[::1] closest, uint8_t[::1] pending,
    const int64_t[:, ::1] words, double unit, list targets, int64_t[::1] indices, seed_codes,
    _Trials trials=None
):
    """Write to ``indices`` the first row at which the running sum of ``closest`` reaches a target.

    ``targets`` are ints from 1 to the total of ``words``, in units of ``unit`` 2^-50. Two levels:
    the running sum over blocks names the block, a running sum inside it the row; where the block is
    ``pending``, its ``closest`` are lowered to the last seed, ``last`` (1, d), first.
    ``trials`` may list the rows for that.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = block_count(n), t, block, start
        int64_t before[2]
        int64_t left[2]
        const double *weight = NULL
        Buffer scratch = Buffer(scratch_size(d) * sizeof(real))
        _PassCodes view = view_seed_codes(seed_codes, &last[0, 0], 1, d, scale)
    if sample_weight is not None:
        weight = &sample_weight[0]
    for t in range(len(targets)):
        left[0] = targets[t] >> WORD_BITS
        left[1] = targets[t] & ((<int64_t> 1 << WORD_BITS) - 1)
        for block in range(blocks):
            before[0], before[1] = left[0], left[1]
            if subtract_words(&words[block, 0], left):
                break
        start = block * BLOCK_ROWS
        if pending[block]:
            lower_block(
                block, &x[0, 0], n, d, &last[0, 0], scale, weight, &closest[0], &pending[0],
                &words[0, 0], unit, view, trials, <real *> scratch.data
            )
        indices[t] = start + fast(&x[0, 0]).seed_find(
            &closest[start], weight_from(weight, start), rows_in(n, start, BLOCK_ROWS), unit,
            before
        )


cdef int64_t bound_candidates(
    const real[:, ::1] x, const real[:, ::1] points, double scale, const double *weight,
    real[::1] closest, uint8_t[::1] pending, const int64_t[:, ::1] words, double unit,
    _PassCodes view, _Trials trials, int n_threads
) except -1:
    """Mark the rows that may come closer to candidates, bound the gains; return how many rows."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], count = trials.trials, marked = 0
        int64_t block, start, first, end, blocks = block_count(n)
        int64_t step = tasks_per_slice(BLOCK_ROWS, d, count + 1, n_threads)
        SeedCodes own
    for first in range(0, blocks, step):
        end = first + rows_in(blocks, first, step)
        for block in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            start = block * BLOCK_ROWS
            if pending[block]:
                lower_block(
                    block, &x[0, 0], n, d, &points[0, 0], scale, weight, &closest[0], &pending[0],
                    &words[0, 0], unit, view, trials,
                    <real *> (trials.scratch.data + threadid() * trials.room)
                )
            own = view.of_block(block)
            own.points = own.points + view.bytes  # the first one is the last seed
            own.limits = own.limits + 1
            trials.marked[block] = fast(&x[0, 0]).seed_bound(
                &own, rows_in(n, start, BLOCK_ROWS), count, weight_from(weight, start),
                &closest[start], trials.marks + block * count * BLOCK_TILES,
                trials.bounds + block * count
            )
        PyErr_CheckSignals()
    for block in range(blocks):
        marked += trials.marked[block]
    return marked


cdef object try_candidate(
    const real[:, ::1] x, const real *point, int64_t t, int64_t place, double scale,
    const double *weight, real[::1] closest, const int64_t[:, ::1] words, double unit,
    _Trials trials, int n_threads
):
    """The potential that candidate ``t`` would leave; words and rows go to ``place``, 0 or 1."""
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], blocks = trials.blocks
        int64_t some = max(1, min(TRIED_BLOCKS, blocks // (4 * n_threads)))
        int64_t tasks = (blocks + some - 1) // some, task, block, start, first, end
        int64_t step = tasks_per_slice(some * BLOCK_ROWS, d, 1, n_threads)
    for first in range(0, tasks, step):
        end = first + rows_in(tasks, first, step)
        for task in prange(first, end, nogil=True, num_threads=n_threads, schedule="dynamic"):
            block = task * some
            start = block * BLOCK_ROWS
            fast(point).seed_try(
                &x[start, 0], rows_in(n, start, some * BLOCK_ROWS), d, point, <real> scale,
                weight_from(weight, start), &closest[start],
                <real *> (trials.scratch.data + threadid() * trials.room),
                trials.marks + (block * trials.trials + t) * BLOCK_TILES,
                trials.trials * BLOCK_TILES, unit, &words[block, 0],
                trials.words[place] + 2 * block, trials.rows[place] + block * MOST_CLOSER,
                <real *> trials.distances[place] + block * MOST_CLOSER,
                trials.counts[place] + block
            )
        PyErr_CheckSignals()
    return word_totals(trials.views[place])[0]


cdef tuple best_candidate(
    const real[:, ::1] x, const real[:, ::1] points, double scale, const double *weight,
    real[::1] closest, const int64_t[:, ::1] words, double unit, potential, _Trials trials,
    int n_threads
):
    """The candidate that leaves the least potential, the first of equal ones, and what it leaves.

    Candidates are tried in the order of their bounds, until no other can gain as much as the best.
    """
    cdef:
        int64_t t, block, best = -1, present
        double unit_of_sums = unit * 2.0 ** -WORD_BITS
        double lost = float(potential) * unit_of_sums * 2.0 ** -30 + x.shape[0] * unit_of_sums
        double gained = 0
        double bound
        list bounds = []
    for t in range(trials.trials):
        bound = 0
        for block in range(trials.blocks):
            bound += trials.bounds[block * trials.trials + t]
        bounds.append(bound if bound < INFINITY else INFINITY)
    trials.best = 0
    least = potential
    for t in sorted(range(trials.trials), key=bounds.__getitem__, reverse=True):
        # for rounding: of the sums of a bound, and of weights and terms
        if best >= 0 and bounds[t] * (1 + 2.0 ** -12) + lost < gained:
            break
        present = trials.best if best < 0 else 1 - trials.best
        left = try_candidate(
            x, &points[1 + t, 0], t, present, scale, weight, closest, words, unit, trials,
            n_threads
        )
        if best < 0 or left < least or (left == least and t < best):
            best, least, trials.best = t, left, present
            gained = float(potential - left) * unit_of_sums
    return best, least


def seed_run(const real[:, ::1] x, double scale, const double[::1] sample_weight,
             real[::1] closest, uint8_t[::1] pending, int64_t[:, ::1] words, double unit,
             potential, least, const int64_t[:, ::1] draws, int64_t[::1] indices,
             real[:, ::1] points, int64_t[:, :, ::1] left, real[:, ::1] kept, seed_codes,
             int n_threads):
    """Pick a seed for each row of ``draws`` (m, t); return their number and the potential left.

    ``potential`` is the total of ``words``. Stops after the first seed that leaves less than
    ``least``. Writes the places of the seeds to ``indices`` (m,). ``points`` (1 + t, d) holds the
    last seed and room for the candidates, ``left`` (blocks, t, 2) is room for words. ``kept``
    (t, n) or None is room for their distances: with it, a seed lowers ``closest`` without a further
    pass.
    """
    cdef:
        int64_t n = x.shape[0], d = x.shape[1], trials = draws.shape[1], j, t, i, best
        int64_t dense = 0, blocks = block_count(n)
        int64_t[::1] candidates = np.empty(trials, dtype=np.int64)
        const double *weight = NULL
        _Trials room = None
        _PassCodes view
        list totals
    if sample_weight is not None:
        weight = &sample_weight[0]
    if seed_codes is not None and d >= TRIED_FEATURES and 0 < trials <= MOST_CANDIDATES:
        room = _Trials(blocks, trials, d, sizeof(real), n_threads)
    for j in range(draws.shape[0]):
        if j > 0 and potential < least:
            return j, potential
        targets = [max(1, potential * draws[j, t] >> UNIFORM_BITS) for t in range(trials)]
        seed_find(
            x, points[:1], scale, sample_weight, closest, pending, words, unit, targets,
            candidates, seed_codes, room
        )
        for t in range(trials):
            memcpy(&points[1 + t, 0], &x[candidates[t], 0], d * sizeof(real))
        best = -1
        if room is not None and dense == 0:
            view = view_seed_codes(seed_codes, &points[0, 0], trials + 1, d, scale)
            if 2 * bound_candidates(
                x, points, scale, weight, closest, pending, words, unit, view, room, n_threads
            ) <= n:
                best, potential = best_candidate(
                    x, points, scale, weight, closest, words, unit, potential, room, n_threads
                )
                memcpy(&words[0, 0], room.words[room.best], 2 * blocks * sizeof(int64_t))
                room.taken = True
            else:
                dense = 1 + DENSE_STEPS
        if best < 0:
            seed_step(
                x, points, scale, sample_weight, closest, pending, words, left, unit, seed_codes,
                n_threads, kept
            )
            totals = word_totals(left)
            potential = min(totals)
            best = totals.index(potential)
            words[...] = left[:, best]
            dense -= dense > 0
            if room is not None:
                room.taken = False
        indices[j] = candidates[best]
        memcpy(&points[0, 0], &points[1 + best, 0], d * sizeof(real))
        if kept is None:
            pending[:] = 1
        else:
            for i in range(n):
                closest[i] = min(closest[i], kept[best, i])
    return draws.shape[0], potential
