"""Where the centers start.

- "k-means++" (Arthur and Vassilvitskii 2007), greedy: see `plus_plus`.
- "k-means||" (Bahmani et al. 2012): see `parallel_seeding`.
- "afk-mc2" (Bachem et al. 2016): see `chain_seeding`.
- "random" (Forgy): distinct rows, drawn in proportion to their weights.
- "random-partition": rows are dealt out to the clusters in random order; centers are their means.
- "density" (Redmond and Heneghan 2007): see `density`.
"""

import numpy as np

from .. import _backend
from .chain_seeding import chain_indices
from .density import density_seeds
from .draws import draw_distinct_rows
from .parallel_seeding import parallel_indices
from .plus_plus import plus_plus_indices

INITS = ("k-means++", "k-means||", "afk-mc2", "random", "random-partition", "density")
RESTARTED = ("random", "random-partition")
# Rows that are dealt out together: a shuffle of more would take too long for Ctrl-C.
FEWEST_DEALT, DEALT_TO_CLUSTER = 1 << 20, 16


def seed_centers(executor, init, n_clusters, rng, shared=None, deadline=None):
    """Start centers (k, d) by the method named ``init``.

    What several runs on the same problem can share is kept in the dict ``shared``. Seeds that a
    method picks one after the other and has not picked by ``deadline`` are random rows.
    """
    x, weight = executor.rows.x, executor.rows.weight
    if init == "random":
        return x[draw_distinct_rows(len(x), weight, n_clusters, rng)]
    if init == "random-partition":
        return _partition_means(executor, n_clusters, rng)
    if init == "density":
        return density_seeds(x, weight, n_clusters)
    max_abs, n_threads = float(executor.frame.max_abs.max()), executor.rows.requested_threads
    if init == "k-means++":
        indices = plus_plus_indices(
            *(x, weight, max_abs, n_clusters, rng, n_threads), shared=shared, deadline=deadline
        )
    elif init == "k-means||":
        indices = parallel_indices(
            x, weight, max_abs, n_clusters, rng, n_threads, deadline=deadline
        )
    else:
        indices = chain_indices(x, weight, n_clusters, rng, n_threads, deadline=deadline)
    missing = n_clusters - len(indices)
    if missing > 0:
        indices = np.append(indices, draw_distinct_rows(len(x), weight, missing, rng))
    return x[indices]


def _partition_means(executor, n_clusters, rng):
    """Means of random parts; in each piece of the rows clusters get as many, but for one."""
    x, weight, grid = executor.rows.x, executor.rows.weight, executor.frame.grid
    sums = np.zeros((n_clusters, 2, x.shape[1] + 1), dtype=np.int64)
    n_dealt, step = 0, max(FEWEST_DEALT, DEALT_TO_CLUSTER * n_clusters)
    for start in range(0, len(x), step):
        part = x[start : start + step]
        part_weight = None if weight is None else weight[start : start + step]
        rows = np.arange(len(part)) if weight is None else np.flatnonzero(part_weight)
        labels = np.zeros(len(part), dtype=np.int32)
        labels[rng.permutation(rows)] = np.arange(n_dealt, n_dealt + len(rows)) % n_clusters
        nowhere = np.full_like(labels, -1)
        _backend.lloyd.accumulate_rows(part, part_weight, nowhere, labels, sums, grid)
        n_dealt += len(rows)
    means, _ = _backend.lloyd.cluster_means(sums, grid)
    return means.astype(x.dtype)
