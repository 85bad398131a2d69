"""Sparse rows in the memory of this process: each pass reads the values that are stored."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _backend
from .._csr import Csr
from .._threads import effective_threads
from .._typing import Doubles, Indices, Labels, Matrix
from ..assigners.base import Work, unassigned
from ..assigners.frame import Frame, Moments
from ..assigners.grid import Grid
from ..assigners.sparse import SparseAssigner
from ..assigners.sums import Sums
from .base import Farthest
from .memory import checksum
from .seeding_rows import Parts, SeedingRows
from .sparse_seeding import SparsePart


class Sparse:
    """All rows as one CSR matrix; weights are in units of `Frame.weight_unit`."""

    def __init__(
        self, x: Csr, weight: Doubles | None, frame: Frame, requested_threads: int | None
    ) -> None:
        self.x = x
        self.weight = weight
        self.frame = frame
        self.requested_threads = requested_threads
        self.dtype: np.dtype[Any] = x.dtype
        self.assigner: SparseAssigner | None = None

    @property
    def _assigner(self) -> SparseAssigner:
        assert self.assigner is not None
        return self.assigner

    @property
    def name(self) -> str:
        """See `Executor`."""
        return self._assigner.name

    @property
    def decisions(self) -> Sequence[str]:
        """See `Executor`."""
        return self._assigner.decisions

    def checksum(self) -> int:
        """See `Executor`."""
        before = 0
        for array in self.x.arrays:
            before = zlib.crc32(array.view(np.uint8).data, before)
        return before if self.weight is None else checksum(self.weight, None, before)

    def take(self, indices: Indices) -> Matrix:
        """See `Executor`."""
        return self.x.take(indices)

    def seeding_rows(self) -> SeedingRows:
        """See `Executor`."""
        part = SparsePart(self.x, self.weight, self.requested_threads)
        return Parts([part], float(self.frame.max_abs.max()), self.frame.heaviest)

    def begin(
        self, algorithm: str, n_clusters: int, max_memory: int | None, n_iterations: int
    ) -> None:
        """See `Executor`."""
        if self.assigner is None:
            self.assigner = SparseAssigner(
                self.x, self.weight, n_clusters, algorithm, self.requested_threads
            )
        else:
            self.assigner.restart(unassigned(len(self.x)))

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Executor`."""
        return self._assigner.step(centers, sums)

    def labels(self) -> Labels:
        """See `Executor`."""
        return self._assigner.labels

    def squares(self, centers: Matrix) -> int:
        """See `Executor`."""
        squared = self.x.squared_distances(centers, self.labels(), self.requested_threads)
        threads = effective_threads(self.requested_threads, len(squared))
        total: int = _backend.exact_sums.exact_sum(squared, self.weight, threads)
        return total

    def farthest(self, centers: Matrix, count: int) -> Farthest:
        """See `Executor`."""
        labels = self.labels()
        squared = self.x.squared_distances(centers, labels, self.requested_threads)
        present = np.arange(len(squared))
        if self.weight is not None:
            present = np.flatnonzero(self.weight > 0)
        order = np.lexsort((-present, -squared[present]))[:count]
        places = present[order]
        weight = None if self.weight is None else self.weight[places]
        return Farthest(squared[places], places, self.x.take(places), weight, labels[places])


def sparse_moments(
    x: Csr, weight: Doubles | None, origin: Doubles, grid: Grid, n_threads: int | None
) -> Moments:
    """Moments of all rows about ``origin`` (d,)."""
    sums = Sums.zeros(1, grid)
    here = np.zeros(len(x), dtype=np.int32)
    _backend.sparse_rows.accumulate_rows(
        *x.arrays, weight, unassigned(len(x)), here, sums.words, grid
    )
    squared = x.squared_distances(origin[None], here, n_threads)
    threads = effective_threads(n_threads, len(squared))
    return Moments(sums, _backend.exact_sums.exact_sum(squared, weight, threads))
