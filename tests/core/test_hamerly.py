"""Hamerly's step gives Lloyd's labels and sums, and its bounds are valid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from kmeans_fast._reference.distances import squared_distance_matrix
from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from shapes import DTYPES, MIXED_SHAPES, THREADS
from strategies import NASTY, make_problem, make_weights

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def steps_of(rng, centers, n_steps):
    """Centers that move less in every step."""
    scale = np.abs(centers).mean() if centers.size else 0
    for step in range(n_steps):
        yield centers
        move = rng.standard_normal(centers.shape) * scale * 0.3 / 4**step
        centers = (centers + move).astype(centers.dtype)


def assert_bounds_hold(x, centers, labels, upper, lower, travelled, half, fall):
    """Check the stored bounds against distances in float64."""
    distances = np.sqrt(squared_distance_matrix(x, centers))
    rows = np.arange(len(x))
    own = distances[rows, labels]
    distances[rows, labels] = np.inf
    error = 1 + (x.shape[1] + 4) * 2.0**-52
    assert (own <= (upper + travelled[labels]) * error).all()
    assert (distances.min(axis=1) * error >= lower - fall).all()
    between = np.sqrt(squared_distance_matrix(centers, centers))
    np.fill_diagonal(between, np.inf)
    assert (half <= between.min(axis=1) / 2 * error).all()


def run(backend, x, weights, centers_by_step, n_threads, check=None):
    """Labels, sums and numbers of moved rows after steps with bounds; call `check` in each."""
    k = len(centers_by_step[0])
    weighted = () if weights is None else (weights.sum(), weights.max())
    grid = make_grid(feature_range(x, 1), len(x), *weighted)
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((k, 2, x.shape[1] + 1), dtype=np.int64)
    upper, lower = np.empty((2, len(x)), dtype=np.float32)
    travelled, fall, moved, before = np.zeros(k), 0.0, [], None
    for centers in centers_by_step:
        if before is not None:
            way = np.sqrt(((centers.astype(float) - before) ** 2).sum(axis=1)) * (1 + 1e-12)
            travelled, fall = travelled + way, fall + way.max()
        between = np.sqrt(squared_distance_matrix(centers, centers))
        np.fill_diagonal(between, np.inf)
        half = between.min(axis=1) / 2 * (1 - 1e-12)
        n_moved, _, _ = backend.hamerly.hamerly_step(
            *(x, weights, centers, labels, sums, grid, upper, lower, travelled, half, fall),
            *(before is not None, n_threads),
        )
        moved.append(n_moved)
        if check:
            check(x, centers, labels, upper, lower, travelled, half, fall)
        before = centers
    return labels, sums, moved


def expected_run(reference, x, weights, centers_by_step):
    """The same results from Lloyd's steps."""
    weighted = () if weights is None else (weights.sum(), weights.max())
    grid = make_grid(feature_range(x, 1), len(x), *weighted)
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((len(centers_by_step[0]), 2, x.shape[1] + 1), dtype=np.int64)
    step = reference.lloyd.lloyd_step
    moved = [step(x, weights, centers, labels, sums, grid, 1) for centers in centers_by_step]
    return labels, sums, moved


def assert_same(actual, expected):
    """Check labels, sums and numbers of moved rows."""
    assert_array_equal(actual[0], expected[0])
    assert_array_equal(actual[1], expected[1])
    assert actual[2] == expected[2]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
def test_same_labels_and_sums_as_lloyd(core, reference, n, d, k, dtype):
    x, centers = make_problem("gaussian", n, d, k, dtype)
    path = list(steps_of(np.random.default_rng(1), centers, 4))
    for weights in (None, make_weights(n)):
        expected = expected_run(reference, x, weights, path)
        assert_same(run(reference, x, weights, path, 1, assert_bounds_hold), expected)
        for n_threads in THREADS:
            actual = run(core, x, weights, path, n_threads, assert_bounds_hold)
            assert_same(actual, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", NASTY)
def test_nasty_data(core, reference, kind, dtype):
    for n, d, k in ((130, 2, 13), (70, 17, 9)):
        x, centers = make_problem(kind, n, d, k, dtype)
        path = list(steps_of(np.random.default_rng(1), centers, 3))
        if not all(np.isfinite(squared_distance_matrix(x, centers)).all() for centers in path):
            continue  # input checks refuse data that overflow the defining sum
        expected = expected_run(reference, x, None, path)
        assert_same(run(core, x, None, path, 1), expected)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 40),
    st.integers(1, 12),
    st.sampled_from([1e-20, 1e-3, 1.0, 1e10]),
    st.sampled_from(DTYPES),
)
def test_bounds_hold_as_centers_move(core, seed, d, k, scale, dtype):
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((150, d)) * scale).astype(dtype)
    path = list(steps_of(rng, x[:k].copy(), 4))
    run(core, x, None, path, 2, assert_bounds_hold)
