"""The promises of the estimator that go beyond scikit-learn."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import set_config
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import kmeans_fast
from kmeans_fast import ALGORITHMS, KMeans
from kmeans_fast.algorithms import prediction
from kmeans_fast.assigners.registry import takes

SIX_POINTS = np.array([[1, 2], [2, 3], [3, 3], [5, 5], [6, 6], [7, 7]])

EXPECTED_FAILURES = {
    f"check_sample_weight_equivalence_on_{kind}_data": (
        "rows are shuffled, so the same random state draws other seeds; as in scikit-learn"
    )
    for kind in ("dense", "sparse")
}


@parametrize_with_checks(
    [KMeans(n_clusters=2, n_init=2, max_iter=5)],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if takes(name, 2)])
def test_six_points_of_the_textbook(dtype, algorithm):
    model = KMeans(2, init=SIX_POINTS[[0, 3]], algorithm=algorithm).fit(SIX_POINTS.astype(dtype))
    assert_array_equal(model.labels_, [0, 0, 0, 1, 1, 1])
    assert_array_equal(model.cluster_centers_, np.array([[2, 8 / 3], [6, 6]], dtype=dtype))
    assert (model.n_iter_, model.stop_reason_) == (2, "no_label_change")
    assert len(model.history_) == 2
    assert_array_equal(model.predict([[0, 0], [9, 9]]), [0, 1])
    distances = model.transform(np.array([[2, 8 / 3], [6, 2]], dtype=dtype))
    expected = [[0, np.hypot(4, 10 / 3)], [np.hypot(4, 2 / 3), 4]]
    # The error of the rounded 8/3 is eps; the root and the sums of numbers up to 6 add a few more.
    assert np.abs(distances - expected).max() <= 8 * 6 * np.finfo(dtype).eps
    assert distances.dtype == dtype


FITS = {
    "converged": {},
    "cut off": {"max_iter": 2},
    "wide tolerance": {"tol": 0.5},
    "small decrease": {"inertia_tol": 0.1},
    "called off": {"callback": lambda iteration: iteration.iteration == 1},
    "out of time": {"time_limit": 0},
    "relocated": {"init": "duplicates"},
    "relocated, cut off": {"init": "duplicates", "max_iter": 1},
    "restarts": {"init": "random", "n_init": 3},
    "density": {"init": "density"},
    "partition": {"init": "random-partition"},
    "callable": {"init": lambda X, n_clusters, random_state: X[:n_clusters], "n_init": 1},
}


@pytest.mark.filterwarnings("ignore:time_limit=0 stopped:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", FITS)
def test_labels_and_inertia_agree_with_predict_and_score(rows, case, weighted):
    settings = {"random_state": 0, **FITS[case]}
    if settings.get("init") == "duplicates":
        settings["init"] = np.repeat(rows[:3], 2, axis=0)
    weight = None
    if weighted:
        rng = np.random.default_rng(1)
        weight = rng.uniform(0, 1e7, len(rows)) * (rng.random(len(rows)) < 0.8)
    model = KMeans(6, **settings).fit(rows, sample_weight=weight)
    for x in (rows, rows.astype(np.float64)):
        assert_array_equal(model.predict(x), model.labels_)
        assert model.score(x, sample_weight=weight) == -model.inertia_
    assert_array_equal(model.fit_predict(rows, sample_weight=weight), model.labels_)


def test_score_of_float32_rows_by_float64_centers(monkeypatch):
    """More than one block of rows, so that the order of addition counts."""
    monkeypatch.setattr(prediction, "CHUNK_ELEMENTS", 3000)
    x = np.random.default_rng(0).standard_normal((5000, 3)).astype(np.float32)
    model = KMeans(4, random_state=0, max_iter=3).fit(x.astype(np.float64))
    assert model.score(x) == -model.inertia_
    assert_array_equal(model.predict(x), model.labels_)
    assert model.transform(x).dtype == np.float64
    assert_array_equal(model.transform(x), model.transform(x.astype(np.float64)))


@pytest.mark.parametrize("d", [8, 128])
@pytest.mark.parametrize("offset", [1000, 3000, 10000])
def test_far_blobs_are_separated(offset, d):
    rng = np.random.default_rng(d)
    across = rng.standard_normal(d)
    across *= 0.5 / np.linalg.norm(across)
    centers = np.stack([offset + across, offset - across, -offset + across, -offset - across])
    truth = np.repeat(np.arange(4), 50)
    x = (centers[truth] + 0.05 * rng.standard_normal((200, d))).astype(np.float32)
    model = KMeans(4, init=centers).fit(x)
    assert adjusted_rand_score(truth, model.labels_) == 1.0
    assert adjusted_rand_score(truth, model.predict(x[::-1])[::-1]) == 1.0


@pytest.mark.parametrize("n_threads", [2, 3, 8])
def test_threads_change_no_bit(dtype, n_threads):
    x = np.random.default_rng(0).standard_normal((20_000, 8)).astype(dtype)
    one, many = (KMeans(8, random_state=0, max_iter=3, n_threads=n).fit(x) for n in (1, n_threads))
    assert_array_equal(one.cluster_centers_, many.cluster_centers_)
    assert_array_equal(one.labels_, many.labels_)
    assert one.inertia_ == many.inertia_
    assert_array_equal(one.transform(x), many.transform(x))
    assert one.score(x) == many.score(x)


def test_transform_gives_distances(rows, dtype):
    model = KMeans(6, random_state=0).fit(rows)
    expected = np.linalg.norm(
        rows[:, None].astype(np.float64) - model.cluster_centers_[None].astype(np.float64), axis=2
    )
    # d squares, d additions and a square root, each rounded once in the type of the rows
    error = (rows.shape[1] + 4) * np.finfo(dtype).eps * (expected + 1)
    for distances in (model.transform(rows), clone(model).fit_transform(rows)):
        assert distances.dtype == dtype
        assert (np.abs(distances - expected) <= error).all()


def test_warm_start_goes_on_where_it_was(rows):
    model = KMeans(6, random_state=0, max_iter=3, warm_start=True, tol=0).fit(rows)
    whole = KMeans(6, random_state=0, max_iter=300, tol=0).fit(rows)
    n_iter = model.n_iter_
    assert model.stop_reason_ == "max_iter"
    while model.fit(rows).stop_reason_ == "max_iter":
        n_iter += model.n_iter_
    assert_array_equal(model.cluster_centers_, whole.cluster_centers_)
    assert_array_equal(model.labels_, whole.labels_)
    assert model.inertia_ == whole.inertia_
    # Each fit assigns all rows again before it knows that none moves.
    assert n_iter + model.n_iter_ >= whole.n_iter_
    cold = KMeans(6, random_state=0, max_iter=3, tol=0).fit(rows)
    assert_array_equal(cold.fit(rows).cluster_centers_, cold.fit(rows).cluster_centers_)


def test_warm_start_runs_once_and_checks_the_shape(rows):
    runs = []

    def count(iteration):
        runs.append(iteration.run)

    model = KMeans(6, init="random", n_init=3, warm_start=True, callback=count).fit(rows)
    assert set(runs) == {0, 1, 2}
    runs.clear()
    model.fit(rows)
    assert set(runs) == {0}
    model.set_params(n_clusters=5)
    with pytest.raises(ValueError, match=r"initial centers \(6, 3\) does not match the number of"):
        model.fit(rows)


def test_history(rows):
    model = KMeans(6, random_state=0, tol=0).fit(rows)
    history = model.history_
    assert len(history) == len(history.inertia) == model.n_iter_
    assert history.n_moved[0] == len(rows)
    assert history.n_moved[-1] == history.center_shift[-1] == 0
    assert (np.diff(history.inertia) < 0)[:-1].all()
    # The last value belongs to the final labels; its error is relative to the total sum of squares.
    total = ((rows - rows.mean(axis=0, dtype=np.float64)) ** 2).sum()
    assert abs(history.inertia[-1] - model.inertia_) <= len(rows) * 2.0**-52 * total


def test_rows_without_weight_are_absent(rows):
    weight = (np.arange(len(rows)) % 3 > 0).astype(float)
    spoiled = rows.copy()
    spoiled[::3] = 1e6
    ours = KMeans(6, random_state=0).fit(spoiled, sample_weight=weight)
    theirs = KMeans(6, random_state=0).fit(np.ascontiguousarray(rows[weight > 0]))
    assert_array_equal(ours.cluster_centers_, theirs.cluster_centers_)
    assert ours.n_iter_ == theirs.n_iter_


def test_weights_repeat_rows(rows):
    weight = np.random.default_rng(0).integers(1, 5, len(rows))
    ours = KMeans(6, random_state=0).fit(rows, sample_weight=weight)
    theirs = KMeans(6, random_state=0).fit(np.repeat(rows, weight, axis=0))
    assert_array_equal(ours.cluster_centers_, theirs.cluster_centers_)
    assert_array_equal(np.repeat(ours.labels_, weight), theirs.labels_)


def test_pickle_and_clone(rows):
    model = KMeans(6, random_state=0).fit(rows)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict(rows), model.labels_)
    assert_array_equal(again.history_.inertia, model.history_.inertia)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(rows)
    assert_array_equal(copy.fit(rows).labels_, model.labels_)


def test_fit_returns_itself_and_keeps_parameters(rows):
    model = KMeans(n_clusters=np.int64(6), n_threads=1, random_state=np.random.RandomState(0))
    before = model.get_params()
    assert model.fit(rows) is model
    assert model.get_params() == before


def test_names_of_features_out(rows):
    model = KMeans(3, random_state=0).fit(rows)
    assert_array_equal(model.get_feature_names_out(), ["kmeans0", "kmeans1", "kmeans2"])


class Frame:
    """Named columns with the dataframe interchange protocol, which scikit-learn reads."""

    def __init__(self, array, columns):
        self.array, self.columns = array, columns
        self.shape = array.shape

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype=dtype)

    def __len__(self):
        return len(self.array)


def test_feature_names_come_and_go(rows, monkeypatch):
    from sklearn.utils import validation

    monkeypatch.setattr(
        validation,
        "_get_feature_names",
        lambda X: np.array(X.columns, dtype=object) if isinstance(X, Frame) else None,
    )
    frame = Frame(rows, ["a", "b", "c"])
    model = KMeans(3, random_state=0).fit(frame)
    assert_array_equal(model.feature_names_in_, ["a", "b", "c"])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(rows)
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(Frame(rows, ["a", "b", "d"]))
    assert_array_equal(model.predict(frame), model.labels_)
    model.fit(rows)
    assert not hasattr(model, "feature_names_in_")


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_set_output(rows, library):
    pytest.importorskip(library)
    model = KMeans(3, random_state=0).set_output(transform=library).fit(rows)
    assert list(model.transform(rows).columns) == ["kmeans0", "kmeans1", "kmeans2"]


def test_set_output_default_in_a_pipeline(rows):
    pipeline = make_pipeline(StandardScaler(), KMeans(3, random_state=0))
    pipeline.set_output(transform="default")
    assert pipeline.fit_transform(rows).shape == (len(rows), 3)
    assert_array_equal(pipeline.predict(rows), pipeline[-1].labels_)


def test_callable_start_gets_what_scikit_learn_passes(rows):
    calls = []

    def init(X, n_clusters, random_state):
        calls.append((X.shape, n_clusters, type(random_state)))
        return X[random_state.permutation(len(X))[:n_clusters]]

    KMeans(4, init=init, random_state=0).fit(rows)
    assert calls == [(rows.shape, 4, np.random.RandomState)] * 10


def test_fewer_distinct_rows_than_clusters(dtype):
    x = np.repeat(np.array([[0.1, 0.2], [5.0, 5.0], [0.1, 9.0]], dtype=dtype), 7, axis=0)
    text = r"Number of distinct clusters \(3\) found smaller than n_clusters \(6\). Possibly due to"
    with pytest.warns(ConvergenceWarning, match=text) as caught:
        model = KMeans(6, random_state=0).fit(x)
    assert caught[0].filename == __file__
    assert np.isfinite(model.cluster_centers_).all()
    assert_array_equal(model.predict(x), model.labels_)
    assert model.inertia_ == 0.0


FORMS = {
    "read-only": lambda x: np.frombuffer(x.tobytes(), x.dtype).reshape(x.shape),
    "strided": lambda x: np.repeat(np.repeat(x, 2, axis=0), 2, axis=1)[::2, ::2],
    "fortran": np.asfortranarray,
    "list": np.ndarray.tolist,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("copy_x", [True, False])
def test_forms_of_input(rows, form, copy_x):
    x = FORMS[form](rows)
    before = np.array(x, copy=True)
    expected = KMeans(4, random_state=0).fit(rows.astype(np.float64) if form == "list" else rows)
    model = KMeans(4, random_state=0, copy_x=copy_x).fit(x)
    assert_array_equal(model.cluster_centers_, expected.cluster_centers_)
    assert_array_equal(model.predict(x), expected.labels_)
    assert_array_equal(np.asarray(x), before)


@pytest.mark.parametrize("kind", [np.float16, np.int32, np.uint8, np.longdouble, bool, object])
def test_other_types_become_float64(kind):
    x = np.random.default_rng(0).integers(0, 9, (60, 3)).astype(kind)
    model = KMeans(4, random_state=0).fit(x)
    assert model.cluster_centers_.dtype == np.float64
    assert_array_equal(model.labels_, KMeans(4, random_state=0).fit(x.astype(float)).labels_)
    assert_array_equal(model.predict(x), model.labels_)


def test_memory_mapped_rows(rows, tmp_path):
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    model = KMeans(4, random_state=0).fit(mapped)
    assert_array_equal(model.labels_, KMeans(4, random_state=0).fit(rows).labels_)
    assert_array_equal(model.predict(mapped), model.labels_)


def test_validation_that_is_switched_off(rows):
    """Without parameter checks, bad parameters are the user's risk; rows are still checked."""
    rows[0, 0] = np.nan
    set_config(assume_finite=True, skip_parameter_validation=True)
    try:
        with pytest.raises(ValueError, match="Input X contains NaN"):
            KMeans(3).fit(rows)
        model = KMeans(3, random_state=0, copy_x="any").fit(rows[1:])
        with pytest.raises(ValueError, match="Input X contains NaN"):
            model.predict(rows)
    finally:
        set_config(assume_finite=False, skip_parameter_validation=False)


def test_progress_is_shown_and_changes_nothing(rows, capsys):
    pytest.importorskip("rich")
    seen = []
    model = KMeans(4, random_state=0, n_init=2, progress=True, callback=seen.append).fit(rows)
    plain = KMeans(4, random_state=0, n_init=2).fit(rows)
    assert_array_equal(model.labels_, plain.labels_)
    assert {iteration.run for iteration in seen} == {0, 1}
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "run 2 of 2" in streams.err
    assert "inertia" in streams.err


def test_progress_without_rich(rows, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    with pytest.raises(ImportError, match=r"pip install 'kmeans-fast\[cli\]'"):
        KMeans(4, progress=True).fit(rows)
    with pytest.raises(ImportError, match="progress=True needs rich"):
        kmeans_fast.kmeans(rows, 4, progress=True)
