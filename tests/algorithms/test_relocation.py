"""Empty clusters take the farthest rows, as in scikit-learn."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import cluster

from kmeans_fast import assign, kmeans
from kmeans_fast.assigners.rows import Rows
from kmeans_fast.executors.memory import farthest_rows

LINE = np.array([[0.0], [1], [2], [10], [11], [30]])


def first_update(x, start, **kwargs):
    """Centers after one iteration."""
    return kmeans(x, len(start), init=start, max_iter=1, **kwargs).centers


def test_the_farthest_row_goes_to_the_empty_cluster(dtype):
    # Labels 0 0 0 0 2 2: the equal centers 0 and 1 tie, and the lower index wins. 30 is farthest,
    # at distance 10 from its center, and goes to cluster 1.
    centers = first_update(LINE.astype(dtype), [[1.0], [1], [20]])
    assert_array_equal(centers, [[3.25], [30], [11]])


def test_two_empty_clusters_take_two_rows_in_order():
    # Distances 1 0 1 9 10 29: 30 goes to the first empty cluster, 11 to the second.
    centers = first_update(LINE, [[1.0], [1], [1]])
    assert_array_equal(centers, [[3.25], [30], [11]])


def test_ties_go_to_the_highest_row():
    x = np.array([[-4.0], [0], [4], [-4.5], [4.5], [-4.5]])
    # Rows 3, 4 and 5 are all at 4.5.
    assert_array_equal(first_update(x, [[0.0], [0]])[1], -4.5)
    x = np.array([[-4.0], [0], [4], [-4.5], [-4.5], [4.5]])
    assert_array_equal(first_update(x, [[0.0], [0]])[1], 4.5)


def test_ties_end_in_the_clusters_of_scikit_learn():
    """Rows 0, 2 and 5 tie at distance 1; its discretizer's own tests need that 2 and 5 move.

    Which of the two empty clusters takes which row is left to NumPy's partition there, which
    differs between its versions; here the highest row goes first.
    """
    x, start = np.array([[0.0], [0.5], [2], [3], [9], [10]]), np.array([[1.0], [3], [5], [7], [9]])
    ours = kmeans(x, 5, init=start)
    theirs = cluster.KMeans(5, init=start, n_init=1).fit(x)
    assert ours.inertia == theirs.inertia_ == 0.125
    assert_array_equal(ours.labels, [0, 0, 3, 1, 4, 2])
    assert_array_equal(np.equal.outer(*[ours.labels] * 2), np.equal.outer(*[theirs.labels_] * 2))


def test_a_heavy_row_takes_its_weight_along():
    centers = first_update(LINE, [[1.0], [1], [20]], sample_weight=[1, 1, 1, 3, 5, 2])
    assert_array_equal(centers, [[33 / 6], [30], [11]])


def test_rows_without_weight_are_passed_over():
    x = np.array([[0.0], [1], [2], [10], [12], [30]])
    centers = first_update(x, [[1.0], [1], [20]], sample_weight=[1, 1, 1, 1, 1, 0])
    # 10 is at distance 9, 12 at 8.
    assert_array_equal(centers, [[1.0], [10], [12]])


def test_nothing_moves_where_all_rows_lie_on_their_centers():
    x = np.array([[0.0], [0], [7], [7], [7]])
    with pytest.warns(UserWarning, match=r"\(2\) found smaller than n_clusters \(3\)"):
        result = kmeans(x, 3, init=[[0.0], [7], [7]])
    assert_array_equal(result.labels, [0, 0, 1, 1, 1])
    assert_array_equal(result.centers, [[0], [7], [7]])  # the empty one copies the heaviest
    assert result.inertia == 0.0


def test_labels_fit_centers_that_move_although_no_label_changed():
    # First 30 is farthest and goes to cluster 2, where its twin's center 1 then lies as well: no
    # label changes, cluster 2 is empty again, and 2, now farthest, takes its center away.
    x = np.array([[0.0], [2], [30], [30]])
    result = kmeans(x, 3, init=[[1.0], [40], [1]])
    assert (result.stop_reason, result.n_iter) == ("no_label_change", 2)
    assert_array_equal(result.centers, [[0], [30], [2]])
    assert_array_equal(result.labels, [0, 2, 1, 1])
    assert result.inertia == 0.0


def test_a_relocated_fit_is_consistent_and_no_cluster_stays_empty(blobs, dtype):
    x = blobs(n=200, dtype=dtype)
    start = np.repeat(x[:2], 4, axis=0)  # six of eight are empty
    for max_iter in (1, 2, 300):
        result = kmeans(x, 8, init=start, max_iter=max_iter)
        assert_array_equal(assign(x, result.centers), result.labels)
    assert len(set(result.labels)) == 8


def test_sums_survive_relocation(blobs):
    """Rows are moved in a copy of the sums: the next iteration starts from the true sums."""
    x = blobs(n=200)
    centers = []

    def keep(iteration):
        centers.append(iteration.centers)

    kmeans(x, 8, init=np.repeat(x[:2], 4, axis=0), callback=keep, tol=0)
    previous = centers[-2]
    labels = assign(x, previous)
    for j in range(8):
        mean = x[labels == j].mean(axis=0)
        # n additions of numbers up to |x|, each rounded once
        assert np.abs(centers[-1][j] - mean).max() <= len(x) * 2.0**-52 * np.abs(x).max()


@pytest.mark.parametrize("count", [1, 3, 64, 300])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_farthest_rows_of_all_chunks(monkeypatch, weighted, count):
    monkeypatch.setattr("kmeans_fast._chunks.CHUNK_ROWS", 64)
    rng = np.random.default_rng(0)
    normal = rng.standard_normal(1000)
    center, labels = np.zeros((1, 1)), np.zeros(1000, dtype=np.int32)
    for values in (normal, np.sort(normal), -np.sort(-normal), rng.integers(0, 4, 1000) / 2):
        weight = rng.integers(0, 2, 1000) * 1.0 if weighted else None
        squares = values**2 if weight is None else np.where(weight > 0, values**2, -1)
        order = np.lexsort((-np.arange(1000), -squares))
        expected = order[squares[order] >= 0][:count]
        rows = Rows(values[:, None], weight, first=7)
        farthest = farthest_rows(rows, center, labels, count)
        assert_array_equal(farthest.places, 7 + expected)
        assert_array_equal(farthest.squared, squares[expected])
        assert_array_equal(farthest.x[:, 0], values[expected])
