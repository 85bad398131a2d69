"""How far each center has travelled since a run began: bounds stay valid as centers move.

A bound is stored relative to the distance that its center has travelled, so that it need not be
rewritten when the center moves (Newling and Fleuret 2016).
"""

import numpy as np

from .. import _backend
from .._threads import effective_threads
from .._typing import Matrix

ABOVE = 1 + 2.0**-30
"""Covers rounding: at most (d + 3) 2^-53 of the defining sum, and half an ulp of the root."""


class Drift:
    """Distances that centers have travelled, rounded up: differences of two readings are bounds.

    ``travelled`` (k,) is the sum of the moves of each center, ``fall`` the sum of the longest move
    of each iteration, ``half`` (k,) half the distance from each center to the nearest other
    center, or 0 where measuring it takes longer than it saves.
    """

    def __init__(self, n_rows: int, n_clusters: int, n_threads: int | None) -> None:
        self.requested_threads = n_threads
        self.worth_half = n_clusters * n_clusters <= n_rows
        self.travelled = np.zeros(n_clusters)
        self.half = np.zeros(n_clusters)
        self.fall = 0.0
        self.centers: Matrix | None = None

    def follow(self, centers: Matrix) -> None:
        """Add the moves from the centers of the last call to ``centers`` (k, d)."""
        if self.centers is not None:
            moves = np.empty(len(centers))
            own = np.arange(len(centers), dtype=np.int32)
            _backend.distances.squared_distances(centers, self.centers, own, moves, 1)
            moves = np.sqrt(moves) * ABOVE
            self.travelled = np.nextafter(self.travelled + moves, np.inf)
            self.fall = float(np.nextafter(self.fall + moves.max(), np.inf))
        self.centers = centers.copy()
        if self.worth_half:
            self._measure_half(centers)

    def _measure_half(self, centers: Matrix) -> None:
        labels = np.empty(len(centers), dtype=np.int32)
        nearest, second = np.empty(len(centers)), np.empty(len(centers))
        threads = effective_threads(self.requested_threads, centers.size * len(centers))
        _backend.assign.assign_two_rows(centers, centers, labels, nearest, second, threads)
        self.half = np.sqrt(second) / (2 * ABOVE)
