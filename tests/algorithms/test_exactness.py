"""Every algorithm gives Lloyd's result, bit for bit, on data of every kind.

``KMEANS_FAST_STRESS`` is the number of random cases (default 200; thousands before a release).
"""

import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import ALGORITHMS, kmeans
from kmeans_fast.assigners.registry import takes
from strategies import NASTY, make_problem, make_weights

pytestmark = pytest.mark.filterwarnings("ignore")

OTHERS = [name for name in ALGORITHMS if name != "lloyd"]
N_CASES = int(os.environ.get("KMEANS_FAST_STRESS", "200"))
SHAPES = ((1, 1, 1), (130, 1, 9), (700, 2, 30), (1100, 3, 12), (300, 5, 70), (260, 40, 33))


def fit(x, start, algorithm, weights=None, n_threads=1, max_iter=12):
    """A run from ``start`` until no label changes."""
    return kmeans(
        x,
        len(start),
        init=start,
        sample_weight=weights,
        algorithm=algorithm,
        tol=0,
        max_iter=max_iter,
        n_threads=n_threads,
    )


def assert_same_result(actual, expected):
    """Check that two results are equal except for their times."""
    assert_array_equal(actual.labels, expected.labels)
    assert_array_equal(actual.centers, expected.centers)
    assert_array_equal(actual.history.inertia, expected.history.inertia)
    assert_array_equal(actual.history.n_moved, expected.history.n_moved)
    assert actual.inertia == expected.inertia
    assert (actual.n_iter, actual.stop_reason) == (expected.n_iter, expected.stop_reason)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", NASTY)
def test_nasty_data(kind, dtype):
    for n, d, k in SHAPES:
        x, start = make_problem(kind, n, d, k, dtype)
        for weights in (None, make_weights(n)):
            try:
                expected = fit(x, start, "lloyd", weights)
            except ValueError:  # too large for the sums of any algorithm
                continue
            for algorithm in OTHERS:
                if takes(algorithm, d):
                    assert_same_result(fit(x, start, algorithm, weights), expected)


def blobs(rng, n, d, k):
    """k groups at various distances from each other."""
    means = rng.normal(size=(k, d)) * rng.choice([0.5, 2, 10])
    return means[rng.integers(0, k, n)] + rng.normal(size=(n, d))


def uniform(rng, n, d, k):
    """Rows spread over the unit cube."""
    return rng.random((n, d))


def lattice(rng, n, d, k):
    """Integers, which give many ties."""
    return rng.integers(0, rng.choice([2, 5, 30]), (n, d)).astype(float)


def duplicates(rng, n, d, k):
    """A few rows, each repeated many times."""
    return rng.normal(size=(k + 3, d))[rng.integers(0, k + 3, n)]


def low_rank(rng, n, d, k):
    """Rows near a plane."""
    rank = min(d, 3)
    return rng.normal(size=(n, rank)) @ rng.normal(size=(rank, d)) + 0.01 * rng.normal(size=(n, d))


def decaying(rng, n, d, k):
    """Rows with the spectrum of embeddings."""
    return rng.normal(size=(n, d)) * np.arange(1, d + 1) ** -0.6


def heavy_tailed(rng, n, d, k):
    """Rows with a few outliers."""
    return rng.standard_t(1.5, size=(n, d))


def offset(rng, n, d, k):
    """Groups on both sides of the origin, far from it."""
    return blobs(rng, n, d, k) + rng.choice([-1e4, 1e4], (n, 1))


KINDS = (blobs, uniform, lattice, duplicates, low_rank, decaying, heavy_tailed, offset)
SCALES = (1, 1, 1, 1e-3, 1e3, 1e-18, 1e15, 1e-30)


@pytest.mark.parametrize("case", range(N_CASES))
def test_random_data(case):
    rng = np.random.default_rng(case)
    d = int(rng.choice([1, 2, 3, 4, int(rng.integers(5, 33)), int(rng.integers(33, 301))]))
    k = int(np.exp(rng.uniform(0, np.log(500))))
    n = int(rng.integers(k, max(k + 1, min(4000, 40_000_000 // (k * d)))))
    dtype = rng.choice([np.float32, np.float64])
    x = KINDS[case % len(KINDS)](rng, n, d, k)
    x = (x * SCALES[rng.integers(len(SCALES))]).astype(dtype)
    start = x[rng.choice(n, k, replace=False)]
    weights = rng.choice([None, 1]) and rng.integers(0, 4, n) + rng.choice([0.0, 0.5])
    if weights is not None and np.count_nonzero(weights) < k:
        weights = None
    expected = fit(x, start, "lloyd", weights, max_iter=30)
    for algorithm in OTHERS:
        if takes(algorithm, d):
            n_threads = int(rng.integers(1, 4))
            result = fit(x, start, algorithm, weights, n_threads, max_iter=30)
            assert_same_result(result, expected)
