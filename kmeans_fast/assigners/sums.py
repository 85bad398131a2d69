"""Cluster sums that do not depend on the order of addition: integer words on the grid of a frame.

``words`` is int64 (k, 2 * layers, d + 1): for each cluster and layer of weights (see `grid`) a high
and a low word per feature, and in the last column those of the weight. Integer additions are exact,
so the sums of rows, of parts and of workers may be added and subtracted in any order, with the same
bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import _backend
from .._typing import Doubles, Labels, Matrix, Words
from .grid import Grid
from .rows import Rows


class Update(NamedTuple):
    """Result of an update of the centers.

    ``n_empty`` is the number of clusters without weight, ``shift`` the squared Frobenius norm of
    the change, ``explained`` the part of the sum of squares about the mean of all rows that the
    assignment to the old centers explains.
    """

    n_empty: int
    shift: float
    explained: float


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums of the weighted rows of each cluster."""

    words: Words
    grid: Grid

    @classmethod
    def zeros(cls, n_clusters: int, grid: Grid) -> Sums:
        """Sums of no rows."""
        return cls(np.zeros((n_clusters, grid.n_words, len(grid.scale)), dtype=np.int64), grid)

    def copy(self) -> Sums:
        """The same sums in memory of their own."""
        return Sums(self.words.copy(), self.grid)

    def merge(self, other: Sums) -> None:
        """Add the sums of other rows, on the same grid."""
        np.add(self.words, other.words, out=self.words)

    def move(self, rows: Rows, labels_old: Labels, labels_new: Labels) -> int:
        """Move rows between clusters, return how many moved; an old label of -1 only adds."""
        moved: int = _backend.sums.accumulate_rows(
            rows.x, rows.weight, labels_old, labels_new, self.words, self.grid
        )
        return moved

    def means(self) -> tuple[Doubles, Doubles]:
        """Means (k, d), 0 where a cluster is empty, and weights (k,) of the clusters."""
        means, weights = _backend.sums.cluster_means(self.words, self.grid)
        return means, weights

    def update(self, centers: Matrix, mean: Doubles, out: Matrix) -> Update:
        """Write the means of the clusters to ``out``, rounded to its dtype.

        An empty cluster gets the center of the heaviest one. ``mean`` (d,) is that of all rows.
        """
        return Update(*_backend.sums.update_centers(self.words, self.grid, mean, centers, out))
