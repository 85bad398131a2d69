"""Seeding: the start centers of a run.

- "k-means++" (Arthur and Vassilvitskii 2007), greedy: see `plus_plus`.
- "k-means||" (Bahmani et al. 2012): see `parallel`.
- "afk-mc2" (Bachem et al. 2016): see `chain`.
- "random" (Forgy): distinct rows, drawn in proportion to their weights.
- "random-partition": each row gets a random cluster; centers are the means of the clusters.
- "density" (Redmond and Heneghan 2007): see `density`.

A seeding uses the rows through `executors.seeding_rows.SeedingRows` only, wherever the rows are.
"density" needs all rows in memory.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ... import _backend
from ..._typing import Indices, Matrix, Rng
from ...assigners.grid import Grid
from ...executors.seeding_rows import SeedingRows
from .chain import chain_indices
from .density import density_seeds
from .draws import draw_distinct_rows
from .parallel import parallel_indices
from .plus_plus import plus_plus_indices


class Picker(Protocol):
    """A seeding that picks rows one after the other."""

    def __call__(
        self, rows: SeedingRows, n_clusters: int, rng: Rng, *, deadline: float | None
    ) -> Indices:
        """Places of ``n_clusters`` rows, int64 (k,); fewer if the time ``deadline`` has come."""


RESTARTED = ("random", "random-partition")
"""Seedings of which n_init="auto" makes several runs, because their results differ much."""

PICKED: dict[str, Picker] = {
    "k-means++": plus_plus_indices,
    "k-means||": parallel_indices,
    "afk-mc2": chain_indices,
}
FEWEST_DEALT, DEALT_TO_CLUSTER = 1 << 20, 16
"""Rows that are shuffled at a time, at least and per cluster; larger shuffles delay Ctrl-C."""


def seed_centers(
    rows: SeedingRows,
    grid: Grid,
    init: str,
    n_clusters: int,
    rng: Rng,
    deadline: float | None = None,
) -> Matrix:
    """Start centers (k, d), of the dtype of the rows, by the method named ``init``.

    Random rows replace the seeds that a `Picker` has not picked by ``deadline``. ``grid`` is that
    of the cluster sums.
    """
    if init == "random-partition":
        return _partition_means(rows, grid, n_clusters, rng)
    if init == "density":
        return density_seeds(*rows.all_rows(), n_clusters)
    indices = np.empty(0, dtype=np.int64)
    if init != "random":
        indices = PICKED[init](rows, n_clusters, rng, deadline=deadline)
    missing = n_clusters - len(indices)
    if missing > 0:
        indices = np.append(indices, draw_distinct_rows(rows, missing, rng))
    return rows.take(indices)


def n_dealt(n_clusters: int) -> int:
    """Most rows that "random-partition" deals out together."""
    return max(FEWEST_DEALT, DEALT_TO_CLUSTER * n_clusters)


def _partition_means(rows: SeedingRows, grid: Grid, n_clusters: int, rng: Rng) -> Matrix:
    """Means of the clusters of a random partition, whose sizes differ by at most one row."""
    sums = np.zeros((n_clusters, grid.n_words, len(grid.scale)), dtype=np.int64)
    done, step = 0, n_dealt(n_clusters)
    for start in range(0, rows.n_rows, step):
        present = np.arange(start, min(start + step, rows.n_rows))
        labels = np.zeros(len(present), dtype=np.int32)
        present = present[rows.take_weights(present) > 0] if rows.is_weighted else present
        present -= start
        labels[rng.permutation(present)] = np.arange(done, done + len(present)) % n_clusters
        rows.accumulate(start, labels, sums, grid)
        done += len(present)
    means, _ = _backend.sums.cluster_means(sums, grid)
    centers: Matrix = means.astype(rows.dtype)
    return centers
