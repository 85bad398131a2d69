"""One Lloyd iteration on order-free cluster sums."""

import numpy as np

from .assign import assign_rows
from .sums import accumulate_rows


def integer_rows_size(n, d, k, itemsize):
    """Elements (int32) of the memory in which `lloyd_step` keeps rows as integers; 0 for none."""
    return 0


def lloyd_step(x, sample_weight, centers, labels, sums, grid, n_threads, integers=None):
    """Assign all rows to ``centers``, update ``labels`` and ``sums``; return how many moved.

    ``integers`` (`integer_rows_size`) is zeros for the first of several steps on the same rows, and
    keeps the rows in another form from step to step. It changes no result.
    """
    labels_new = np.empty_like(labels)
    assign_rows(x, centers, labels_new, n_threads)
    n_moved = accumulate_rows(x, sample_weight, labels, labels_new, sums, grid)
    labels[:] = labels_new
    return n_moved
