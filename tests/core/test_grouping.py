"""Grouping of identical rows equals the reference, and each group has equal rows only."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from shapes import DTYPES, ROWS

FEATURES = (1, 2, 3, 7, 16)


def group(backend, x, weight, heaviest, most):
    """Number of groups and the filled parts of the outputs."""
    index, first = np.empty(len(x), dtype=np.int32), np.empty(most, dtype=np.int64)
    weights, counts = np.empty(most), np.empty(most, dtype=np.int32)
    count = backend.grouping.group_rows(x, weight, heaviest, index, first, weights, counts)
    return count, index, first[:count], weights[:count], counts[:count]


def codes(n, d, n_distinct, dtype, seed=0):
    """Rows drawn from ``n_distinct`` different ones, with zeros of both signs."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(-3, 4, (n_distinct, d)) * rng.choice([-1.0, 1.0], (n_distinct, d))
    return rows[rng.integers(0, n_distinct, n)].astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", FEATURES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("heaviest", [np.inf, 7.0])
def test_the_reference_agrees(core, reference, heaviest, weighted, d, dtype):
    for n in ROWS:
        x = codes(n, d, 100, dtype)
        weight = np.random.default_rng(1).integers(0, 5, n).astype(float) if weighted else None
        expected = group(reference, x, weight, heaviest, n)
        for got, wanted in zip(group(core, x, weight, heaviest, n), expected, strict=True):
            assert_array_equal(got, wanted)


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_rows_are_grouped_as_numpy_does(core, dtype):
    x = np.random.default_rng(0).integers(0, 200, (100_000, 2)).astype(dtype)
    count, index, first, weights, counts = group(core, x, None, np.inf, len(x))
    assert count == len(np.unique(x, axis=0))
    assert_array_equal(x[first][index], x)
    assert (np.diff(first) > 0).all()
    assert_array_equal(np.bincount(index), weights)
    assert_array_equal(weights, counts)


def test_full_groups_are_closed(core):
    x = np.full((10, 3), 2.5)
    count, index, first, weights, _ = group(core, x, None, 4.0, 3)
    assert count == 3
    assert_array_equal(index, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    assert_array_equal(first, [0, 4, 8])
    assert_array_equal(weights, [4, 4, 2])


def test_rows_without_weight_belong_to_a_group_but_do_not_count(core):
    weight = np.array([0.0, 2, 0, 3])
    count, index, _, weights, counts = group(core, np.array([[1.0], [2], [1], [2]]), weight, 9.0, 4)
    assert count == 2
    assert_array_equal(index, [0, 1, 0, 1])
    assert_array_equal(weights, [0, 5])
    assert_array_equal(counts, [0, 2])


def test_no_room(core, reference):
    x = np.arange(50.0)[:, None] % 20
    for backend in (core, reference):
        assert group(backend, x, None, np.inf, 20)[0] == 20
        assert group(backend, x, None, np.inf, 19)[0] == -1
        assert group(backend, x, None, np.inf, 0)[0] == -1


def test_counts_and_labels(core, reference):
    rng = np.random.default_rng(0)
    old, new = rng.integers(0, 3, (2, 500)).astype(np.int32)
    counts = rng.integers(0, 9, 500).astype(np.int32)
    index = rng.integers(0, 500, 2000).astype(np.int32)
    expected = np.empty(2000, dtype=np.int32)
    reference.grouping.expand_labels(old, index, expected)
    got = np.empty_like(expected)
    core.grouping.expand_labels(old, index, got)
    assert_array_equal(got, expected)
    assert core.grouping.count_moved(old, new, counts) == reference.grouping.count_moved(
        old, new, counts
    )
