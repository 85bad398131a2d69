"""One iteration with Hamerly's bounds (Hamerly 2010), stored as in csrc/exact/hamerly_bounds.h.

``upper[i] + travelled[label]`` is at least the distance of row i to its center and
``lower[i] - fall`` at most that to any other; ``half[j]`` is at most half the distance of center j
to its nearest other center. Bounds are float32, rounded outwards.
"""

import numpy as np

from .assign import assign_two_rows
from .distances import squared_distances
from .sums import accumulate_rows

SLACK = 2.0**-20


def unsettled(labels, upper, lower, travelled, half, fall):
    """Mask of the rows whose bounds do not show that they keep their label."""
    to_others = np.maximum(lower - fall, half[labels])
    return ~((upper + travelled[labels]) * (1 + SLACK) < to_others)


def hamerly_step(
    x,
    sample_weight,
    centers,
    labels,
    sums,
    grid,
    upper,
    lower,
    travelled,
    half,
    fall,
    known,
    n_threads,
):
    """As `lloyd_step`, on rows that the bounds do not settle; sets the bounds of these rows.

    If ``known`` is false, all rows are assigned, and bounds are written without being read. Returns
    how many rows moved, how many were compared with their own center, and how many with all.
    """
    rows = np.arange(len(x))
    n_tightened = 0
    if known:
        rows = rows[unsettled(labels, upper, lower, travelled, half, fall)]
        n_tightened = len(rows)
        _set_upper(x, centers, labels, upper, travelled, rows, n_threads)
        some = (labels[rows], upper[rows], lower[rows], travelled, half, fall)
        rows = rows[unsettled(*some)]
    chosen = np.empty(len(rows), dtype=np.int32)
    nearest, second = np.empty(len(rows)), np.empty(len(rows))
    assign_two_rows(x[rows], centers, chosen, nearest, second, n_threads)
    weight = None if sample_weight is None else sample_weight[rows]
    n_moved = accumulate_rows(x[rows], weight, labels[rows], chosen, sums, grid)
    labels[rows] = chosen
    _set_upper(x, centers, labels, upper, travelled, rows, n_threads)
    lower[rows] = _float_below(np.sqrt(second) + fall)
    return n_moved, n_tightened, len(rows)


def count_unsettled(labels, upper, lower, travelled, half, fall, rows, counts, n_threads):
    """Write to ``counts`` how many of each ``rows`` consecutive rows the bounds do not settle.

    No row is read. A step does not change a part without unsettled rows.
    """
    open_rows = unsettled(labels, upper, lower, travelled, half, fall)
    for part in range(len(counts)):
        counts[part] = np.count_nonzero(open_rows[part * rows : (part + 1) * rows])


def _set_upper(x, centers, labels, upper, travelled, rows, n_threads):
    squared = np.empty(len(rows))
    squared_distances(x[rows], centers, labels[rows], squared, n_threads)
    upper[rows] = _float_above(np.sqrt(squared) - travelled[labels[rows]])


def _float_above(values):
    return (values + np.abs(values) * 2.0**-23 + 2.0**-149).astype(np.float32)


def _float_below(values):
    values = np.minimum(values, float(np.finfo(np.float32).max))
    return (values - np.abs(values) * 2.0**-23 - 2.0**-149).astype(np.float32)
