"""1, 2, 3 and 8 threads give the same bits, in every run."""

import hashlib

import numpy as np
import pytest

from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from shapes import DTYPES, THREADS
from strategies import make_problem, make_weights

N_ROWS = 12_345
"""More row blocks than threads, with a partial last block."""


def digest(*arrays):
    """Digest of the bytes of all arrays and numbers."""
    state = hashlib.sha256()
    for array in arrays:
        state.update(np.asarray(array).tobytes())
    return state.hexdigest()


def assigned(core, x, weights, centers, n_threads):
    """All outputs of the assign module."""
    n, k = len(x), len(centers)
    labels, labels_two = np.empty((2, n), dtype=np.int32)
    nearest, second, own = np.empty((3, n))
    distances = np.empty((n, k), dtype=x.dtype)
    core.assign.assign_rows(x, centers, labels, n_threads)
    core.assign.assign_two_rows(x, centers, labels_two, nearest, second, n_threads)
    core.distances.squared_distances(x, centers, labels, own, n_threads)
    core.distances.distance_rows(x, centers, distances, n_threads)
    inertia = core.assign.inertia(x, centers, labels, weights, n_threads)
    return digest(labels, labels_two, nearest, second, own, distances, str(inertia))


def moments(core, x, weights, centers, n_threads):
    """All outputs of the statistics module."""
    largest = core.statistics.feature_range(x, n_threads)
    of_features = core.statistics.feature_moments(x, weights, n_threads)
    grid = make_grid(largest, len(x), weights.sum(), weights.max())
    sums = np.zeros((1, 2, x.shape[1] + 1), dtype=np.int64)
    squares = core.statistics.moments(x, weights, np.ones(x.shape[1]), sums, grid, n_threads)
    return digest(largest, *of_features, sums, str(squares))


def iterated(core, x, weights, centers, n_threads):
    """Labels, sums and numbers of moved rows of two iterations."""
    k, d = centers.shape
    grid = make_grid(feature_range(x, 1), len(x), weights.sum(), weights.max())
    labels, sums = np.full(len(x), -1, dtype=np.int32), np.zeros((k, 2, d + 1), dtype=np.int64)
    first = core.lloyd.lloyd_step(x, weights, centers, labels, sums, grid, n_threads)
    centers = centers[::-1].copy()
    second = core.lloyd.lloyd_step(x, weights, centers, labels, sums, grid, n_threads)
    return digest(labels, sums, first, second)


def seeded(core, x, weights, centers, n_threads):
    """Distances and potentials of a few passes of seeding."""
    closest = np.full(len(x), np.inf, dtype=x.dtype)
    pending = np.zeros(-(-len(x) // 1024), dtype=np.uint8)
    words = np.zeros((len(pending), 2), dtype=np.int64)
    left = np.empty((2, len(pending), len(centers) - 1, 2), dtype=np.int64)
    for step in range(2):
        pending[:] = 1
        arguments = x, centers, 0.125, weights, closest, pending, words, left[step], 2.0**-30
        core.seeding.seed_step(*arguments, None, n_threads)
        core.seeding.seed_count(closest, weights, words, 2.0**-30, n_threads)
        core.seeding.seed_step(*arguments, None, n_threads)
    return digest(closest, words, left)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("d", "k"), [(1, 3), (2, 5), (3, 64), (17, 13), (40, 70), (130, 20)])
@pytest.mark.parametrize("outputs", [assigned, moments, iterated, seeded])
def test_threads_and_repeats_agree_to_the_bit(core, outputs, d, k, dtype):
    x, centers = make_problem("gaussian", N_ROWS, d, k, dtype)
    weights = make_weights(N_ROWS)
    digests = {outputs(core, x, weights, centers, t) for t in THREADS for _ in range(2)}
    assert len(digests) == 1
