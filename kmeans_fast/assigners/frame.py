"""Facts of all rows of a fit: small, picklable, and merged from the parts of the rows.

A frame takes two passes. The first finds `Ranges`; they give the grid on which cluster sums are
exact. The second finds `Moments` on that grid. Both merge exactly, so a frame does not depend on
the parts into which rows are cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import frexp, inf, ldexp

import numpy as np

from .. import _backend
from .._chunks import chunks
from .._threads import effective_threads
from .._typing import Doubles, Matrix
from ..exact import UNIT_EXPONENT, as_float
from .grid import Grid, make_grid
from .rows import Rows
from .sums import Sums

LIGHTEST_EXPONENT, HEAVIEST_EXPONENT = -32, 10
"""Exponents of the heaviest weight between which weights enter the grid without scaling.

`grid.TERM_BITS` leaves ten bits above 1. Far below 1, products with small squares would underflow.
"""
FARTHEST_ORIGIN = 2.0**20
"""From this ratio of the squares about the origin to those about the mean on, digits are lost."""


@dataclass(frozen=True, eq=False)
class Ranges:
    """Ranges of values and weights of some rows.

    ``max_abs`` (d,) are the largest magnitudes of all rows, ``max_present`` (d,) those of the rows
    of positive weight, of which there are ``n_present``. ``weight`` is the exact sum of all
    weights, ``heaviest`` and ``lightest`` are the largest weight and the smallest positive one.
    """

    n_rows: int
    n_present: int
    max_abs: Doubles
    max_present: Doubles
    weight: int
    heaviest: float = 1.0
    lightest: float = 1.0

    def merge(self, other: Ranges) -> Ranges:
        """Ranges of these and other rows."""
        return Ranges(
            n_rows=self.n_rows + other.n_rows,
            n_present=self.n_present + other.n_present,
            max_abs=np.maximum(self.max_abs, other.max_abs),
            max_present=np.maximum(self.max_present, other.max_present),
            weight=self.weight + other.weight,
            heaviest=max(self.heaviest, other.heaviest),
            lightest=min(self.lightest, other.lightest),
        )

    @cached_property
    def total_weight(self) -> float:
        """Sum of all weights, rounded once."""
        return as_float(self.weight)

    @property
    def weight_exponent(self) -> int:
        """See the function `weight_exponent`."""
        return weight_exponent(self.heaviest)


def find_ranges(
    x: Matrix, weight: Doubles | None, n_threads: int | None, max_abs: Doubles | None = None
) -> Ranges:
    """Ranges of finite rows and of their weights; ``max_abs`` saves a pass where it is known."""
    if max_abs is None:
        max_abs = _max_abs(x, n_threads)
    if weight is None:
        return ranges_of(len(x), weight, max_abs, max_abs, n_threads)
    n_present = int(np.count_nonzero(weight))
    max_present = max_abs if n_present == len(x) else np.zeros(len(max_abs))
    if n_present < len(x):
        for rows in chunks(len(x)):
            present = x[rows][weight[rows] > 0]
            if len(present):
                np.maximum(max_present, _max_abs(present, n_threads), out=max_present)
    return ranges_of(len(x), weight, max_abs, max_present, n_threads)


def ranges_of(
    n_rows: int,
    weight: Doubles | None,
    max_abs: Doubles,
    max_present: Doubles,
    n_threads: int | None,
) -> Ranges:
    """Ranges of rows whose magnitudes are known, and of their weights."""
    if weight is None:
        return Ranges(n_rows, n_rows, max_abs, max_present, n_rows << -UNIT_EXPONENT)
    return Ranges(
        n_rows=n_rows,
        n_present=int(np.count_nonzero(weight)),
        max_abs=max_abs,
        max_present=max_present,
        weight=_backend.exact_sums.exact_sum(weight, None, effective_threads(n_threads, n_rows)),
        heaviest=float(weight.max(initial=0.0)),
        lightest=float(weight.min(initial=inf, where=weight > 0)),
    )


def _max_abs(x: Matrix, n_threads: int | None) -> Doubles:
    found: Doubles = _backend.statistics.feature_range(x, effective_threads(n_threads, x.size))
    return found


def weight_exponent(heaviest: float) -> int:
    """Exponent of the power of two in which weights are measured: 0 for ordinary ones."""
    exponent = frexp(heaviest)[1]
    return 0 if LIGHTEST_EXPONENT <= exponent <= HEAVIEST_EXPONENT else exponent - 1


def in_units(weight: Doubles | None, exponent: int) -> Doubles | None:
    """Weights divided by ``2**exponent``; the same array for 0."""
    return weight if weight is None or exponent == 0 else np.ldexp(weight, -exponent)


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums of some rows, as of one cluster, and their exact sum of squares about a point."""

    sums: Sums
    squares: int

    def merge(self, other: Moments) -> Moments:
        """Moments of these and other rows, about the same point."""
        sums = self.sums.copy()
        sums.merge(other.sums)
        return Moments(sums, self.squares + other.squares)


