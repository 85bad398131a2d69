"""Greedy k-means++ (Arthur and Vassilvitskii 2007).

Each next seed is the best of 2 + log(k) rows drawn in proportion to their squared distance to the
seeds so far. The random stream is used as scikit-learn uses it, so the same state gives the same
seeds, up to rounding.
"""

from math import frexp, log

import numpy as np

from .. import _backend
from .._chunks import filled
from .._threads import effective_threads
from .draws import draw_row
from .sketch_rows import make_sketch
from .stopping import is_past

LARGEST_EXPONENT = {"f": 126, "d": 1000}  # within it a scale and its inverse are normal numbers


def default_trials(n_clusters):
    """Candidates a step of greedy k-means++ compares (Arthur and Vassilvitskii's own code)."""
    return 2 + int(log(n_clusters))


def plus_plus_indices(
    x,
    sample_weight,
    max_abs,
    n_clusters,
    rng,
    n_threads,
    n_trials=None,
    shared=None,
    deadline=None,
):
    """Rows that greedy k-means++ picks, int64 (k,); ``max_abs`` is the largest magnitude in x.

    The sketch of x is kept for other calls with the same x in the dict ``shared``. After
    ``deadline`` only the rows picked so far are returned.
    """
    seeding = _backend.seeding
    n_trials = default_trials(n_clusters) if n_trials is None else n_trials
    work = x.size * n_trials
    limit = LARGEST_EXPONENT[x.dtype.char]
    scale = 2.0 ** max(-limit, min(limit, -frexp(max_abs)[1]))
    sketch = _sketch(x, scale, n_clusters, effective_threads(n_threads, work), shared)
    n_blocks = -(-len(x) // _backend.BLOCK_ROWS)
    closest = filled(len(x), np.inf, x.dtype)
    pending = np.ones(n_blocks, dtype=np.uint8)
    block_sums = np.zeros(n_blocks)
    candidates = np.empty(n_trials, dtype=np.int64)
    indices = np.empty(n_clusters, dtype=np.int64)
    indices[0] = row = draw_row(len(x), sample_weight, rng)
    potentials = np.empty((n_blocks, 1))
    seeding.seed_step(
        *(x, x[[row, row]], scale, sample_weight, closest, pending, block_sums, potentials),
        *(sketch, effective_threads(n_threads, work)),
    )
    for j in range(1, n_clusters):
        if is_past(deadline):
            return indices[:j]
        potential = float(np.cumsum(block_sums)[-1])
        targets = rng.random(n_trials) * potential
        if potential > 0:
            seeding.seed_draw(
                *(x, x[row : row + 1], scale, sample_weight, closest, pending),
                *(block_sums, targets, candidates, sketch),
            )
        else:  # every row that counts lies on a seed
            candidates[:] = 0 if sample_weight is None else np.argmax(sample_weight > 0)
        potentials = np.empty((n_blocks, n_trials))
        seeding.seed_step(
            *(x, x[np.append(row, candidates)], scale, sample_weight, closest, pending),
            *(block_sums, potentials, sketch, effective_threads(n_threads, work)),
        )
        best = int(np.argmin(np.cumsum(potentials, axis=0)[-1]))
        indices[j] = row = candidates[best]
        block_sums = np.ascontiguousarray(potentials[:, best])
        pending[:] = 1
    return indices


def _sketch(x, scale, n_clusters, n_threads, shared):
    if shared is None:
        return make_sketch(x, scale, n_clusters, n_threads)
    if "sketch" not in shared:
        shared["sketch"] = make_sketch(x, scale, n_clusters, n_threads)
    return shared["sketch"] and shared["sketch"].fresh()
