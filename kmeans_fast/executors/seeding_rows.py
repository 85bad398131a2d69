"""What seeding needs of the rows, wherever they lie, and rows that lie in one or several arrays.

A row is known by its place among all rows. Sums are exact ints, so that those of parts add up to
those of all rows, and a running sum over all rows reaches a target in the part whose sums hold it.
"""

from typing import Protocol

import numpy as np


class Draws(Protocol):
    """Terms of the rows that are not negative, and draws in proportion to them."""

    def total(self):
        """Exact sum of the terms of all rows, an int."""

    def find(self, targets):
        """First row with a positive term at which the running sum reaches each target, int64.

        The last such row where none reaches it, 0 where no term is positive.
        """


class ClosestRows(Draws, Protocol):
    """Squared distances of the rows to the nearest of some points; terms are weighted ones."""

    def lower(self, points, first):
        """Take in ``points`` (m, d), which are numbers ``first``, ``first`` + 1 ... of them."""

    def take_each(self, count, total, key):
        """Rows that chance takes, each with probability ``count * term / total``, ascending.

        The chance of a row depends on the 64-bit ``key`` and on its place among the rows that have
        weight, and on nothing else.
        """

    def owners(self, rows):
        """Numbers of the points that the rows at these places are nearest to, the first of ties."""

    def owner_weights(self, n_points, grid):
        """Words of the weight of the rows nearest to each point, int64 (n_points, 2, 2).

        The last column is the weight in ``grid`` (of one feature), as in `lloyd.accumulate_rows`.
        """

    def proposal(self, total_weight, total):
        """`Draws` by the mean of weight / total_weight and term / total, with ``of(rows)``."""


class PlusPlusRows(Protocol):
    """The rows in a run of greedy k-means++; sums are ints in units of ``unit`` 2^-50."""

    def count(self, last, unit):
        """Take in the point ``last`` (d,); what it leaves is counted in ``unit`` from now on."""

    def step(self, candidates):
        """Totals that each of the points (t, d) would leave, a list of t ints."""

    def choose(self, candidate):
        """Make one of the points of the last step the last seed."""

    def find(self, targets):
        """First row at which the running sum reaches each target, from 1 to the total, int64."""


class SeedingRows(Protocol):
    """All rows. Weights, where rows have them, are in range (see `problem.weights_in_range`)."""

    n_rows: int
    dtype: np.dtype
    n_threads: int | None
    """Threads that the user asked for."""
    is_weighted: bool
    max_abs: float
    """Largest magnitude in the rows."""
    heaviest: float
    """Largest weight, 1 without weights."""

    def take(self, rows):
        """The rows at these places, an array (m, d)."""

    def take_weights(self, rows):
        """Their weights, float64 (m,)."""

    def weights(self, without=()):
        """`Draws` by weight; the places ``without``, ascending, have none."""

    def closest(self):
        """`ClosestRows` that know no point yet."""

    def plus_plus(self, scale, n_clusters, n_candidates):
        """`PlusPlusRows` on ``scale * x``, before the first seed."""

    def accumulate(self, start, labels, sums, grid):
        """Add rows from ``start`` on to the sums of their clusters, those of weight zero aside."""

    def all_rows(self):
        """All rows and their weights (or None), for what cannot do with less."""


def _split(starts, places):
    """Yield (number of the part, which of ``places`` lie in it, their places in it)."""
    if len(starts) == 2:
        yield 0, slice(None), places
        return
    owner = np.searchsorted(starts, places, side="right") - 1
    for i in np.unique(owner):
        here = np.flatnonzero(owner == i)
        yield i, here, places[here] - starts[i]


