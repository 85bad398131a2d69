"""An executor for tests whose rows lie in parts, some of them in another process.

A part is what `executors.memory` makes of its rows. Whatever leaves a part is merged here, as the
protocol `executors.base.Executor` says; nothing else is known of the parts.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np

from kmeans_fast.assigners.base import total_work
from kmeans_fast.assigners.frame import find_moments, find_ranges, grid_of, in_units, make_frame
from kmeans_fast.assigners.rows import Rows
from kmeans_fast.assigners.sums import Sums
from kmeans_fast.executors.memory import Memory, checksum
from kmeans_fast.executors.seeding_part import Part
from kmeans_fast.executors.seeding_rows import Parts


class OnePart:
    """Some of the rows; each method answers with numbers, arrays or rows that merge."""

    def __init__(self, x, weight, first, n_threads=1):
        self.x, self.weight, self.first, self.n_threads = x, weight, first, n_threads

    def is_weighted(self):
        return self.weight is not None

    def ranges(self):
        return find_ranges(self.x, self.weight, self.n_threads)

    def first_row(self):
        return self.x[0]

    def set_unit(self, exponent):
        weight = in_units(self.weight, exponent)
        self.rows = Rows(self.x, weight, self.first, self.n_threads)

    def moments(self, point, grid):
        return find_moments(self.rows, point, grid)

    def set_frame(self, frame):
        self.memory = Memory(self.rows, frame)

    def checksum_rows(self, before):
        return checksum(self.rows.x, None, before)

    def checksum_weights(self, before):
        return before if self.weight is None else checksum(self.rows.weight, None, before)

    def take(self, places):
        return self.memory.take(places - self.first)

    def seeding_part(self):
        return SeedingPart(self.rows.x, self.rows.weight, self.n_threads)

    def begin(self, *arguments):
        self.memory.begin(*arguments)

    def step(self, centers):
        sums = Sums.zeros(len(centers), self.memory.frame.grid)
        return self.memory.step(centers, sums), sums

    def about(self):
        return self.memory.name, [*self.memory.decisions]

    def farthest(self, centers, count):
        return self.memory.farthest(centers, count)

    def squares(self, centers):
        return self.memory.squares(centers)

    def labels(self):
        return self.memory.labels()


class SeedingPart(Part):
    """A part that answers with sums, where `Part` adds to the caller's."""

    def sums(self, rows, labels, shape, grid):
        sums = np.zeros(shape, dtype=np.int64)
        self.accumulate(rows, labels, sums, grid)
        return sums


@dataclass(eq=False)
class PartOfSeeding:
    """A `SeedingPart` that may lie elsewhere, with the methods of `Part`."""

    there: object
    length: int
    dtype: np.dtype
    is_weighted: bool
    n_threads: int = 1

    def __len__(self):
        return self.length

    def accumulate(self, rows, labels, sums, grid):
        sums += self.there.sums(rows, labels, sums.shape, grid)

    def __getattr__(self, name):
        return getattr(self.there, name)


class Partitions:
    """`Executor` of parts, in the order of their rows."""

    def __init__(self, parts, lengths, dtype):
        self.parts = parts
        self.lengths, self.starts = lengths, np.cumsum([0, *lengths])
        self.dtype = np.dtype(dtype)
        ranges = [part.ranges() for part in parts]
        self.ranges = reduce(lambda a, b: b.merge(a), ranges)
        for part in parts:
            part.set_unit(self.ranges.weight_exponent)
        self.is_weighted = parts[0].is_weighted()

    def measure(self):
        """Find the frame, in a pass of its own: only now are the ranges known to be good."""
        origin = self.parts[0].first_row().astype(np.float64)

        def moments(point, grid):
            own = [part.moments(point, grid) for part in self.parts]
            return reduce(lambda a, b: b.merge(a), own)

        self.frame = make_frame(self.ranges, grid_of(self.ranges), origin, moments)
        for part in self.parts:
            part.set_frame(self.frame)
        return self

    @property
    def name(self):
        return self.parts[0].about()[0]

    @property
    def decisions(self):
        return self.parts[0].about()[1]

    def checksum(self):
        found = reduce(lambda before, part: part.checksum_rows(before), self.parts, 0)
        return reduce(lambda before, part: part.checksum_weights(before), self.parts, found)

    def take(self, indices):
        owner = np.searchsorted(self.starts, indices, side="right") - 1
        out = np.empty((len(indices), len(self.frame.mean)), dtype=self.dtype)
        for i in np.unique(owner):
            out[owner == i] = self.parts[i].take(indices[owner == i])
        return out

    def seeding_rows(self):
        parts = [
            PartOfSeeding(part.seeding_part(), length, self.dtype, self.is_weighted)
            for part, length in zip(self.parts, self.lengths, strict=True)
        ]
        return Parts(parts, float(self.frame.max_abs.max()), self.frame.heaviest)

    def begin(self, *arguments):
        for part in self.parts:
            part.begin(*arguments)

    def step(self, centers, sums):
        works = []
        for part in reversed(self.parts):  # any order will do
            work, own = part.step(centers)
            works.append(work)
            sums.merge(own)
        return total_work(works)

    def farthest(self, centers, count):
        own = [part.farthest(centers, count) for part in self.parts]
        return reduce(lambda a, b: a.merge(b), reversed(own)).first(count)

    def squares(self, centers):
        return reduce(add, [part.squares(centers) for part in self.parts])

    def labels(self):
        return np.concatenate([part.labels() for part in self.parts])


def cut(x, weight, lengths):
    """Rows, weights and first places of parts of these lengths."""
    starts = np.cumsum([0, *lengths])
    for first, last in pairwise(starts):
        yield x[first:last], None if weight is None else weight[first:last], int(first)
