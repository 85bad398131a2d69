"""Identical rows as one row each, with a weight: pixels, codes, rounded measurements.

An integer weight multiplies the words of the order-free sums exactly (see `assigners.grid`), so a
run on the groups has the labels, sums and centers of a run on the rows, bit for bit. That needs the
grid of all rows and weights up to ``2^TERM_BITS / low_scale``: a group that would
exceed this weight is closed, and a new group starts. Terms of weights that are not integers are
rounded, so rows with such weights are not grouped.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

import numpy as np

from .. import _backend
from .._chunks import chunks
from .._typing import Doubles, Indices, Labels, Matrix
from ..assigners.base import Assigner, Work
from ..assigners.frame import Frame
from ..assigners.grid import TERM_BITS
from ..assigners.registry import default_memory
from ..assigners.rows import Rows
from ..assigners.sums import Sums

FEWEST_ROWS, FEWEST_ITERATIONS, CHEAPEST_ROW = 8192, 10, 32
"""Rows, iterations and multiply-adds per row from which on grouping can pay.

Grouping takes as long as a few cheap iterations; fits have dozens of iterations.
"""
SAMPLE, FEWEST_REPEATS = 4, 4
"""Rows of the sample per sqrt(n), and identical pairs in it from which on all rows are grouped.

If each distinct row occurs twice, 4 sqrt(n) rows drawn from n contain 8 pairs on average.
"""
MEMORY_SHARE = 2
"""Groups may take 1/2 of the memory of a fit; the assigner may take the rest."""
GROUP_BYTES = 8 + 8 + 4 + 32
"""Bytes per group: first row, weight, count, slots of the table."""
INDEX_BYTES = 4
"""Bytes per row: the number of its group."""
MOST_COUNTED = 1 << 30
"""Largest weight of a group: counts are 32-bit."""
MOST_GROUPS = (1 << 31) - 2
"""Numbers of groups are 32-bit."""


@dataclass(frozen=True, eq=False)
class Groups:
    """The distinct rows, the group of each row (n,), and the number of rows in each group."""

    rows: Rows
    index: Labels
    counts: Labels

    @property
    def n_bytes(self) -> int:
        """Bytes that the groups take during the fit."""
        weight = self.rows.weight
        own = self.rows.x.nbytes + self.index.nbytes + self.counts.nbytes
        return own + (0 if weight is None else weight.nbytes)

    @property
    def decision(self) -> str:
        """Text that reports the grouping."""
        n, m = len(self.index), len(self.counts)
        return f"{n:,} rows are {m:,} different ones: identical rows count as one, with a weight"

    def expand(self, labels: Labels) -> Labels:
        """Labels of all rows from those of the groups."""
        out = np.empty(len(self.index), dtype=np.int32)
        _backend.grouping.expand_labels(labels, self.index, out)
        return out

    def step(self, assigner: Assigner, centers: Matrix, sums: Sums) -> Work:
        """Run a step of the assigner of the groups; count rows that moved, not groups."""
        before = assigner.labels.copy()
        n_groups, n_distances, n_skipped = assigner.step(centers, sums)
        n_moved = n_groups
        if n_groups:
            n_moved = _backend.grouping.count_moved(before, assigner.labels, self.counts)
        return Work(n_moved, n_distances, n_skipped)


def group_identical(
    rows: Rows, frame: Frame, n_clusters: int, n_iterations: int, max_memory: int | None = None
) -> Groups | None:
    """Groups of identical rows; None where few rows are identical or grouping would not pay.

    ``n_iterations`` is the largest number of iterations, of all runs together; ``max_memory``
    bounds the memory of groups and assigner together (None: `registry.default_memory`).
    """
    x, weight = rows.x, rows.weight
    if (
        len(x) < FEWEST_ROWS
        or n_iterations < FEWEST_ITERATIONS
        or n_clusters * x.shape[1] < CHEAPEST_ROW
        or not _repeats_in_sample(x)
        or frame.grid.layers > 1
        or not _integer(weight)
    ):
        return None
    heaviest = min(2.0**TERM_BITS / frame.grid.low_scale, MOST_COUNTED)
    if max_memory is None:
        max_memory = default_memory(rows.shape)
    room = max_memory // MEMORY_SHARE - INDEX_BYTES * len(x)
    most = min(len(x) // 2, MOST_GROUPS, room // (x.shape[1] * x.itemsize + GROUP_BYTES))
    if most < 1:
        return None
    index = np.empty(len(x), dtype=np.int32)
    grouped = _group(x, weight, heaviest, index, most)
    if grouped is None:
        return None
    first, weights, counts = grouped
    distinct = Rows(x[first], weights, requested_threads=rows.requested_threads)
    return Groups(distinct, index, counts)


def _group(
    x: Matrix, weight: Doubles | None, heaviest: float, index: Labels, most: int
) -> tuple[Indices, Doubles, Labels] | None:
    """First rows, weights and counts of the groups; None if there are more than ``most``."""
    first = np.empty(most, dtype=np.int64)
    weights, counts = np.empty(most), np.empty(most, dtype=np.int32)
    count = _backend.grouping.group_rows(x, weight, heaviest, index, first, weights, counts)
    if count < 0:
        return None
    return first[:count], weights[:count].copy(), counts[:count].copy()


def _repeats_in_sample(x: Matrix) -> bool:
    """Whether a sample, drawn with a fixed seed, contains enough identical rows."""
    size = SAMPLE * isqrt(len(x))
    rows = np.sort(np.random.default_rng(0).integers(0, len(x), size))
    rows = rows[np.append(True, rows[1:] != rows[:-1])]  # np.unique takes ten times as long
    index = np.empty(len(rows), dtype=np.int32)
    return _group(x.take(rows, axis=0), None, np.inf, index, len(rows) - FEWEST_REPEATS) is not None


def _integer(weight: Doubles | None) -> bool:
    """Whether all weights are integers."""
    if weight is None:
        return True
    parts = (weight[rows] for rows in chunks(len(weight)))
    return all(bool((part == np.rint(part)).all()) for part in parts)
