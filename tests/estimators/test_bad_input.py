"""Bad input to the estimator raises scikit-learn's errors, if scikit-learn has them."""

import numpy as np
import pytest
import scipy.sparse
from sklearn import cluster
from sklearn.exceptions import NotFittedError

from kmeans_fast import KMeans

ROWS = np.random.default_rng(0).standard_normal((10, 2))


def with_value(value, dtype=float):
    x = ROWS.astype(dtype)
    x[3, 1] = value
    return x


def raised(function):
    """The error that a call raises."""
    with pytest.raises((ValueError, TypeError)) as caught:
        function()
    return caught.value


def check_same_error(ours, theirs):
    assert str(ours) == str(theirs)
    assert isinstance(ours, type(theirs))


BAD_ROWS = {
    "nan": with_value(np.nan),
    "nan32": with_value(np.nan, np.float32),
    "infinity": with_value(np.inf),
    "infinity32": with_value(-np.inf, np.float32),
    "no rows": np.empty((0, 2)),
    "no features": np.empty((5, 0)),
    "one-dimensional": np.arange(9.0),
    "scalar": 3.0,
    "three-dimensional": np.ones((5, 2, 2)),
    "complex": ROWS + 1j,
    "strings": np.full((9, 2), "a"),
    "text objects": np.full((9, 2), "text", dtype=object),
    "dict objects": np.full((9, 2), {}, dtype=object),
    "ragged": [[1.0, 2.0], [3.0]],
    "none": None,
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_rows_in_fit(case):
    x = BAD_ROWS[case]
    ours, theirs = (raised(lambda e=e: e(2).fit(x)) for e in (KMeans, cluster.KMeans))
    check_same_error(ours, theirs)


@pytest.mark.parametrize("method", ["predict", "transform", "score"])
@pytest.mark.parametrize("case", [*BAD_ROWS, "too wide", "too narrow"])
def test_bad_rows_afterwards(case, method):
    x = {"too wide": np.ones((3, 4)), "too narrow": np.ones((3, 1)), **BAD_ROWS}[case]
    ours, theirs = (
        raised(lambda e=e: getattr(e(2, random_state=0).fit(ROWS), method)(x))
        for e in (KMeans, cluster.KMeans)
    )
    check_same_error(ours, theirs)


def test_sparse_rows(tmp_path):
    rows = scipy.sparse.csr_array(ROWS)
    model = KMeans(2).fit(rows)
    assert model.__sklearn_tags__().input_tags.sparse
    with pytest.raises(TypeError, match="predict_to takes no sparse X"):
        model.predict_to(rows, tmp_path / "labels.npy")
    with pytest.raises(ValueError, match="X has 1 features, but KMeans is expecting"):
        model.predict(scipy.sparse.csr_array(np.ones((3, 1))))


@pytest.mark.parametrize("method", ["predict", "transform", "score"])
def test_not_fitted(method):
    with pytest.raises(NotFittedError, match="This KMeans instance is not fitted yet"):
        getattr(KMeans(), method)(ROWS)


BAD_PARAMETERS = {
    "n_clusters": [0, -1, 2.0, "2", None],
    "n_init": [0, 1.5, "many", None],
    "max_iter": [0, -5, 10.0],
    "tol": [-1e-4, np.nan, "small", None],
    "verbose": [-1, "loud"],
    "random_state": [-1, "seed", 1.5],
    "copy_x": ["yes", 2],
    "init": [3, None],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in BAD_PARAMETERS for value in BAD_PARAMETERS[name]]
)
def test_bad_parameters_of_scikit_learn(name, value):
    ours, theirs = (
        raised(lambda e=e: e(**{"n_clusters": 2, name: value}).fit(ROWS))
        for e in (KMeans, cluster.KMeans)
    )
    if name == "init":  # the text lists the options, and we have more of them
        assert str(ours).startswith("The 'init' parameter of KMeans must be a str among {")
        assert str(ours).endswith(f"Got {value!r} instead.")
        assert isinstance(ours, type(theirs))
    else:
        check_same_error(ours, theirs)


OUR_PARAMETERS = {
    "n_threads": [0, -1, 1.5],
    "max_memory": [0, -1, 1.5],
    "inertia_tol": [-0.1, np.nan, None],
    "time_limit": [-1.0, np.nan, "1 s"],
    "warm_start": ["yes", None],
    "callback": [3, "print"],
    "progress": ["yes", None],
    "algorithm": ["full", None],
    "init": ["kmeans||"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in OUR_PARAMETERS for value in OUR_PARAMETERS[name]]
)
def test_bad_parameters_of_our_own(name, value):
    error = raised(lambda: KMeans(2).set_params(**{name: value}).fit(ROWS))
    assert str(error).startswith(f"The {name!r} parameter of KMeans must be ")
    assert str(error).endswith(f"Got {value!r} instead.")


def test_unknown_parameter():
    with pytest.raises(TypeError, match="n_cluster"):
        KMeans(n_cluster=3)
    with pytest.raises(ValueError, match="Invalid parameter 'n_cluster'"):
        KMeans().set_params(n_cluster=3)