class Parts:
    """`SeedingRows` in the arrays of one or several `Part`, in the order of their places."""

    def __init__(self, parts, max_abs, heaviest=1.0):
        self.parts = parts
        self.starts = np.cumsum([0] + [len(part) for part in parts])
        self.n_rows = int(self.starts[-1])
        self.dtype = parts[0].dtype
        self.n_threads = parts[0].n_threads
        self.is_weighted = parts[0].sample_weight is not None
        self.max_abs = max_abs
        self.heaviest = heaviest

    def take(self, rows):
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

    def take_weights(self, rows):
        """See `SeedingRows`."""
        out = np.ones(len(rows))
        if self.is_weighted:
            for i, here, inside in _split(self.starts, rows):
                out[here] = self.parts[i].sample_weight[inside]
        return out

    def weights(self, without=()):
        """See `SeedingRows`."""
        cuts = np.searchsorted(without, self.starts)
        return PartDraws(
            [
                part.weights(np.asarray(without[first:last]) - start)
                for part, start, first, last in zip(
                    self.parts, self.starts[:-1], cuts[:-1], cuts[1:], strict=True
                )
            ],
            self.starts,
        )

    def closest(self):
        """See `SeedingRows`."""
        return PartClosest([part.closest() for part in self.parts], self.starts)

    def plus_plus(self, scale, n_clusters, n_candidates):
        """See `SeedingRows`."""
        passes = [part.plus_plus(scale, n_clusters, n_candidates) for part in self.parts]
        return PartPlusPlus(passes, self.starts)

    def accumulate(self, start, labels, sums, grid):
        """See `SeedingRows`."""
        places = np.arange(start, start + len(labels))
        for i, here, inside in _split(self.starts, places):
            rows = slice(inside[0], inside[-1] + 1)
            self.parts[i].accumulate(rows, labels[here], sums, grid)

    def all_rows(self):
        """See `SeedingRows`."""
        x = [part.all_rows() for part in self.parts]
        weight = [part.sample_weight for part in self.parts] if self.is_weighted else None
        if len(self.parts) == 1:
            return x[0], weight and weight[0]
        return np.concatenate(x), weight and np.concatenate(weight)


class PartDraws:
    """`Draws` from parts that are such themselves."""

    def __init__(self, parts, starts):
        self.parts = parts
        self.starts = starts

    def total(self):
        """See `Draws`."""
        return sum(part.total() for part in self.parts)

    def find(self, targets):
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


class PartClosest(PartDraws):
    """`ClosestRows` from parts that are such themselves."""

    def lower(self, points, first):
        """See `ClosestRows`."""
        for part in self.parts:
            part.lower(points, first)

    def take_each(self, count, total, key):
        """See `ClosestRows`."""
        found, n_present = [], 0
        for part, start in zip(self.parts, self.starts[:-1], strict=True):
            found.append(start + part.take_each(count, total, key, n_present))
            n_present += part.n_present
        return np.concatenate(found)

    def owners(self, rows):
        """See `ClosestRows`."""
        out = np.empty(len(rows), dtype=np.int32)
        for i, here, inside in _split(self.starts, rows):
            out[here] = self.parts[i].owner[inside]
        return out

    def owner_weights(self, n_points, grid):
        """See `ClosestRows`."""
        return sum(part.owner_weights(n_points, grid) for part in self.parts)

    def proposal(self, total_weight, total):
        """See `ClosestRows`."""
        parts = [part.proposal(total_weight, total) for part in self.parts]
        return PartProposal(parts, self.starts)


class PartProposal(PartDraws):
    """`Draws` of AFK-MC2 from parts that are such themselves."""

    def of(self, rows):
        """The terms of the rows at these places."""
        out = np.empty(len(rows))
        for i, here, inside in _split(self.starts, rows):
            out[here] = self.parts[i].terms[inside]
        return out


class PartPlusPlus(PartDraws):
    """`PlusPlusRows` from parts that are such themselves."""

    def count(self, last, unit):
        """See `PlusPlusRows`."""
        for part in self.parts:
            part.count(last, unit)

    def step(self, candidates):
        """See `PlusPlusRows`."""
        totals = [part.step(candidates) for part in self.parts]
        return [sum(own) for own in zip(*totals, strict=True)]

    def choose(self, candidate):
        """See `PlusPlusRows`."""
        for part in self.parts:
            part.choose(candidate)
