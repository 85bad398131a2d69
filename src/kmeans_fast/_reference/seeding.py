"""The passes of greedy k-means++ over the data.

``closest`` (n,), of the dtype of x, holds each row's squared distance to its nearest seed, taken
on ``scale * x``: a power of two that keeps the squares of float32 data in range.
``block_sums`` (float64) holds the weighted sum of ``closest`` over each row block.
"""

import numpy as np

from .blocks import block_slices, block_sum, ordered_sum


def _squared(x, center, scale):
    total = np.zeros(x.shape[0])
    for f in range(x.shape[1]):
        difference = scale * x[:, f].astype(np.float64) - scale * float(center[f])
        total += difference * difference
    return total.astype(x.dtype)


def _weighted(values, sample_weight, rows):
    values = values.astype(np.float64)
    return values if sample_weight is None else values * sample_weight[rows]


def seed_update(x, center, scale, sample_weight, closest, block_sums, n_threads):
    """Lower ``closest`` to the distances to a new seed and renew ``block_sums``."""
    for block, rows in enumerate(block_slices(x.shape[0])):
        np.minimum(closest[rows], _squared(x[rows], center, scale), out=closest[rows])
        block_sums[block] = block_sum(_weighted(closest[rows], sample_weight, rows))


def seed_potentials(x, candidates, scale, sample_weight, closest, potentials, n_threads):
    """Write the potential that each candidate (t, d) would leave to ``potentials`` (float64)."""
    for t, candidate in enumerate(candidates):
        sums = []
        for rows in block_slices(x.shape[0]):
            distances = np.minimum(closest[rows], _squared(x[rows], candidate, scale))
            sums.append(block_sum(_weighted(distances, sample_weight, rows)))
        potentials[t] = ordered_sum(sums)


def seed_draw(closest, sample_weight, block_sums, targets, indices):
    """Write to ``indices`` the first row at which the running sum of ``closest`` reaches a target.

    Two levels: the running sum over blocks names the block, a running sum inside it the row. Only
    rows with a positive term are drawn, unless there is none (then the first row).
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
        terms = _weighted(closest[rows], sample_weight, rows)
        inside = np.cumsum(terms) + (ends[block - 1] if block > 0 else 0.0)
        drawable = np.flatnonzero(terms > 0)
        reached = drawable[inside[drawable] >= target]
        indices[t] = rows.start + (reached[0] if len(reached) else drawable[-1])
