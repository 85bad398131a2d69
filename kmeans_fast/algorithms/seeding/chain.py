"""Seeds by AFK-MC2 (Bachem, Lucic, Hassani and Krause, NIPS 2016).

Each seed is where a Markov chain over the rows ends whose stationary distribution is that of
k-means++. Proposals come from one pass over the data: half in proportion to the squared distance
to the first seed, half to the weights. The time after that pass does not depend on the rows.
"""

import numpy as np

from ...exact import as_float
from ...executors.seeding_part import Part
from ..stopping import is_past
from .draws import draw_row, targets

CHAIN_LENGTH = 200  # the longest chain of the paper's experiments


def chain_indices(rows, n_clusters, rng, chain_length=CHAIN_LENGTH, deadline=None):
    """Rows picked, int64 (k,), fewer after ``deadline``."""
    indices = np.empty(n_clusters, dtype=np.int64)
    indices[0] = draw_row(rows, rng)
    centers = np.repeat(rows.take(indices[:1]), n_clusters, axis=0)
    closest = rows.closest()
    closest.lower(centers[:1], 0)
    total_weight = as_float(rows.weights().total()) if rows.is_weighted else rows.n_rows
    # where the total is 0, all terms are
    proposal = closest.proposal(total_weight, as_float(closest.total()) or 1.0)
    proposed = proposal.total()
    for j in range(1, n_clusters):
        if is_past(deadline):
            return indices[:j]
        drawn = proposal.find(targets(proposed, rng.random(chain_length)))
        present = Part(rows.take(drawn), None, rows.n_threads).closest()
        present.lower(centers[:j], 0)
        ratios = rows.take_weights(drawn) * present.distances / proposal.of(drawn)
        row = _walk(ratios, rng.random(chain_length))
        indices[j] = _draw_any(rows, centers[:j], rng) if row is None else drawn[row]
        centers[j] = rows.take(indices[j : j + 1])[0]
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


def _draw_any(rows, centers, rng):
    """A row as k-means++ draws it: where the chain has met seeds only."""
    closest = rows.closest()
    closest.lower(centers, 0)
    total = closest.total()
    if total > 0:
        return closest.find(targets(total, rng.random(1)))[0]
    return rows.weights().find([1])[0] if rows.is_weighted else 0
