"""The passes of each seeding over one part of the rows.

`seeding_rows` joins the parts, and its protocols describe the methods that have the same names
here. Places are counted from the first row of the part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _backend
from .._chunks import chunks, filled, weights
from .._threads import effective_threads
from .._typing import Doubles, Indices, Labels, Matrix, Words
from ..assigners.grid import Grid
from .seeding_codes import LEAST_BUDGET, SeedCodes, make_seed_codes

BLOCK_ELEMENTS = 1 << 24
"""Elements of a block: enough work for all threads, while temporary arrays stay small."""
KEPT_ROWS = 1 << 14
"""Up to this many rows, distances to candidates of k-means++ stay in cache until one is chosen."""


class Part:
    """Rows ``x`` (n, d) in memory and their weights, float64 (n,) or None.

    If ``keeps_codes`` is true, the first run of k-means++ makes the codes of the rows, and further
    runs use them again.
    """

    def __init__(
        self,
        x: Matrix,
        sample_weight: Doubles | None,
        n_threads: int | None,
        keeps_codes: bool = False,
    ) -> None:
        self.x = x
        self.sample_weight = sample_weight
        self.n_threads = n_threads
        self.keeps_codes = keeps_codes
        self.codes: SeedCodes | None = None

    def __len__(self) -> int:
        return len(self.x)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the rows."""
        return self.x.dtype

    @property
    def is_weighted(self) -> bool:
        """Whether rows have weights; all parts agree."""
        return self.sample_weight is not None

    def take(self, rows: Indices) -> Matrix:
        """Copies of the rows at these places."""
        return self.x[rows]

    def take_weights(self, rows: Indices) -> Doubles:
        """Their weights, where rows have weights."""
        assert self.sample_weight is not None
        return self.sample_weight[rows]

    def all_rows(self) -> Matrix:
        """The rows as one array."""
        return self.x

    def blocks(self) -> Iterator[tuple[int, Matrix]]:
        """Yield all rows in blocks: (place of the first row of the block, its rows)."""
        step = max(1, BLOCK_ELEMENTS // self.x.shape[1])
        for start in range(0, len(self), step):
            yield start, self.x[start : start + step]

    def weights(self, without: Indices) -> Terms:
        """Draws in proportion to the weights; the rows ``without`` count as rows of weight zero."""
        weight = self.sample_weight
        assert weight is not None
        if len(without):
            weight = weight.copy()
            weight[without] = 0
        return Terms(weight, None, effective_threads(self.n_threads, len(self)))

    def closest(self) -> Closest:
        """Distances to points, before the first point."""
        return Closest(self)

    def plus_plus(self, scale: float, n_clusters: int, n_candidates: int) -> PlusPlusPass:
        """A run of greedy k-means++ on ``scale * x``, before the first seed."""
        threads = effective_threads(self.n_threads, self.x.size * n_candidates)
        codes = self.codes
        if codes is None:
            codes = make_seed_codes(self.x, scale, n_clusters, threads)
            self.codes = codes if self.keeps_codes else None
        if self.codes is not None:
            codes = self.codes.fresh()
        return PlusPlusPass(self.x, self.sample_weight, scale, codes, threads)

    def accumulate(self, rows: slice, labels: Labels, sums: Words, grid: Grid) -> None:
        """Add a slice of the rows to the sums of their clusters."""
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        nowhere = np.full_like(labels, -1)
        _backend.sums.accumulate_rows(self.x[rows], weight, nowhere, labels, sums, grid)


class Terms:
    """Draws in proportion to terms, float64 (n,), times weights unless these are None.

    All products are finite, and none is negative.
    """

    def __init__(self, terms: Doubles, sample_weight: Doubles | None, n_threads: int) -> None:
        self.terms = terms
        self.sample_weight = sample_weight
        self.running = _backend.exact_sums.running_sums(terms, sample_weight, n_threads)

    def total(self) -> int:
        """See `Draws`."""
        total: int = _backend.exact_sums.total_of(self.running)
        return total

    def find(self, targets: Sequence[int]) -> Indices:
        """See `Draws`."""
        rows: Indices = _backend.exact_sums.find_rows(
            self.terms, self.sample_weight, self.running, targets
        )
        return rows

    def of(self, rows: Indices) -> Doubles:
        """The terms of the rows at these places."""
        return self.terms[rows]


class Closest:
    """`ClosestRows` of a part.

    ``distances``, float64 (n,), are the squared distances of the rows to their nearest points, and
    ``owner``, int32 (n,), the numbers of these points.
    """

    def __init__(self, part: Part) -> None:
        self.part = part
        self.distances: Doubles = filled(len(part), np.inf, np.float64)
        self.owner: Labels = np.zeros(len(part), dtype=np.int32)
        self.draws: Terms | None = None

    def lower(self, points: Matrix, first: int) -> None:
        """See `ClosestRows`."""
        for start, x in self.part.blocks():
            labels = np.empty(len(x), dtype=np.int32)
            distances = np.empty(len(x))
            threads = effective_threads(self.part.n_threads, x.size * len(points))
            _backend.assign.assign_rows(x, points, labels, threads)
            _backend.distances.squared_distances(x, points, labels, distances, threads)
            block = slice(start, start + len(x))
            self._lower(self.distances[block], distances, self.owner[block], labels, first)
        self.draws = None

    @staticmethod
    def _lower(own: Doubles, distances: Doubles, owner: Labels, labels: Labels, first: int) -> None:
        for rows in chunks(len(own)):
            closer = distances[rows] < own[rows]
            np.copyto(own[rows], distances[rows], where=closer)
            # One type: NumPy (2.4) ends the process where a ufunc finds no memory to buffer a cast.
            np.copyto(owner[rows], labels[rows] + np.int32(first), where=closer)

    def total(self) -> int:
        """See `Draws`."""
        return self._draws().total()

    def find(self, targets: Sequence[int]) -> Indices:
        """See `Draws`."""
        return self._draws().find(targets)

    def _draws(self) -> Terms:
        if self.draws is None:
            threads = effective_threads(self.part.n_threads, len(self.part))
            self.draws = Terms(self.distances, self.part.sample_weight, threads)
        return self.draws

    def owners(self, rows: Indices) -> Labels:
        """Numbers of the points that the rows at these places are nearest to."""
        return self.owner[rows]

    @property
    def n_present(self) -> int:
        """Number of rows of positive weight."""
        weight = self.part.sample_weight
        return len(self.part) if weight is None else int(np.count_nonzero(weight))

    def take_each(self, count: float, total: float, key: int, place: int) -> Indices:
        """See `ClosestRows`; ``place`` is the number of rows of positive weight before the part."""
        taken = []
        for rows in chunks(len(self.part)):
            present = np.arange(rows.start, rows.stop)
            if self.part.sample_weight is not None:
                present = present[self.part.sample_weight[rows] > 0]
            uniform = _uniform(key, place, len(present))
            place += len(present)
            terms = weights(self.part.sample_weight, present) * self.distances[present]
            taken.append(present[uniform * total < count * terms])
        return np.concatenate(taken)

    def owner_weights(self, n_points: int, grid: Grid) -> Words:
        """See `ClosestRows`."""
        words = np.zeros((n_points, grid.n_words, 2), dtype=np.int64)
        for rows in chunks(len(self.part)):
            own = self.owner[rows]
            weight = None if self.part.sample_weight is None else self.part.sample_weight[rows]
            _backend.sums.accumulate_rows(
                np.zeros((len(own), 1)), weight, np.full_like(own, -1), own, words, grid
            )
        return words

    def proposal(self, total_weight: float, total: float) -> Terms:
        """See `ClosestRows`."""
        terms = np.empty(len(self.part))
        for rows in chunks(len(self.part)):
            weight = weights(self.part.sample_weight, rows)
            distances = self.distances[rows]
            terms[rows] = 0.5 * weight / total_weight + 0.5 * (weight * distances) / total
        return Terms(terms, None, effective_threads(self.part.n_threads, len(terms)))


def _uniform(key: int, place: int, count: int) -> Doubles:
    """Uniform numbers in [0, 1) for ``count`` places, each a function of the key and its place."""
    values_per_counter = 4  # of Philox 4x64, Salmon et al. 2011
    generator = np.random.Generator(np.random.Philox(key=key).advance(place // values_per_counter))
    skipped = place % values_per_counter
    return generator.random(skipped + count)[skipped:]


class PlusPlusPass:
    """`PlusPlusRows` of a part; `_reference.seeding` describes the arrays."""

    def __init__(
        self,
        x: Matrix,
        sample_weight: Doubles | None,
        scale: float,
        codes: SeedCodes | None,
        n_threads: int,
    ) -> None:
        n_blocks = -(-len(x) // _backend.BLOCK_ROWS)
        self.x = x
        self.sample_weight = sample_weight
        self.scale = scale
        self.codes = codes
        self.n_threads = n_threads
        self.distances: NDArray[np.floating[Any]] = filled(len(x), np.inf, x.dtype)
        self.pending = np.ones(n_blocks, dtype=np.uint8)
        self.words: Words = np.zeros((n_blocks, 2), dtype=np.int64)
        self.left: Words = np.zeros((n_blocks, 0, 2), dtype=np.int64)
        self.points: Matrix = x[:0]
        self.unit = 1.0

    def count(self, last: Matrix, unit: float) -> None:
        """See `PlusPlusRows`."""
        self.unit = unit
        self.points = np.ascontiguousarray(last[None])
        self._step()
        _backend.seeding.seed_count(
            self.distances, self.sample_weight, self.words, unit, self.n_threads
        )

    def run(self, potential: int, least: int, draws: Indices, indices: Indices) -> tuple[int, int]:
        """See `PlusPlusRows`."""
        trials, d = draws.shape[1], self.x.shape[1]
        points = np.empty((1 + trials, d), dtype=self.x.dtype)
        points[0] = self.points[0]
        left = np.empty((len(self.words), trials, 2), dtype=np.int64)
        found: tuple[int, int] = _backend.seeding.seed_run(
            *(self.x, self.scale, self.sample_weight, self.distances, self.pending, self.words),
            *(self.unit, potential, least, draws, indices, points, left, self._kept(trials)),
            *(self.codes, self.n_threads),
        )
        self.points = points[:1]
        return found

    def _kept(self, trials: int) -> Matrix | None:
        """Room for the distances to the candidates where keeping them pays."""
        n, itemsize = len(self.x), self.x.itemsize
        if self.codes is not None or n > KEPT_ROWS or (1 + trials) * itemsize > LEAST_BUDGET:
            return None
        return np.empty((trials, n), dtype=self.x.dtype)

    def step(self, candidates: Matrix) -> list[int]:
        """For each candidate (t, d), the total of all terms if it became a seed."""
        self.points = np.concatenate([self.points[:1], candidates])
        self._step()
        totals: list[int] = _backend.seeding.word_totals(self.left)
        return totals

    def choose(self, candidate: int) -> None:
        """Make one of the candidates of the last `step` a seed, given its index there."""
        self.points = self.points[candidate + 1 :][:1]
        self.words = np.ascontiguousarray(self.left[:, candidate])
        self.pending[:] = 1

    def total(self) -> int:
        """Total of the weighted squared distances, the last seed taken in."""
        return int(_backend.seeding.word_totals(self.words[:, None])[0])

    def find(self, targets: Sequence[int]) -> Indices:
        """See `Draws`; targets are from 1 to `total`."""
        rows = np.empty(len(targets), dtype=np.int64)
        _backend.seeding.seed_find(
            *(self.x, self.points[:1], self.scale, self.sample_weight, self.distances),
            *(self.pending, self.words, self.unit, targets, rows, self.codes),
        )
        return rows

    def _step(self) -> None:
        self.left = np.empty((len(self.words), len(self.points) - 1, 2), dtype=np.int64)
        _backend.seeding.seed_step(
            *(self.x, self.points, self.scale, self.sample_weight, self.distances, self.pending),
            *(self.words, self.left, self.unit, self.codes, self.n_threads),
        )
