"""The pass of greedy k-means++ over the data.

``closest`` (n,), of the dtype of x, holds each row's squared distance to its nearest seed, taken
on ``scale * x``: a power of two that keeps the squares of float32 data in range. Blocks marked in
``pending`` (uint8) have not seen the last seed yet: the next pass over the rows, or a draw from
the block, takes it in. ``block_sums`` (float64) holds the weighted sums of ``closest`` by row
block, the last seed taken in; a block that takes it in adds its own up anew.

A ``sketch`` tells the compiled core which rows it need not look at, changes no result and may be
None: see algorithms/sketch_rows.py. Here it is ignored.
"""

import numpy as np

from .blocks import block_slices, block_sum

STRIP, TILE = 16, 64
LARGEST_CODE = 127
FAR, ALWAYS, NEVER = 1 << 28, 1 << 30, -(1 << 30)


def encode_rows(x, scale, middle, inverse, codes, halves, radii, n_threads):
    """Write what a sketch knows of the rows of x; return the largest distance to a code.

    In the unit of the codes, rows lie at ``(scale * x - middle) * inverse``, cut to a box of
    half-width 127.5; ``middle`` (float64) has as many of the first features as codes tell of.
    ``codes`` (strips, groups of 4 features, 16 rows, 4), uint8, holds 128 plus that, rounded;
    ``halves`` (int32) half the square of a reach that is infinite (2^28) less half the square of
    the code, 2^30 for rows outside the box, -2^30 past the last row; ``radii`` (float32, one for
    64 rows) the largest distance of a row in the box to its code.
    """
    n, d = len(x), len(middle)
    z = (x[:, :d].astype(np.float64) * scale - middle) * inverse
    inside = np.clip(z, -LARGEST_CODE - 0.5, LARGEST_CODE + 0.5)
    q = np.clip(np.rint(inside), -LARGEST_CODE, LARGEST_CODE)
    padded = np.zeros((len(halves), 4 * codes.shape[1]), dtype=np.int64)
    padded[:n, :d] = q
    codes[...] = (padded + 128).reshape(-1, STRIP, codes.shape[1], 4).transpose(0, 2, 1, 3)
    radius = np.sqrt(((inside - q) ** 2).sum(axis=1)) + 1e-9 * d
    contained = (z == inside).all(axis=1)
    halves[:] = NEVER
    halves[:n] = np.where(contained, FAR - ((q**2).sum(axis=1) / 2).astype(np.int64), ALWAYS)
    padded_radii = np.zeros(len(halves))
    padded_radii[:n] = np.where(contained, radius, 0)
    radii[:] = padded_radii.reshape(-1, TILE).max(axis=1) * (1 + 2.0**-20)
    return float(radius.max())


def _squared(x, center, scale):
    total = np.zeros(x.shape[0])
    for f in range(x.shape[1]):
        difference = scale * x[:, f].astype(np.float64) - scale * float(center[f])
        total += difference * difference
    return total.astype(x.dtype)


def _weighted(values, sample_weight, rows):
    values = values.astype(np.float64)
    return values if sample_weight is None else values * sample_weight[rows]


def _take_in(x, last, scale, sample_weight, closest, pending, block_sums, block, rows):
    if pending[block]:
        np.minimum(closest[rows], _squared(x[rows], last, scale), out=closest[rows])
        block_sums[block] = block_sum(_weighted(closest[rows], sample_weight, rows))
        pending[block] = 0


def seed_step(
    x, points, scale, sample_weight, closest, pending, block_sums, potentials, sketch, n_threads
):
    """Lower ``closest`` to the last seed where ``pending``; write what each candidate would leave.

    ``points`` (1 + t, d) holds the last seed and the candidates; ``potentials`` is (blocks, t).
    """
    for block, rows in enumerate(block_slices(x.shape[0])):
        _take_in(x, points[0], scale, sample_weight, closest, pending, block_sums, block, rows)
        for t, candidate in enumerate(points[1:]):
            distances = np.minimum(closest[rows], _squared(x[rows], candidate, scale))
            potentials[block, t] = block_sum(_weighted(distances, sample_weight, rows))


def seed_draw(
    x, last, scale, sample_weight, closest, pending, block_sums, targets, indices, sketch
):
    """Write to ``indices`` the first row at which the running sum of ``closest`` reaches a target.

    Two levels: the running sum over blocks names the block, a running sum inside it the row; where
    the block is ``pending``, its ``closest`` are lowered to the last seed, ``last`` (1, d), first.
    Only rows with a positive term are drawn, unless there is none (then the first row).
    """
    blocks = block_slices(len(closest))
    ends = np.cumsum(block_sums)
    positive = np.flatnonzero(block_sums > 0)
    for t, target in enumerate(targets):
        if len(positive) == 0:
            indices[t] = 0
            continue
        reached = positive[ends[positive] >= target]
        block = reached[0] if len(reached) else positive[-1]
        rows = blocks[block]
        _take_in(x, last[0], scale, sample_weight, closest, pending, block_sums, block, rows)
        terms = _weighted(closest[rows], sample_weight, rows)
        inside = np.cumsum(terms)
        drawable = np.flatnonzero(terms > 0)
        reached = drawable[inside[drawable] >= target - (ends[block - 1] if block > 0 else 0.0)]
        last_one = drawable[-1] if len(drawable) else 0
        indices[t] = rows.start + (reached[0] if len(reached) else last_one)
