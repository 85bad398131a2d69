"""Where the centers start.

- "k-means++" (Arthur and Vassilvitskii 2007), greedy: see `plus_plus`.
- "k-means||" (Bahmani et al. 2012): see `parallel`.
- "afk-mc2" (Bachem et al. 2016): see `chain`.
- "random" (Forgy): distinct rows, drawn in proportion to their weights.
- "random-partition": rows are dealt out to the clusters in random order; centers are their means.
- "density" (Redmond and Heneghan 2007): see `density`.

All but the last meet the rows through `rows.SeedingRows`, wherever these lie.
"""

import numpy as np

from ... import _backend
from .chain import chain_indices
from .density import density_seeds
from .draws import draw_distinct_rows
from .parallel import parallel_indices
from .plus_plus import plus_plus_indices

RESTARTED = ("random", "random-partition")
PICKED = {
    "k-means++": plus_plus_indices,
    "k-means||": parallel_indices,
    "afk-mc2": chain_indices,
}
# Rows that are dealt out together: a shuffle of more would delay Ctrl-C.
FEWEST_DEALT, DEALT_TO_CLUSTER = 1 << 20, 16


def seed_centers(rows, grid, init, n_clusters, rng, deadline=None):
    """Start centers (k, d) of `SeedingRows` by the method named ``init``.

    Seeds that a method picks one after the other and has not picked by ``deadline`` are random
    rows. ``grid`` is that of the cluster sums.
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


def _partition_means(rows, grid, n_clusters, rng):
    """Means of random parts; in each piece of the rows, cluster sizes differ by one at most."""
    sums = np.zeros((n_clusters, 2, len(grid.scale)), dtype=np.int64)
    n_dealt, step = 0, max(FEWEST_DEALT, DEALT_TO_CLUSTER * n_clusters)
    for start in range(0, rows.n_rows, step):
        places = np.arange(start, min(start + step, rows.n_rows))
        present = np.flatnonzero(rows.take_weights(places))
        labels = np.zeros(len(places), dtype=np.int32)
        labels[rng.permutation(present)] = np.arange(n_dealt, n_dealt + len(present)) % n_clusters
        rows.accumulate(start, labels, sums, grid)
        n_dealt += len(present)
    means, _ = _backend.lloyd.cluster_means(sums, grid)
    return means.astype(rows.dtype)
