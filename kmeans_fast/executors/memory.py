"""Rows in the memory of this process, in one part."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _backend
from .._chunks import chunks
from .._typing import Doubles, Indices, Labels, Matrix
from ..assigners.base import Assigner, Work, unassigned
from ..assigners.frame import Frame
from ..assigners.registry import make_assigner
from ..assigners.rows import Rows
from ..assigners.sums import Sums
from .base import Farthest
from .grouping import Groups, group_identical
from .seeding_part import Part
from .seeding_rows import Parts, SeedingRows


class Memory:
    """All rows as one array; identical rows are assigned once where that pays."""

    assigner: Assigner
    """What assigns the rows, or their groups, since the first `begin`."""

    def __init__(self, rows: Rows, frame: Frame) -> None:
        self.rows = rows
        self.frame = frame
        self.dtype: np.dtype[Any] = rows.x.dtype
        self._groups: Groups | None = None
        self._n_clusters = 0
        self._expanded: Labels | None = None
        self._seeding: Parts | None = None

    @property
    def name(self) -> str:
        """See `Executor`."""
        return self.assigner.name

    @property
    def decisions(self) -> Sequence[str]:
        """See `Executor`."""
        own = self.assigner.decisions
        if self._groups is None:
            return own
        return [self._groups.decision, *(own or [f"algorithm={self.name!r} was asked for"])]

    def seeding_rows(self) -> SeedingRows:
        """See `Executor`; codes of the rows are kept for further runs."""
        if self._seeding is None:
            rows, frame = self.rows, self.frame
            part = Part(rows.x, rows.weight, rows.requested_threads, keeps_codes=True)
            self._seeding = Parts([part], float(frame.max_abs.max()), frame.heaviest)
        return self._seeding

    def checksum(self) -> int:
        """See `Executor`."""
        return checksum(self.rows.x, self.rows.weight)

    def take(self, indices: Indices) -> Matrix:
        """See `Executor`."""
        return self.rows.x[indices]

    def begin(
        self, algorithm: str, n_clusters: int, max_memory: int | None, n_iterations: int
    ) -> None:
        """See `Executor`; for further runs only ``n_clusters`` may be another."""
        self._expanded = None
        is_first = not hasattr(self, "assigner")
        if not is_first and n_clusters == self._n_clusters:
            self.assigner.restart(unassigned(len(self.assigner.labels)))
            return
        rows, self._n_clusters = self.rows, n_clusters
        if is_first:
            self._groups = group_identical(rows, self.frame, n_clusters, n_iterations, max_memory)
        if self._groups is not None:
            rows = self._groups.rows
            if max_memory is not None:
                max_memory -= self._groups.n_bytes
        self.assigner = make_assigner(algorithm, rows, self.frame, n_clusters, max_memory)

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Executor`."""
        if self._groups is None:
            return self.assigner.step(centers, sums)
        self._expanded = None
        return self._groups.step(self.assigner, centers, sums)

    def labels(self) -> Labels:
        """See `Executor`."""
        if self._groups is None:
            return self.assigner.labels
        if self._expanded is None:
            self._expanded = self._groups.expand(self.assigner.labels)
        return self._expanded

    def squares(self, centers: Matrix) -> int:
        """See `Executor`."""
        return sum_squares(self.rows, centers, self.labels())

    def farthest(self, centers: Matrix, count: int) -> Farthest:
        """See `Executor`."""
        return farthest_rows(self.rows, centers, self.labels(), count)


def sum_squares(rows: Rows, centers: Matrix, labels: Labels) -> int:
    """Exact sum of the weighted squared distances of rows to the centers of their labels."""
    total: int = _backend.assign.inertia(rows.x, centers, labels, rows.weight, rows.n_threads(1))
    return total


def checksum(x: Matrix, weight: Doubles | None, before: int = 0) -> int:
    """CRC-32 of rows and their weights, after those ``before``."""
    for rows in chunks(len(x)):
        before = zlib.crc32(x[rows].reshape(-1).view(np.uint8).data, before)
    return before if weight is None else checksum(weight, None, before)


def farthest_rows(rows: Rows, centers: Matrix, labels: Labels, count: int) -> Farthest:
    """The ``count`` rows farthest from the centers of their labels; see `Executor`.

    Only a chunk of the distances and the farthest rows so far are held at a time.
    """
    places, values, least = np.empty(0, dtype=np.int64), np.empty(0), -1.0
    for chunk in chunks(len(rows)):
        x, weight = rows.take(chunk)
        distances = np.empty(len(x))
        _backend.distances.squared_distances(
            x, centers, labels[chunk], distances, rows.n_threads(1)
        )
        if weight is not None:
            distances[weight == 0] = -1.0
        farther = np.flatnonzero(distances >= least)
        places = np.append(places, chunk.start + farther)
        values = np.append(values, distances[farther])
        order = np.lexsort((-places, -values))[:count]
        places, values = places[order], values[order]
        if len(values) == count:
            least = values[-1]
    present = values >= 0
    places, values = places[present], values[present]
    x, weight = rows.take(places)
    return Farthest(values, rows.first + places, x, weight, labels[places])
