"""Hamerly's algorithm (2010): two bounds per row settle most rows without a distance."""

import numpy as np

from .. import _backend
from .._typing import Labels, Matrix
from .base import Work, unassigned
from .drift import Drift
from .frame import Frame
from .rows import Rows, Shape
from .sums import Sums


def n_bytes(shape: Shape, _n_clusters: int) -> int:
    """Bytes of two float32 bounds per row."""
    return 8 * shape.n_rows


class Hamerly:
    """Bounds of eight bytes per row; see `_reference.hamerly`."""

    name = "hamerly"
    decisions = ()

    def __init__(
        self, rows: Rows, frame: Frame, n_clusters: int, labels: Labels | None = None
    ) -> None:
        self.rows = rows
        self.n_clusters = n_clusters
        self.upper = np.empty(len(rows), dtype=np.float32)
        self.lower = np.empty(len(rows), dtype=np.float32)
        self.restart(unassigned(len(rows)) if labels is None else labels)

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        self.drift = Drift(len(self.rows), self.n_clusters, self.rows.requested_threads)

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        rows, drift = self.rows, self.drift
        known = drift.centers is not None
        drift.follow(centers)
        n_moved, n_tightened, n_assigned = _backend.hamerly.hamerly_step(
            *(rows.x, rows.weight, centers, self.labels, sums.words, sums.grid),
            *(self.upper, self.lower, drift.travelled, drift.half, drift.fall),
            *(known, rows.n_threads(len(centers))),
        )
        return Work(n_moved, n_tightened + n_assigned * len(centers), len(rows) - n_assigned)
