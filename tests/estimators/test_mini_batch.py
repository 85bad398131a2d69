"""Mini-batch k-means: scikit-learn's semantics, weights as repetitions, streams."""

import pickle

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_array_equal
from sklearn.cluster import MiniBatchKMeans as Peer
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.fixes import parse_version

from kmeans_fast import KMeans, MiniBatchKMeans

EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": (
        "rows are shuffled, so the same random state draws other batches; as in scikit-learn"
    )
}


@parametrize_with_checks(
    [
        MiniBatchKMeans(n_clusters=2, n_init=2, max_iter=5, batch_size=10),
        MiniBatchKMeans(n_clusters=2, max_iter=5, batch_size=10, method="nested"),
        MiniBatchKMeans(n_clusters=2, max_iter=5, batch_size=10, learning_rate="adaptive"),
    ],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.fixture
def x(dtype):
    """Rows around twelve centers."""
    rng = np.random.default_rng(0)
    centers = rng.uniform(-10, 10, (12, 4))
    return (centers[rng.integers(0, 12, 5000)] + 2 * rng.standard_normal((5000, 4))).astype(dtype)


def shuffled_repeats(x, rng):
    """Rows with integer weights, some zero, and the same rows repeated."""
    weight = rng.integers(0, 4, len(x)).astype(float)
    return weight, np.repeat(x, weight.astype(int), axis=0)


FITS = {
    "default": {},
    "shift": {"tol": 1e-3},
    "random": {"init": "random"},
    "all batches": {"max_no_improvement": None, "max_iter": 3},
    "no labels": {"compute_labels": False},
    "few rows": {"batch_size": 40, "n_clusters": 30},
    "many reassigned": {"reassignment_ratio": 0.5, "batch_size": 30},
    "never reassigned": {"reassignment_ratio": 0.0, "batch_size": 30},
    "given": {"init": "given"},
    "large batches": {"batch_size": 9000},
    "small start": {"init_size": 50, "n_init": 4},
}


@pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9"),
    reason="older scikit-learn takes other steps from the same random state",
)
@pytest.mark.parametrize("case", FITS)
def test_the_same_batches_give_the_centers_of_scikit_learn(x, case):
    """To rounding, which grows with the number of batches: centers of float32 are rounded each."""
    settings = {"n_clusters": 10, "random_state": 3, **FITS[case]}
    if settings.get("init") == "given":
        settings["init"] = x[:10]
    x = x.astype(np.float64)
    peer, own = Peer(**settings).fit(x), MiniBatchKMeans(**settings).fit(x)
    assert (own.n_steps_, own.n_iter_) == (peer.n_steps_, peer.n_iter_)
    bound = 8 * peer.n_steps_ * np.finfo(float).eps * np.abs(x).max()
    assert np.abs(own.cluster_centers_ - peer.cluster_centers_).max() <= bound
    assert own.inertia_ == pytest.approx(peer.inertia_, rel=1e-12)
    if own.compute_labels:
        assert_array_equal(own.labels_, peer.labels_)


def test_partial_fit_follows_scikit_learn(x):
    x = x.astype(np.float64)
    weight = np.random.default_rng(1).uniform(0, 3, len(x))
    models = [kind(10, random_state=5, batch_size=100) for kind in (Peer, MiniBatchKMeans)]
    for start in range(0, len(x), 500):
        rows = slice(start, start + 500)
        for model in models:  # the first batch has no weights: they change the draws of the start
            model.partial_fit(x[rows], sample_weight=weight[rows] if start else None)
        peer, own = models
        assert np.abs(own.cluster_centers_ - peer.cluster_centers_).max() < 1e-12
        assert_array_equal(own.labels_, peer.labels_)
        assert own.n_steps_ == peer.n_steps_


@pytest.mark.parametrize("case", ["default", "shift", "all batches", "many reassigned", "few rows"])
@pytest.mark.parametrize("learning_rate", ["count", "adaptive"])
def test_integer_weights_are_repetitions(x, case, learning_rate):
    weight, repeated = shuffled_repeats(x, np.random.default_rng(2))
    settings = {"n_clusters": 10, "random_state": 0, "learning_rate": learning_rate, **FITS[case]}
    one = MiniBatchKMeans(**settings).fit(x, sample_weight=weight)
    other = MiniBatchKMeans(**settings).fit(repeated)
    assert one.n_steps_ == other.n_steps_
    assert_array_equal(one.cluster_centers_, other.cluster_centers_)
    assert_array_equal(np.repeat(one.labels_, weight.astype(int)), other.labels_)
    assert one.inertia_ == pytest.approx(other.inertia_, rel=1e-12)


