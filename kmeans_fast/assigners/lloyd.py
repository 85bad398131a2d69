"""Lloyd's assignment (Lloyd 1982): every row is compared with every center."""

from collections.abc import Sequence

import numpy as np

from .. import _backend
from .._typing import Labels, Matrix
from .base import Work, unassigned
from .frame import Frame
from .rows import Rows, Shape
from .sums import Sums

MOST_INTEGERS = 1 << 18
"""Few rows are kept as integers besides, if these take at most this many elements, 1 MiB."""


def n_bytes(_shape: Shape, _n_clusters: int) -> int:
    """0: only the labels are kept between steps, and at most 1 MiB besides."""
    return 0


class Lloyd:
    """Compares all rows in each step; keeps nothing but the labels, and few rows as integers."""

    name = "lloyd"
    decisions: Sequence[str] = ()

    def __init__(
        self, rows: Rows, frame: Frame, n_clusters: int, labels: Labels | None = None
    ) -> None:
        self.rows = rows
        self.labels = unassigned(len(rows)) if labels is None else labels
        size = _backend.lloyd.integer_rows_size(*rows.x.shape, n_clusters, rows.x.itemsize)
        self.integers = np.zeros(size, np.int32) if 0 < size <= MOST_INTEGERS else None

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        rows = self.rows
        n_moved = _backend.lloyd.lloyd_step(
            *(rows.x, rows.weight, centers, self.labels, sums.words, sums.grid),
            *(rows.n_threads(len(centers)), self.integers),
        )
        return Work(n_moved, len(rows) * len(centers), 0)
