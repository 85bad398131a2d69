"""What must hold for any data: order does not matter, weights are repetitions, inertia falls."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from kmeans_fast._reference.statistics import feature_moments, feature_range
from kmeans_fast.assigners.grid import make_grid
from kmeans_fast.exact import as_float
from strategies import NASTY, OVERFLOWING, integer_problems, problems

MODERATE = tuple(name for name in NASTY if name not in OVERFLOWING)
SEEDS = st.integers(0, 2**32 - 1)
ANY_PROBLEM = st.one_of(integer_problems(), problems())

settings.register_profile("core", deadline=None, max_examples=150)
settings.load_profile("core")


def assigned(core, x, centers):
    """Labels of the rows."""
    labels = np.empty(len(x), dtype=np.int32)
    core.assign.assign_rows(np.ascontiguousarray(x), np.ascontiguousarray(centers), labels, 2)
    return labels


def own_distances(core, x, centers, labels):
    """Squared distances to the own centers."""
    out = np.empty(len(x))
    core.distances.squared_distances(x, centers, labels, out, 2)
    return out


def summed(core, x, weights, centers, labels, grid):
    """Sums after a step from ``labels`` = -1."""
    sums = np.zeros((len(centers), 2, x.shape[1] + 1), dtype=np.int64)
    labels[:] = -1
    core.lloyd.lloyd_step(x, weights, centers, labels, sums, grid, 2)
    return sums


@given(ANY_PROBLEM, SEEDS)
def test_permuted_rows_have_permuted_labels(core, problem, seed):
    x, centers = problem
    order = np.random.default_rng(seed).permutation(len(x))
    assert_array_equal(assigned(core, x[order], centers), assigned(core, x, centers)[order])


@given(ANY_PROBLEM, st.integers(2, 5))
def test_equal_rows_have_equal_labels(core, problem, n_copies):
    x, centers = problem
    labels = assigned(core, x, centers)
    assert_array_equal(
        assigned(core, np.tile(x, (n_copies, 1)), centers), np.tile(labels, n_copies)
    )
    assert_array_equal(
        assigned(core, np.repeat(x, n_copies, axis=0), centers), np.repeat(labels, n_copies)
    )


@given(ANY_PROBLEM, SEEDS)
def test_permuted_centers_are_as_near(core, problem, seed):
    x, centers = problem
    permuted = centers[np.random.default_rng(seed).permutation(len(centers))]
    labels, labels_permuted = assigned(core, x, centers), assigned(core, x, permuted)
    assert_array_equal(
        own_distances(core, x, permuted, labels_permuted), own_distances(core, x, centers, labels)
    )


@given(ANY_PROBLEM)
def test_no_center_is_nearer_and_none_before_as_near(core, problem):
    x, centers = problem
    labels = assigned(core, x, centers)
    nearest = own_distances(core, x, centers, labels)
    for j in range(len(centers)):
        others = own_distances(core, x, centers, np.full(len(x), j, dtype=np.int32))
        assert (nearest <= others).all()
        assert (nearest < others)[labels > j].all()


@given(ANY_PROBLEM, SEEDS)
def test_sums_do_not_depend_on_the_order_of_rows(core, problem, seed):
    x, centers = problem
    rng = np.random.default_rng(seed)
    order, weights = rng.permutation(len(x)), rng.uniform(0, 2, len(x))
    grid = make_grid(feature_range(x, 1), len(x), weights.sum(), weights.max())
    labels = np.empty(len(x), dtype=np.int32)
    sums = summed(core, x, weights, centers, labels, grid)
    permuted = np.ascontiguousarray(x[order])
    assert_array_equal(summed(core, permuted, weights[order], centers, labels, grid), sums)


@given(ANY_PROBLEM, SEEDS)
def test_sums_do_not_depend_on_how_rows_moved(core, problem, seed):
    x, centers = problem
    rng, grid = np.random.default_rng(seed), make_grid(feature_range(x, 1), len(x))
    labels = np.empty(len(x), dtype=np.int32)
    sums = summed(core, x, None, centers, labels, grid)
    for _ in range(3):
        detour = np.ascontiguousarray(centers[rng.integers(0, len(centers), len(centers))])
        core.lloyd.lloyd_step(x, None, detour, labels, sums, grid, 2)
    core.lloyd.lloyd_step(x, None, centers, labels, sums, grid, 2)
    assert_array_equal(sums, summed(core, x, None, centers, labels, grid))


@given(ANY_PROBLEM, SEEDS)
def test_a_weight_is_a_repetition(core, problem, seed):
    x, centers = problem
    counts = np.random.default_rng(seed).integers(0, 6, len(x))
    counts[0] = 1
    repeated = np.repeat(x, counts, axis=0)
    grid = make_grid(feature_range(x, 1), len(x), counts.sum(), counts.max())
    weighted = summed(
        core, x, counts.astype(np.float64), centers, np.empty(len(x), dtype=np.int32), grid
    )
    labels = np.empty(len(repeated), dtype=np.int32)
    assert_array_equal(summed(core, repeated, None, centers, labels, grid), weighted)


@given(st.one_of(integer_problems(), problems(names=MODERATE)))
def test_inertia_never_rises(core, problem):
    x, centers = problem
    grid, (mean, _) = make_grid(feature_range(x, 1), len(x)), feature_moments(x, None, 1)
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((len(centers), 2, x.shape[1] + 1), dtype=np.int64)
    previous, slack = np.inf, 0.0
    for _ in range(6):
        core.lloyd.lloyd_step(x, None, centers, labels, sums, grid, 2)
        inertia = as_float(core.assign.inertia(x, centers, labels, None, 2))
        assert inertia <= previous + slack
        centers_new = np.empty_like(centers)
        core.sums.update_centers(sums, grid, mean, centers, centers_new)
        previous, centers = inertia, centers_new
        slack = rounding_slack(x, inertia)


def rounding_slack(x, inertia):
    """How much rounding may raise the inertia from one iteration to the next.

    A center rounded to its dtype is off by at most eps max|x_f|, or the smallest positive number,
    in each feature; n rows at the mean + delta have n delta^2 more inertia than at the mean. Each
    inertia is a sum of n d terms of 3 roundings, each of which may lose a subnormal number.
    """
    info = np.finfo(x.dtype)
    largest = np.abs(x).max(axis=0).astype(np.float64)
    delta = float(info.eps) * largest + float(info.smallest_subnormal)
    double = np.finfo(np.float64)
    lost = 2 * (x.size + 4) * float(double.eps) * inertia + 6 * x.size * double.smallest_subnormal
    return lost + len(x) * (delta**2).sum()