def find_moments(rows: Rows, origin: Doubles, grid: Grid) -> Moments:
    """Moments of some rows about ``origin`` (d,)."""
    sums = Sums.zeros(1, grid)
    squares = _backend.statistics.moments(
        rows.x, rows.weight, origin, sums.words, grid, rows.n_threads(2)
    )
    return Moments(sums, squares)


@dataclass(frozen=True, eq=False)
class Frame:
    """Facts of all rows, weighted; rows of weight zero are left out.

    ``total_weight`` and the ``heaviest`` weight are in units of ``weight_unit``, a power of two
    that brings extreme weights into range. ``mean`` (d,) is the mean of the rows, ``total_squares``
    their sum of squares about it, ``variance`` the mean over the features of their variance,
    ``max_abs`` (d,) their largest magnitudes, ``grid`` that of the cluster sums. All values are in
    units of ``value_unit`` (see `_magnitudes`).
    """

    n_rows: int
    total_weight: float
    heaviest: float
    weight_unit: float
    max_abs: Doubles
    mean: Doubles
    total_squares: float
    variance: float
    grid: Grid
    value_unit: float = 1.0

    @property
    def farthest(self) -> float:
        """An upper bound on the distance of a value from the mean."""
        return float((self.max_abs + np.abs(self.mean)).max())


def grid_of(ranges: Ranges) -> Grid:
    """Grid on which sums of all rows in these ranges are exact."""
    weights = (ranges.total_weight, ranges.heaviest, ranges.lightest)
    scaled = (ldexp(weight, -ranges.weight_exponent) for weight in weights)
    return make_grid(ranges.max_present, ranges.n_present, *scaled)


def make_frame(
    ranges: Ranges,
    grid: Grid,
    origin: Doubles,
    measure: Callable[[Doubles, Grid], Moments],
    value_unit: float = 1.0,
) -> Frame:
    """Frame of all rows, on the grid of their ranges.

    ``origin`` (d,) is the first row; ``measure`` finds the moments of all rows about a point in
    one pass. Squares about the mean are the squares about the origin less the part that the
    distance from the origin to the mean adds. Where that part is nearly all of them, a second pass
    computes the squares about the mean itself.
    """
    unit = ldexp(1.0, ranges.weight_exponent)
    total_weight = ranges.total_weight / unit
    moments = measure(origin, grid)
    mean = moments.sums.means()[0][0]
    about_origin = as_float(moments.squares)
    offset = total_weight * float(((mean - origin) ** 2).sum())
    total_squares = max(0.0, about_origin - offset)
    if offset > FARTHEST_ORIGIN * total_squares:
        total_squares = as_float(measure(mean, grid).squares)
    return Frame(
        n_rows=ranges.n_rows,
        total_weight=total_weight,
        heaviest=ranges.heaviest / unit,
        weight_unit=unit,
        max_abs=ranges.max_present,
        mean=mean,
        total_squares=total_squares,
        variance=total_squares / total_weight / len(mean),
        grid=grid,
        value_unit=value_unit,
    )
