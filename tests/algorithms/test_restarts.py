"""The choice of the better of two runs."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import KMeans, kmeans
from kmeans_fast._chunks import CHUNK_ROWS
from kmeans_fast.algorithms.restarts import same_clustering


@pytest.mark.parametrize("n_rows", [1, 10, CHUNK_ROWS + 3, 2 * CHUNK_ROWS + 1])
def test_same_clustering_up_to_names(n_rows):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, n_rows).astype(np.int32)
    renamed = np.array([3, 4, 0, 2, 1], dtype=np.int32)[labels]
    assert same_clustering(labels, renamed, 5)
    if n_rows > 1:
        renamed[-1] = (renamed[-1] + 1) % 5
        assert not same_clustering(labels, renamed, 5)


def test_a_finer_clustering_is_not_told_apart():
    """As in scikit-learn, only test whether each new cluster lies in one old cluster."""
    fine, coarse = np.array([0, 1, 2], dtype=np.int32), np.array([0, 0, 1], dtype=np.int32)
    assert same_clustering(fine, coarse, 3)
    assert not same_clustering(coarse, fine, 3)


def test_clusters_are_counted_by_rows_that_count():
    x = np.array([[0.0], [0], [5], [9]])
    with pytest.warns(UserWarning, match=r"\(3\) found smaller than n_clusters \(4\)"):
        kmeans(x, 4, init=[[0.0], [5], [9], [20]])
    with pytest.warns(UserWarning, match=r"\(2\) found smaller than n_clusters \(3\)"):
        kmeans(x, 3, init=[[0.0], [5], [9]], sample_weight=[1, 1, 0, 1])


@pytest.mark.parametrize("rng", [None, 3, "generator", "state"])
def test_each_run_can_be_repeated_alone(blobs, rng):
    x, given = (
        blobs(n=300),
        {"generator": np.random.default_rng(5), "state": np.random.RandomState(6)},
    )
    runs = {}
    result = kmeans(
        *(x, 9),
        init="random",
        n_init=5,
        rng=given.get(rng, rng),
        callback=lambda step: runs.__setitem__(step.run, step),
    )
    for number, last in runs.items():
        alone = kmeans(x, 9, init="random", n_init=1, rng=result.restarts.rng(number))
        assert_array_equal(alone.centers, last.centers)
        assert (alone.inertia == result.inertia) == (number == result.restarts.best)


def test_the_estimator_keeps_the_state_of_each_run(blobs):
    x = blobs(n=300)
    model = KMeans(9, init="random", n_init=4, random_state=0).fit(x)
    assert model.restarts_.best > 0
    state = model.restarts_.rng(model.restarts_.best)
    alone = KMeans(9, init="random", n_init=1, random_state=state).fit(x)
    assert_array_equal(alone.labels_, model.labels_)
    for run in (-1, 4, 1.0, None):
        with pytest.raises(ValueError, match=r"run must be an int from 0 to 3, got"):
            model.restarts_.rng(run)
    with pytest.raises(ValueError, match="single run"):
        alone.restarts_.rng(0)
