"""Elkan's assignment (2003): a lower bound for each row and center, of one byte.

Memory beyond X is 14 bytes a row and one byte for each center or, under ``max_memory``, for each
group of consecutive centers. Without any bytes it is Hamerly's algorithm (2010), one bound for all
centers: so too where comparing a row with all centers costs less than looking at its bytes.
"""

from ... import _backend
from .work import Work

ROW_BYTES = 14
"""Of each row, besides the bytes: see csrc/elkan.h."""

CENTER_BYTES = 1400
"""Of each center, besides its features: movements, and their tables for each epoch and unit."""

ROWS_BETWEEN = 64
"""Rows a center from which on the distances between all centers are kept, four bytes each."""

CHEAP_ROW = 30_000
"""Multiply-adds in float32 that take as long as a row's bytes: 0.3 microseconds (Zen 5)."""


def n_bytes(x, n_clusters):
    """Bytes of all bounds that are of use."""
    return least_bytes(x, n_clusters) + len(x) * _useful_groups(x, n_clusters)


def least_bytes(x, n_clusters):
    """Bytes without any of the bounds that can be left out."""
    between = 4 * n_clusters**2 if ROWS_BETWEEN * n_clusters <= len(x) else 0
    return ROW_BYTES * len(x) + (CENTER_BYTES + 8 * x.shape[1]) * n_clusters + between


def _useful_groups(x, n_clusters):
    cost = n_clusters * x.shape[1] * x.itemsize // 4
    return n_clusters if cost >= CHEAP_ROW else 0


class Elkan:
    """Bounds on the distances of rows to centers, which the triangle inequality keeps true."""

    name = "elkan"

    def __init__(self, problem, n_clusters, max_memory=None):
        x = problem.x
        n_groups = _useful_groups(x, n_clusters)
        if max_memory is not None:
            room = max(0, int(max_memory) - least_bytes(x, n_clusters))
            n_groups = min(n_groups, room // max(1, len(x)))
        self.problem = problem
        self.n_threads = problem.n_threads(n_clusters)
        self.bounds = _backend.elkan.Bounds(len(x), n_clusters, x.shape[1], n_groups)

    def step(self, centers, labels, sums):
        """See `assigners`."""
        problem = self.problem
        return Work(
            *_backend.elkan.elkan_step(
                *(problem.x, problem.sample_weight, centers, labels, sums, problem.grid),
                self.bounds,
                self.n_threads,
            )
        )
