"""Where the centers start.

- "k-means++" (Arthur and Vassilvitskii 2007), greedy: each next seed is the best of
  2 + log(k) rows drawn in proportion to their squared distance to the seeds so far. The random
  stream is used as scikit-learn uses it, so the same state gives the same seeds, up to rounding.
- "random" (Forgy): distinct rows, drawn in proportion to their weights.
- "random-partition": rows are dealt out to the clusters in random order; centers are their means.
- "density" (Redmond and Heneghan 2007): see `density`.
"""

from math import frexp, log

import numpy as np

from .. import _backend
from .density import density_seeds

INITS = ("k-means++", "random", "random-partition", "density")
RESTARTED = ("random", "random-partition")
LARGEST_EXPONENT = {"f": 126, "d": 1000}  # within it a scale and its inverse are normal numbers


def seed_centers(problem, init, n_clusters, rng):
    """Start centers (k, d) by the method named ``init``."""
    x, weight = problem.x, problem.sample_weight
    if init == "k-means++":
        return x[
            plus_plus_indices(
                x,
                weight,
                float(problem.max_abs.max()),
                n_clusters,
                rng,
                n_threads=problem.n_threads(default_trials(n_clusters)),
            )
        ]
    if init == "random":
        return x[distinct_rows(len(x), weight, n_clusters, rng)]
    if init == "random-partition":
        return _partition_means(problem, n_clusters, rng)
    return density_seeds(x, weight, n_clusters)


def default_trials(n_clusters):
    """Candidates a step of greedy k-means++ compares (Arthur and Vassilvitskii's own code)."""
    return 2 + int(log(n_clusters))


def plus_plus_indices(x, sample_weight, max_abs, n_clusters, rng, n_threads, n_trials=None):
    """Rows that greedy k-means++ picks, int64 (k,); ``max_abs`` is the largest magnitude in x."""
    seeding = _backend.seeding
    n_trials = default_trials(n_clusters) if n_trials is None else n_trials
    limit = LARGEST_EXPONENT[x.dtype.char]
    scale = 2.0 ** max(-limit, min(limit, -frexp(max_abs)[1]))
    n_blocks = -(-len(x) // _backend.BLOCK_ROWS)
    closest = np.full(len(x), np.inf, dtype=x.dtype)
    pending = np.zeros(n_blocks, dtype=np.uint8)
    candidates = np.empty(n_trials, dtype=np.int64)
    indices = np.empty(n_clusters, dtype=np.int64)
    indices[0] = row = _draw_row(len(x), sample_weight, rng)
    best, potentials = 0, np.empty((n_blocks, 1))
    seeding.seed_step(
        x, x[[row, row]], scale, sample_weight, closest, pending, potentials, n_threads
    )
    for j in range(1, n_clusters):
        block_sums = np.ascontiguousarray(potentials[:, best])
        potential = float(np.cumsum(block_sums)[-1])
        pending[:] = 1
        targets = rng.random(n_trials) * potential
        if potential > 0:
            seeding.seed_draw(
                *(x, x[row], scale, sample_weight, closest, pending),
                *(block_sums, targets, candidates),
            )
        else:  # every row that counts lies on a seed
            candidates[:] = 0 if sample_weight is None else np.argmax(sample_weight > 0)
        potentials = np.empty((n_blocks, n_trials))
        seeding.seed_step(
            *(x, x[np.append(row, candidates)], scale, sample_weight),
            *(closest, pending, potentials, n_threads),
        )
        best = int(np.argmin(np.cumsum(potentials, axis=0)[-1]))
        indices[j] = row = candidates[best]
    return indices


def _draw_row(n_rows, sample_weight, rng):
    """One row in proportion to its weight: ``rng.choice(n_rows, p=...)`` without its checks."""
    uniform = rng.random()
    if sample_weight is None:
        return int(uniform * n_rows)
    ends = np.cumsum(sample_weight)
    return int(np.searchsorted(ends, uniform * ends[-1], side="right"))


def distinct_rows(n_rows, sample_weight, count, rng):
    """Distinct rows in proportion to their weights.

    ``rng.choice(n_rows, count, replace=False, p=...)`` with its use of the random stream, but a
    third of its memory: rows drawn twice are drawn anew among the rest.
    """
    drawn = np.empty(0, dtype=np.int64)
    while len(drawn) < count:
        uniform = rng.random(count - len(drawn))
        if sample_weight is None:
            rank = (uniform * (n_rows - len(drawn))).astype(np.int64)
            ahead = np.sort(drawn) - np.arange(len(drawn))
            new = rank + np.searchsorted(ahead, rank, side="right")
        else:
            ends = sample_weight.copy()
            ends[drawn] = 0
            np.cumsum(ends, out=ends)
            new = np.searchsorted(ends, uniform * ends[-1], side="right")
        _, first = np.unique(new, return_index=True)
        drawn = np.append(drawn, new[np.sort(first)])
    return drawn


def _partition_means(problem, n_clusters, rng):
    x, weight, grid = problem.x, problem.sample_weight, problem.grid
    rows = np.arange(len(x)) if weight is None else np.flatnonzero(weight)
    labels = np.zeros(len(x), dtype=np.int32)
    labels[rng.permutation(rows)] = np.arange(len(rows)) % n_clusters
    sums = np.zeros((n_clusters, 2, x.shape[1] + 1), dtype=np.int64)
    _backend.lloyd.accumulate_rows(x, weight, np.full_like(labels, -1), labels, sums, grid)
    means, _ = _backend.lloyd.cluster_means(sums, grid)
    return means.astype(x.dtype)
