"""Lloyd's assignment: every row against every center."""

from ... import _backend
from .work import Work


def n_bytes(_x, _n_clusters):
    """Nothing is kept between steps."""
    return 0


class Lloyd:
    """No memory between steps."""

    name = "lloyd"

    def __init__(self, problem, _n_clusters):
        self.problem = problem

    def step(self, centers, labels, sums):
        """See `assigners`."""
        problem = self.problem
        n_moved = _backend.lloyd.lloyd_step(
            *(problem.x, problem.sample_weight, centers, labels, sums, problem.grid),
            problem.n_threads(len(centers)),
        )
        return Work(n_moved, len(problem.x) * len(centers), 0)