def test_more_clusters_than_rows():
    ours, theirs = (raised(lambda e=e: e(11).fit(ROWS)) for e in (KMeans, cluster.KMeans))
    check_same_error(ours, theirs)
    weight = np.r_[np.ones(4), np.zeros(6)]
    with pytest.raises(ValueError, match="n_samples=4 of positive sample_weight should be >="):
        KMeans(5).fit(ROWS, sample_weight=weight)


BAD_STARTS = {
    "too few": (ROWS[:2], True),
    "too wide": (np.ones((3, 4)), True),
    "nan": (with_value(np.nan)[1:4], False),
    "infinity": (with_value(np.inf)[1:4], False),
    "one-dimensional": (np.ones(3), False),
    "strings": ([["a", "b"]] * 3, False),
}


@pytest.mark.parametrize("case", BAD_STARTS)
def test_bad_start(case):
    start, same_text = BAD_STARTS[case]
    ours, theirs = (
        raised(lambda e=e: e(3, init=start).fit(ROWS)) for e in (KMeans, cluster.KMeans)
    )
    assert isinstance(ours, type(theirs))
    if same_text:
        assert str(ours) == str(theirs)
    else:  # scikit-learn does not name the argument
        assert "init" in str(ours)
    called = raised(lambda: KMeans(3, init=lambda *args, **kwargs: start).fit(ROWS))
    assert str(called) == str(ours)


SAME_WEIGHTS = {
    "too short": np.ones(9),
    "nan": np.r_[np.nan, np.ones(9)],
    "infinity": np.r_[np.inf, np.ones(9)],
}
OTHER_WEIGHTS = {
    "two-dimensional": (np.ones((10, 1)), "Sample weights must be 1D array or scalar, got 2D"),
    "strings": (["a"] * 10, "sample_weight must be an array of real numbers, got dtype <U1"),
    "negative": (np.r_[-1.0, np.ones(9)], "Negative values in data passed to `sample_weight`"),
    "zeros": (np.zeros(10), "Sample weights must contain at least one non-zero number"),
}


@pytest.mark.parametrize("method", ["fit", "score"])
@pytest.mark.parametrize("case", SAME_WEIGHTS)
def test_bad_weights_of_scikit_learn(case, method):
    weight = SAME_WEIGHTS[case]
    ours, theirs = (
        raised(lambda e=e: getattr(e(2).fit(ROWS), method)(ROWS, sample_weight=weight))
        for e in (KMeans, cluster.KMeans)
    )
    check_same_error(ours, theirs)


@pytest.mark.parametrize("method", ["fit", "score"])
@pytest.mark.parametrize("case", OTHER_WEIGHTS)
def test_bad_weights_of_our_own(case, method):
    weight, text = OTHER_WEIGHTS[case]
    with pytest.raises(ValueError, match=text):
        getattr(KMeans(2).fit(ROWS), method)(ROWS, sample_weight=weight)


def test_squares_that_overflow_float64():
    for factor in (1e154, 1e300):
        with pytest.raises(ValueError, match="X has values too large for squared distances"):
            KMeans(2).fit(ROWS * factor)
    model = KMeans(2, random_state=0).fit(ROWS * 1e150)
    assert np.isfinite(model.inertia_)
    with pytest.raises(ValueError, match="X has values too large for squared distances"):
        model.predict(ROWS * 1e154)
    with pytest.raises(ValueError, match="init has values too large"):
        KMeans(2, init=ROWS[:2] * 1e154).fit(ROWS)


def test_warnings_of_scikit_learn():
    start = ROWS[:3]
    for estimator in (KMeans, cluster.KMeans):
        text = "performing only one init in KMeans instead of n_init=4"
        with pytest.warns(RuntimeWarning, match=text) as caught:
            estimator(3, init=start, n_init=4).fit(ROWS)
        assert len(caught) == 1
    with pytest.warns(RuntimeWarning, match="algorithm='elkan' doesn't make sense for a single"):
        KMeans(1, algorithm="elkan").fit(ROWS)


def test_a_first_fit_that_failed_is_none():
    model = KMeans(2)
    raised(lambda: model.fit(ROWS, sample_weight=-1.0))
    assert not hasattr(model, "n_features_in_")
    with pytest.raises(NotFittedError):
        model.predict(ROWS)


def test_a_fit_that_failed_changes_nothing():
    model = KMeans(2, random_state=0).fit(ROWS)
    labels, wider = model.labels_.copy(), np.ones((10, 5))
    raised(lambda: model.fit(wider, sample_weight=-1.0))
    assert model.n_features_in_ == 2
    assert (model.predict(ROWS.tolist()) == labels).all()
    # with the number of features of the centers, this read would be out of bounds
    assert "2 features" in str(raised(lambda: model.predict(wider.tolist())))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_largest_numbers_are_refused_or_fitted_without_a_warning(dtype):
    top = np.finfo(dtype).max
    x = np.array([[-top], [0], [top], [top]], dtype=dtype)
    if dtype == np.float64:
        assert "too large" in str(raised(lambda: KMeans(2).fit(x)))
        assert "too large" in str(raised(lambda: KMeans(2).fit(ROWS[:, :1]).predict(x)))
    else:
        model = KMeans(2, random_state=0).fit(x)
        assert (model.predict(x) == model.labels_).all()
