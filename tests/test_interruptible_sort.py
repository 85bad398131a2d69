"""Sorting in pieces gives the result of sorting at once."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import _interruptible_sort as sorting

PIECE = 64


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(sorting, "PIECE", PIECE)


def kinds(n):
    """Arrays of n values: distinct, repeated, mostly equal, ascending, descending."""
    rng = np.random.default_rng(n)
    yield rng.standard_normal(n)
    yield rng.standard_normal(n).astype(np.float32)
    yield rng.integers(0, 7, n).astype(np.float64)
    yield np.where(rng.random(n) < 0.95, 1.0, rng.standard_normal(n))
    yield np.arange(n, dtype=np.float32)
    yield -np.arange(n, dtype=np.float64)
    yield np.zeros(n)
    yield rng.integers(0, 1 << 63, n).astype(np.uint64)


@pytest.mark.parametrize("n", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 5000])
def test_sorted_values_and_rows(n):
    for values in kinds(n):
        expected = np.sort(values)
        assert_array_equal(sorting.sort_values(values.copy()), expected)
        found, rows = sorting.sort_rows(values)
        assert rows.dtype == np.int32
        assert_array_equal(found, expected)
        assert_array_equal(values[rows], expected)
        assert_array_equal(np.sort(rows), np.arange(n))
        found, rows = sorting.sort_rows(values, kind="stable")
        assert_array_equal(rows, np.argsort(values, kind="stable"))
        assert_array_equal(found, expected)


@pytest.mark.parametrize("shape", [(0,), (1,), (1000,), (1000, 3), (10, 200)])
def test_gathered_rows(shape):
    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    rows = np.random.default_rng(1).permutation(shape[0])[: shape[0] // 2 + 1]
    assert_array_equal(sorting.take_rows(values, rows), values[rows])
    found = sorting.take_rows(values, rows, np.float64)
    assert found.dtype == np.float64
    assert_array_equal(found, values[rows].astype(np.float64))


def test_ranges_are_short():
    """For any repetition of values, a range that is sorted again is hardly longer than a piece."""
    for values in kinds(5000):
        pieces = [np.sort(values[i : i + PIECE]) for i in range(0, len(values), PIECE)]
        lengths = [
            place.stop - place.start
            for place, _, constant in sorting._ranges(pieces, sorting._cuts(values))
            if not constant
        ]
        assert max(lengths, default=0) <= 2 * PIECE
