"""Assignment of sparse rows: Hamerly's bounds, and only centers that moved; or Lloyd's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import _backend
from .._csr import Csr
from .._threads import effective_threads
from .._typing import Doubles, Labels, Matrix
from .base import Work, unassigned
from .drift import Drift
from .sums import Sums

ALGORITHMS = ("auto", "hamerly", "elkan", "lloyd")
"""Values of ``algorithm=`` for sparse rows; "elkan" stands for the bounds that there are."""


class SparseAssigner:
    """Labels, two bounds and a score of each row: 16 bytes, 20 for float64 rows."""

    def __init__(
        self,
        x: Csr,
        weight: Doubles | None,
        n_clusters: int,
        algorithm: str,
        requested_threads: int | None,
    ) -> None:
        self.x = x
        self.weight = weight
        self.n_clusters = n_clusters
        self.requested_threads = requested_threads
        self.name = "lloyd" if algorithm == "lloyd" or n_clusters == 1 else "hamerly"
        text = f"{len(x):,} sparse rows with {len(x.data):,} values of {x.n_features:,} features"
        self.decisions: Sequence[str] = (f"{text}, {n_clusters} clusters",)
        if algorithm == "elkan":
            text = "algorithm='elkan': sparse rows have the bounds of 'hamerly'"
            self.decisions = (*self.decisions, text)
        self.own = np.full(len(x), np.nan, dtype=x.dtype)
        self.upper = np.empty(len(x), dtype=np.float32)
        self.lower = np.empty(len(x), dtype=np.float32)
        self.restart(unassigned(len(x)))

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        self.drift = Drift(len(self.x), self.n_clusters, self.requested_threads)
        self.drift.worth_half = False  # distances between dense centers cost more than they save
        self.longest = 0.0

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        x, drift = self.x, self.drift
        before, fall_before = drift.centers, drift.fall
        known = before is not None and self.name != "lloyd"
        travelled = drift.travelled
        drift.follow(centers)
        moved = drift.travelled != travelled
        labels = np.empty_like(self.labels)
        threads = effective_threads(self.requested_threads, x.work(len(centers)))
        n_assigned, n_products, self.longest = _backend.sparse_step.sparse_step(
            *(*x.arrays, x.squares, centers, moved, self.longest, self.labels, labels, self.own),
            *(self.upper, self.lower, drift.travelled, drift.half, drift.fall, fall_before),
            *(known, threads),
        )
        n_moved = _backend.sparse_rows.accumulate_rows(
            *x.arrays, self.weight, self.labels, labels, sums.words, sums.grid
        )
        self.labels = labels
        return Work(n_moved, n_products, len(x) - n_assigned)
