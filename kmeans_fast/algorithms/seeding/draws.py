"""Rows drawn at random, in proportion to weights or to other terms, by exact running sums.

The random stream is used as scikit-learn and NumPy use it, so the same state gives the same rows.
"""

import numpy as np

UNIFORM_BITS = 53  # a uniform number of NumPy is a multiple of 2^-53


def scaled(total, uniform):
    """The integer parts of ``uniform * total`` for an exact sum, a list."""
    counts = (np.asarray(uniform) * 2.0**UNIFORM_BITS).astype(np.int64)
    return [total * count >> UNIFORM_BITS for count in counts.tolist()]


def targets(total, uniform):
    """What the running sum must reach at the row drawn: the first one above ``uniform * total``."""
    return [value + 1 for value in scaled(total, uniform)]


def draw_row(rows, rng):
    """One row in proportion to its weight: ``rng.choice(n_rows, p=...)`` without its checks."""
    uniform = rng.random()
    if not rows.is_weighted:
        return int(uniform * rows.n_rows)
    weights = rows.weights()
    return int(weights.find(targets(weights.total(), [uniform]))[0])


def draw_distinct_rows(rows, count, rng):
    """Distinct rows in proportion to their weights.

    ``rng.choice(n_rows, count, replace=False, p=...)`` with its use of the random stream, but a
    third of its memory: rows drawn twice are drawn anew among the rest.
    """
    drawn = np.empty(0, dtype=np.int64)
    while len(drawn) < count:
        uniform = rng.random(count - len(drawn))
        if rows.is_weighted:
            weights = rows.weights(np.sort(drawn))
            new = weights.find(targets(weights.total(), uniform))
        else:
            rank = (uniform * (rows.n_rows - len(drawn))).astype(np.int64)
            ahead = np.sort(drawn) - np.arange(len(drawn))
            new = rank + np.searchsorted(ahead, rank, side="right")
        _, first = np.unique(new, return_index=True)
        drawn = np.append(drawn, new[np.sort(first)])
    return drawn
