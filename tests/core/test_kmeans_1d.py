"""Optimal cuts of ascending values: in exact arithmetic no other cuts are better."""

from fractions import Fraction
from functools import cache
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

EPS = np.finfo(np.float64).eps


def cut(backend, values, weights, k, n_threads=1):
    splits = np.full(k + 1, -7, dtype=np.int64)
    backend.kmeans_1d.optimal_splits(values, weights, splits, n_threads)
    assert (splits[0], splits[-1]) == (0, len(values))
    assert (np.diff(splits) > 0).all()
    return splits


def exact_costs(values, weights):
    """Cost of a range, as a fraction."""
    x, w = [Fraction(float(v)) for v in values], [Fraction(float(v)) for v in weights]

    @cache
    def cost(start, end):
        total = sum(w[start:end])
        mean = sum(w[i] * x[i] for i in range(start, end)) / total
        return sum(w[i] * (x[i] - mean) ** 2 for i in range(start, end))

    return cost


def exact_inertia(values, weights, splits):
    return sum(exact_costs(values, weights)(int(a), int(b)) for a, b in pairwise(splits))


def least_inertia(values, weights, k):
    """The least cost, found by trying all partitions."""
    n, cost = len(values), exact_costs(values, weights)
    return min(
        sum(cost(a, b) for a, b in pairwise((0, *inner, n)))
        for inner in combinations(range(1, n), k - 1)
    )


def assert_optimal(backend, values, weights, k):
    """A sum of two costs has one rounding, a cost a few; prefix sums round in their low words."""
    found = exact_inertia(values, weights, cut(backend, values, weights, k))
    total = exact_inertia(values, weights, [0, len(values)])
    slack = total * Fraction(len(values) * 2.0**-100)
    assert found <= least_inertia(values, weights, k) * Fraction(1 + (k + 16) * EPS) + slack


def unequal(n, seed=0):
    return np.random.default_rng(seed).uniform(0.1, 3, n)


@pytest.mark.parametrize("name", ["core", "reference"])
@pytest.mark.parametrize("kind", ["normal", "lattice", "far", "two scales", "tiny", "huge"])
def test_no_partition_is_better(request, kind, name):
    backend, rng = request.getfixturevalue(name), np.random.default_rng(0)
    for n in range(1, 10):
        values = np.sort(
            {
                "normal": rng.standard_normal(n),
                "lattice": rng.permutation(20)[:n] * 1.0,
                "far": 2.0**51 + rng.permutation(20)[:n],
                "two scales": rng.permutation(20)[:n] * 2.0**-20 + rng.choice([-1, 1], n) * 2.0**20,
                "tiny": rng.permutation(20)[:n] * 2.0**-500,
                "huge": rng.standard_normal(n) * 2.0**500,
            }[kind]
        )
        values = np.unique(values)
        for k in range(1, len(values) + 1):
            assert_optimal(backend, values, np.ones(len(values)), k)
            assert_optimal(backend, values, unequal(len(values)), k)


@given(
    st.lists(st.floats(-(2.0**60), 2.0**60, width=32), min_size=1, max_size=8, unique=True),
    st.integers(1, 8),
    st.integers(0, 2**32 - 1),
)
def test_any_values(core, values, k, seed):
    values = np.unique(np.array(values))
    assert_optimal(core, values, unequal(len(values), seed), min(k, len(values)))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("n", "k"), [(200, 3), (333, 17), (300, 40), (500, 101), (400, 399), (400, 400), (3000, 33)]
)
def test_the_reference_agrees(core, reference, n, k, weighted):
    """With more than 16 clusters the path is found without a table of all cuts."""
    rng = np.random.default_rng(n)
    for values in (
        rng.standard_normal(n),
        rng.lognormal(0, 3, n),
        rng.integers(0, 9, n) + rng.random(n) / 100,
    ):
        values = np.sort(values)
        weights = unequal(n) if weighted else np.ones(n)
        got, wanted = (cut(backend, values, weights, k) for backend in (core, reference))
        if not np.array_equal(got, wanted):  # two cuts that are equally good up to rounding
            got, wanted = (exact_inertia(values, weights, splits) for splits in (got, wanted))
            assert abs(got - wanted) <= wanted * Fraction(n * EPS)


@pytest.mark.parametrize(("n", "k"), [(50, 7), (5000, 5), (20_000, 40), (70_000, 3)])
def test_threads_change_nothing(core, n, k):
    values = np.sort(np.random.default_rng(0).standard_normal(n))
    expected = cut(core, values, np.ones(n), k)
    for n_threads in (2, 3, 8):
        assert_array_equal(cut(core, values, np.ones(n), k, n_threads), expected)


def test_tight_groups_far_apart(core, reference):
    """The jitter is 2^-36 of the spread: prefix sums of one word would lose it."""
    rng = np.random.default_rng(0)
    groups = [
        center + rng.standard_normal(60) * 2.0**-6 for center in (-(2.0**30), 0, 3e8, 2.0**30)
    ]
    values = np.sort(np.concatenate(groups))
    weights = np.ones(len(values))
    for k in (4, 6, 20):
        got, wanted = (cut(backend, values, weights, k) for backend in (core, reference))
        got, wanted = (exact_inertia(values, weights, splits) for splits in (got, wanted))
        assert got <= wanted * Fraction(1 + len(values) * EPS)


@pytest.mark.parametrize("k", [2, 3])
def test_more_values_than_between_two_looks_at_signals(core, k):
    """Prefix sums and the first layer continue after a stop; equal steps give equal cuts."""
    n = 1_200_000
    splits = cut(core, np.arange(n, dtype=np.float64), np.ones(n), k, n_threads=2)
    assert_array_equal(splits, np.arange(k + 1) * (n // k))
