"""Empty clusters, interrupted fits, and the numbers of clusters."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning

import kmeans_fast
from kmeans_fast import ALGORITHMS, KMeans, assign, kmeans
from kmeans_fast.assigners.registry import takes


def agrees(model, rows, weight=None):
    assert_array_equal(model.predict(rows), model.labels_)
    assert model.score(rows, sample_weight=weight) == -model.inertia_


def duplicates(rows):
    return np.repeat(rows[:3], 3, axis=0)


@pytest.mark.parametrize("max_iter", [1, 2, 300])
@pytest.mark.parametrize("weighted", [False, True])
def test_dropped_clusters(rows, max_iter, weighted):
    weight = (np.arange(len(rows)) % 4).astype(float) if weighted else None
    model = KMeans(9, init=duplicates(rows), empty_cluster="drop", max_iter=max_iter)
    model.fit(rows, sample_weight=weight)
    alone = KMeans(3, init=rows[:3], max_iter=max_iter).fit(rows, sample_weight=weight)
    assert_array_equal(model.cluster_centers_, alone.cluster_centers_)
    assert_array_equal(model.labels_, alone.labels_)
    assert model.n_iter_ == alone.n_iter_
    agrees(model, rows, weight)
    assert model.transform(rows).shape == (len(rows), 3)
    assert len(model.get_feature_names_out()) == 3


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if takes(name, 3)])
def test_every_algorithm_drops_the_same(rows, algorithm):
    start = np.concatenate([rows[:4], rows[:1], np.full((1, 3), 100)])
    expected = kmeans(rows, 6, init=start, empty_cluster="drop", algorithm="lloyd")
    found = kmeans(rows, 6, init=start, empty_cluster="drop", algorithm=algorithm)
    assert len(found.centers) == 4
    assert_array_equal(found.centers, expected.centers)
    assert_array_equal(found.labels, expected.labels)
    assert_array_equal(found.labels, assign(rows, found.centers))


def test_dropped_clusters_of_rows_in_a_file(rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows)
    settings = {"init": duplicates(rows), "empty_cluster": "drop"}
    found = kmeans(tmp_path / "rows.npy", 9, **settings)
    expected = kmeans(rows, 9, **settings)
    assert_array_equal(found.centers, expected.centers)
    assert_array_equal(found.labels, expected.labels)


def test_a_warm_start_after_dropped_clusters(rows):
    model = KMeans(9, init=duplicates(rows), empty_cluster="drop", warm_start=True).fit(rows)
    centers = model.cluster_centers_
    assert_array_equal(model.fit(rows).cluster_centers_, centers)


def test_empty_clusters_are_refused(rows):
    text = r"6 of 9 clusters have no rows, the first is cluster 1 \(empty_cluster='error'\)"
    model = KMeans(9, init=duplicates(rows), empty_cluster="error")
    with pytest.raises(ValueError, match=text):
        model.fit(rows)
    assert not hasattr(model, "labels_")
    with pytest.raises(
        ValueError, match=r"'empty_cluster' parameter of KMeans must be a str among"
    ):
        KMeans(empty_cluster="keep").fit(rows)
    KMeans(6, random_state=0, empty_cluster="error").fit(rows)


def interrupted(at):
    def callback(iteration):
        if (iteration.run, iteration.iteration) == at:
            raise KeyboardInterrupt

    return callback


def test_an_interrupt_leaves_the_estimator_unfitted(rows):
    model = KMeans(6, random_state=0, tol=0, callback=interrupted((0, 1)))
    with pytest.raises(KeyboardInterrupt):
        model.fit(rows)
    assert not hasattr(model, "cluster_centers_")
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize("at", [0, 2])
def test_an_interrupted_fit_is_kept(rows, at):
    settings = {"random_state": 0, "tol": 0}
    model = KMeans(6, callback=interrupted((0, at)), on_interrupt="keep", **settings)
    with pytest.warns(ConvergenceWarning, match="An interrupt stopped the fit after . iteration"):
        model.fit(rows)
    assert (model.stop_reason_, model.n_iter_) == ("interrupt", at + 1)
    shorter = KMeans(6, max_iter=at + 1, **settings).fit(rows)
    assert_array_equal(model.cluster_centers_, shorter.cluster_centers_)
    agrees(model, rows)


def test_the_best_run_before_an_interrupt_is_kept(rows):
    settings = {"rng": 1, "init": "random"}
    with pytest.warns(kmeans_fast.ConvergenceWarning, match="stopped run 3 of 5 after 1 iteration"):
        found = kmeans(
            rows, 6, n_init=5, callback=interrupted((2, 0)), on_interrupt="keep", **settings
        )
    best = kmeans(rows, 6, n_init=2, **settings)
    assert found.restarts.best == best.restarts.best
    assert_array_equal(found.centers, best.centers)
    assert_array_equal(found.labels, assign(rows, found.centers))


def test_an_interrupt_before_the_first_iteration_is_raised(rows):
    def init(X, n_clusters, random_state):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        KMeans(4, init=init, on_interrupt="keep").fit(rows)


def test_a_time_limit_warns(rows):
    with pytest.warns(ConvergenceWarning, match="time_limit=0 stopped the fit after 1 iteration,"):
        KMeans(6, random_state=0, time_limit=0).fit(rows)


@pytest.mark.parametrize("weighted", [False, True])
def test_clusters_by_size(rows, weighted):
    weight = np.random.default_rng(0).uniform(0, 9, len(rows)) if weighted else None
    model = KMeans(6, random_state=0, label_order="size").fit(rows, sample_weight=weight)
    plain = KMeans(6, random_state=0).fit(rows, sample_weight=weight)
    sizes = np.bincount(model.labels_, weights=weight)
    assert (np.diff(sizes) <= 0).all()
    assert not (np.diff(np.bincount(plain.labels_, weights=weight)) <= 0).all()
    assert model.inertia_ == plain.inertia_
    agrees(model, rows, weight)


def test_ties_belong_to_the_first_center():
    """The row at 0 is as near to -1 as to 1: it counts for the center that comes first."""
    x = np.array([[-1.0], [-1.0], [0.0], [1.0], [1.0], [1.0], [1.0]])
    found = kmeans(x, 2, init=[[-1.0], [1.0]], max_iter=1, tol=1e9, label_order="size")
    assert_array_equal(found.labels, assign(x, found.centers))
    assert (np.diff(np.bincount(found.labels)) <= 0).all()


def test_clusters_keep_their_numbers_from_night_to_night(rows):
    monday = KMeans(6, random_state=0).fit(rows)
    new = rows + np.float32(0.01)
    tuesday = KMeans(6, init=monday.cluster_centers_[::-1].copy(), n_init=1)
    swapped = tuesday.fit(new).labels_
    assert (swapped != monday.labels_).mean() > 0.5
    aligned = tuesday.set_params(align_to=monday.cluster_centers_).fit(new)
    assert (aligned.labels_ == monday.labels_).mean() > 0.95
    agrees(aligned, new)


def test_clusters_without_a_pair_follow(rows):
    few = KMeans(3, random_state=0).fit(rows).cluster_centers_
    found = kmeans(rows, 6, rng=0, align_to=few)
    squared = ((found.centers[:, None] - few[None]) ** 2).sum(axis=2)
    assert squared[[0, 1, 2], [0, 1, 2]].sum() <= squared[[1, 2, 0], [0, 1, 2]].sum()
    assert_array_equal(found.labels, assign(rows, found.centers))


def test_wrong_references(rows):
    with pytest.raises(ValueError, match="align_to has 2 features, but X has 3 features"):
        KMeans(3, align_to=[[0.0, 1.0]]).fit(rows)
    with pytest.raises(ValueError, match="label_order must be None where align_to"):
        KMeans(3, align_to=rows[:3], label_order="size").fit(rows)
    with pytest.raises(ValueError, match="'label_order' parameter"):
        KMeans(3, label_order="weight").fit(rows)


def test_refit_goes_on_from_the_centers(rows):
    model = KMeans(6, random_state=0, label_order="size").fit(rows)
    before, labels = model.cluster_centers_.copy(), model.labels_
    new = np.concatenate([rows[5:], rows[:9] + np.float32(0.1)])
    assert model.refit(new) is model
    assert (model.labels_[:-9] == labels[5:]).mean() > 0.95
    started = KMeans(6, init=before, align_to=before).fit(new)
    assert_array_equal(model.cluster_centers_, started.cluster_centers_)
    agrees(model, new)
    with pytest.raises(ValueError, match="features"):
        model.refit(new[:, :2])
