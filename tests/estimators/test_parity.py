"""The same result as scikit-learn, from the same start and from the same random state."""

import inspect
import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import cluster

import kmeans_fast
from kmeans_fast import KMeans

OURS = [
    "n_threads",
    "max_memory",
    "inertia_tol",
    "time_limit",
    "warm_start",
    "callback",
    "progress",
    "columns",
    "weight_column",
    "memory_limit",
    "scratch_dir",
    "checkpoint",
    "checkpoint_seconds",
    "resume",
    "empty_cluster",
    "on_interrupt",
    "label_order",
    "align_to",
]


def center_error(x):
    """Bound on the error of scikit-learn's centers: n rounded additions of centered values."""
    eps = float(np.finfo(x.dtype).eps)
    return (len(x) + 4) * eps * float(np.abs(x).max())


def inertia_error(x, inertia):
    """Bound on the error of scikit-learn's inertia: n + d additions, and the error of centers."""
    n, d = x.shape
    delta = center_error(x)
    eps = float(np.finfo(x.dtype).eps)
    return (n + d) * eps * inertia + 2 * delta * np.sqrt(n * d * inertia) + n * d * delta**2


def check_same(ours, theirs, x):
    assert_array_equal(ours.labels_, theirs.labels_)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.cluster_centers_.dtype == theirs.cluster_centers_.dtype == x.dtype
    assert np.abs(ours.cluster_centers_ - theirs.cluster_centers_).max() <= center_error(x)
    assert abs(ours.inertia_ - theirs.inertia_) <= inertia_error(x, ours.inertia_)


def test_signature_is_scikit_learns_and_then_ours():
    theirs = inspect.signature(cluster.KMeans.__init__).parameters
    ours = inspect.signature(KMeans.__init__).parameters
    assert [*ours] == [*theirs, *OURS]
    for name, parameter in theirs.items():
        assert ours[name].kind == parameter.kind
        if name != "algorithm":
            assert ours[name].default == parameter.default
    assert ours["algorithm"].default == "auto"
    assert all(ours[name].kind is inspect.Parameter.KEYWORD_ONLY for name in OURS)
    for name in ("fit", "fit_predict", "predict", "transform", "fit_transform", "score"):
        ours, theirs = (
            [(p.name, p.kind, p.default) for p in inspect.signature(method).parameters.values()]
            for method in (getattr(KMeans, name), getattr(cluster.KMeans, name))
        )
        assert ours == theirs, name


def test_signature_of_the_seeding():
    theirs = inspect.signature(cluster.kmeans_plusplus).parameters
    ours = inspect.signature(kmeans_fast.kmeans_plusplus).parameters
    assert [*ours] == [*theirs, "n_threads"]


def start_near_rows(x, k):
    """Centers close to k rows; rows of integers or tenths would have ties between such rows.

    Ties go to the lowest index here, and in scikit-learn the rounding of the centered data decides
    them.
    """
    rng = np.random.default_rng(k)
    rows = x[rng.choice(len(x), k, replace=False)]
    return rows + (0.01 * x.std(axis=0) * rng.standard_normal(rows.shape)).astype(x.dtype)


@pytest.mark.parametrize(
    ("k", "algorithm"), [(2, "auto"), (3, "lloyd"), (3, "elkan"), (3, "auto"), (8, "auto")]
)
def test_from_the_same_start(bundled, dtype, k, algorithm):
    x = bundled.astype(dtype)
    start = start_near_rows(x, k)
    theirs = cluster.KMeans(k, init=start).fit(x)
    check_same(KMeans(k, init=start, algorithm=algorithm).fit(x), theirs, x)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("init", ["k-means++", "random"])
def test_from_the_same_random_state(bundled, dtype, init, seed):
    x = bundled.astype(dtype)
    settings = {"n_clusters": 5, "init": init, "n_init": 2, "random_state": seed}
    check_same(KMeans(**settings).fit(x), cluster.KMeans(**settings).fit(x), x)


@pytest.mark.parametrize("stop", [{"max_iter": 2}, {"tol": 0.02}, {"tol": 0.0}])
def test_however_it_stops(bundled, stop):
    start = start_near_rows(bundled, 4)
    ours, theirs = (estimator(4, init=start, **stop) for estimator in (KMeans, cluster.KMeans))
    check_same(ours.fit(bundled), theirs.fit(bundled), bundled)


def test_with_weights(bundled):
    weight = np.random.default_rng(0).uniform(0.1, 3, len(bundled))
    start = start_near_rows(bundled, 4)
    # tol = 0, because scikit-learn scales tol by the unweighted variance
    ours, theirs = (
        estimator(4, init=start, tol=0.0).fit(bundled, sample_weight=weight)
        for estimator in (KMeans, cluster.KMeans)
    )
    check_same(ours, theirs, bundled)


def test_with_an_empty_cluster(bundled):
    start = np.concatenate([bundled[:3], bundled[:1]])
    ours, theirs = (estimator(4, init=start, max_iter=1) for estimator in (KMeans, cluster.KMeans))
    check_same(ours.fit(bundled), theirs.fit(bundled), bundled)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [2, 7, 15])
@pytest.mark.parametrize("weighted", [False, True])
def test_seeds(bundled, dtype, k, seed, weighted):
    x = bundled.astype(dtype)
    weight = np.random.default_rng(0).uniform(0, 3, len(x)) if weighted else None
    centers, indices = cluster.kmeans_plusplus(x, k, sample_weight=weight, random_state=seed)
    ours = kmeans_fast.kmeans_plusplus(x, k, sample_weight=weight, random_state=seed)
    assert_array_equal(ours[1], indices)
    assert_array_equal(ours[0], centers)
    assert ours[0].dtype == centers.dtype


def test_seeds_with_given_trials_and_norms(bundled):
    norms = (bundled**2).sum(axis=1)
    for trials in (1, 4):
        arguments = {"x_squared_norms": norms, "n_local_trials": trials, "random_state": 1}
        expected = cluster.kmeans_plusplus(bundled, 6, **arguments)[1]
        assert_array_equal(kmeans_fast.kmeans_plusplus(bundled, 6, **arguments)[1], expected)


NUMBER = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?")


@pytest.mark.parametrize("stop", [{}, {"tol": 0.05}, {"max_iter": 2}, {"n_init": 2}])
def test_verbose_prints_what_scikit_learn_prints(bundled, capsys, stop):
    settings = {"n_clusters": 3, "random_state": 0, "verbose": 1, **stop}
    cluster.KMeans(**settings).fit(bundled)
    theirs = capsys.readouterr().out
    KMeans(**settings).fit(bundled)
    ours = capsys.readouterr().out
    assert "Initialization complete\nIteration 0, inertia " in ours
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    numbers = [[float(n) for n in NUMBER.findall(text)] for text in (ours, theirs)]
    error = [inertia_error(bundled, n) + center_error(bundled) for n in numbers[0]]
    assert (np.abs(np.subtract(*numbers)) <= error).all()
