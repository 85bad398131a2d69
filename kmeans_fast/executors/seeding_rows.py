"""The passes over the rows that seeding needs, and rows that lie in one or several arrays.

`SeedingRows` and the protocols that it returns are all that a seeding knows of the rows, so that a
seeding works wherever the rows are. A row is known by its place: its index among all rows, from 0.

Sums are exact Python ints. The sums of parts therefore add up to the sum of all rows, and the row
at which a running sum reaches a target does not depend on the parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from .._typing import Doubles, Indices, Labels, Matrix, Words
from ..assigners.grid import Grid
from .seeding_part import Closest, Part, PlusPlusPass, Terms

UNIFORM_BITS = 53
"""A uniform number of NumPy is a multiple of 2^-53."""


class Draws(Protocol):
    """A term for each row, finite and not negative, and draws of rows in proportion to the terms.

    The unit of the sums is any fixed one: callers only scale `total` by a uniform number and pass
    the results to `find`.
    """

    def total(self) -> int:
        """The exact sum of the terms of all rows."""

    def find(self, targets: Sequence[int]) -> Indices:
        """For each target, the place of the row that it draws, int64 (len(targets),).

        That is the first row with a positive term at which the running sum of the terms, in the
        order of the places, is at least the target. If no row reaches the target, it is the last
        row with a positive term; if no term is positive, it is row 0. To draw a row at random,
        pass a uniform integer from 1 to `total`.
        """


class Proposal(Draws, Protocol):
    """Draws whose terms can be read."""

    def of(self, rows: Indices) -> Doubles:
        """The terms of the rows at these places, float64 (len(rows),)."""


class ClosestRows(Draws, Protocol):
    """The squared distance of each row to the nearest of some points, and which point that is.

    The points are numbered from 0 in the order in which `lower` gets them. Before the first call,
    all distances are infinite. As `Draws`, the term of a row is its weight times its distance.
    """

    def lower(self, points: Matrix, first: int) -> None:
        """Lower the distances to those of further points.

        ``points`` (m, d) have the numbers ``first`` to ``first + m - 1``. A row that is equally
        far from a new and an earlier point keeps the earlier one; of equally near new points it
        gets the first.
        """

    def take_each(self, count: float, total: float, key: int) -> Indices:
        """Pick each row independently with probability ``count * term / total``, at most 1.

        Return the places in ascending order. ``total`` is the sum of all terms, ``count`` the
        expected number of picks. The random number of a row depends on two things only: the 64-bit
        ``key`` and the number of rows of positive weight before it. Rows of weight zero are never
        picked.
        """

    def owners(self, rows: Indices) -> Labels:
        """For each of the rows at these places, the number of its nearest point, int32 (m,)."""

    def owner_weights(self, n_points: int, grid: Grid) -> Words:
        """For each point, the total weight of the rows that are nearest to it.

        Return integer words, int64 (n_points, n_words, 2), as `assigners.sums.Sums` has them for
        one feature. Only the last column, the weight in units of ``grid``, is used.
        """

    def proposal(self, total_weight: float, total: float) -> Proposal:
        """Draws for AFK-MC2, with terms ``weight / total_weight / 2 + term / total / 2``."""


class PlusPlusRows(Draws, Protocol):
    """The rows during one run of greedy k-means++.

    The term of a row is its weight times the squared distance to its nearest seed, both of rows
    and seeds times the ``scale`` that `SeedingRows.plus_plus` got. Sums count in ``unit * 2^-50``.
    A caller begins with `count` of the first seed. Then it calls `run` until all seeds are picked;
    whenever the sums have become small, it calls `count` with the last seed and a finer unit.
    """

    def count(self, last: Matrix, unit: float) -> None:
        """Lower the distances to those of the seed ``last`` (d,); count in ``unit`` from now on.

        ``last`` is the first seed or the one that was chosen last. In the second case the distances
        may be lowered already; lowering them twice changes nothing.
        """

    def run(self, potential: int, least: int, draws: Indices, indices: Indices) -> tuple[int, int]:
        """Pick further seeds; return their number and the total that the last one leaves.

        ``potential`` is the present total. Each row of ``draws``, int64 (m, t), draws t candidates
        for one seed: ``draws`` are uniform numbers in [0, 1) in units of 2^-53, and the target of a
        draw is ``draw * potential``, rounded down, at least 1. The candidate that would leave the
        least total becomes the seed, the first of equal ones, and its place goes to ``indices``,
        int64 (m,). At least one seed is picked. The run stops early after a seed that leaves less
        than ``least``.
        """


class SeedingRows(Protocol):
    """All rows of a fit, in a fixed order, with their weights.

    Weights are in the range of `assigners.frame.in_units`. Arguments named ``rows`` are int64
    arrays of places, in any order.
    """

    n_rows: int
    """Number of rows, n."""
    dtype: np.dtype[Any]
    """Type of the rows: float32 or float64."""
    n_threads: int | None
    """Number of threads that the user asked for; None where the user did not."""
    is_weighted: bool
    """Whether the rows have weights; otherwise each row has weight 1."""
    max_abs: float
    """Largest magnitude in the rows."""
    heaviest: float
    """Largest weight; 1 without weights."""

    def take(self, rows: Indices) -> Matrix:
        """Copies of the rows at these places, (len(rows), d)."""

    def take_weights(self, rows: Indices) -> Doubles:
        """The weights of the rows at these places, float64 (len(rows),)."""

    def weights(self, without: Sequence[int] | Indices = ()) -> Draws:
        """Draws in proportion to the weights. The caller knows that the rows have weights.

        The rows at the places ``without``, in ascending order, count as rows of weight zero.
        """

    def closest(self) -> ClosestRows:
        """Distances to points, before the first point."""

    def plus_plus(self, scale: float, n_clusters: int, n_candidates: int) -> PlusPlusRows:
        """A run of greedy k-means++ on ``scale * x``, before the first seed.

        ``scale`` is a power of two that brings the largest magnitude below 1. The run picks
        ``n_clusters`` seeds and compares ``n_candidates`` rows for each.
        """

    def accumulate(self, start: int, labels: Labels, sums: Words, grid: Grid) -> None:
        """Add the rows from place ``start`` on, one per label, to the sums of their clusters.

        ``sums`` are the words of `assigners.sums.Sums`. A row of weight zero changes no sum.
        """

    def all_rows(self) -> tuple[Matrix, Doubles | None]:
        """All rows as one array, and their weights or None, for seedings that need all at once.

        NotImplementedError where the rows are not in memory.
        """


def _split(starts: Indices, places: Indices) -> Iterator[tuple[int, Indices | slice, Indices]]:
    """Yield (number of the part, which of ``places`` lie in it, their places in it)."""
    if len(starts) == 2:
        yield 0, slice(None), places
        return
    owner = np.searchsorted(starts, places, side="right") - 1
    for i in np.unique(owner).tolist():
        here = np.flatnonzero(owner == i)
        yield i, here, places[here] - starts[i]


class Parts:
    """`SeedingRows` in one or several `Part`, whose rows follow one another."""

    def __init__(self, parts: Sequence[Part], max_abs: float, heaviest: float = 1.0) -> None:
        self.parts = parts
        self.starts: Indices = np.array([0, *accumulate(map(len, parts))], dtype=np.int64)
        self.n_rows = int(self.starts[-1])
        self.dtype = parts[0].dtype
        self.n_threads = parts[0].n_threads
        self.is_weighted = parts[0].is_weighted
        self.max_abs = max_abs
        self.heaviest = heaviest

    def take(self, rows: Indices) -> Matrix:
        """See `SeedingRows`."""
        rows = np.asarray(rows)
        if len(self.parts) == 1:
            return self.parts[0].take(rows)
        split = [*_split(self.starts, rows)]
        found = [self.parts[i].take(inside) for i, _, inside in split]
        out = np.empty((len(rows), found[0].shape[1]), dtype=self.dtype)
        for (_, here, _), x in zip(split, found, strict=True):
            out[here] = x
        return out

    def take_weights(self, rows: Indices) -> Doubles:
        """See `SeedingRows`."""
        out = np.ones(len(rows))
        if self.is_weighted:
            for i, here, inside in _split(self.starts, rows):
                out[here] = self.parts[i].take_weights(inside)
        return out

    def weights(self, without: Sequence[int] | Indices = ()) -> PartDraws[Terms]:
        """See `SeedingRows`."""
        places = np.asarray(without, dtype=np.int64)
        cuts = np.searchsorted(places, self.starts)
        return PartDraws(
            [
                part.weights(places[first:last] - start)
                for part, start, first, last in zip(
                    self.parts, self.starts[:-1], cuts[:-1], cuts[1:], strict=True
                )
            ],
            self.starts,
        )

    def closest(self) -> PartClosest:
        """See `SeedingRows`."""
        return PartClosest([part.closest() for part in self.parts], self.starts)

    def plus_plus(self, scale: float, n_clusters: int, n_candidates: int) -> PartPlusPlus:
        """See `SeedingRows`."""
        passes = [part.plus_plus(scale, n_clusters, n_candidates) for part in self.parts]
        return PartPlusPlus(self, passes)

    def accumulate(self, start: int, labels: Labels, sums: Words, grid: Grid) -> None:
        """See `SeedingRows`."""
        stop = start + len(labels)
        for part, first, last in zip(self.parts, self.starts[:-1], self.starts[1:], strict=True):
            low, high = max(first, start), min(last, stop)
            if low < high:
                rows = slice(low - first, high - first)
                part.accumulate(rows, labels[low - start : high - start], sums, grid)

    def all_rows(self) -> tuple[Matrix, Doubles | None]:
        """See `SeedingRows`."""
        if len(self.parts) == 1:
            return self.parts[0].all_rows(), self.parts[0].sample_weight
        x = np.concatenate([part.all_rows() for part in self.parts])
        weight = [part.sample_weight for part in self.parts if part.sample_weight is not None]
        return x, np.concatenate(weight) if weight else None


D = TypeVar("D", bound=Draws)
"""The draws of one part."""


class PartDraws(Generic[D]):
    """`Draws` of all rows, made of the draws of each part."""

    def __init__(self, parts: Sequence[D], starts: Indices) -> None:
        self.parts = parts
        self.starts = starts

    def total(self) -> int:
        """See `Draws`."""
        return sum(part.total() for part in self.parts)

    def find(self, targets: Sequence[int]) -> Indices:
        """See `Draws`."""
        if len(self.parts) == 1:
            return self.parts[0].find(targets)
        totals = [part.total() for part in self.parts]
        ends = np.cumsum(np.array(totals, dtype=object))
        found = np.zeros(len(targets), dtype=np.int64)
        if ends[-1] <= 0:
            return found
        # a sum that reaches 1 or more does so at a positive term
        inside = np.array([min(max(target, 1), ends[-1]) for target in targets], dtype=object)
        owner = np.searchsorted(ends, inside)
        for i in np.unique(owner):
            here = np.flatnonzero(owner == i)
            before = ends[i] - totals[i]
            found[here] = self.starts[i] + self.parts[i].find(list(inside[here] - before))
        return found


class PartClosest(PartDraws[Closest]):
    """`ClosestRows` made of those of each part."""

    def lower(self, points: Matrix, first: int) -> None:
        """See `ClosestRows`."""
        for part in self.parts:
            part.lower(points, first)

    def take_each(self, count: float, total: float, key: int) -> Indices:
        """See `ClosestRows`."""
        found: list[Indices] = []
        n_present = 0
        for part, start in zip(self.parts, self.starts[:-1], strict=True):
            found.append(start + part.take_each(count, total, key, n_present))
            n_present += part.n_present
        return np.concatenate(found)

    def owners(self, rows: Indices) -> Labels:
        """See `ClosestRows`."""
        out = np.empty(len(rows), dtype=np.int32)
        for i, here, inside in _split(self.starts, rows):
            out[here] = self.parts[i].owners(inside)
        return out

    def owner_weights(self, n_points: int, grid: Grid) -> Words:
        """See `ClosestRows`."""
        words = self.parts[0].owner_weights(n_points, grid)
        for part in self.parts[1:]:
            words += part.owner_weights(n_points, grid)
        return words

    def proposal(self, total_weight: float, total: float) -> PartProposal:
        """See `ClosestRows`."""
        parts = [part.proposal(total_weight, total) for part in self.parts]
        return PartProposal(parts, self.starts)


class PartProposal(PartDraws[Terms]):
    """`Proposal` made of the terms of each part."""

    def of(self, rows: Indices) -> Doubles:
        """See `Proposal`."""
        out = np.empty(len(rows))
        for i, here, inside in _split(self.starts, rows):
            out[here] = self.parts[i].of(inside)
        return out


class PartPlusPlus(PartDraws[PlusPlusPass]):
    """`PlusPlusRows` made of the runs of each part."""

    def __init__(self, rows: Parts, parts: Sequence[PlusPlusPass]) -> None:
        super().__init__(parts, rows.starts)
        self.rows = rows

    def count(self, last: Matrix, unit: float) -> None:
        """See `PlusPlusRows`."""
        for part in self.parts:
            part.count(last, unit)

    def run(self, potential: int, least: int, draws: Indices, indices: Indices) -> tuple[int, int]:
        """See `PlusPlusRows`; in several parts, one seed at a time."""
        if len(self.parts) == 1:
            return self.parts[0].run(potential, least, draws, indices)
        targets = [max(1, potential * draw >> UNIFORM_BITS) for draw in draws[0].tolist()]
        candidates = self.find(targets)
        points = self.rows.take(candidates)
        left = [sum(own) for own in zip(*(part.step(points) for part in self.parts), strict=True)]
        best = left.index(min(left))
        for part in self.parts:
            part.choose(best)
        indices[0] = candidates[best]
        return 1, left[best]
