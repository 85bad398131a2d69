"""One data set as the runs see it: arrays, and what all restarts on them share."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import frexp, ldexp
from typing import NamedTuple

import numpy as np

from .. import _backend
from .._threads import effective_threads
from .._validate import check_magnitude, check_weight_span, feature_range
from .chunks import chunks
from .grid import Grid, make_grid
from .sorting import sort_rows, take_rows

# Exponents of the heaviest weight with which weights enter the grid as they are: `grid.TERM_BITS`
# leaves ten bits above 1, and far below 1 products with small squares would underflow.
LIGHTEST_EXPONENT, HEAVIEST_EXPONENT = -32, 10
LEAST_PRECISION = 2.0**24  # to which the grid holds what the lightest row adds


class Ascending(NamedTuple):
    """Rows of a single feature in ascending order: values, their rows, and their weights."""

    values: np.ndarray
    order: np.ndarray
    weights: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows, weights and their statistics.

    ``given_weight`` is what the user gave and what inertia is taken with; ``sample_weight`` is
    ``given_weight / weight_unit``, a power of two that brings extreme weights into range. ``mean``
    (d,) is the mean of all rows, ``total_squares`` their sum of squares about it, ``variance`` the
    mean over the features of their variance, ``max_abs`` (d,) their largest magnitudes; all of
    them weighted, rows of weight zero left out.
    """

    x: np.ndarray
    given_weight: np.ndarray | None
    sample_weight: np.ndarray | None
    weight_unit: float
    max_abs: np.ndarray
    mean: np.ndarray
    total_squares: float
    variance: float
    grid: Grid
    requested_threads: int | None

    def n_threads(self, n_centers):
        """Threads for a pass over the rows that compares each with ``n_centers`` points."""
        return effective_threads(self.requested_threads, self.x.size * n_centers)

    def inertia(self, centers, labels):
        """Weighted sum of squared distances of the rows to the centers of their labels."""
        threads = self.n_threads(1)
        return _backend.assign.inertia(self.x, centers, labels, self.given_weight, threads)

    def part(self, start, end):
        """The same problem for some of the rows; sums of its parts add up to those of all."""
        rows = slice(start, end)
        given, weight = (
            None if weights is None else weights[rows]
            for weights in (self.given_weight, self.sample_weight)
        )
        return replace(self, x=self.x[rows], given_weight=given, sample_weight=weight)

    @cached_property
    def ascending(self):
        """Rows of one feature, sorted, as `Ascending`; 20 bytes a row, sorted once for all runs."""
        values, order = sort_rows(self.x[:, 0])
        weight = self.sample_weight
        return Ascending(values, order, None if weight is None else take_rows(weight, order))


def make_problem(x, sample_weight, ranges, n_threads):
    """Problem of validated arrays; ``ranges`` (d,) are the largest magnitudes of all rows."""
    n_rows = n_present = total_weight = len(x)
    weight, unit, heaviest = sample_weight, 1.0, 1.0
    if sample_weight is not None:
        weight, unit, heaviest = weights_in_range(sample_weight)
        total_weight = float(weight.sum())
        n_present = np.count_nonzero(weight)
        if n_present < n_rows:
            ranges = _present_range(x, weight, n_threads)
    check_magnitude(ranges, ranges, total_weight * unit, "X")
    threads = effective_threads(n_threads, x.size)
    grid = make_grid(ranges, n_present, total_weight, heaviest)
    if weight is not None:
        check_weight_span(sample_weight, grid.low_scale**2 / LEAST_PRECISION)
    mean, squares = _backend.statistics.feature_moments(x, weight, threads)
    total_squares = float(squares.sum())
    return Problem(
        x=x,
        given_weight=sample_weight,
        sample_weight=weight,
        weight_unit=unit,
        max_abs=ranges,
        mean=mean,
        total_squares=total_squares,
        variance=total_squares / total_weight / x.shape[1],
        grid=grid,
        requested_threads=n_threads,
    )


def weights_in_range(sample_weight):
    """Weights over a power of two (1 for ordinary ones), that power, and the heaviest of them."""
    heaviest, exponent = float(sample_weight.max()), frexp(float(sample_weight.max()))[1]
    if LIGHTEST_EXPONENT <= exponent <= HEAVIEST_EXPONENT:
        return sample_weight, 1.0, heaviest
    shift = 1 - exponent
    return np.ldexp(sample_weight, shift), ldexp(1.0, -shift), ldexp(heaviest, shift)


def _present_range(x, weight, n_threads):
    """Largest magnitude of each feature over the rows of positive weight."""
    ranges = np.zeros(x.shape[1])
    for rows in chunks(len(x)):
        present = x[rows][weight[rows] > 0]
        if len(present):
            np.maximum(ranges, feature_range(present, "X", n_threads), out=ranges)
    return ranges
