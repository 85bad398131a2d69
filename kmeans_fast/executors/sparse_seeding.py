"""The passes of each seeding over sparse rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .. import _backend
from .._csr import Csr
from .._threads import effective_threads
from .._typing import Doubles, Indices, Labels, Matrix, Words
from ..assigners.grid import Grid
from .seeding_part import Closest, Part

UNIFORM_BITS = 53


class SparsePart(Part):
    """Sparse rows and their weights, float64 (n,) or None."""

    def __init__(self, x: Csr, sample_weight: Doubles | None, n_threads: int | None) -> None:
        self.csr = x
        self.sample_weight = sample_weight
        self.n_threads = n_threads

    def __len__(self) -> int:
        return len(self.csr)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the rows."""
        return self.csr.dtype

    def take(self, rows: Indices) -> Matrix:
        """Dense copies of the rows at these places."""
        return self.csr.take(rows)

    def all_rows(self) -> Matrix:
        """The rows as one array."""
        raise NotImplementedError("the rows are sparse")

    def blocks(self) -> Iterator[tuple[int, Matrix]]:
        """Blocks of dense rows: no pass over sparse rows needs them."""
        raise NotImplementedError("the rows are sparse")

    def closest(self) -> Closest:
        """Distances to points, before the first point."""
        return SparseClosest(self)

    def plus_plus(self, scale: float, n_clusters: int, n_candidates: int) -> SparsePlusPlus:  # type: ignore[override]
        """A run of greedy k-means++ on ``scale * x``, before the first seed."""
        return SparsePlusPlus(self, scale)

    def accumulate(self, rows: slice, labels: Labels, sums: Words, grid: Grid) -> None:
        """Add a slice of the rows to the sums of their clusters."""
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        _backend.sparse_rows.accumulate_rows(
            *self.csr.part(rows.start, rows.start + len(labels)).arrays,
            *(weight, np.full_like(labels, -1), labels, sums, grid),
        )


class SparseClosest(Closest):
    """`ClosestRows` of sparse rows."""

    part: SparsePart

    def lower(self, points: Matrix, first: int) -> None:
        """See `ClosestRows`."""
        x, threads = self.part.csr, self.part.n_threads
        labels = np.empty(len(x), dtype=np.int32)
        _backend.sparse_assign.assign_rows(
            *(*x.arrays, x.squares, points, labels),
            effective_threads(threads, x.work(len(points))),
        )
        distances = x.squared_distances(points, labels, threads)
        self._lower(self.distances, distances, self.owner, labels, first)
        self.draws = None


class SparsePlusPlus:
    """`PlusPlusRows` of sparse rows; distances are float64 (n,)."""

    def __init__(self, part: SparsePart, scale: float) -> None:
        self.csr = part.csr
        self.weight = part.sample_weight
        self.scale = scale
        self.requested_threads = part.n_threads
        n_blocks = -(-len(part) // _backend.BLOCK_ROWS)
        self.distances: Doubles = np.full(len(part), np.inf)
        self.words: Words = np.zeros((n_blocks, 2), dtype=np.int64)
        self.unit = 1.0

    def _threads(self, n_points: int) -> int:
        return effective_threads(self.requested_threads, self.csr.work(n_points))

    def _squares(self, points: Matrix) -> Doubles:
        out = np.empty((len(points), len(self.csr)))
        _backend.sparse_rows.point_squares(
            *(*self.csr.arrays, self.csr.squares, points.astype(np.float64), self.scale, out),
            self._threads(len(points)),
        )
        return out

    def _count(self, distances: Doubles) -> Words:
        words = np.zeros_like(self.words)
        _backend.seeding.seed_count(distances, self.weight, words, self.unit, 1)
        return words

    def count(self, last: Matrix, unit: float) -> None:
        """See `PlusPlusRows`."""
        self.unit = unit
        np.minimum(self.distances, self._squares(last[None])[0], out=self.distances)
        self.words = self._count(self.distances)

    def total(self) -> int:
        """See `Draws`."""
        return int(_backend.seeding.word_totals(self.words[:, None])[0])

    def find(self, targets: Sequence[int]) -> Indices:
        """See `Draws`; no block is pending, so the rows themselves are not read."""
        rows = np.empty(len(targets), dtype=np.int64)
        pending = np.zeros(len(self.words), dtype=np.uint8)
        column = self.distances[:, None]
        _backend.seeding.seed_find(
            *(column, column[:1], 1.0, self.weight, self.distances, pending, self.words),
            *(self.unit, targets, rows, None),
        )
        return rows

    def run(self, potential: int, least: int, draws: Indices, indices: Indices) -> tuple[int, int]:
        """See `PlusPlusRows`."""
        for j, counts in enumerate(draws.tolist()):
            if j > 0 and potential < least:
                return j, potential
            candidates = self.find([max(1, potential * c >> UNIFORM_BITS) for c in counts])
            squares = self._squares(self.csr.take(candidates))
            np.minimum(squares, self.distances, out=squares)
            left = [self._count(distances) for distances in squares]
            totals = _backend.seeding.word_totals(np.stack(left, axis=1))
            potential = min(totals)
            best = totals.index(potential)
            self.distances, self.words = squares[best].copy(), left[best]
            indices[j] = candidates[best]
        return len(draws), potential

    def step(self, candidates: Matrix) -> list[int]:
        """Sparse rows lie in one part, whose `run` picks all seeds."""
        raise NotImplementedError("the rows are sparse")

    choose = step
