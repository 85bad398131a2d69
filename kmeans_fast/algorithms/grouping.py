"""Identical rows as one row each, with a weight: pixels, codes, rounded measurements.

An integer weight multiplies the words of the order-free sums exactly (see `grid`), so a run on the
groups has the labels, sums and centers of a run on the rows, bit for bit. That asks for the grid
of all rows and for weights up to ``2^TERM_BITS / low_scale``: a group that would outgrow it is
closed and another begun. Weights that are not integers are rounded in each term and stay apart.
"""

from dataclasses import dataclass, replace
from math import isqrt

import numpy as np

from .. import _backend
from .assigners.work import Work
from .chunks import chunks
from .grid import TERM_BITS
from .problem import Problem
from .registry import default_memory

# A look at all rows takes as long as a few cheap iterations, of which fits have dozens.
FEWEST_ROWS, FEWEST_ITERATIONS, CHEAPEST_ROW = 8192, 10, 32
# With each distinct row twice, 4 sqrt(n) rows drawn from n hold 8 pairs on average.
SAMPLE, FEWEST_REPEATS = 4, 4
MEMORY_SHARE = 2  # of what a fit may take beyond X: the rest is for the assigner
GROUP_BYTES = 8 + 8 + 4 + 32  # first row, weight, count, slots of the table
INDEX_BYTES = 4
MOST_COUNTED = 1 << 30
MOST_GROUPS = (1 << 31) - 2  # their numbers are 32-bit


@dataclass(frozen=True, eq=False)
class Groups:
    """The distinct rows as a `Problem`, the group of each row (n,), and rows in each group."""

    problem: Problem
    index: np.ndarray
    counts: np.ndarray

    @property
    def n_bytes(self):
        """Memory that stays taken."""
        parts = (self.problem.x, self.problem.sample_weight, self.index, self.counts)
        return sum(part.nbytes for part in parts)

    def expand(self, labels):
        """Labels of all rows from those of the groups."""
        out = np.empty(len(self.index), dtype=np.int32)
        _backend.grouping.expand_labels(labels, self.index, out)
        return out


class GroupAssigner:
    """An assigner on groups, which counts the rows that moved."""

    def __init__(self, assigner, groups):
        self.assigner = assigner
        self.groups = groups

    @property
    def name(self):
        """Name of the assigner itself."""
        return self.assigner.name

    @property
    def decisions(self):
        """Those of the assigner, after the one for groups."""
        n, m = len(self.groups.index), len(self.groups.counts)
        return (
            f"{n:,} rows are {m:,} different ones: identical rows count as one, with a weight",
            *(
                getattr(self.assigner, "decisions", ())
                or (f"algorithm={self.name!r} was asked for",)
            ),
        )

    def step(self, centers, labels, sums):
        """See `assigners`."""
        before = labels.copy()
        n_groups, n_distances, n_skipped = self.assigner.step(centers, labels, sums)
        n_moved = n_groups and _backend.grouping.count_moved(before, labels, self.groups.counts)
        return Work(n_moved, n_distances, n_skipped)


def group_identical(problem, n_clusters, n_iterations, max_memory=None):
    """Groups of identical rows; None where they are few or would not pay.

    ``n_iterations`` is how many there may be at most, all runs together; ``max_memory`` bounds
    what groups and assigner take together (None: as `registry` does).
    """
    x, weight = problem.x, problem.sample_weight
    if (
        len(x) < FEWEST_ROWS
        or n_iterations < FEWEST_ITERATIONS
        or n_clusters * x.shape[1] < CHEAPEST_ROW
        or not _repeats_in_sample(x)
        or not _integer(weight)
    ):
        return None
    heaviest = min(2.0**TERM_BITS / problem.grid.low_scale, MOST_COUNTED)
    if max_memory is None:
        max_memory = default_memory(x)
    room = max_memory // MEMORY_SHARE - INDEX_BYTES * len(x)
    most = min(len(x) // 2, MOST_GROUPS, room // (x.shape[1] * x.itemsize + GROUP_BYTES))
    if most < 1:
        return None
    index = np.empty(len(x), dtype=np.int32)
    grouped = _group(x, weight, heaviest, index, most)
    if grouped is None:
        return None
    first, weights, counts = grouped
    distinct = replace(problem, x=x[first], given_weight=weights, sample_weight=weights)
    return Groups(distinct, index, counts)


def _group(x, weight, heaviest, index, most):
    """First rows, weights and counts of the groups; None if there are more than ``most``."""
    first = np.empty(most, dtype=np.int64)
    weights, counts = np.empty(most), np.empty(most, dtype=np.int32)
    count = _backend.grouping.group_rows(x, weight, heaviest, index, first, weights, counts)
    if count < 0:
        return None
    return first[:count], weights[:count].copy(), counts[:count].copy()


def _repeats_in_sample(x):
    """Whether rows drawn at random (always the same) are identical often enough."""
    size = SAMPLE * isqrt(len(x))
    rows = np.sort(np.random.default_rng(0).integers(0, len(x), size))
    rows = rows[np.append(True, rows[1:] != rows[:-1])]  # np.unique takes ten times as long
    index = np.empty(len(rows), dtype=np.int32)
    return _group(x.take(rows, axis=0), None, np.inf, index, len(rows) - FEWEST_REPEATS) is not None


def _integer(weight):
    """Whether all weights are integers."""
    if weight is None:
        return True
    parts = (weight[rows] for rows in chunks(len(weight)))
    return all((part == np.rint(part)).all() for part in parts)
