"""Rows drawn at random, in proportion to weights or to other terms.

The random stream is used as scikit-learn and NumPy use it, so the same state gives the same rows.
"""

import numpy as np

from .._chunks import running_sums


def draw_row(n_rows, sample_weight, rng):
    """One row in proportion to its weight: ``rng.choice(n_rows, p=...)`` without its checks."""
    uniform = rng.random()
    if sample_weight is None:
        return int(uniform * n_rows)
    return int(draw_rows(_running_weights(sample_weight, np.empty(0, dtype=np.int64)), uniform))


def draw_rows(ends, uniform):
    """Rows in proportion to terms whose running sums are ``ends``, one for each of ``uniform``."""
    # below the total even where a product rounds up
    targets = np.minimum(uniform * ends[-1], np.nextafter(ends[-1], 0))
    return np.searchsorted(ends, targets, side="right")


def draw_distinct_rows(n_rows, sample_weight, count, rng):
    """Distinct rows in proportion to their weights.

    ``rng.choice(n_rows, count, replace=False, p=...)`` with its use of the random stream, but a
    third of its memory: rows drawn twice are drawn anew among the rest.
    """
    drawn = np.empty(0, dtype=np.int64)
    while len(drawn) < count:
        uniform = rng.random(count - len(drawn))
        if sample_weight is None:
            rank = (uniform * (n_rows - len(drawn))).astype(np.int64)
            ahead = np.sort(drawn) - np.arange(len(drawn))
            new = rank + np.searchsorted(ahead, rank, side="right")
        else:
            new = draw_rows(_running_weights(sample_weight, np.sort(drawn)), uniform)
        _, first = np.unique(new, return_index=True)
        drawn = np.append(drawn, new[np.sort(first)])
    return drawn


def _running_weights(sample_weight, without):
    """Running sums of the weights (n,) with those of the rows ``without``, ascending, at zero."""

    def weights(rows):
        part = sample_weight[rows].copy()
        first, last = np.searchsorted(without, (rows.start, rows.stop))
        part[without[first:last] - rows.start] = 0
        return part

    ends = np.empty(len(sample_weight))
    running_sums(weights, len(ends), ends)
    return ends
