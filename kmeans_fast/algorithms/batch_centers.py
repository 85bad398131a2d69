"""Centers that follow batches of rows, and the reassignment of clusters that get few rows.

A batch is summed exactly, so the order of its rows and the number of threads change no bit. The
center of a cluster is the mean of all rows that batches gave it (Sculley 2010): a row of weight w
moves it by the fraction w / (w + weight so far). Other rates multiply the weight so far by a factor
before the batch is added:

- decay: the factor is the part of the past that is kept;
- "adaptive" (Schwartzman 2023): a batch of weight b that gives w to the cluster moves its center by
  the fraction sqrt(w / b) towards their mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ldexp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _backend
from .._threads import effective_threads
from .._typing import Doubles, Labels, Matrix, Rng
from ..assigners.base import unassigned
from ..assigners.frame import Ranges, grid_of, in_units
from ..assigners.grid import Grid
from ..assigners.sums import Sums
from ..exact import as_float
from .batch_draws import Draws

MOST_REASSIGNED = 0.5
"""Part of the rows of a batch that may become centers."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of a batch, their weights in ``unit`` (None: 1 each), and the grid of their sums."""

    x: Matrix
    weight: Doubles | None
    grid: Grid
    total_weight: float
    unit: float = 1.0

    @classmethod
    def of(cls, x: Matrix, weight: Doubles | None, ranges: Ranges) -> Batch:
        """A batch of rows with these ranges."""
        exponent = ranges.weight_exponent
        scaled = in_units(weight, exponent)
        return cls(x, scaled, grid_of(ranges), ranges.total_weight, ldexp(1.0, exponent))

    def inertia(self, centers: Matrix, labels: Labels, n_threads: int | None) -> float:
        """Weighted sum of squared distances to the centers of ``labels``."""
        threads = effective_threads(n_threads, self.x.size)
        total = _backend.assign.inertia(self.x, centers, labels, self.weight, threads)
        return as_float(total) * self.unit


class BatchCenters:
    """Centers (k, d), which each batch moves in place.

    ``running`` (k, 2, d + 1) are the sums of `_reference.mini_batch`, ``counts`` (k,) the weight
    of the rows of each cluster so far, and ``n_unchecked`` rows were seen since clusters were last
    reassigned.
    """

    def __init__(
        self,
        centers: Matrix,
        running: Doubles | None = None,
        counts: Doubles | None = None,
        n_unchecked: int = 0,
        *,
        adaptive: bool = False,
        n_threads: int | None = None,
    ) -> None:
        k, d = centers.shape
        self.centers = centers
        self.counts = np.zeros(k) if counts is None else counts
        self.running = np.zeros((k, 2, d + 1)) if running is None else running
        self.n_unchecked = n_unchecked
        self.adaptive = adaptive
        self.n_threads = n_threads
        self._sums: Sums | None = None
        if running is None:
            self._place(np.arange(k), centers)

    def _place(self, clusters: NDArray[np.integer[Any]], points: Matrix) -> None:
        """Let clusters go on from ``points``, which weigh what is counted of the clusters."""
        d = points.shape[1]
        weight = np.ones(len(points)) if self.adaptive else self.counts[clusters]
        running = self.running
        running[clusters] = 0.0
        running[clusters, 0, :d] = points * weight[:, None]
        running[clusters, 0, d] = weight

    def assign(self, batch: Batch) -> Labels:
        """Labels of a batch, whose sums the next `follow` adds."""
        if self._sums is None or self._sums.grid is not batch.grid:
            self._sums = Sums.zeros(len(self.centers), batch.grid)
        labels = unassigned(len(batch.x))
        _backend.lloyd.lloyd_step(
            *(batch.x, batch.weight, self.centers, labels, self._sums.words, batch.grid),
            effective_threads(self.n_threads, batch.x.size * len(self.centers)),
        )
        return labels

    def follow(self, batch: Batch, kept: float = 1.0) -> None:
        """Move the centers; ``kept`` is the part that the weight so far keeps."""
        assert self._sums is not None
        k = len(self.centers)
        factors = self._factors(batch) if self.adaptive else np.full(k, kept)
        added = np.empty(k)
        _backend.mini_batch.follow_batch(
            *(self._sums.words, batch.grid, batch.unit, factors),
            *(self.running, added, self.centers),
        )
        self.counts *= kept
        self.counts += added

    def _factors(self, batch: Batch) -> Doubles:
        """Factors with which sqrt(w / b) is the part of the batch in the weight of a cluster."""
        assert self._sums is not None
        weights = self._sums.means()[1] * batch.unit
        present = weights > 0
        fraction = np.sqrt(weights[present] / batch.total_weight)
        factors = np.ones(len(weights))
        so_far = self.running[present, 0, -1]
        factors[present] = weights[present] * (1 / fraction - 1) / so_far
        return factors

    def is_due(self, n_rows: int) -> bool:
        """Whether clusters are to be reassigned after a batch of ``n_rows``, before it is added.

        They are where one has no rows so far, and after every ten rows per cluster.
        """
        self.n_unchecked += n_rows
        due = self.n_unchecked >= 10 * len(self.counts) or not self.counts.all()
        if due:
            self.n_unchecked = 0
        return due

    def reassign(self, x: Matrix, draws: Draws, rng: Rng, ratio: float) -> int:
        """Give clusters lighter than ``ratio`` times the heaviest a row of the batch each.

        Returns how many. They get the count of the lightest of the others, so that they are not
        reassigned again at once.
        """
        counts = self.counts
        chosen = counts < ratio * counts.max()
        most = int(MOST_REASSIGNED * draws.count)
        if np.count_nonzero(chosen) > MOST_REASSIGNED * draws.count:
            chosen[np.argsort(counts, kind="stable")[most:]] = False
        clusters = np.flatnonzero(chosen)
        if len(clusters) == 0:
            return 0
        rows = draws.distinct(len(clusters), rng)
        counts[clusters] = counts[~chosen].min(initial=np.inf) if not chosen.all() else 0.0
        self.centers[clusters] = x[rows]
        self._place(clusters, self.centers[clusters])
        return len(clusters)
