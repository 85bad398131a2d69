"""Weights of very different magnitude: clusters have the means of their rows, to the last place."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from shapes import DTYPES, THREADS

SPANS = (8, 30, 60, 99)


def make_weights(n, span, seed=0):
    """Weights over ``span`` binary orders of magnitude, the ends among them, and some zeros."""
    rng = np.random.default_rng(seed)
    weights = 2.0 ** (rng.uniform(0, span, n) - span) * 12.3
    weights[:2] = 12.3 * 2.0**-span, 12.3
    weights[5::11] = 0
    return weights


def make_sums(backend, x, weights, labels, k):
    present = weights[weights > 0]
    grid = make_grid(
        *(feature_range(x, 1), len(present), weights.sum()), *(present.max(), present.min())
    )
    sums = np.zeros((k, grid.n_words, x.shape[1] + 1), dtype=np.int64)
    nowhere = np.full(len(x), -1, dtype=np.int32)
    moved = backend.sums.accumulate_rows(x, weights, nowhere, labels, sums, grid)
    assert moved == len(present)
    return sums, grid


def exact_mean(x, weights):
    total = sum(Fraction(w) for w in weights.tolist())
    terms = zip(weights.tolist(), x.tolist(), strict=True)
    return float(sum(Fraction(w) * Fraction(value) for w, value in terms) / total)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("span", SPANS)
def test_means_are_exact_quotients(core, reference, span, dtype):
    rng = np.random.default_rng(1)
    n, d, k = 600, 3, 6
    x = (rng.normal(size=(n, d)) + 3).astype(dtype)
    weights = make_weights(n, span)
    labels = np.argsort(np.argsort(weights)).astype(np.int32) * k // n  # each has its magnitude
    sums, grid = make_sums(core, x, weights, labels, k)
    assert (grid.layers > 1) == (span > 24)
    expected, _ = make_sums(reference, x, weights, labels, k)
    assert_array_equal(sums, expected)
    means, totals = core.sums.cluster_means(sums, grid)
    for own, other in zip((means, totals), reference.sums.cluster_means(sums, grid), strict=True):
        assert_array_equal(own, other)
    for j in range(k):
        own = labels == j
        for f in range(d):
            assert means[j, f] == exact_mean(x[own, f].astype(np.float64), weights[own])
        assert totals[j] == pytest.approx(weights[own].sum(), rel=1e-15, abs=0)


@pytest.mark.parametrize("span", SPANS)
def test_rows_that_leave_take_their_terms_along(core, reference, span):
    rng = np.random.default_rng(2)
    x, weights = rng.normal(size=(500, 4)), make_weights(500, span)
    labels = rng.integers(0, 5, 500).astype(np.int32)
    moved, grid = make_sums(core, x, weights, labels, 5)
    for backend in (core, reference, core):
        before, labels = labels, rng.integers(0, 5, 500).astype(np.int32)
        backend.sums.accumulate_rows(x, weights, before, labels, moved, grid)
        assert_array_equal(moved, make_sums(core, x, weights, labels, 5)[0])


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("d", [1, 3, 20])
def test_moments_have_the_same_words(core, reference, span, d):
    rng = np.random.default_rng(3)
    x, weights = rng.normal(size=(3000, d)), make_weights(3000, span)
    expected, grid = make_sums(core, x, weights, np.zeros(3000, dtype=np.int32), 1)
    squares = reference.statistics.moments(x, weights, x[0], np.zeros_like(expected), grid, 1)
    for n_threads in THREADS:
        sums = np.zeros_like(expected)
        assert core.statistics.moments(x, weights, x[0], sums, grid, n_threads) == squares
        assert_array_equal(sums, expected)
