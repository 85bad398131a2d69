"""Elkan's bounds change no label: every step gives Lloyd's labels and sums, bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from kmeans_fast._core import elkan as compiled_elkan
from kmeans_fast._core import lloyd as compiled_lloyd
from kmeans_fast._core import sums as compiled_sums
from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from shapes import DTYPES, MIXED_SHAPES
from strategies import NASTY, make_problem, make_weights, problems

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

N_STEPS = 12


def grid_of(x, weights):
    """The grid of sums that a fit would use."""
    if weights is None:
        return make_grid(feature_range(x, 1), len(x))
    return make_grid(feature_range(x, 1), len(x), weights.sum(), weights.max())


def starts(x, centers, seed=0, n_steps=N_STEPS):
    """Centers of each step: means of Lloyd's iterations; sometimes one center jumps to a row."""
    rng = np.random.default_rng(seed)
    grid, mean = grid_of(x, None), np.zeros(x.shape[1])
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((len(centers), 2, x.shape[1] + 1), dtype=np.int64)
    for step in range(n_steps):
        yield centers
        compiled_lloyd.lloyd_step(x, None, centers, labels, sums, grid, 1)
        centers_new = np.empty_like(centers)
        compiled_sums.update_centers(sums, grid, mean, centers, centers_new)
        centers = centers_new
        if step % 4 == 2:
            centers[rng.integers(len(centers))] = x[rng.integers(len(x))]
        if step % 4 == 3:
            some = rng.integers(0, len(centers), -(-len(centers) // 3))
            centers[some] += centers[some] * centers.dtype.type(1e-6)


def check_steps(elkan, lloyd, x, centers, weights, n_groups, n_threads):
    """Compare labels, sums and numbers of moved rows after every step."""
    grid, (n, d), k = grid_of(x, weights), x.shape, len(centers)
    labels, expected = np.full((2, n), -1, dtype=np.int32)
    sums, expected_sums = np.zeros((2, k, 2, d + 1), dtype=np.int64)
    bounds = elkan.ElkanBounds(n, k, d, n_groups)
    for step, now in enumerate(starts(x, centers)):
        moved = lloyd.lloyd_step(x, weights, now, expected, expected_sums, grid, 1)
        work = elkan.elkan_step(x, weights, now, labels, sums, grid, bounds, n_threads)
        assert_array_equal(labels, expected, err_msg=f"{step=}")
        assert_array_equal(sums, expected_sums, err_msg=f"{step=}")
        assert work[0] == moved
        assert 0 <= work[2] <= n
    return work


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
@pytest.mark.parametrize("name", NASTY)
def test_steps_on_nasty_rows(core, name, n, d, k, dtype):
    x, centers = make_problem(name, n, d, k, dtype)
    check_steps(core.elkan, core.lloyd, x, centers, None, k, 2)
    check_steps(core.elkan, core.lloyd, x, centers, make_weights(n), -(-k // 5), 1)
    check_steps(core.elkan, core.lloyd, x, centers, None, 1, 3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_the_reference(reference, name, dtype):
    x, centers = make_problem(name, 60, 3, 7, dtype)
    check_steps(reference.elkan, reference.lloyd, x, centers, make_weights(60), 7, 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_groups", [300, 65, 64, 63, 1])
def test_many_rows_of_clusters(core, n_groups, dtype):
    rng = np.random.default_rng(0)
    means = rng.uniform(-10, 10, (300, 40))
    x = means[rng.integers(0, 300, 20_000)] + rng.standard_normal((20_000, 40))
    x = x.astype(dtype)
    for n_threads in (1, 3):
        work = check_steps(core.elkan, core.lloyd, x, x[:300].copy(), None, n_groups, n_threads)
    assert work[1] < (0.1 if n_groups == 300 else 1.1) * len(x) * 300


@given(problems(), st.integers(1, 20), st.integers(1, 3))
def test_any_rows(problem, n_groups, n_threads):
    x, centers = problem
    n_groups = min(n_groups, len(centers))
    check_steps(compiled_elkan, compiled_lloyd, x, centers, None, n_groups, n_threads)


def test_more_epochs_than_are_remembered(core):
    x, centers = make_problem("gaussian", 3000, 20, 40, np.float32)
    grid, k, d = grid_of(x, None), 40, 20
    labels, expected = np.full((2, len(x)), -1, dtype=np.int32)
    sums, expected_sums = np.zeros((2, k, 2, d + 1), dtype=np.int64)
    bounds, rng = core.elkan.ElkanBounds(len(x), k, d, k), np.random.default_rng(1)
    for _ in range(300):
        core.lloyd.lloyd_step(x, None, centers, expected, expected_sums, grid, 2)
        core.elkan.elkan_step(x, None, centers, labels, sums, grid, bounds, 2)
        assert_array_equal(labels, expected)
        assert_array_equal(sums, expected_sums)
        centers = centers + rng.normal(0, 0.01, centers.shape).astype(np.float32)


def test_distances_whose_squares_overflow_are_no_bounds(core):
    centers, x = np.zeros((6, 2), dtype=np.float32), np.zeros((20, 2), dtype=np.float32)
    centers[:, 0] = [6e18, 2.2e19, 1e33, -1e33, 1e30, 1e31]
    grid = grid_of(x, None)
    for n_groups in (6, 3, 2):
        labels, sums = np.full(20, -1, dtype=np.int32), np.zeros((6, 2, 3), dtype=np.int64)
        bounds = core.elkan.ElkanBounds(20, 6, 2, n_groups)
        # the third step stores bytes; then the nearest center moves away without any overflow
        for at in (6e18, 6e18, 6.001e18, 1.2e19, 1.8e19, 2.1e19, 2.4e19, 2.5e19):
            centers[0, 0] = at
            core.elkan.elkan_step(x, None, centers, labels, sums, grid, bounds, 1)
            assert (labels == (at > 2.2e19)).all()


def test_labels_of_another_algorithm(core):
    x, centers = make_problem("gaussian", 500, 6, 9, np.float32)
    grid, labels = grid_of(x, None), np.full(500, -1, dtype=np.int32)
    sums = np.zeros((9, 2, 7), dtype=np.int64)
    core.lloyd.lloyd_step(x, None, centers, labels, sums, grid, 1)
    expected, expected_sums = labels.copy(), sums.copy()
    bounds = core.elkan.ElkanBounds(500, 9, 6, 9)
    assert core.elkan.elkan_step(x, None, centers, labels, sums, grid, bounds, 1)[0] == 0
    assert_array_equal(labels, expected)
    assert_array_equal(sums, expected_sums)


def test_no_rows(core):
    x, centers = np.empty((0, 3)), np.ones((2, 3))
    labels, sums = np.empty(0, dtype=np.int32), np.zeros((2, 2, 4), dtype=np.int64)
    bounds = core.elkan.ElkanBounds(0, 2, 3, 2)
    step = core.elkan.elkan_step
    assert step(x, None, centers, labels, sums, make_grid(np.ones(3), 1), bounds, 2) == (0, 0, 0)
