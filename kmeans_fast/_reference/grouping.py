"""Identical rows as one row each: a map from rows to groups, and back for labels."""

import numpy as np


def group_rows(x, sample_weight, heaviest, index, first, weights, counts):
    """Number the distinct rows of x in order of appearance; the group of row i is ``index[i]``.

    Rows are identical if their bits are. A group begins at row ``first``, has the total weight
    ``weights`` and ``counts`` rows of positive weight; one that would become heavier than
    ``heaviest`` is closed, and the same row opens another. Returns the number of groups, -1 if the
    arrays have no room for them all.
    """
    known, n_groups = {}, 0
    for i, row in enumerate(x):
        w = 1.0 if sample_weight is None else sample_weight[i]
        bits = row.tobytes()
        group = known.get(bits)
        if group is None or weights[group] + w > heaviest:
            group = known[bits] = n_groups
            if group == len(first):
                return -1
            n_groups += 1
            first[group], weights[group], counts[group] = i, 0.0, 0
        weights[group] += w
        counts[group] += w > 0
        index[i] = group
    return n_groups


def count_moved(labels_old, labels_new, counts):
    """Sum of ``counts`` where the labels differ."""
    return int(counts[labels_old != labels_new].sum(dtype=np.int64))


def expand_labels(labels, index, out):
    """Write ``labels[index]``, the labels of the rows, to ``out``."""
    out[:] = labels[index]
