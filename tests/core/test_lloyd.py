"""Lloyd's iteration on order-free sums equals the reference, bit for bit, for any moved rows."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast._reference.statistics import feature_moments, feature_range
from kmeans_fast.assigners.grid import make_grid
from kmeans_fast.exact import as_float
from shapes import DTYPES, FEATURES, MIXED_SHAPES, THREADS
from strategies import NASTY, make_problem, make_weights

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def grid_of(x, weights):
    """The grid of sums that a fit would use."""
    if weights is None:
        return make_grid(feature_range(x, 1), len(x))
    return make_grid(feature_range(x, 1), len(x), weights.sum(), weights.max())


def run(backend, x, weights, centers, n_threads, n_iterations=4):
    """Labels, sums, centers, and numbers of moved rows and empty clusters, of a few iterations."""
    grid, mean = grid_of(x, weights), feature_moments(x, weights, 1)[0]
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((len(centers), 2, x.shape[1] + 1), dtype=np.int64)
    counts = []
    for _ in range(n_iterations):
        step = backend.lloyd.lloyd_step
        n_moved = step(x, weights, centers, labels, sums, grid, n_threads)
        centers_new = np.empty_like(centers)
        update = backend.sums.update_centers
        n_empty, _, _ = update(sums, grid, mean, centers, centers_new)
        counts.append((n_moved, n_empty))
        centers = centers_new
    return labels, sums, centers, counts


def assert_same_run(actual, expected):
    """Check that two results of `run` are equal, bit for bit."""
    for got, wanted in zip(actual[:3], expected[:3], strict=True):
        assert_array_equal(got, wanted)
    assert actual[3] == expected[3]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [1, 7, 64])
@pytest.mark.parametrize("d", FEATURES)
def test_iterations_around_the_tiles(core, reference, d, k, dtype):
    for n in (1, 16, 17, 65, 1025):
        x, centers = make_problem("gaussian", n, d, k, dtype)
        for weights in (None, make_weights(n)):
            expected = run(reference, x, weights, centers, 1, n_iterations=2)
            for n_threads in THREADS:
                actual = run(core, x, weights, centers, n_threads, n_iterations=2)
                assert_same_run(actual, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
@pytest.mark.parametrize("name", NASTY)
def test_iterations_on_nasty_rows(core, reference, name, n, d, k, dtype):
    x, centers = make_problem(name, n, d, k, dtype)
    for weights in (None, make_weights(n)):
        expected = run(reference, x, weights, centers, 1)
        assert_same_run(run(core, x, weights, centers, 2), expected)
        assert np.isfinite(expected[2]).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("total", [2.0**-30, 1e-3, 1.0, 1e9])
def test_weights_of_any_magnitude(core, reference, total, dtype):
    x, centers = make_problem("gaussian", 300, 4, 9, dtype)
    weights = make_weights(len(x)) * total
    assert_same_run(run(core, x, weights, centers, 3), run(reference, x, weights, centers, 1))


def test_no_rows(core):
    x, centers = np.empty((0, 3)), np.ones((2, 3))
    labels, sums = np.empty(0, dtype=np.int32), np.zeros((2, 2, 4), dtype=np.int64)
    grid = make_grid(np.ones(3), 1)
    assert core.lloyd.lloyd_step(x, None, centers, labels, sums, grid, 2) == 0
    assert not sums.any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_moving_a_few_rows(core, reference, weighted, dtype):
    x, _ = make_problem("gaussian", 3000, 5, 8, dtype)
    weights = make_weights(len(x)) if weighted else None
    grid, rng = grid_of(x, weights), np.random.default_rng(2)
    old = rng.integers(-1, 8, len(x)).astype(np.int32)
    new = np.where(rng.random(len(x)) < 0.1, rng.integers(0, 8, len(x)), np.maximum(old, 0))
    new = new.astype(np.int32)
    sums, expected = np.zeros((2, 8, 2, 6), dtype=np.int64)
    moved = core.sums.accumulate_rows(x, weights, old, new, sums, grid)
    assert moved == reference.sums.accumulate_rows(x, weights, old, new, expected, grid)
    assert_array_equal(sums, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_means_and_centers(core, reference, name, dtype):
    x, centers = make_problem(name, 200, 7, 30, dtype)
    weights = make_weights(len(x))
    grid, (mean, _) = grid_of(x, weights), feature_moments(x, weights, 1)
    labels = np.random.default_rng(1).integers(0, 20, len(x)).astype(np.int32)
    sums = np.zeros((30, 2, 8), dtype=np.int64)
    reference.sums.accumulate_rows(x, weights, np.full_like(labels, -1), labels, sums, grid)

    for got, wanted in zip(
        core.sums.cluster_means(sums, grid), reference.sums.cluster_means(sums, grid), strict=True
    ):
        assert_array_equal(got, wanted)

    new, expected_new = np.empty_like(centers), np.empty_like(centers)
    n_empty, shift, explained = core.sums.update_centers(sums, grid, mean, centers, new)
    update = reference.sums.update_centers
    expected = update(sums, grid, mean, centers, expected_new)
    assert_array_equal(new, expected_new)
    assert n_empty == expected[0] == 10
    relative = 2 * (centers.size + 4) * np.finfo(np.float64).eps
    assert shift == expected[1] or abs(shift - expected[1]) <= relative * expected[1]
    terms = explained_terms(reference, sums, grid, mean, centers)
    assert (
        explained == expected[2]
        or not np.isfinite(terms)
        or (abs(explained - expected[2]) <= relative * terms)
    )


def explained_terms(reference, sums, grid, mean, centers):
    """Sum of the magnitudes of the terms of ``explained``, the scale of its rounding error."""
    means, weights = reference.sums.cluster_means(sums, grid)
    squares = (means - mean) ** 2 + (means - centers) ** 2
    return float((weights[:, None] * squares).sum())


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_explained_part_gives_the_inertia(core, dtype):
    x, centers = make_problem("gaussian", 2000, 6, 12, dtype)
    weights = make_weights(len(x))
    grid, (mean, squares) = grid_of(x, weights), feature_moments(x, weights, 1)
    labels, sums = np.full(len(x), -1, dtype=np.int32), np.zeros((12, 2, 7), dtype=np.int64)
    core.lloyd.lloyd_step(x, weights, centers, labels, sums, grid, 2)
    *_, explained = core.sums.update_centers(sums, grid, mean, centers, np.empty_like(centers))
    inertia = as_float(core.assign.inertia(x, centers, labels, weights, 2))
    relative = 4 * (x.size + 8) * np.finfo(np.float64).eps
    assert abs(squares.sum() - explained - inertia) <= relative * (squares.sum() + inertia)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_textbook_example(core, dtype):
    x = np.array([[1, 2], [2, 3], [3, 3], [5, 5], [6, 6], [7, 7]], dtype=dtype)
    labels, _, centers, counts = run(core, x, None, x[[0, 3]].copy(), 2)
    assert_array_equal(labels, [0, 0, 0, 1, 1, 1])
    assert_array_equal(centers, np.array([[2, 8 / 3], [6, 6]], dtype=dtype))
    assert counts == [(6, 0), (0, 0), (0, 0), (0, 0)]
