"""Lloyd's assignment (Lloyd 1982): every row is compared with every center."""

from collections.abc import Sequence

import numpy as np

from .. import _backend
from .._typing import Labels, Matrix
from .base import Work, unassigned
from .frame import Frame
from .rows import Rows, Shape
from .sums import Sums

MOST_BYTES = 1 << 20
"""Rows are kept as integers besides, if these take at most this many bytes."""
FASTER_INTEGERS = 6
"""Products of kept integers per nanosecond: 60 to 70, this many times those that
`_threads.WORK_PER_THREAD` assumes."""


def n_bytes(shape: Shape, n_clusters: int) -> int:
    """Bytes of the rows as integers, 0 where they are not kept."""
    n, d, itemsize = shape
    size: int = 4 * _backend.lloyd.integer_rows_size(n, d, n_clusters, itemsize)
    return size if size <= MOST_BYTES else 0


def least_bytes(_shape: Shape, _n_clusters: int) -> int:
    """0: only the labels have to be kept between steps."""
    return 0


class Lloyd:
    """Compares all rows in each step; keeps the labels, and few rows as integers.

    The integers are left out where ``max_memory`` (None: no limit) does not suffice.
    """

    name = "lloyd"
    decisions: Sequence[str] = ()

    def __init__(
        self,
        rows: Rows,
        frame: Frame,
        n_clusters: int,
        labels: Labels | None = None,
        max_memory: int | None = 0,
    ) -> None:
        self.rows = rows
        self.labels = unassigned(len(rows)) if labels is None else labels
        self.integers = None
        size = n_bytes(rows.shape, n_clusters)
        if size > 0 and (max_memory is None or size <= max_memory):
            self.integers = np.zeros(size // 4, np.int32)

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels

    def _n_threads(self, n_centers: int) -> int:
        if self.integers is not None:
            n_centers = max(1, n_centers // FASTER_INTEGERS)
        return self.rows.n_threads(n_centers)

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        rows = self.rows
        n_moved = _backend.lloyd.lloyd_step(
            *(rows.x, rows.weight, centers, self.labels, sums.words, sums.grid),
            *(self._n_threads(len(centers)), self.integers),
        )
        return Work(n_moved, len(rows) * len(centers), 0)
