"""One Lloyd iteration on order-free cluster sums."""

import numpy as np

from .assign import assign_rows
from .sums import accumulate_rows


def lloyd_step(x, sample_weight, centers, labels, sums, grid, n_threads):
    """Assign all rows to ``centers``, update ``labels`` and ``sums``; return how many moved."""
    labels_new = np.empty_like(labels)
    assign_rows(x, centers, labels_new, n_threads)
    n_moved = accumulate_rows(x, sample_weight, labels, labels_new, sums, grid)
    labels[:] = labels_new
    return n_moved
