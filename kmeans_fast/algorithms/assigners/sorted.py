"""Assignment in one dimension: every cluster is a segment of the rows in ascending order.

Rows are sorted once a fit; a step finds the boundaries between neighboring centers by binary search
and touches only the rows between an old and a new boundary, O(k log n + rows that moved).
"""

import numpy as np

from ... import _backend
from .lloyd import Lloyd
from .work import Work

MOST_FEATURES = 1


def n_bytes(x, _n_clusters):
    """The values in order, their rows (64-bit while they are sorted), and weights."""
    return x.nbytes + 20 * len(x)


class Sorted:
    """Remembers the segments of its last step.

    Between steps nobody else may change ``labels``. A step in which rounding could let several
    centers tie is Lloyd's.
    """

    name = "sorted"

    def __init__(self, problem, n_clusters):
        self.problem = problem
        self.lloyd = Lloyd(problem, n_clusters)
        self.forget()

    def forget(self):
        """Look at all rows in the next step."""
        self.starts = np.array([0, len(self.problem.x)])
        self.names = np.array([-1], dtype=np.int32)

    def step(self, centers, labels, sums):
        """See `assigners`."""
        rows = self.problem.ascending
        points, names = _distinct(centers[:, 0])
        starts = np.empty(len(points) + 1, dtype=np.int64)
        if not _backend.ascending.find_boundaries(rows.values, points, names, starts):
            self.forget()
            return self.lloyd.step(centers, labels, sums)
        n_moved = _backend.ascending.move_segments(
            *(rows.values, rows.order, rows.weights, self.starts, self.names),
            *(starts, names, labels, sums, self.problem.grid),
        )
        first = self.names[0] < 0
        self.starts, self.names = starts, names
        n_distances = 4 * (len(points) - 1) * len(labels).bit_length()
        return Work(n_moved, n_distances, 0 if first else len(labels) - n_moved)


def _distinct(centers):
    """Ascending distinct centers, and the lowest index of each, int32."""
    order = np.argsort(centers, kind="stable")
    ascending = centers[order]
    new = np.append(True, ascending[1:] != ascending[:-1])
    return ascending[new], order[new].astype(np.int32)
