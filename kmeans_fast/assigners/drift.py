"""How far the centers have travelled since a run began: what keeps bounds true as centers move.

Bounds that are stored relative to the way of their center need no write when it moves (Newling and
Fleuret 2016).
"""

import numpy as np

from .. import _backend
from .._threads import effective_threads
from .._typing import Matrix

# The defining sum is off by at most (d + 3) 2^-53 of itself, the root by half an ulp.
ABOVE = 1 + 2.0**-30


class Drift:
    """Ways of all centers: sums of their steps, rounded up, so that differences of two are bounds.

    ``travelled`` (k,) is the way of each center, ``fall`` the sum of the longest steps, ``half``
    (k,) half the distance of each center to its nearest other one, or 0 where finding it would
    take longer than it saves.
    """

    def __init__(self, n_rows: int, n_clusters: int, n_threads: int | None) -> None:
        self.requested_threads = n_threads
        self.worth_half = n_clusters * n_clusters <= n_rows
        self.travelled = np.zeros(n_clusters)
        self.half = np.zeros(n_clusters)
        self.fall = 0.0
        self.centers: Matrix | None = None

    def follow(self, centers: Matrix) -> None:
        """Add the steps from the centers of the last call to these."""
        if self.centers is not None:
            steps = np.empty(len(centers))
            own = np.arange(len(centers), dtype=np.int32)
            _backend.distances.squared_distances(centers, self.centers, own, steps, 1)
            steps = np.sqrt(steps) * ABOVE
            self.travelled = np.nextafter(self.travelled + steps, np.inf)
            self.fall = float(np.nextafter(self.fall + steps.max(), np.inf))
        self.centers = centers.copy()
        if self.worth_half:
            self._measure_half(centers)

    def _measure_half(self, centers: Matrix) -> None:
        labels = np.empty(len(centers), dtype=np.int32)
        nearest, second = np.empty(len(centers)), np.empty(len(centers))
        threads = effective_threads(self.requested_threads, centers.size * len(centers))
        _backend.assign.assign_two_rows(centers, centers, labels, nearest, second, threads)
        self.half = np.sqrt(second) / (2 * ABOVE)
