"""What becomes of clusters without rows where they are not relocated: dropped, or an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._typing import Matrix
from ..assigners.sums import Sums
from ..executors.base import Executor


@dataclass(frozen=True)
class EmptyClusters:
    """The rule of a fit: "relocate", "drop" or "error".

    ``begin`` makes the executor ready for a number of clusters.
    """

    rule: str
    begin: Callable[[int], None]

    def leave_out(self, executor: Executor, centers: Matrix, sums: Sums) -> tuple[Matrix, Sums]:
        """Centers and sums of the clusters that have rows of positive weight.

        ``sums`` are those of the labels by ``centers``. Where a cluster is dropped, all rows are
        assigned again, because the numbers of the clusters change.
        """
        present = sums.means()[1] > 0
        if present.all():
            return centers, sums
        if self.rule == "error":
            empty = np.flatnonzero(~present)
            raise ValueError(
                f"{len(empty)} of {len(centers)} clusters have no rows, the first is cluster "
                f"{empty[0]} (empty_cluster='error'). Ask for fewer clusters, choose other start "
                "centers, or set empty_cluster to 'relocate' or 'drop'."
            )
        centers = centers[present]
        self.begin(len(centers))
        sums = Sums.zeros(len(centers), sums.grid)
        executor.step(centers, sums)
        return centers, sums
