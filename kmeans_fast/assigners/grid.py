"""The grid on which cluster sums are exact, so that they do not depend on the order of addition.

Every term ``w * x_f`` becomes two integers, ``w * x_f * scale_f = high + low / low_scale``, rounded
once; |high| and |low| stay below 2^51, where float64 rounds to integers exactly, and the sums of
all rows below 2^62. With B = 40 bits a word (fewer from 2^20 rows on), a term is exact to 2^-2B
of the largest value of its feature. Integer weights multiply both words exactly: a weight is a
repetition, bit for bit.
"""

from dataclasses import dataclass
from math import ceil, frexp, log2

import numpy as np

from .._typing import Doubles

WORD_BITS = 40
"""Most bits of the upper word of a term of weight 1."""
TERM_BITS = 50
"""Bits of a weighted term: float64 rounds such numbers to integers exactly."""
SUM_BITS = 60
"""Bits of the sum of all terms, in int64."""
EXPONENT_LIMIT = 1000
"""Scales and their inverses stay normal numbers."""


@dataclass(frozen=True)
class Grid:
    """Powers of two: ``scale`` per feature and, last, for the weight; see the module."""

    scale: Doubles
    low_scale: float
    weight_scale: float

    def resolution(self) -> Doubles:
        """Half of the largest error of a term of weight 1, per feature, float64 (d,)."""
        return 1 / self.scale[:-1] / self.low_scale


def make_grid(
    max_abs: Doubles, n_rows: int, total_weight: float | None = None, max_weight: float = 1.0
) -> Grid:
    """Grid for ``n_rows`` rows with features up to ``max_abs`` (float64 (d,)) in magnitude."""
    weight_exponent = max(0, 1 - frexp(max_weight)[1])
    weight_scale = 2.0**weight_exponent
    total = n_rows if total_weight is None else max(n_rows, total_weight * weight_scale)
    heaviest = max(1.0, max_weight * weight_scale)
    bits = min(WORD_BITS, SUM_BITS - ceil(log2(total)), TERM_BITS - ceil(log2(heaviest)))
    magnitudes = np.empty(len(max_abs) + 1)
    magnitudes[:-1], magnitudes[-1] = max_abs, 1.0
    exponents = bits - np.frexp(magnitudes)[1]
    exponents[magnitudes == 0] = 0
    np.minimum(np.maximum(exponents, -EXPONENT_LIMIT), EXPONENT_LIMIT, out=exponents)
    scale = np.ldexp(1.0, exponents)
    return Grid(scale=scale, low_scale=2.0**bits, weight_scale=weight_scale)
