"""Greedy k-means++ (Arthur and Vassilvitskii 2007).

Each next seed is the best of 2 + log(k) rows drawn in proportion to their squared distance to the
seeds so far. The random stream is used as scikit-learn uses it, so the same state gives the same
seeds, up to rounding.

Potentials are integers in units of a fine power of two, `PRECISION_BITS` or more below them: sums
do not depend on the order of the rows. When a seed lowers the potential so far that terms would be
rounded too coarsely, they are counted anew in a finer unit.
"""

from math import frexp, log, log2

import numpy as np

from ..stopping import is_past
from .draws import draw_row, scaled

LARGEST_EXPONENT = {"f": 126, "d": 1000}  # within it a scale and its inverse are normal numbers
WORD_BITS, TOTAL_BITS = 50, 62  # of the largest term, and of the sum of all, in the upper word
PRECISION_BITS = 80
LEAST_UNIT = -960  # with which all numbers that the kernel adds are normal


def default_trials(n_clusters):
    """Candidates a step of greedy k-means++ compares (Arthur and Vassilvitskii's own code)."""
    return 2 + int(log(n_clusters))


def plus_plus_indices(rows, n_clusters, rng, n_trials=None, deadline=None):
    """Rows that greedy k-means++ picks, int64 (k,); after ``deadline`` only those picked so far."""
    n_trials = default_trials(n_clusters) if n_trials is None else n_trials
    indices = np.empty(n_clusters, dtype=np.int64)
    indices[0] = draw_row(rows, rng)
    seed = rows.take(indices[:1])
    limit = LARGEST_EXPONENT[seed.dtype.char]
    scale = 2.0 ** max(-limit, min(limit, -frexp(rows.max_abs)[1]))
    passes = rows.plus_plus(scale, n_clusters, n_trials)
    unit = _first_unit(rows, seed.shape[1])
    passes.count(seed[0], 2.0**unit)
    potential = passes.total()
    for j in range(1, n_clusters):
        if is_past(deadline):
            return indices[:j]
        potential, unit = _refined(passes, seed[0], potential, unit)
        uniform = rng.random(n_trials)
        if potential > 0:
            candidates = passes.find([max(1, value) for value in scaled(potential, uniform)])
        else:  # every row that counts lies on a seed
            candidates = np.repeat(rows.weights().find([1]) if rows.is_weighted else 0, n_trials)
        points = rows.take(candidates)
        left = passes.step(points)
        potential = min(left)
        best = left.index(potential)
        passes.choose(best)
        indices[j], seed = candidates[best], points[best : best + 1]
    return indices


def _first_unit(rows, n_features):
    """Exponent of a unit for all terms: scaled values are at most 1 in magnitude."""
    largest = frexp(4.0 * n_features * rows.heaviest)[1]
    return largest - min(WORD_BITS, int(TOTAL_BITS - log2(rows.n_rows)))


def _refined(passes, last, potential, unit):
    """Potential, counted anew in a finer unit while it has too few bits, and that unit."""
    while potential < 1 << PRECISION_BITS and unit > LEAST_UNIT:
        # no term is larger than all of them, rounded
        finer = unit - WORD_BITS + (potential + 1).bit_length() - WORD_BITS
        unit = max(LEAST_UNIT, finer)
        passes.count(last, 2.0**unit)
        potential = passes.total()
    return potential, unit
