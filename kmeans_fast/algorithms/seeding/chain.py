"""Seeds by AFK-MC2 (Bachem, Lucic, Hassani and Krause, NIPS 2016).

For each seed, a Markov chain walks over rows; its stationary distribution is the one from which
k-means++ draws, and the last row of the chain is the seed. One pass over the rows prepares the
proposals of all chains. The probability of a row has two halves: one in proportion to its weighted
squared distance to the first seed, one in proportion to its weight. After that pass, the time
depends on the length of the chains, and hardly on the number of rows.
"""

from __future__ import annotations

import numpy as np

from ..._typing import Doubles, Indices, Matrix, Rng
from ...exact import as_float
from ...executors.seeding_part import Part
from ...executors.seeding_rows import SeedingRows
from ..stopping import is_past
from .draws import draw_row, targets

CHAIN_LENGTH = 200  # the longest chain of the paper's experiments


def chain_indices(
    rows: SeedingRows,
    n_clusters: int,
    rng: Rng,
    chain_length: int = CHAIN_LENGTH,
    deadline: float | None = None,
) -> Indices:
    """Places of the rows picked, int64 (k,); fewer if the time ``deadline`` has come."""
    indices = np.empty(n_clusters, dtype=np.int64)
    indices[0] = draw_row(rows, rng)
    centers = np.repeat(rows.take(indices[:1]), n_clusters, axis=0)
    closest = rows.closest()
    closest.lower(centers[:1], 0)
    total_weight = as_float(rows.weights().total()) if rows.is_weighted else rows.n_rows
    # if the total is 0, all terms are 0, and any divisor will do
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


def _walk(ratios: Doubles, uniform: Doubles) -> int | None:
    """Index of the proposal at which the chain ends; None if all proposals are equal to seeds.

    ``ratios`` are the target probabilities divided by those of the proposal, up to a factor. The
    rule of Metropolis and Hastings: accept the next proposal with a probability of its ratio
    divided by that of the present row.
    """
    place, present = 0, ratios[0]
    for i, (ratio, chance) in enumerate(zip(ratios.tolist(), uniform.tolist(), strict=True)):
        if ratio > chance * present:
            place, present = i, ratio
    return place if present > 0 else None


def _draw_any(rows: SeedingRows, centers: Matrix, rng: Rng) -> int:
    """Place of a row drawn as in k-means++, for a chain all of whose proposals are seeds."""
    closest = rows.closest()
    closest.lower(centers, 0)
    total = closest.total()
    if total > 0:
        return int(closest.find(targets(total, rng.random(1)))[0])
    return int(rows.weights().find([1])[0]) if rows.is_weighted else 0
