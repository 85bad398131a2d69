"""Assignment of values in ascending order: each center has a segment of them."""

import numpy as np

from .sums import accumulate_rows

WIDEST = 2.0**48
NARROWEST = 2.0**-500
FARTHEST = 2.0**511


def find_boundaries(values, centers, labels, starts):
    """Write to ``starts`` (k + 1,) which of the ascending ``values`` are nearest to each center.

    ``centers`` ascend strictly; those of ``values[starts[j]:starts[j + 1]]`` are nearest to center
    j, ties to the center with the lowest of ``labels``. Returns False where rounding
    could let more than two centers tie: where a gap between centers is tiny, or below 2^-48 of the
    distance from which a row sees it, or squares overflow.
    """
    values, centers = values.astype(np.float64), centers.astype(np.float64)
    starts[0] = before = 0
    for j in range(len(centers)):
        nearer = tied = len(values)
        if j + 1 < len(centers):
            a, b = centers[j : j + 2]
            lower, upper = (values - a) ** 2, (values - b) ** 2
            nearer = np.count_nonzero((values < a) | ((values < b) & (lower < upper)))
            tied = np.count_nonzero((values < a) | ((values < b) & (lower <= upper)))
            nearer, tied = max(nearer, starts[j]), max(tied, starts[j])
        last = j + 1 == len(centers)
        starts[j + 1] = tied if last or labels[j] < labels[j + 1] else nearer
        if before < tied:
            sights = []
            if j > 0:
                sights.append((centers[j] - centers[j - 1], values[tied - 1] - centers[j - 1]))
            if not last:
                sights.append((centers[j + 1] - centers[j], centers[j + 1] - values[before]))
            if not all(_sees(gap, sight) for gap, sight in sights):
                return False
        before = nearer
    return True


def _sees(gap, sight):
    """Whether two centers with this gap differ when seen from afar, the farther at ``sight``."""
    return gap >= NARROWEST and sight <= gap * WIDEST and sight <= FARTHEST


def move_segments(
    values,
    order,
    sample_weight,
    starts_old,
    labels_old,
    starts_new,
    labels_new,
    labels,
    sums,
    grid,
):
    """Bring ``labels`` and ``sums`` from one segmentation of the values to another.

    Value i is that of row ``order[i]`` and has the weight ``sample_weight[i]``; segment s holds
    the values from ``starts[s]`` to ``starts[s + 1]``. Segments that keep their label are not
    read; an old label of -1 stands for the values of ``labels``. Returns how many rows moved.
    """
    old, new = (
        np.repeat(names, np.diff(starts))
        for names, starts in ((labels_old, starts_old), (labels_new, starts_new))
    )
    changed = np.flatnonzero(old != new)
    rows, new = order[changed], new[changed]
    weight = None if sample_weight is None else sample_weight[changed]
    moved = accumulate_rows(values[changed, None], weight, labels[rows], new, sums, grid)
    labels[rows] = new
    return moved
