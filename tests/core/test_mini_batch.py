"""Means that go on from batch to batch, against the reference and against exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from shapes import DTYPES

K, D = 5, 3


def make_batch(rng, dtype, weighted, scale):
    n = int(rng.integers(1, 80))
    x = (rng.normal(size=(n, D)) * scale).astype(dtype)
    labels = rng.integers(0, K - 1, n).astype(np.int32)  # the last cluster stays without rows
    return x, rng.uniform(0.1, 9, n) if weighted else None, labels


def words_of(backend, x, weight, labels):
    total = len(x) if weight is None else weight.sum()
    heaviest = 1.0 if weight is None else weight.max()
    grid = make_grid(feature_range(x, 1), len(x), total, heaviest)
    sums = np.zeros((K, grid.n_words, D + 1), dtype=np.int64)
    nowhere = np.full(len(x), -1, dtype=np.int32)
    backend.sums.accumulate_rows(x, weight, nowhere, labels, sums, grid)
    return sums, grid


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("factor", [1.0, 0.7, 0.0])
def test_follow_batch(core, reference, output, dtype, weighted, factor):
    rng = np.random.default_rng(3)
    start = rng.normal(size=(K, D)).astype(dtype)
    states = []
    for backend in (core, reference):
        running, added = output((K, 2, D + 1), np.float64), output(K, np.float64)
        states.append((backend, running, added, output((K, D), dtype, start)))
    for step in range(6):
        x, weight, labels = make_batch(rng, dtype, weighted, 10.0 ** (step % 3))
        factors = np.where(np.arange(K) % 2, factor, 1.0)
        for backend, running, added, centers in states:
            sums, grid = words_of(core, x, weight, labels)
            backend.mini_batch.follow_batch(sums, grid, 0.25, factors, running, added, centers)
            assert not sums.any()
            expected = np.bincount(labels, weight, K) * 0.25
            assert np.abs(added - expected).max() <= len(x) * np.finfo(float).eps * expected.max()
        for own, other in zip(states[0][1:], states[1][1:], strict=True):
            assert_array_equal(own, other)
        assert_array_equal(states[0][-1][-1], start[-1])


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_running_mean_is_that_of_all_rows(core, dtype):
    """Ranges grow from batch to batch, and each batch has a grid of its own."""
    rng = np.random.default_rng(4)
    running, added = np.zeros((K, 2, D + 1)), np.zeros(K)
    centers, seen = np.zeros((K, D), dtype), []
    for step in range(8):
        batch = make_batch(rng, dtype, True, 10.0 ** (step - 4))
        core.mini_batch.follow_batch(
            *words_of(core, *batch), 1.0, np.ones(K), running, added, centers
        )
        seen.append(batch)
    x, weight, labels = (np.concatenate(parts) for parts in zip(*seen, strict=True))
    for j in range(K - 1):
        own = labels == j
        total = sum(Fraction(w) for w in weight[own].tolist())
        for f in range(D):
            terms = zip(weight[own].tolist(), x[own, f].tolist(), strict=True)
            mean = sum(Fraction(w) * Fraction(value) for w, value in terms) / total
            assert centers[j, f] == dtype(float(mean))
