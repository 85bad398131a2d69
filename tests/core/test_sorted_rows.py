"""Segments of ascending values equal the reference's, and follow the defining sum."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from kmeans_fast.assigners.sorted_rows import _distinct
from shapes import DTYPES, ROWS
from strategies import NASTY, make_problem, make_weights

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def boundaries(backend, values, centers):
    """Whether the segments are certain, their labels, and their first positions."""
    points, names = _distinct(centers)
    starts = np.full(len(points) + 1, -7, dtype=np.int64)
    return backend.sorted_rows.find_boundaries(values, points, names, starts), names, starts


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_boundaries(core, reference, name, dtype):
    for n, k, seed in [(n, k, 0) for n in ROWS for k in (1, 2, 13)] + [(300, 40, 1), (9, 5, 2)]:
        x, centers = make_problem(name, n, 1, k, dtype, seed)
        values = np.sort(x[:, 0])
        sure, names, starts = boundaries(core, values, centers[:, 0])
        expected = boundaries(reference, values, centers[:, 0])
        assert sure == expected[0]
        if sure:
            assert_array_equal(starts, expected[2])
            labels = np.empty(n, dtype=np.int32)
            reference.assign.assign_rows(values[:, None], centers, labels, 1)
            assert_array_equal(np.repeat(names, np.diff(starts)), labels)


@pytest.mark.parametrize("dtype", DTYPES)
def test_ties_go_to_the_lowest_label(core, dtype):
    values = np.array([0, 1, 1, 2, 3, 3, 3, 4], dtype=dtype)
    centers = np.array([4, 0, 2, 0], dtype=dtype)
    sure, names, starts = boundaries(core, values, centers)
    assert sure
    assert_array_equal(names, [1, 2, 0])  # 1 goes to center 0, and 3 to center 4
    assert_array_equal(starts, [0, 3, 4, 8])


def test_gaps_that_rounding_swallows_are_noticed(core):
    far = np.array([1e30])
    for values, centers, sure in (
        (far, [0.0, 1.0], False),
        (-far, [0.0, 1.0], False),
        (far, [0.0, 1.0, 1e30], True),
        (np.array([0.5, 1e30]), [0.0, 1.0, 1e30], True),
        (np.array([0.0, 1e-200]), [0.0, 1e-170], False),
        (far, [1.0], True),
    ):
        assert boundaries(core, values, np.array(centers))[0] == sure


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("weighted", [False, True])
def test_segments_move(core, reference, weighted, index, dtype):
    rng = np.random.default_rng(0)
    for n in (1, 2, 100, 5000):
        x = rng.standard_normal((n, 1)).astype(dtype)
        order = np.argsort(x[:, 0]).astype(index)
        values = x[order, 0]
        weights = make_weights(n) if weighted else None
        grid = make_grid(feature_range(x, 1), n, *((n * 3.0, 3.0) if weighted else ()))
        results = []
        for backend in (core, reference):
            draw = np.random.default_rng(1)
            labels, sums = np.full(n, -1, dtype=np.int32), np.zeros((9, 2, 2), dtype=np.int64)
            starts, names = np.array([0, n]), np.array([-1], dtype=np.int32)
            moved = []
            for k in (9, 4, 9, 1, 6):
                cuts = np.sort(draw.integers(0, n + 1, k - 1))  # some segments are empty
                new = np.concatenate([[0], cuts, [n]])
                new_names = draw.permutation(9)[:k].astype(np.int32)
                moved.append(
                    backend.sorted_rows.move_segments(
                        *(values, order, weights, starts, names, new, new_names, labels),
                        *(sums, grid),
                    )
                )
                starts, names = new, new_names
            results.append((labels, sums, moved))
            whole = np.zeros_like(sums)
            reference.sums.accumulate_rows(
                values[:, None],
                weights,
                np.full(n, -1, dtype=np.int32),
                labels[order],
                whole,
                grid,
            )
            assert_array_equal(sums, whole)
        for got, wanted in zip(*results, strict=True):
            assert_array_equal(got, wanted)


def test_no_rows(core, reference):
    for backend in (core, reference):
        sure, _, starts = boundaries(backend, np.empty(0), np.array([1.0, 2.0]))
        assert sure
        assert not starts.any()
