"""Seeds by AFK-MC2 (Bachem, Lucic, Hassani and Krause, NIPS 2016).

Each seed is where a Markov chain over the rows ends whose stationary distribution is that of
k-means++. Proposals come from one pass over the data: half in proportion to the squared distance
to the first seed, half to the weights. The time after that pass does not depend on the rows.
"""

import numpy as np

from .. import _backend
from .._chunks import running_sums, weights
from .._threads import effective_threads
from .draws import draw_row, draw_rows
from .stopping import is_past

CHAIN_LENGTH = 200  # the longest chain of the paper's experiments


def chain_indices(
    x, sample_weight, n_clusters, rng, n_threads, chain_length=CHAIN_LENGTH, deadline=None
):
    """Rows picked, int64 (k,), fewer after ``deadline``."""
    indices = np.empty(n_clusters, dtype=np.int64)
    indices[0] = draw_row(len(x), sample_weight, rng)
    centers = np.empty((n_clusters, x.shape[1]), dtype=x.dtype)
    centers[0] = x[indices[0]]
    distances = _squared_distances(x, centers[:1], n_threads)

    def terms(rows):
        return weights(sample_weight, rows) * distances[rows]

    def proposal(rows):
        return 0.5 * weights(sample_weight, rows) / total_weight + 0.5 * terms(rows) / total

    total = running_sums(terms, len(x)) or 1.0  # all terms are zero then
    total_weight = len(x)
    if sample_weight is not None:
        total_weight = running_sums(lambda rows: sample_weight[rows].copy(), len(x))
    ends = np.empty(len(x))
    running_sums(proposal, len(x), ends)
    for j in range(1, n_clusters):
        if is_past(deadline):
            return indices[:j]
        drawn = draw_rows(ends, rng.random(chain_length))
        present = _squared_distances(x[drawn], centers[:j], n_threads)
        ratios = weights(sample_weight, drawn) * present / proposal(drawn)
        row = _walk(ratios, rng.random(chain_length))
        if row is None:
            indices[j] = _draw_any(x, sample_weight, centers[:j], rng, n_threads)
        else:
            indices[j] = drawn[row]
        centers[j] = x[indices[j]]
    return indices


def _walk(ratios, uniform):
    """Where the chain ends; None if no row of it lies off the seeds.

    ``ratios`` are those of the target and the proposal: Metropolis and Hastings move to the next
    row with the quotient of its ratio and that of the present one as probability.
    """
    place, present = 0, ratios[0]
    for i, (ratio, chance) in enumerate(zip(ratios.tolist(), uniform.tolist(), strict=True)):
        if ratio > chance * present:
            place, present = i, ratio
    return place if present > 0 else None


def _draw_any(x, sample_weight, centers, rng, n_threads):
    """A row as k-means++ draws it: where the chain has met seeds only."""
    distances = _squared_distances(x, centers, n_threads)
    ends = np.empty(len(x))
    running_sums(lambda rows: weights(sample_weight, rows) * distances[rows], len(x), ends)
    if not ends[-1] > 0:
        return 0 if sample_weight is None else int(np.argmax(sample_weight > 0))
    return int(draw_rows(ends, rng.random(1))[0])


def _squared_distances(x, centers, n_threads):
    """To the nearest center, float64 (n,)."""
    labels = np.empty(len(x), dtype=np.int32)
    out = np.empty(len(x))
    threads = effective_threads(n_threads, x.size * len(centers))
    _backend.assign.assign_rows(x, centers, labels, threads)
    _backend.assign.squared_distances(x, centers, labels, out, threads)
    return out
