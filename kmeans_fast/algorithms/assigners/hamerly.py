"""Hamerly's algorithm (2010): two bounds a row settle most rows without a distance."""

import numpy as np

from ... import _backend
from .movement import Movement
from .work import Work


def n_bytes(x, _n_clusters):
    """Two float32 bounds a row."""
    return 8 * len(x)


class Hamerly:
    """Bounds of eight bytes a row; see `_reference.hamerly`."""

    name = "hamerly"

    def __init__(self, problem, n_clusters):
        self.problem = problem
        self.movement = Movement(problem, n_clusters)
        self.upper = np.empty(len(problem.x), dtype=np.float32)
        self.lower = np.empty(len(problem.x), dtype=np.float32)

    def restart(self):
        """See `assigners`."""
        self.movement = Movement(self.problem, len(self.movement.travelled))

    def step(self, centers, labels, sums):
        """See `assigners`."""
        problem, movement = self.problem, self.movement
        known = movement.centers is not None
        movement.follow(centers)
        n_moved, n_tightened, n_assigned = _backend.hamerly.hamerly_step(
            *(problem.x, problem.sample_weight, centers, labels, sums, problem.grid),
            *(self.upper, self.lower, movement.travelled, movement.half, movement.fall),
            *(known, problem.n_threads(len(centers))),
        )
        n = len(problem.x)
        return Work(n_moved, n_tightened + n_assigned * len(centers), n - n_assigned)
