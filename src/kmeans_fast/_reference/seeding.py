"""The pass of greedy k-means++ over the data.

``closest`` (n,), of the dtype of x, holds each row's squared distance to its nearest seed, taken
on ``scale * x``: a power of two that keeps the squares of float32 data in range. Blocks marked in
``pending`` (uint8) have not seen the last seed yet: the next pass over the rows, or a draw from
the block, takes it in. ``block_sums`` (float64) holds the weighted sums of ``closest`` by row
block, the last seed taken in.
"""

import numpy as np

from .blocks import block_slices, block_sum


def _squared(x, center, scale):
    total = np.zeros(x.shape[0])
    for f in range(x.shape[1]):
        difference = scale * x[:, f].astype(np.float64) - scale * float(center[f])
        total += difference * difference
    return total.astype(x.dtype)


def _weighted(values, sample_weight, rows):
    values = values.astype(np.float64)
    return values if sample_weight is None else values * sample_weight[rows]


def _take_in(x, last, scale, closest, pending, block, rows):
    if pending[block]:
        np.minimum(closest[rows], _squared(x[rows], last, scale), out=closest[rows])
        pending[block] = 0


def seed_step(x, points, scale, sample_weight, closest, pending, potentials, n_threads):
    """Lower ``closest`` to the last seed where ``pending``; write what each candidate would leave.

    ``points`` (1 + t, d) holds the last seed and the candidates; ``potentials`` is (blocks, t).
    """
    for block, rows in enumerate(block_slices(x.shape[0])):
        _take_in(x, points[0], scale, closest, pending, block, rows)
        for t, candidate in enumerate(points[1:]):
            distances = np.minimum(closest[rows], _squared(x[rows], candidate, scale))
            potentials[block, t] = block_sum(_weighted(distances, sample_weight, rows))


def seed_draw(x, last, scale, sample_weight, closest, pending, block_sums, targets, indices):
    """Write to ``indices`` the first row at which the running sum of ``closest`` reaches a target.

    Two levels: the running sum over blocks names the block, a running sum inside it the row; where
    the block is ``pending``, its ``closest`` are lowered to the last seed first. Only rows with a
    positive term are drawn, unless there is none (then the first row).
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
        _take_in(x, last, scale, closest, pending, block, rows)
        terms = _weighted(closest[rows], sample_weight, rows)
        inside = np.cumsum(terms)
        drawable = np.flatnonzero(terms > 0)
        reached = drawable[inside[drawable] >= target - (ends[block - 1] if block > 0 else 0.0)]
        last_one = drawable[-1] if len(drawable) else 0
        indices[t] = rows.start + (reached[0] if len(reached) else last_one)
