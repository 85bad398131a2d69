"""Rows and frames for tests of what works on them."""

from kmeans_fast._validate import check_ranges
from kmeans_fast.algorithms.fitting import frame_of
from kmeans_fast.assigners.frame import find_ranges, grid_of, in_units
from kmeans_fast.assigners.rows import Rows


def rows_and_frame(x, weight=None, n_threads=None):
    """Rows as an assigner takes them, and their frame; ValueError where a fit raises it."""
    ranges = find_ranges(x, weight, n_threads)
    check_ranges(ranges)
    rows = Rows(x, in_units(weight, ranges.weight_exponent), requested_threads=n_threads)
    return rows, frame_of(rows, ranges, grid_of(ranges))