@pytest.mark.parametrize(
    "settings",
    [{}, {"learning_rate": "adaptive"}, {"decay": 0.5}, {"half_life": (300, "rows")}],
)
def test_integer_weights_are_repetitions_in_a_stream(x, settings):
    rng = np.random.default_rng(2)
    one, other = (
        MiniBatchKMeans(10, init=x[:10], n_init=1, random_state=0, **settings) for _ in range(2)
    )
    for start in range(0, len(x), 700):
        batch = x[start : start + 700]
        weight, repeated = shuffled_repeats(batch, rng)
        one.partial_fit(batch, sample_weight=weight)
        other.partial_fit(repeated[rng.permutation(len(repeated))])
        assert_array_equal(one.cluster_centers_, other.cluster_centers_)


@pytest.mark.parametrize("method", ["sampled", "nested"])
def test_threads_change_no_bit(x, method):
    x = np.tile(x, (1, 16))
    one, many = (
        MiniBatchKMeans(40, random_state=0, n_threads=n, method=method).fit(x) for n in (1, 3)
    )
    assert_array_equal(one.cluster_centers_, many.cluster_centers_)
    assert_array_equal(one.labels_, many.labels_)
    assert one.inertia_ == many.inertia_


def test_a_stream_of_one_cluster_has_the_mean_of_all_its_rows(dtype):
    """Whatever the cuts, and though each batch is a thousand times wider than the one before."""
    rng = np.random.default_rng(0)
    batches = [(rng.standard_normal((50, 3)) * 1e3**i).astype(dtype) for i in range(5)]
    model = MiniBatchKMeans(1, init=np.zeros((1, 3)), compute_labels=False)
    for batch in batches:
        model.partial_fit(batch)
    x = np.concatenate(batches)
    whole = MiniBatchKMeans(1, init=np.zeros((1, 3)), compute_labels=False).partial_fit(x)
    assert_array_equal(model.cluster_centers_, whole.cluster_centers_)


def test_decay_is_the_recurrence_of_streaming_k_means(dtype):
    """n' = a n + m, c' = (a n c + sum) / n' with the factor a per batch."""
    rng = np.random.default_rng(0)
    model = MiniBatchKMeans(1, init=[[0.0]], decay=0.25)
    center, count = 0.0, 0.0
    for _ in range(6):
        batch = rng.integers(-9, 9, (8, 1)).astype(dtype)
        model.partial_fit(batch)
        center = (0.25 * count * center + batch.sum()) / (0.25 * count + 8)
        count = 0.25 * count + 8
        assert model.cluster_centers_[0, 0] == pytest.approx(
            center, rel=4 * float(np.finfo(dtype).eps)
        )


@pytest.mark.parametrize("half_life", [(2, "batches"), (16, "rows")])
def test_half_life_is_a_decay(half_life):
    x = np.random.default_rng(0).standard_normal((40, 2))
    one = MiniBatchKMeans(3, init=x[:3], half_life=half_life)
    other = MiniBatchKMeans(3, init=x[:3], decay=0.5**0.5)
    for start in range(0, 40, 8):
        one.partial_fit(x[start : start + 8])
        other.partial_fit(x[start : start + 8])
    assert_array_equal(one.cluster_centers_, other.cluster_centers_)


def test_adaptive_rate_is_the_root_of_the_part_of_the_batch():
    x = np.array([[0.0], [1.0], [2.0], [10.0]])
    model = MiniBatchKMeans(2, init=[[1.0], [8.0]], learning_rate="adaptive")
    for _ in range(2):
        before = model.cluster_centers_[:, 0] if hasattr(model, "n_steps_") else np.array([1.0, 8])
        model.partial_fit(x)
        rate = np.sqrt([0.75, 0.25])
        expected = (1 - rate) * before + rate * [1.0, 10.0]
        assert model.cluster_centers_[:, 0] == pytest.approx(expected, rel=1e-15)


