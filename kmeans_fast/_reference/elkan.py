"""Elkan's assignment (2003), one bound for each row and center, in float64.

Bounds are valid up to rounding. ``SLACK`` is far larger than the sum of all rounding errors; the
defining sum decides rows whose bounds are closer than that. Squares of distances below ``SMALLEST``
underflow, so differences of that size settle nothing.
"""

import numpy as np

from .distances import squared_distance_matrix
from .sums import accumulate_rows

SLACK = 1e-6
"""Relative to a bound: float64 loses (d + 3) 2^-53 per distance and iteration."""
SMALLEST = 1e-145
"""A distance whose square is still a normal number, with a margin."""


class ElkanBounds:
    """The last centers of a run, and bounds on the distances of all rows to them."""

    def __init__(self, n, k, d, n_groups):
        """Bounds of ``n`` rows that settle nothing; only the core uses ``d`` and ``n_groups``."""
        del d, n_groups
        self.centers = None
        self.upper = np.full(n, np.inf)
        self.lower = np.zeros((n, k))


def elkan_step(x, sample_weight, centers, labels, sums, grid, bounds, n_threads):
    """Assign all rows to ``centers``, update ``labels``, ``sums`` and ``bounds``.

    The caller does not change ``labels`` between steps with the same ``bounds``. Returns how many
    rows moved, how many distances were evaluated, and how many rows were settled without any.
    """
    n_distances, n_skipped, labels_new = 0, 0, labels.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        if bounds.centers is not None:
            moves = np.sqrt(((centers - bounds.centers.astype(np.float64)) ** 2).sum(axis=1))
            moves = moves * (1 + SLACK) + SMALLEST
            bounds.upper += moves[labels]
            bounds.lower -= moves
        bounds.centers = centers.copy()
        for i in range(len(x)):
            near = ~(bounds.lower[i] * (1 - SLACK) - SMALLEST > bounds.upper[i])
            near[labels[i]] = True
            if labels[i] >= 0 and np.count_nonzero(near) == 1 and bounds.upper[i] < np.inf:
                n_skipped += 1
                continue
            index = np.flatnonzero(near) if labels[i] >= 0 else np.arange(len(centers))
            squared = squared_distance_matrix(x[i : i + 1], centers[index])[0]
            n_distances += len(index)
            labels_new[i] = index[np.argmin(squared)]
            # a square that overflowed is at least the largest number
            bounds.lower[i, index] = np.sqrt(np.minimum(squared, np.finfo(np.float64).max))
            bounds.upper[i] = np.sqrt(squared.min()) * (1 + SLACK)
    n_moved = accumulate_rows(x, sample_weight, labels, labels_new, sums, grid)
    labels[:] = labels_new
    return n_moved, n_distances, n_skipped
