"""The grid on which cluster sums are exact, so that they do not depend on the order of addition.

Every term ``w * x_f`` becomes two integers, ``w * x_f * scale_f = high + low / low_scale``, rounded
once; |high| and |low| stay below 2^51, where float64 rounds to integers exactly, and the sums of
all rows below 2^62. With B = 40 bits a word (fewer from 2^20 rows on), a term is exact to 2^-2B
of the largest value of its feature. Integer weights multiply both words exactly: a weight is a
repetition, bit for bit.

Beside a heavy row, the digits of a light one would be lost. Where weights span more than the words
can take, there are several layers with two words each. A row belongs to one layer, by the magnitude
of its weight, which is multiplied by the power of two that makes it heavy. So a cluster of light
rows has means as exact as one of heavy rows.
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
MEAN_BITS, LEAST_LAYER_BITS = 56, 16
"""Bits of the lightest row of a layer, relative to itself; and those of a layer, at least."""


@dataclass(frozen=True)
class Grid:
    """Powers of two: ``scale`` per feature and, last, for the weight; see the module.

    There are ``layers`` of weights, each of ``layer_bits`` binary orders of magnitude, counted from
    the ``exponent`` of the heaviest scaled weight.
    """

    scale: Doubles
    low_scale: float
    weight_scale: float
    layers: int = 1
    layer_bits: int = 0
    exponent: int = 0

    @property
    def n_words(self) -> int:
        """Words of a sum."""
        return 2 * self.layers

    def resolution(self) -> Doubles:
        """Half of the largest error of a term of weight 1, per feature, float64 (d,)."""
        return 1 / self.scale[:-1] / self.low_scale


def make_grid(
    max_abs: Doubles,
    n_rows: int,
    total_weight: float | None = None,
    max_weight: float = 1.0,
    min_weight: float | None = None,
) -> Grid:
    """Grid for ``n_rows`` rows with features up to ``max_abs`` (float64 (d,)) in magnitude.

    ``min_weight`` is the smallest positive weight, None where only one layer is wanted.
    """
    exponent = frexp(max_weight)[1]
    weight_exponent = max(0, 1 - exponent)
    total = n_rows if total_weight is None else max(n_rows, total_weight * 2.0**weight_exponent)
    bits = _word_bits(total, max_weight * 2.0**weight_exponent)
    span = 0 if min_weight is None else exponent - frexp(min_weight)[1]
    layers = layer_bits = 0
    if span > _layer_bits(bits):
        # in each layer, all rows may be as heavy as the heaviest
        weight_exponent = 1 - exponent
        bits = _word_bits(2.0 * n_rows, 2.0)
        layer_bits = _layer_bits(bits)
        layers = span // layer_bits
    magnitudes = np.empty(len(max_abs) + 1)
    magnitudes[:-1], magnitudes[-1] = max_abs, 1.0
    exponents = bits - np.frexp(magnitudes)[1]
    exponents[magnitudes == 0] = 0
    np.minimum(np.maximum(exponents, -EXPONENT_LIMIT), EXPONENT_LIMIT, out=exponents)
    scale = np.ldexp(1.0, exponents)
    return Grid(
        scale,
        2.0**bits,
        2.0**weight_exponent,
        1 + layers,
        layer_bits,
        exponent + weight_exponent - 1,
    )


def _word_bits(total: float, heaviest: float) -> int:
    """Bits of a word, for scaled weights."""
    of_term = TERM_BITS - ceil(log2(max(1.0, heaviest)))
    return min(WORD_BITS, SUM_BITS - ceil(log2(total)), of_term)


def _layer_bits(bits: int) -> int:
    return max(LEAST_LAYER_BITS, 2 * bits - MEAN_BITS)
