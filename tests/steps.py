"""Steps of an assigner beside those of Lloyd's: the same labels and sums, and valid bounds."""

import numpy as np
from numpy.testing import assert_array_equal

from kmeans_fast.assigners.lloyd import Lloyd
from kmeans_fast.assigners.sums import Sums


def assert_bounds(x, centers, labels, bounded):
    """Check Hamerly's bounds that ``bounded`` stores, up to the rounding of these distances."""
    drift = bounded.drift
    distance = np.sqrt(((x[:, None].astype(np.float64) - centers.astype(np.float64)) ** 2).sum(2))
    rows = np.arange(len(x))
    own = distance[rows, labels].copy()
    distance[rows, labels] = np.inf
    assert (bounded.upper + drift.travelled[labels] >= own * (1 - 2.0**-40)).all()
    lower = bounded.lower - drift.fall
    assert (lower <= np.maximum(distance.min(axis=1) * (1 + 2.0**-40), 0)).all()


def means(step, centers, sums, frame):
    """The next centers of a fit."""
    found = np.empty_like(centers)
    sums.update(centers, frame.mean, out=found)
    return found


def check_steps(assigner, rows, frame, centers, n_steps=5, move=means):
    """Take steps; ``move`` (step, centers, sums, frame) gives the next centers.

    The bounds of the assigner, or of its part ``current``, hold after each step.
    """
    lloyd = Lloyd(rows, frame, len(centers))
    sums, expected = (Sums.zeros(len(centers), frame.grid) for _ in range(2))
    for step in range(n_steps):
        work = assigner.step(centers, sums)
        n_moved = lloyd.step(centers, expected).n_moved
        assert_array_equal(assigner.labels, lloyd.labels)
        assert_array_equal(sums.words, expected.words)
        assert work.n_moved == n_moved
        bounded = getattr(assigner, "current", assigner)
        if getattr(bounded, "known", False):
            assert_bounds(rows.x, centers, assigner.labels, bounded)
        centers = move(step, centers, sums, frame)
