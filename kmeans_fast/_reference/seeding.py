"""The pass of greedy k-means++ over the data.

``closest`` (n,), of the dtype of x, is the squared distance of each row of ``scale * x`` to its
nearest seed; ``scale`` is a power of two that keeps the squares of float32 data in range. In blocks
marked in ``pending`` (uint8), ``closest`` does not include the last seed yet: the next pass over
the rows, or a draw from the block, includes it.

The term of a row, weight times ``closest`` rounded to float64 (0 where the weight is 0), becomes
two integers, ``term = (high + low 2^-50) unit``, rounded once. ``unit`` is a power of two, and all
terms are below 2^50 units. ``words`` (int64 (blocks, 2)) holds the sums of both integers over each
block of rows, with the last seed taken in. Sums of integers do not depend on the order of the rows.

``seed_codes`` (`SeedCodes` or None) let the compiled core skip rows without reading them; they do
not change any result: see executors/seeding_codes.py. The functions here ignore them.
"""

import numpy as np

from .blocks import block_slices

STRIP, TILE = 16, 64
LARGEST_CODE = 127
WORD_BITS, UNIFORM_BITS = 50, 53
FAR, NEVER = 1 << 28, -(1 << 30)


def seed_encode_rows(x, scale, middle, inverse, codes, halves, radii, n_threads):
    """Write codes of the rows of x, their halves and radii; return the largest radius.

    In the unit of the codes, rows lie at ``(scale * x - middle) * inverse``, cut to a box of
    half-width 127.5; ``middle`` (float64) is the middle of the first features, those with codes.
    Writes ``codes`` (strips, groups of 4 features, 16 rows, 4), uint8: these places, rounded, plus
    128; ``halves`` (int32): half the square of an infinite reach (2^28) less half the square of the
    code, -2^30 past the last row; ``radii`` (float32, one per 64 rows): the largest distance from a
    place to its code.
    """
    n, d = len(x), len(middle)
    z = (x[:, :d].astype(np.float64) * scale - middle) * inverse
    inside = np.clip(z, -LARGEST_CODE - 0.5, LARGEST_CODE + 0.5)
    q = np.clip(np.rint(inside), -LARGEST_CODE, LARGEST_CODE)
    padded = np.zeros((len(halves), 4 * codes.shape[1]), dtype=np.int64)
    padded[:n, :d] = q
    codes[...] = (padded + 128).reshape(-1, STRIP, codes.shape[1], 4).transpose(0, 2, 1, 3)
    radius = np.sqrt(((inside - q) ** 2).sum(axis=1)) + 1e-9 * d
    halves[:] = NEVER
    halves[:n] = FAR - ((q**2).sum(axis=1) / 2).astype(np.int64)
    padded_radii = np.zeros(len(halves))
    padded_radii[:n] = radius
    radii[:] = padded_radii.reshape(-1, TILE).max(axis=1) * (1 + 2.0**-20)
    return float(radius.max())


def _squared(x, center, scale):
    total = np.zeros(x.shape[0])
    for f in range(x.shape[1]):
        difference = scale * x[:, f].astype(np.float64) - scale * float(center[f])
        total += difference * difference
    return total.astype(x.dtype)


def _term_words(values, sample_weight, rows, unit):
    """Both words of the term of each row, int64 (n, 2)."""
    terms = values.astype(np.float64)
    if sample_weight is not None:
        terms = np.where(sample_weight[rows] > 0, terms, 0.0) * sample_weight[rows]
    high = np.rint(terms / unit)
    low = np.rint((terms / unit - high) * 2.0**WORD_BITS)
    return np.stack([high, low], axis=1).astype(np.int64)


def _take_in(x, last, scale, closest, pending, block, rows):
    if pending[block]:
        np.minimum(closest[rows], _squared(x[rows], last, scale), out=closest[rows])
        pending[block] = 0