def test_a_pickle_goes_on_as_the_estimator(x):
    model = MiniBatchKMeans(10, random_state=0).partial_fit(x[:1000])
    copy = pickle.loads(pickle.dumps(model))
    for start in range(1000, 5000, 1000):
        model.partial_fit(x[start : start + 1000])
        copy.partial_fit(x[start : start + 1000])
    assert_array_equal(model.cluster_centers_, copy.cluster_centers_)


def test_centers_that_were_assigned_are_the_next_start(x):
    model = MiniBatchKMeans(3, random_state=0, learning_rate="adaptive").partial_fit(x[:500])
    model.cluster_centers_ = x[:3].astype(np.float64)
    other = MiniBatchKMeans(3, init=x[:3].astype(np.float64), learning_rate="adaptive")
    model.partial_fit(x[500:].astype(np.float64))
    other.partial_fit(x[500:].astype(np.float64))
    assert_array_equal(model.cluster_centers_, other.cluster_centers_)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("offset", [0, 1000])
def test_nested_batches_end_in_a_fixed_point_of_lloyd(x, offset, weighted):
    """One iteration of Lloyd's algorithm from the centers moves no row and no center."""
    x = x + x.dtype.type(offset)
    weight = np.random.default_rng(0).uniform(0, 2, len(x)) if weighted else None
    model = MiniBatchKMeans(10, method="nested", batch_size=100, random_state=0)
    model.fit(x, sample_weight=weight)
    exact = KMeans(10, init=model.cluster_centers_, tol=0).fit(x, sample_weight=weight)
    assert exact.n_iter_ == 1
    assert_array_equal(exact.cluster_centers_, model.cluster_centers_)
    assert_array_equal(exact.labels_, model.labels_)
    assert exact.inertia_ == model.inertia_
    assert model.n_steps_ > model.n_iter_


def test_nested_batches_of_all_rows_are_lloyd(x):
    weight, repeated = shuffled_repeats(x, np.random.default_rng(0))
    settings = {"method": "nested", "batch_size": 10**6, "init": x[:10], "n_init": 1}
    model = MiniBatchKMeans(10, **settings).fit(x, sample_weight=weight)
    exact = KMeans(10, init=x[:10], tol=0).fit(x, sample_weight=weight)
    assert_array_equal(model.cluster_centers_, exact.cluster_centers_)
    other = MiniBatchKMeans(10, **settings).fit(repeated)
    assert_array_equal(model.cluster_centers_, other.cluster_centers_)
    assert model.n_steps_ == other.n_steps_ == exact.n_iter_


def test_nested_batches_fill_empty_clusters(x):
    start = np.repeat(x[:5], 2, axis=0)
    model = MiniBatchKMeans(10, method="nested", init=start, batch_size=100, random_state=0).fit(x)
    assert len(np.unique(model.labels_)) == 10


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"batch_size": 0}, "'batch_size'"),
        ({"max_no_improvement": -1}, "'max_no_improvement'"),
        ({"reassignment_ratio": -0.1}, "'reassignment_ratio'"),
        ({"method": "growing"}, "'method'"),
        ({"decay": 1.5}, "'decay'"),
        ({"half_life": (0, "rows")}, "'half_life'"),
        ({"half_life": (3, "days")}, "'half_life'"),
        ({"half_life": (3, "rows"), "decay": 0.5}, "pass one of them"),
        ({"decay": 0.5, "learning_rate": "adaptive"}, "learning_rate='count'"),
        ({"decay": 0.5, "method": "nested"}, "method='sampled'"),
    ],
)
def test_bad_parameters(x, settings, text):
    for fit in ("fit", "partial_fit"):
        with pytest.raises(ValueError, match=text):
            getattr(MiniBatchKMeans(3, **settings), fit)(x)


def test_a_bad_batch_leaves_the_estimator(x):
    model = MiniBatchKMeans(3, random_state=0).partial_fit(x)
    before = model.cluster_centers_.copy()
    bad = x.copy()
    bad[7, 1] = np.nan
    for batch, text in ((bad, "NaN"), (x[:, :2], "features"), (x[:0], "0 sample")):
        with pytest.raises(ValueError, match=text):
            model.partial_fit(batch)
    assert_array_equal(model.cluster_centers_, before)
    assert model.n_steps_ == 1


@pytest.mark.parametrize("fit", ["fit", "partial_fit"])
def test_a_path_is_refused(fit):
    with pytest.raises(TypeError, match=r"got the path 'rows\.npy'"):
        getattr(MiniBatchKMeans(2), fit)("rows.npy")
