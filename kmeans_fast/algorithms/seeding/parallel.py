"""Seeds by k-means|| (Bahmani, Moseley, Vattani, Kumar and Vassilvitskii, VLDB 2012).

A few rounds pick candidates. A round is one pass over the rows. It picks each row independently,
with a probability in proportion to its weighted squared distance to the nearest earlier candidate.
Then greedy k-means++ picks the seeds from the candidates; the weight of a candidate is the total
weight of the rows that are nearest to it.
"""

from __future__ import annotations

import numpy as np

from ... import _backend
from ..._typing import Indices, Rng
from ...assigners.grid import make_grid
from ...exact import as_float
from ...executors.seeding_part import Part
from ...executors.seeding_rows import ClosestRows, Parts, SeedingRows
from ..stopping import is_past
from .draws import draw_row, targets
from .plus_plus import plus_plus_indices

ROUNDS, OVERSAMPLING = 5, 2.0  # in the paper's experiments, 5 rounds of 2 k rows are enough
KEY_BYTES = 8


def parallel_indices(
    rows: SeedingRows,
    n_clusters: int,
    rng: Rng,
    n_rounds: int = ROUNDS,
    oversampling_factor: float = OVERSAMPLING,
    deadline: float | None = None,
) -> Indices:
    """Places of the rows picked, int64 (k,); fewer if the time ``deadline`` has come.

    Further rounds follow the first ``n_rounds`` while there are fewer distinct candidates than
    clusters, and rows that are equal to none of them. Each further round picks at least one row.
    """
    per_round = oversampling_factor * n_clusters
    taken = np.array([draw_row(rows, rng)])
    new, n_done = taken, 0
    closest = rows.closest()
    while True:
        if is_past(deadline):
            return taken[:n_clusters]
        if len(new):
            closest.lower(rows.take(new), len(taken) - len(new))
        # candidates that are equal belong to the first of them
        if n_done >= n_rounds and len(np.unique(closest.owners(taken))) >= n_clusters:
            break
        total = closest.total()
        if total == 0:
            break
        key = int.from_bytes(rng.bytes(KEY_BYTES), "little")
        new = closest.take_each(per_round, as_float(total), key)
        if n_done >= n_rounds and len(new) == 0:
            new = closest.find(targets(total, rng.random(1)))
        taken = np.append(taken, new)
        n_done += 1
    candidates = _weighted_candidates(rows, closest, taken)
    return taken[plus_plus_indices(candidates, n_clusters, rng, deadline=deadline)]


def _weighted_candidates(rows: SeedingRows, closest: ClosestRows, taken: Indices) -> Parts:
    """The candidates as rows, each with the total weight of the rows that are nearest to it."""
    total_weight = as_float(rows.weights().total()) if rows.is_weighted else None
    grid = make_grid(np.zeros(1), rows.n_rows, total_weight, rows.heaviest)
    _, weight = _backend.sums.cluster_means(closest.owner_weights(len(taken), grid), grid)
    part = Part(rows.take(taken), weight, rows.n_threads)
    return Parts([part], rows.max_abs, float(weight.max()))
