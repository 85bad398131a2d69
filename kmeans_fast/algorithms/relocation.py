"""Empty clusters get a row each: those farthest from their centers, as in scikit-learn.

Rows of positive weight in order of descending distance, ties to the highest index, go to the empty
clusters in ascending order. Where every row lies on its center, no row is moved: there are fewer
distinct rows than clusters. On small data, scikit-learn's partition selects the highest index, and
results of other estimators that build on k-means depend on it.
"""

from typing import Protocol

import numpy as np

from .._typing import Matrix
from ..assigners.rows import Rows
from ..assigners.sums import Sums
from ..executors.base import Farthest


class HasFarthest(Protocol):
    """The pass over the rows that relocation needs."""

    def farthest(self, centers: Matrix, count: int) -> Farthest:
        """See `Executor`."""


def relocate_empty_clusters(executor: HasFarthest, centers: Matrix, sums: Sums) -> Sums:
    """Copy of ``sums`` in which no cluster is empty; ``sums`` itself where no row can move."""
    _, weights = sums.means()
    empty = np.flatnonzero(weights == 0).astype(np.int32)
    farthest = executor.farthest(centers, len(empty))
    if farthest.squared[0] <= 0:
        return sums
    relocated = sums.copy()
    rows = Rows(farthest.x, farthest.weight)
    relocated.move(rows, farthest.labels, empty[: len(rows)])
    return relocated
