"""Bisecting k-means: the tree of scikit-learn, its cuts and linkage, weights, degenerate rows."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from scipy.cluster.hierarchy import dendrogram, is_monotonic, is_valid_linkage
from sklearn import cluster
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.fixes import parse_version

from kmeans_fast import ALGORITHMS, BisectingKMeans, BisectingTree, Blocks
from kmeans_fast.algorithms.bisecting import STRATEGIES
from kmeans_fast.assigners.registry import takes

EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "rows are shuffled, so the same random state draws other seeds; as in scikit-learn"
    )
}


callable_there = pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="BisectingKMeans of older scikit-learn splits with a callable init in another way",
)


def outermost(X, n_clusters, random_state):
    """The rows with the smallest and the largest first feature: the same for repeated rows."""
    assert (n_clusters, X.flags.writeable) == (2, False)
    return X[[X[:, 0].argmin(), X[:, 0].argmax()]]


@pytest.fixture
def blobs(dtype):
    """Two thousand rows in twenty overlapping blobs."""
    return make_blobs(2000, 8, centers=20, cluster_std=2.0, random_state=1)[0].astype(dtype)


@parametrize_with_checks(
    [
        BisectingKMeans(n_clusters=2),
        BisectingKMeans(n_clusters=3, bisecting_strategy="largest_cluster"),
    ],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    "init", ["random", "k-means++", pytest.param(outermost, marks=callable_there)], ids=str
)
@pytest.mark.parametrize("n_init", [1, 3])
def test_the_tree_of_scikit_learn(blobs, init, strategy, n_init):
    settings = {"n_init": n_init, "random_state": 3, "bisecting_strategy": strategy}
    ours = BisectingKMeans(15, init=init, **settings).fit(blobs)
    given = (
        (lambda X, *args, **kwargs: outermost(_read_only(X), *args, **kwargs))
        if callable(init)
        else init
    )
    theirs = cluster.BisectingKMeans(15, init=given, **settings).fit(blobs)
    assert_array_equal(ours.labels_, theirs.labels_)
    # They subtract the mean first and add up 2000 rows in the type of X.
    bound = 2000 * np.finfo(blobs.dtype).eps * np.abs(blobs).max()
    assert np.abs(ours.cluster_centers_ - theirs.cluster_centers_).max() <= bound
    assert_array_equal(ours.predict(blobs[::-1]), theirs.predict(blobs[::-1]))


@callable_there
@pytest.mark.parametrize("k", range(2, 16))
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_of_equal_leaves_the_leftmost_is_split(strategy, k):
    X = np.arange(16.0)[:, np.newaxis]  # halves, quarters and eighths are equal
    ours = BisectingKMeans(k, init=outermost, bisecting_strategy=strategy).fit(X)
    theirs = cluster.BisectingKMeans(
        k, init=lambda X, *args, **kwargs: X[[0, -1]], bisecting_strategy=strategy
    ).fit(X)
    assert_array_equal(ours.labels_, theirs.labels_)


def _read_only(x):
    view = x.view()
    view.flags.writeable = False
    return view


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("settings", [{}, {"max_iter": 1}, {"init": outermost}, {"n_init": 2}])
def test_labels_and_inertia_agree_with_predict_and_score(blobs, settings, weighted):
    weight = np.random.default_rng(0).uniform(0, 9, len(blobs)) if weighted else None
    model = BisectingKMeans(9, random_state=0, **settings).fit(blobs, sample_weight=weight)
    for x in (blobs, blobs.astype(np.float64)):
        assert_array_equal(model.predict(x), model.labels_)
        assert model.score(x, sample_weight=weight) == -model.inertia_
    assert model.cluster_centers_.dtype == blobs.dtype


def test_each_node_has_the_rows_of_its_children(blobs):
    model = BisectingKMeans(12, random_state=0).fit(blobs)
    tree = model.tree_
    assert tree.n_clusters == 12
    assert_array_equal(model.cluster_centers_, tree.centers[tree.leaves()])
    assert_array_equal(np.bincount(model.labels_), tree.sizes[tree.leaves()])
    split = tree.children[:, 0] > 0
    assert_array_equal(np.sort(tree.children[split].ravel()), np.arange(1, 23))
    assert_array_equal(tree.sizes[split], tree.sizes[tree.children[split]].sum(axis=1))
    assert (tree.inertias[split] > tree.inertias[tree.children[split]].sum(axis=1)).all()
    # one rounding of each exact sum, and one of each of the 12 additions
    total = tree.inertias[tree.leaves()].sum()
    assert abs(total - model.inertia_) <= 13 * np.finfo(float).eps * total


def test_a_row_follows_the_nearer_child(blobs):
    model = BisectingKMeans(12, random_state=0).fit(blobs)
    tree, centers = model.tree_, model.tree_.centers.astype(np.float64)
    label = {int(node): j for j, node in enumerate(tree.leaves())}
    expected = []
    for row in blobs[:200].astype(np.float64):
        node = 0
        while tree.children[node, 0] > 0:
            squares = ((row - centers[tree.children[node]]) ** 2).sum(axis=1)
            node = int(tree.children[node, squares.argmin()])
        expected.append(label[node])
    assert_array_equal(model.predict(blobs[:200]), expected)
    nearest = ((blobs[:, None] - model.cluster_centers_) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest != model.labels_).any()  # so the test above tells the two apart


def test_a_cut_is_the_fit_with_fewer_clusters(blobs):
    model = BisectingKMeans(10, random_state=0).fit(blobs)
    for k in range(1, 11):
        smaller = BisectingKMeans(k, random_state=0).fit(blobs)
        assert_array_equal(model.cut(k), smaller.labels_)
        assert_array_equal(model.predict(blobs, n_clusters=k), smaller.labels_)
        leaves = model.tree_.leaves(k)
        assert_array_equal(model.tree_.centers[leaves], smaller.cluster_centers_)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_linkage_is_valid_and_monotone(blobs, strategy):
    model = BisectingKMeans(12, random_state=0, bisecting_strategy=strategy).fit(blobs)
    linkage = model.to_linkage()
    assert is_valid_linkage(linkage, throw=True)
    assert is_monotonic(linkage)
    assert linkage[-1, 3] == 12
    left_to_right = dendrogram(linkage, no_plot=True)["leaves"]
    assert sorted(left_to_right) == list(range(12))
    inertias = model.tree_.inertias
    assert linkage[-1, 2] >= np.sqrt(2 * (inertias[0] - inertias[1] - inertias[2]))


def test_a_height_is_at_least_those_below_it():
    children = np.array([[1, 2], [3, 4], [-1, -1], [-1, -1], [-1, -1]], dtype=np.int32)
    inertias = np.array([10, 9.5, 0, 1, 0.5])  # the first split removes 0.5, the second 8
    tree = BisectingTree(children, np.zeros((5, 1)), np.ones(5), inertias)
    assert_array_equal(tree.to_linkage(), [[0, 1, 4, 2], [2, 3, 4, 3]])


def test_linkage_of_equal_heights_joins_lower_splits_first():
    X = np.zeros((6, 1))
    with pytest.warns(ConvergenceWarning, match=r"\(1\) found smaller than n_clusters \(4\)"):
        model = BisectingKMeans(4).fit(X)
    assert is_valid_linkage(model.to_linkage(), throw=True)
    with pytest.raises(ValueError, match="at least 2 clusters"):
        BisectingKMeans(1).fit(X).to_linkage()


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", range(5))
def test_an_integer_weight_is_a_repeated_row(dtype, strategy, seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 7, (80, 2)).astype(dtype) / dtype(3)  # many ties
    weight = rng.integers(0, 4, len(X))
    settings = {"init": outermost, "bisecting_strategy": strategy}
    weighted = BisectingKMeans(9, **settings).fit(X[weight > 0], sample_weight=weight[weight > 0])
    with_zeros = BisectingKMeans(9, **settings).fit(X, sample_weight=weight)
    repeated = BisectingKMeans(9, **settings).fit(np.repeat(X, weight, axis=0))
    assert_array_equal(np.repeat(weighted.labels_, weight[weight > 0]), repeated.labels_)
    for name in ("children", "centers", "sizes", "inertias"):
        assert_array_equal(getattr(weighted.tree_, name), getattr(repeated.tree_, name))
    assert with_zeros.labels_.shape == weight.shape
    # 80 products of weight and square are rounded, of which each sum has at most all
    assert abs(weighted.inertia_ - repeated.inertia_) <= 80 * 2.0**-53 * repeated.inertia_


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if takes(name, 3)])
@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_algorithm_and_threads_change_no_bit(algorithm, n_threads, dtype):
    X = np.random.default_rng(0).standard_normal((30_000, 3)).astype(dtype)
    one = BisectingKMeans(5, random_state=0, algorithm="lloyd", n_threads=1).fit(X)
    other = BisectingKMeans(5, random_state=0, algorithm=algorithm, n_threads=n_threads).fit(X)
    assert_array_equal(one.labels_, other.labels_)
    assert one.tree_.centers.tobytes() == other.tree_.centers.tobytes()
    assert one.tree_.inertias.tobytes() == other.tree_.inertias.tobytes()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_equal_rows_are_split_last(strategy):
    X = np.repeat([[0.0], [5.0], [6.0], [9.0]], [50, 2, 2, 2], axis=0)
    model = BisectingKMeans(4, random_state=0, bisecting_strategy=strategy).fit(X)
    assert model.inertia_ == 0
    with pytest.warns(ConvergenceWarning, match=r"\(4\) found smaller than n_clusters \(7\)"):
        model = BisectingKMeans(7, random_state=0, bisecting_strategy=strategy).fit(X)
    assert_array_equal(model.predict(X), model.labels_)
    assert len(model.cluster_centers_) == 7


@pytest.mark.parametrize("scale", [1e-150, 1e-310, 1e100])
def test_extreme_magnitudes(scale):
    X = np.random.default_rng(0).integers(-9, 9, (200, 2)) * scale
    model = BisectingKMeans(6, random_state=0, tol=0).fit(X)
    assert_array_equal(model.predict(X), model.labels_)
    assert len(np.unique(model.labels_)) == 6
    assert model.score(X) == -model.inertia_


def test_centers_that_denormal_numbers_round():
    X = np.random.default_rng(0).integers(-9, 9, (200, 2)) * 5e-324
    model = BisectingKMeans(20, random_state=0, tol=0).fit(X)
    assert_array_equal(model.predict(X), model.labels_)


def test_pickle_and_predict_to(tmp_path, blobs):
    model = pickle.loads(pickle.dumps(BisectingKMeans(7, random_state=0).fit(blobs)))
    assert_array_equal(model.predict(blobs), model.labels_)
    model.predict_to(blobs, tmp_path / "labels.npy")
    assert_array_equal(np.load(tmp_path / "labels.npy"), model.labels_)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"n_clusters": 0}, "'n_clusters' parameter of BisectingKMeans must be an int"),
        ({"init": "best"}, "'init' parameter of BisectingKMeans must be a str among"),
        ({"init": np.zeros((2, 2))}, "'init' parameter of BisectingKMeans must be a str among"),
        ({"bisecting_strategy": "widest"}, "must be a str among {'biggest_inertia'"),
        ({"init": lambda X, n_clusters, random_state: X[:1]}, r"\(1, 2\) does not match"),
        ({"n_clusters": 11}, "n_samples=10 should be >= n_clusters=11"),
    ],
)
def test_wrong_parameters(settings, text):
    with pytest.raises(ValueError, match=text):
        BisectingKMeans(**settings).fit(np.arange(20.0).reshape(10, 2))


@pytest.mark.parametrize("source", ["rows.npy", Path("rows.npy"), Blocks(list)], ids=str)
def test_rows_must_be_in_memory(blobs, source):
    model = BisectingKMeans(4, random_state=0)
    with pytest.raises(TypeError, match="X must be an array-like in memory for BisectingKMeans"):
        model.fit(source)
    model.fit(blobs)
    with pytest.raises(TypeError, match="X must be an array-like in memory for BisectingKMeans"):
        model.predict(source)


def test_wrong_cuts(blobs):
    with pytest.raises(NotFittedError):
        BisectingKMeans().cut(2)
    model = BisectingKMeans(4, random_state=0).fit(blobs)
    for call in (model.cut, lambda k: model.predict(blobs, n_clusters=k)):
        with pytest.raises(ValueError, match="n_clusters must be from 1 to 4"):
            call(5)
        with pytest.raises(TypeError, match=r"n_clusters must be an int or None, got 2\.0"):
            call(2.0)
