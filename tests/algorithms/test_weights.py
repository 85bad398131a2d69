"""A weight counts as a repetition, weight 0 as absence; the unit of weights does not matter."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import kmeans, kmeans_plusplus

SEEDED = ["k-means++", "k-means||", "afk-mc2", "random-partition", "density"]


def start_of(x, k):
    return x[np.linspace(0, len(x) - 1, k).astype(int)].copy()


def close(inertia, n_rows):
    """The same terms are added in other blocks: each of n additions rounds once."""
    return pytest.approx(inertia, rel=n_rows * 2.0**-53)


@pytest.mark.parametrize("tol", [0.0, 1e-2])
def test_weights_repeat_rows(blobs, dtype, tol):
    x = blobs(n=400, k=6, dtype=dtype)
    weight = np.random.default_rng(1).integers(1, 6, len(x))
    repeated = np.repeat(x, weight, axis=0)
    init = start_of(x, 6)
    ours = kmeans(x, 6, init=init, sample_weight=weight, tol=tol)
    theirs = kmeans(repeated, 6, init=init, tol=tol)
    assert_array_equal(ours.centers, theirs.centers)
    assert_array_equal(np.repeat(ours.labels, weight), theirs.labels)
    assert (ours.n_iter, ours.stop_reason) == (theirs.n_iter, theirs.stop_reason)
    assert ours.stop_reason == ("center_shift" if tol else "no_label_change")
    assert ours.inertia == close(theirs.inertia, len(repeated))


@pytest.mark.parametrize("init", ["k-means++", "density"])
def test_weights_repeat_rows_in_seeding(blobs, dtype, init):
    x = blobs(n=400, k=6, dtype=dtype)
    weight = np.random.default_rng(2).integers(1, 6, len(x))
    ours = kmeans(x, 6, init=init, sample_weight=weight, rng=3, max_iter=1)
    theirs = kmeans(np.repeat(x, weight, axis=0), 6, init=init, rng=3, max_iter=1)
    assert_array_equal(ours.centers, theirs.centers)


def test_seeds_of_weighted_and_repeated_rows(blobs, dtype):
    x = blobs(n=2500, dtype=dtype)
    weight = np.random.default_rng(2).integers(0, 4, len(x))
    repeated = np.repeat(x, weight, axis=0)
    for seed in range(5):
        ours, _ = kmeans_plusplus(x, 8, sample_weight=weight, random_state=seed)
        theirs, _ = kmeans_plusplus(repeated, 8, random_state=seed)
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("tol", [0.0, 1e-2])
@pytest.mark.parametrize("init", [*SEEDED, "random", "array"])
def test_weight_zero_is_absence(blobs, dtype, tol, init):
    rng = np.random.default_rng(4)
    x = blobs(n=400, k=6, dtype=dtype)
    weight = np.round(rng.uniform(0, 4, len(x)), 2) * (rng.random(len(x)) < 0.7)
    present = weight > 0
    x[~present] *= 1e4  # so that the test detects an absent row that counts anywhere
    start = start_of(x[present], 6) if init == "array" else init
    ours = kmeans(x, 6, init=start, sample_weight=weight, tol=tol, rng=5, n_init="auto")
    theirs = kmeans(x[present], 6, init=start, sample_weight=weight[present], tol=tol, rng=5)
    assert_array_equal(ours.centers, theirs.centers)
    assert_array_equal(ours.labels[present], theirs.labels)
    assert (ours.n_iter, ours.stop_reason) == (theirs.n_iter, theirs.stop_reason)
    assert_array_equal(ours.history.n_moved, theirs.history.n_moved)


def test_weight_zero_is_absence_from_relocation():
    x = np.array([[0.0], [1], [2], [10], [11], [30], [-500]])
    weight = np.r_[np.ones(6), 0]
    ours = kmeans(x, 3, init=[[1.0], [1], [20]], max_iter=1, sample_weight=weight)
    assert_array_equal(ours.centers, [[3.25], [30], [11]])


def test_absent_rows_do_not_make_a_cluster():
    x = np.array([[0.0], [0], [5], [5], [9]])
    with pytest.warns(UserWarning, match=r"distinct clusters \(2\) found smaller .*\(3\)"):
        kmeans(x, 3, sample_weight=[1, 1, 1, 1, 0], rng=0)


def test_absent_rows_do_not_keep_a_fit_going():
    x = np.array([[0.0], [1], [10], [11], [5.4]])
    weight = [1, 1, 1, 1, 0]
    result = kmeans(x, 2, init=[[0.0], [11]], sample_weight=weight)
    # Rows of positive weight never move after the first assignment; the absent row does.
    assert_array_equal(result.history.n_moved, [4, 0])
    assert result.stop_reason == "no_label_change"
    assert_array_equal(result.labels, [0, 0, 1, 1, 0])


@pytest.mark.parametrize("exponent", [-900, -60, -1, 1, 9, 40, 900])
def test_powers_of_two_change_no_bit(blobs, dtype, exponent):
    x = blobs(dtype=dtype)
    weight = np.random.default_rng(6).uniform(0, 3, len(x))
    unit = 2.0**exponent
    ours = kmeans(x, 5, sample_weight=weight * unit, rng=0)
    theirs = kmeans(x, 5, sample_weight=weight, rng=0)
    assert_array_equal(ours.labels, theirs.labels)
    assert ours.n_iter == theirs.n_iter
    # For every unit the grid of the sums has the same resolution: 2^-80 of the largest value.
    assert_array_equal(ours.centers, theirs.centers)
    assert ours.inertia == theirs.inertia * unit
    assert_array_equal(ours.history.inertia, theirs.history.inertia * unit)


@pytest.mark.parametrize("unit", [1e-200, 1e-3, 3.7, 1e9, 1e200])
def test_any_unit_gives_the_same_clusters(blobs, dtype, unit):
    x = blobs(dtype=dtype)
    weight = np.random.default_rng(7).uniform(0.5, 3, len(x))
    ours = kmeans(x, 5, sample_weight=weight * unit, rng=0)
    theirs = kmeans(x, 5, sample_weight=weight, rng=0)
    assert_array_equal(ours.labels, theirs.labels)
    # Each weight is rounded once (2^-53 of it), and each center once more.
    eps = np.finfo(dtype).eps
    assert np.abs(ours.centers - theirs.centers).max() <= 2 * eps * np.abs(x).max()


def test_equal_weights_are_no_weights(blobs, dtype):
    x = blobs(dtype=dtype)
    ours, theirs = kmeans(x, 5, sample_weight=np.ones(len(x)), rng=0), kmeans(x, 5, rng=0)
    assert_array_equal(ours.centers, theirs.centers)
    assert ours.inertia == theirs.inertia
    assert kmeans(x, 5, sample_weight=2, rng=0).inertia == 2 * theirs.inertia


def test_integer_weights_are_exact_up_to_a_thousand():
    x = np.array([[0.1], [0.7], [1.3]])
    ours = kmeans(x, 1, sample_weight=[1000, 3, 500])
    theirs = kmeans(np.repeat(x, [1000, 3, 500], axis=0), 1)
    assert_array_equal(ours.centers, theirs.centers)
