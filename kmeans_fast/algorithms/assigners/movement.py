"""How far centers have come since a run began, for bounds that are kept without a write."""

import numpy as np

from ... import _backend

# The defining sum is off by at most (d + 3) 2^-53 of itself, the root by half an ulp.
ABOVE = 1 + 2.0**-30


class Movement:
    """Ways of all centers, as sums of steps rounded up, so that differences are bounds as well.

    ``travelled`` (k,) is the way of each center, ``fall`` the sum of the longest steps, ``half``
    (k,) half the distance of each to its nearest other center, or 0 where finding it would take
    longer than it saves.
    """

    def __init__(self, problem, n_clusters):
        self.problem = problem
        self.worth_half = n_clusters * n_clusters <= len(problem.x)
        self.travelled = np.zeros(n_clusters)
        self.half = np.zeros(n_clusters)
        self.fall = 0.0
        self.centers = None

    def follow(self, centers):
        """Add the steps from the centers of the last call to these."""
        if self.centers is not None:
            steps = np.empty(len(centers))
            own = np.arange(len(centers), dtype=np.int32)
            _backend.assign.squared_distances(centers, self.centers, own, steps, 1)
            steps = np.sqrt(steps) * ABOVE
            self.travelled = np.nextafter(self.travelled + steps, np.inf)
            self.fall = np.nextafter(self.fall + steps.max(), np.inf)
        self.centers = centers.copy()
        if self.worth_half:
            self._measure_half(centers)

    def _measure_half(self, centers):
        labels = np.empty(len(centers), dtype=np.int32)
        nearest, second = np.empty(len(centers)), np.empty(len(centers))
        threads = self.problem.n_threads(len(centers))
        _backend.assign.assign_two_rows(centers, centers, labels, nearest, second, threads)
        self.half = np.sqrt(second) / (2 * ABOVE)
