"""Draws of rows in proportion to their weights or to other terms, by exact running sums.

The functions take random numbers in the same order as scikit-learn and NumPy, so that the same
random state gives the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..._typing import Doubles, Indices, Rng
from ...executors.seeding_rows import UNIFORM_BITS, SeedingRows


def counted(uniform: Doubles | Sequence[float]) -> Indices:
    """Uniform numbers in units of 2^-53, int64."""
    return (np.asarray(uniform) * 2.0**UNIFORM_BITS).astype(np.int64)


def targets(total: int, uniform: Doubles | Sequence[float]) -> list[int]:
    """What the running sum must reach at the row drawn: the first one above ``uniform * total``."""
    return [1 + (total * count >> UNIFORM_BITS) for count in counted(uniform).tolist()]


def draw_row(rows: SeedingRows, rng: Rng) -> int:
    """Place of one row, drawn in proportion to its weight.

    The row is that of ``rng.choice(n_rows, p=...)``, whose checks of ``p`` are left out.
    """
    uniform = rng.random()
    if not rows.is_weighted:
        return int(uniform * rows.n_rows)
    weights = rows.weights()
    return int(weights.find(targets(weights.total(), [uniform]))[0])


def draw_distinct_rows(rows: SeedingRows, count: int, rng: Rng) -> Indices:
    """Places of distinct rows, drawn in proportion to their weights, int64 (count,).

    The rows are those of ``rng.choice(n_rows, count, replace=False, p=...)``, up to rounding, in a
    third of its memory. Where a row is drawn twice, another one is drawn among the remaining rows.
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
