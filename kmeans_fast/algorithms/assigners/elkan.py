"""Elkan's assignment (2003): a lower bound for each row and center, of one byte.

Memory beyond X is 14 bytes a row and one byte for each center or, under ``max_memory``, for each
group of consecutive centers. Where that leaves none, or comparing a row with all centers costs less
than looking at its bytes, one bound for all centers does: Hamerly's algorithm (2010).
"""

from ... import _backend
from . import hamerly
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
    if is_cheap(x, n_clusters):
        return hamerly.n_bytes(x, n_clusters)
    return _bytes_without_groups(x, n_clusters) + len(x) * n_clusters


def least_bytes(x, n_clusters):
    """Bytes without the bounds that can be left out."""
    return hamerly.n_bytes(x, n_clusters)


def is_cheap(x, n_clusters):
    """Whether comparing a row with all centers costs less than looking at its bytes."""
    return n_clusters * x.shape[1] * x.itemsize < 4 * CHEAP_ROW


def _bytes_without_groups(x, n_clusters):
    between = 4 * n_clusters**2 if ROWS_BETWEEN * n_clusters <= len(x) else 0
    return ROW_BYTES * len(x) + (CENTER_BYTES + 8 * x.shape[1]) * n_clusters + between


def n_groups(x, n_clusters, max_memory=None):
    """Bounds for a row: 0 for Hamerly's."""
    if is_cheap(x, n_clusters):
        return 0
    if max_memory is None:
        return n_clusters
    room = int(max_memory) - _bytes_without_groups(x, n_clusters)
    return max(0, min(n_clusters, room // max(1, len(x))))


class Elkan:
    """Bounds on the distances of rows to centers, which the triangle inequality keeps true."""

    name = "elkan"

    def __init__(self, problem, n_clusters, max_memory=None):
        groups = n_groups(problem.x, n_clusters, max_memory)
        self.problem = problem
        self.one_bound = self.bounds = None
        if groups == 0:
            self.one_bound = hamerly.Hamerly(problem, n_clusters)
        else:
            n, d = problem.x.shape
            self.size = (n, n_clusters, d, groups)
            self.restart()

    def restart(self):
        """See `assigners`."""
        if self.one_bound is not None:
            self.one_bound.restart()
        else:
            self.bounds = None  # its memory first
            self.bounds = _backend.elkan.Bounds(*self.size)

    def step(self, centers, labels, sums):
        """See `assigners`."""
        if self.one_bound is not None:
            return self.one_bound.step(centers, labels, sums)
        problem = self.problem
        return Work(
            *_backend.elkan.elkan_step(
                *(problem.x, problem.sample_weight, centers, labels, sums, problem.grid),
                self.bounds,
                problem.n_threads(len(centers)),
            )
        )
