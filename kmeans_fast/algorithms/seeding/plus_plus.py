"""Greedy k-means++ (Arthur and Vassilvitskii 2007).

For each further seed, 2 + log(k) candidates are drawn in proportion to their weighted squared
distance to the nearest seed. The candidate that lowers the potential most becomes the seed. Random
numbers are taken in the same order as in scikit-learn, so that the same random state gives the same
seeds, up to rounding.

The potential is the sum of the weighted squared distances. It is an integer of at least
`PRECISION_BITS` bits, so it does not depend on the order of the rows. When seeds have lowered it so
far that it has fewer bits, the terms are counted again in a finer unit.
"""

from __future__ import annotations

from math import frexp, log, log2

import numpy as np

from ..._typing import Indices, Matrix, Rng
from ...executors.seeding_rows import PlusPlusRows, SeedingRows
from ..stopping import is_past
from .draws import counted, draw_row

LARGEST_EXPONENT = {"f": 126, "d": 1000}  # up to it, a scale and its inverse are normal numbers
WORD_BITS, TOTAL_BITS = 50, 62  # in the upper word: bits of the largest term, and of the total
PRECISION_BITS = 80
LEAST_UNIT = -960  # from it on, all numbers that the kernel adds are normal


def default_trials(n_clusters: int) -> int:
    """Number of candidates per seed, as in the code of Arthur and Vassilvitskii."""
    return 2 + int(log(n_clusters))


def plus_plus_indices(
    rows: SeedingRows,
    n_clusters: int,
    rng: Rng,
    n_trials: int | None = None,
    deadline: float | None = None,
) -> Indices:
    """Places of the rows picked, int64 (k,); fewer if the time ``deadline`` has come."""
    n_trials = default_trials(n_clusters) if n_trials is None else n_trials
    indices = np.empty(n_clusters, dtype=np.int64)
    indices[0] = draw_row(rows, rng)
    seed = rows.take(indices[:1])[0]
    limit = LARGEST_EXPONENT[seed.dtype.char]
    scale = 2.0 ** max(-limit, min(limit, -frexp(rows.max_abs)[1]))
    passes = rows.plus_plus(scale, n_clusters, n_trials)
    unit = _first_unit(rows, len(seed))
    passes.count(seed, 2.0**unit)
    potential = passes.total()
    draws = counted(rng.random((n_clusters - 1, n_trials)))
    done = 1
    while done < n_clusters:
        if is_past(deadline):
            return indices[:done]
        last = rows.take(indices[done - 1 : done])[0]
        potential, unit = _refined(passes, last, potential, unit)
        if potential == 0:  # every row of positive weight is equal to a seed
            indices[done:] = rows.weights().find([1])[0] if rows.is_weighted else 0
            break
        some = slice(done, n_clusters if deadline is None else done + 1)
        picked, potential = passes.run(
            potential, 1 << PRECISION_BITS, draws[done - 1 : some.stop - 1], indices[some]
        )
        done += picked
    return indices


def _first_unit(rows: SeedingRows, n_features: int) -> int:
    """Exponent of a unit that fits any terms: scaled values are at most 1 in magnitude."""
    largest = frexp(4.0 * n_features * rows.heaviest)[1]
    return largest - min(WORD_BITS, int(TOTAL_BITS - log2(rows.n_rows)))


def _refined(passes: PlusPlusRows, last: Matrix, potential: int, unit: int) -> tuple[int, int]:
    """The potential and the exponent of its unit, a finer one if the potential has too few bits."""
    while potential < 1 << PRECISION_BITS and unit > LEAST_UNIT:
        # no term is larger than all of them, rounded
        finer = unit - WORD_BITS + (potential + 1).bit_length() - WORD_BITS
        unit = max(LEAST_UNIT, finer)
        passes.count(last, 2.0**unit)
        potential = passes.total()
    return potential, unit
