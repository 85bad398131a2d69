"""Seeds by k-means|| (Bahmani, Moseley, Vattani, Kumar and Vassilvitskii, VLDB 2012).

A few rounds, each of which takes many rows at once, every row by itself with a probability in
proportion to its squared distance to those taken so far; then weighted greedy k-means++ picks from
what was taken, each candidate weighing as much as the rows that it is nearest to.
"""

import numpy as np

from .. import _backend
from .._chunks import chunks, filled, running_sums, weights
from .._threads import effective_threads
from .draws import draw_row, draw_rows
from .plus_plus import plus_plus_indices
from .stopping import is_past

ROUNDS, OVERSAMPLING = 5, 2.0  # the paper's experiments: 5 rounds of 2 k rows each are enough


def parallel_indices(
    x,
    sample_weight,
    max_abs,
    n_clusters,
    rng,
    n_threads,
    n_rounds=ROUNDS,
    oversampling_factor=OVERSAMPLING,
    deadline=None,
):
    """Rows picked, int64 (k,); ``max_abs`` is the largest magnitude in x.

    Rounds go on beyond ``n_rounds`` while there are fewer distinct candidates than clusters and
    rows that lie on none of them; each of those takes one row at least. After ``deadline`` fewer
    rows may be returned.
    """
    per_round = oversampling_factor * n_clusters
    taken = np.array([draw_row(len(x), sample_weight, rng)])
    closest = filled(len(x), np.inf, np.float64)
    owner = np.zeros(len(x), dtype=np.int32)
    new, n_done = taken, 0

    def terms(rows):
        return weights(sample_weight, rows) * closest[rows]

    while True:
        if is_past(deadline):
            return taken[:n_clusters]
        _take_in(x, taken, len(taken) - len(new), closest, owner, n_threads)
        # candidates that are equal belong to the first of them
        if n_done >= n_rounds and len(np.unique(owner[taken])) >= n_clusters:
            break
        total = running_sums(terms, len(x))
        if not total > 0:
            break
        new = _draw_each(terms, per_round, total, sample_weight, len(x), rng)
        if n_done >= n_rounds and len(new) == 0:
            ends = np.empty(len(x))
            running_sums(terms, len(x), ends)
            new = draw_rows(ends, rng.random(1))
        taken = np.append(taken, new)
        n_done += 1
    weight = np.zeros(len(taken))
    for rows in chunks(len(x)):
        part = None if sample_weight is None else sample_weight[rows]
        weight += np.bincount(owner[rows], part, minlength=len(taken)).astype(np.float64)
    picked = plus_plus_indices(
        x[taken], weight, max_abs, n_clusters, rng, n_threads, deadline=deadline
    )
    return taken[picked]


def _draw_each(terms, count, total, sample_weight, n_rows, rng):
    """Rows that chance takes, each with ``count * term / total``; without weight it has none."""
    drawn = []
    for rows in chunks(n_rows):
        present = np.arange(rows.start, rows.stop)
        if sample_weight is not None:
            present = present[sample_weight[rows] > 0]
        picked = rng.random(len(present)) * total < count * terms(present)
        drawn.append(present[picked])
    return np.concatenate(drawn)


def _take_in(x, taken, first, closest, owner, n_threads):
    """Lower ``closest`` to the candidates from the ``first`` on, and say whose a row is."""
    points = x[taken[first:]]
    if len(points) == 0:
        return
    labels = np.empty(len(x), dtype=np.int32)
    distances = np.empty(len(x))
    threads = effective_threads(n_threads, x.size * len(points))
    _backend.assign.assign_rows(x, points, labels, threads)
    _backend.assign.squared_distances(x, points, labels, distances, threads)
    for rows in chunks(len(x)):
        closer = distances[rows] < closest[rows]
        np.copyto(closest[rows], distances[rows], where=closer)
        # One type: NumPy (2.4) ends the process where a ufunc finds no memory to buffer a cast.
        np.copyto(owner[rows], labels[rows] + np.int32(first), where=closer)
