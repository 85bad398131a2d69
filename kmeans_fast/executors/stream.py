"""Rows in a file: labels and bounds stay in memory, rows pass through it in blocks.

Hamerly's bounds (2010) tell without a look at a row that it keeps its cluster. A part of the file
none of whose rows is unsettled is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from .. import _backend
from .._threads import effective_threads
from .._typing import Bounds, Indices, Labels, Matrix
from ..assigners.base import Work, unassigned
from ..assigners.drift import Drift
from ..assigners.frame import Frame
from ..assigners.rows import Rows
from ..assigners.sums import Sums
from ..sources import WidenedRows
from .base import Farthest
from .memory import farthest_rows, sum_squares
from .row_file import RowFile
from .seeding_file import FilePart
from .seeding_narrow import narrow_parts
from .seeding_rows import Parts, SeedingRows

ALGORITHMS = ("hamerly", "lloyd")
"""Algorithms that keep at most 12 bytes per row: a label and two bounds."""

PART_BYTES = 1 << 20
"""Bytes of the parts of the file that are read or left out as a whole."""


class Stream:
    """Rows in a raw file, with a label and two bounds of each row in memory."""

    def __init__(self, file: RowFile, frame: Frame) -> None:
        self.file = file
        self.frame = frame
        self.dtype: np.dtype[Any] = file.raw.dtype
        self.name = "hamerly"
        self.bytes_read = 0
        self._labels: Labels | None = None
        self._bounds: tuple[Bounds, Bounds] | None = None
        self._notes = [file.note]

    @property
    def decisions(self) -> Sequence[str]:
        """See `Executor`."""
        return self._notes

    def note(self, text: str) -> None:
        """Add a decision that was taken about these rows."""
        self._notes.append(text)

    def checksum(self) -> int:
        """See `Executor`."""
        return self.file.checksum()

    def seeding_rows(self) -> SeedingRows:
        """See `Executor`; "density" is not among its passes.

        Rows of a narrow type in memory have those of k-means++, rows in a file do not. Labels and
        bounds are let go: seeding needs their memory.
        """
        frame = self.frame
        self._labels = self._bounds = None
        is_narrow = isinstance(self.file.raw, WidenedRows)
        parts = narrow_parts(self.file) if is_narrow else [FilePart(self.file)]
        return Parts(parts, float(frame.max_abs.max()), frame.heaviest)

    def take(self, indices: Indices) -> Matrix:
        """See `Executor`."""
        return self.file.take(indices)

    def begin(
        self, algorithm: str, n_clusters: int, max_memory: int | None, n_iterations: int
    ) -> None:
        """See `Executor`; ``algorithm`` is "auto" or one of `ALGORITHMS`."""
        n = len(self.file)
        bounded = algorithm != "lloyd" and n_clusters > 1
        self.name = "hamerly" if bounded else "lloyd"
        self._labels = unassigned(n)
        self._drift = Drift(n, n_clusters, self.file.n_threads)
        if bounded and self._bounds is None:
            self._bounds = np.empty(n, dtype=np.float32), np.empty(n, dtype=np.float32)

    def labels(self) -> Labels:
        """See `Executor`."""
        assert self._labels is not None
        return self._labels

    def _read(self, what: str, ranges: Sequence[tuple[int, int]] | None = None) -> Iterator[Rows]:
        with closing(self.file.blocks(what, ranges)) as blocks:
            for rows in blocks:
                self.bytes_read += rows.x.nbytes
                yield rows

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Executor`."""
        if self.name == "lloyd":
            return self._lloyd_step(centers, sums)
        labels, drift = self.labels(), self._drift
        assert self._bounds is not None
        upper, lower = self._bounds
        known = drift.centers is not None
        drift.follow(centers)
        ranges = self._unsettled() if known else None
        n_moved = n_tightened = n_assigned = 0
        for rows in self._read("assigning", ranges):
            part = slice(rows.first, rows.first + len(rows))
            moved, tightened, assigned = _backend.hamerly.hamerly_step(
                *(rows.x, rows.weight, centers, labels[part], sums.words, sums.grid),
                *(upper[part], lower[part]),
                *(drift.travelled, drift.half, drift.fall, known, rows.n_threads(len(centers))),
            )
            n_moved += moved
            n_tightened += tightened
            n_assigned += assigned
        n_distances = n_tightened + n_assigned * len(centers)
        return Work(n_moved, n_distances, len(self.file) - n_assigned)

    def _lloyd_step(self, centers: Matrix, sums: Sums) -> Work:
        n_moved = 0
        for rows in self._read("assigning"):
            n_moved += _backend.lloyd.lloyd_step(
                *(rows.x, rows.weight, centers),
                *(self.labels()[rows.first : rows.first + len(rows)], sums.words, sums.grid),
                rows.n_threads(len(centers)),
            )
        return Work(n_moved, len(self.file) * len(centers), 0)

    def _unsettled(self) -> list[tuple[int, int]]:
        """Ranges of rows, whole parts of the file, that have a row which bounds do not settle."""
        n, drift = len(self.file), self._drift
        assert self._bounds is not None
        rows = max(1, PART_BYTES // self.file.raw.row_bytes)
        counts = np.empty(-(-n // rows), dtype=np.int64)
        _backend.hamerly.count_unsettled(
            *(self.labels(), *self._bounds),
            *(drift.travelled, drift.half, drift.fall, rows, counts),
            effective_threads(self.file.n_threads, 8 * n),
        )
        edges = np.flatnonzero(np.diff(counts > 0, prepend=False, append=False)) * rows
        return [(int(start), min(int(stop), n)) for start, stop in edges.reshape(-1, 2)]

    def farthest(self, centers: Matrix, count: int) -> Farthest:
        """See `Executor`."""
        found: Farthest | None = None
        for rows in self._read("farthest rows"):
            labels = self.labels()[rows.first : rows.first + len(rows)]
            own = farthest_rows(rows, centers, labels, count)
            found = own if found is None else found.merge(own).first(count)
        assert found is not None
        return found

    def squares(self, centers: Matrix) -> int:
        """See `Executor`."""
        total = 0
        for rows in self._read("inertia"):
            total += sum_squares(rows, centers, self.labels()[rows.first : rows.first + len(rows)])
        return total
