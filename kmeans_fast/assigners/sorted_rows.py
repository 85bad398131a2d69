"""Assignment in one dimension: every cluster is a segment of the rows in ascending order.

Rows are sorted once; a step finds the boundaries between neighboring centers by binary search and
touches only the rows between an old and a new boundary, O(k log n + rows that moved).
"""

import numpy as np

from .. import _backend
from .._interruptible_sort import sort_rows, take_rows
from .._typing import Labels, Matrix
from .base import Work
from .frame import Frame
from .lloyd import Lloyd
from .rows import Rows, Shape
from .sums import Sums

MOST_FEATURES = 1


def n_bytes(shape: Shape, _n_clusters: int) -> int:
    """Bytes of the sorted values, their row indices (64-bit while sorting), and weights."""
    return shape.n_bytes + 20 * shape.n_rows


class SortedRows:
    """Keeps the segments of its last step.

    Where rounding could let several centers tie, the step is Lloyd's.
    """

    name = "sorted"
    decisions = ()

    def __init__(
        self, rows: Rows, frame: Frame, n_clusters: int, labels: Labels | None = None
    ) -> None:
        self.rows = rows
        self.values, self.order = sort_rows(rows.x[:, 0])
        self.weights = None if rows.weight is None else take_rows(rows.weight, self.order)
        self.lloyd = Lloyd(rows, frame, n_clusters, labels)
        self.restart(self.lloyd.labels)

    def restart(self, labels: Labels) -> None:
        """See `Assigner`; the next step reads all rows."""
        self.labels = labels
        self.lloyd.restart(labels)
        self.starts = np.array([0, len(self.rows)])
        self.names = np.array([-1], dtype=np.int32)

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        points, names = _distinct(centers[:, 0])
        starts = np.empty(len(points) + 1, dtype=np.int64)
        if not _backend.sorted_rows.find_boundaries(self.values, points, names, starts):
            self.restart(self.labels)
            return self.lloyd.step(centers, sums)
        n_moved = _backend.sorted_rows.move_segments(
            *(self.values, self.order, self.weights, self.starts, self.names),
            *(starts, names, self.labels, sums.words, sums.grid),
        )
        n, first = len(self.rows), self.names[0] < 0
        self.starts, self.names = starts, names
        n_distances = 4 * (len(points) - 1) * n.bit_length()
        return Work(n_moved, n_distances, 0 if first else n - n_moved)


def _distinct(centers: Matrix) -> tuple[Matrix, Labels]:
    """Ascending distinct centers, and the lowest index of each, int32."""
    order = np.argsort(centers, kind="stable")
    ascending = centers[order]
    new = np.append(True, ascending[1:] != ascending[:-1])
    return ascending[new], order[new].astype(np.int32)
