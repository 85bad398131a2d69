"""Nested mini-batches (Newling and Fleuret 2016): each batch contains the one before.

A row that was seen before is taken out of its old cluster when it moves, so centers are means of
the current labels, without the bias of early batches. The batch doubles when the centers move much
less than the standard error of their means: more iterations on these rows would fit their noise.
When the batch has all rows, the iterations are Lloyd's, and end where no label changes.

The rows that a doubling adds have an assigner of their own, so older rows keep their bounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np

from .._typing import Doubles, Indices, Labels, Matrix, Rng
from ..assigners.base import Assigner, Work, total_work
from ..assigners.frame import Frame
from ..assigners.registry import make_assigner
from ..assigners.rows import Rows
from ..assigners.sums import Sums
from ..exact import as_float
from ..executors.base import Farthest
from ..executors.memory import farthest_rows, sum_squares
from .batch_options import BatchOptions
from .relocation import relocate_empty_clusters

ERRORS_PER_MOVE = 100.0
"""Standard errors per move of the median center from which the batch doubles (rho of section 3.3).
"""


class Shells:
    """The rows of the present batch: one part for each batch that added rows.

    ``order`` is a permutation of all rows; the batch is its first rows.
    """

    def __init__(self, rows: Rows, frame: Frame, n_clusters: int, order: Indices) -> None:
        self.rows = rows
        self.frame = frame
        self.n_clusters = n_clusters
        self.order = order
        self.size = 0
        self._parts: list[tuple[Rows, Assigner]] = []

    def grow(self, size: int) -> None:
        """Add rows until the batch has ``size``."""
        x, weight = self.rows.take(self.order[self.size : size])
        part = Rows(x, weight, self.size, self.rows.requested_threads)
        self._parts.append((part, make_assigner("auto", part, self.frame, self.n_clusters)))
        self.size = size

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """Assign the batch to ``centers``; see `Executor`."""
        return total_work(assigner.step(centers, sums) for _, assigner in self._parts)

    def _labeled(self) -> Iterator[tuple[Rows, Labels]]:
        for rows, assigner in self._parts:
            yield rows, assigner.labels

    def farthest(self, centers: Matrix, count: int) -> Farthest:
        """See `Executor`; places are those in the batch."""
        found: Farthest | None = None
        for rows, labels in self._labeled():
            own = farthest_rows(rows, centers, labels, count)
            found = own if found is None else found.merge(own).first(count)
        assert found is not None
        return found

    def inertia(self, centers: Matrix) -> float:
        """Inertia of the batch for the centers of the last step."""
        return as_float(sum(sum_squares(rows, centers, own) for rows, own in self._labeled()))


def fit_nested(
    rows: Rows, frame: Frame, centers: Matrix, options: BatchOptions, first: int, rng: Rng
) -> tuple[Matrix, int, int]:
    """Centers, number of iterations and of passes over the rows, from these start centers.

    ``first`` is the size of the first batch. ``tol`` is a rule for the last batch, all rows.
    """
    n, k = len(rows), len(centers)
    order = np.arange(n) if first >= n else rng.permutation(n)
    shells = Shells(rows, frame, k, order)
    shells.grow(min(first, n))
    sums = Sums.zeros(k, frame.grid)
    new = np.empty_like(centers)
    n_seen = n_steps = 0
    while n_seen < options.max_iter * n:
        work = shells.step(centers, sums)
        update = sums.update(centers, frame.mean, out=new)
        shift = update.shift
        if update.n_empty:
            relocated = relocate_empty_clusters(shells, centers, sums)
            shift = relocated.update(centers, frame.mean, out=new).shift
        n_seen += shells.size
        n_steps += 1
        if options.verbose:
            print(f"Nested step {n_steps}: {shells.size} rows, {work.n_moved} moved")
        is_whole = shells.size == n
        settled = work.n_moved == 0 and np.array_equal(centers, new)
        if is_whole and (work.n_moved == 0 or shift <= options.tol * frame.variance):
            centers = new
            break
        if not is_whole and (settled or _is_noise(shells, sums, centers, new)):
            shells.grow(min(2 * shells.size, n))
        centers, new = new, centers
    return centers, n_steps, ceil(n_seen / n)


def _is_noise(shells: Shells, sums: Sums, before: Matrix, after: Matrix) -> bool:
    """Whether the median center moved less than its standard error / `ERRORS_PER_MOVE`.

    The variance of a row about its center is that of all clusters together.
    """
    weights = sums.means()[1]
    present = weights > 0
    variance = shells.inertia(before) / float(weights.sum())
    errors: Doubles = np.sqrt(variance / weights[present])
    moves = np.linalg.norm(after[present].astype(np.float64) - before[present], axis=1)
    return bool(np.median(errors - ERRORS_PER_MOVE * moves) > 0)