def seed_step(
    x, points, scale, sample_weight, closest, pending, words, left, unit, seed_codes, n_threads,
    kept=None,
):  # fmt: skip
    """Lower ``closest`` to the last seed where ``pending``; write what each candidate would leave.

    ``points`` (1 + t, d) holds the last seed and the candidates; ``left`` is (blocks, t, 2). Where
    there are no codes, the squared distances to the candidates may be kept, in ``kept`` (t, n).
    """
    for block, rows in enumerate(block_slices(x.shape[0])):
        _take_in(x, points[0], scale, closest, pending, block, rows)
        for t, candidate in enumerate(points[1:]):
            squared = _squared(x[rows], candidate, scale)
            if kept is not None:
                kept[t, rows] = squared
            distances = np.minimum(closest[rows], squared)
            left[block, t] = _term_words(distances, sample_weight, rows, unit).sum(axis=0)


def seed_count(closest, sample_weight, words, unit, n_threads):
    """Write the words of the weighted sum of ``closest`` of each block, in ``unit``."""
    for block, rows in enumerate(block_slices(len(closest))):
        words[block] = _term_words(closest[rows], sample_weight, rows, unit).sum(axis=0)


def word_totals(words):
    """Sums over the blocks of words (blocks, t, 2), a list of t ints in units of ``unit`` 2^-50."""
    high, low = (words[..., w].astype(object).sum(axis=0) for w in range(2))
    return list((high << WORD_BITS) + low)


def seed_find(
    x, last, scale, sample_weight, closest, pending, words, unit, targets, indices, seed_codes,
    trials=None,
):  # fmt: skip
    """Write to ``indices`` the first row at which the running sum of ``closest`` reaches a target.

    ``targets`` are ints from 1 to the total of ``words``, in units of ``unit`` 2^-50. Two levels:
    the running sum over blocks names the block, a running sum inside it the row; where the block is
    ``pending``, its ``closest`` are lowered to the last seed, ``last`` (1, d), first. ``trials`` is
    for the compiled core, as ``seed_codes`` are.
    """
    blocks = block_slices(len(closest))
    ends = _running(words)
    for t, target in enumerate(targets):
        block = int(np.searchsorted(ends, target))
        rows = blocks[block]
        _take_in(x, last[0], scale, closest, pending, block, rows)
        inside = _running(_term_words(closest[rows], sample_weight, rows, unit))
        before = ends[block - 1] if block > 0 else 0
        indices[t] = rows.start + np.searchsorted(inside, target - before)


def seed_run(
    x, scale, sample_weight, closest, pending, words, unit, potential, least, draws, indices,
    points, left, kept, seed_codes, n_threads,
):  # fmt: skip
    """Pick a seed for each row of ``draws`` (m, t); return their number and the potential left.

    ``potential`` is the total of ``words``. Stops after the first seed that leaves less than
    ``least``. Writes the places of the seeds to ``indices`` (m,). ``points`` (1 + t, d) holds the
    last seed and room for the candidates, ``left`` is (blocks, t, 2). ``kept`` (t, n) or None is
    room for their distances: with it, a seed lowers ``closest`` without a further pass.

    For each seed, t candidates are drawn: ``draws`` holds uniform numbers in units of 2^-53. The
    candidate that leaves the lowest potential becomes the seed, the first of equal ones.
    """
    candidates = np.empty(draws.shape[1], dtype=np.int64)
    for j, counts in enumerate(draws.tolist()):
        if j > 0 and potential < least:
            return j, potential
        targets = [max(1, potential * count >> UNIFORM_BITS) for count in counts]
        state = (scale, sample_weight, closest, pending, words)
        seed_find(x, points[:1], *state, unit, targets, candidates, seed_codes)
        points[1:] = x[candidates]
        seed_step(x, points, *state, left, unit, seed_codes, n_threads, kept)
        totals = word_totals(left)
        potential = min(totals)
        best = totals.index(potential)
        indices[j] = candidates[best]
        points[0] = points[1 + best]
        words[:] = left[:, best]
        if kept is None:
            pending[:] = 1
        else:
            np.minimum(closest, kept[best], out=closest)
    return len(draws), potential


def _running(words):
    """Running sums of words as Python ints."""
    return np.cumsum([(high << WORD_BITS) + low for high, low in words.tolist()], dtype=object)
