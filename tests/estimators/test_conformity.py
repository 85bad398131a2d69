"""What scikit-learn asks of its own k-means: routing, pickles, callbacks, parameters, errors."""

import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import cluster, config_context
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr

import kmeans_fast
from kmeans_fast import KMeans, k_means
from kmeans_fast.estimators import _pickling

PICKLES = Path(__file__).parent / "pickles"


def test_signature_of_k_means():
    theirs = inspect.signature(cluster.k_means).parameters
    ours = inspect.signature(k_means).parameters
    assert [*ours] == [*theirs, "n_threads"]
    for name, parameter in theirs.items():
        assert ours[name].kind == parameter.kind
        if name != "algorithm":
            assert ours[name].default == parameter.default


@pytest.mark.parametrize("settings", [{}, {"n_init": 3, "init": "random"}, {"max_iter": 2}])
def test_k_means_is_a_fit(rows, settings):
    weight = np.arange(len(rows), dtype=float)
    found = k_means(rows, 4, sample_weight=weight, random_state=0, return_n_iter=True, **settings)
    model = KMeans(4, random_state=0, **settings).fit(rows, sample_weight=weight)
    centers, labels, inertia, n_iter = found
    assert_array_equal(centers, model.cluster_centers_)
    assert_array_equal(labels, model.labels_)
    assert (inertia, n_iter) == (model.inertia_, model.n_iter_)
    assert len(k_means(rows, 4, random_state=0)) == 3


def test_k_means_finds_what_scikit_learn_finds(bundled):
    settings = {"n_clusters": 3, "random_state": 0, "n_init": 2, "return_n_iter": True}
    ours, theirs = k_means(bundled, **settings), cluster.k_means(bundled, **settings)
    assert_array_equal(ours[1], theirs[1])
    assert ours[3] == theirs[3]


def test_k_means_refuses_bad_parameters(rows):
    with pytest.raises(ValueError, match=r"'n_clusters' parameter .* int in the range"):
        k_means(rows, 0)
    with pytest.raises(ValueError, match="'verbose' parameter"):
        k_means(rows, 2, verbose="loud")


def test_sample_weight_is_routed(rows):
    weight = (np.arange(len(rows)) % 3).astype(float)
    with config_context(enable_metadata_routing=True):
        model = KMeans(4, random_state=0).set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, model)
        pipeline.fit(rows, sample_weight=weight)
        alone = KMeans(4, random_state=0).fit(
            StandardScaler().fit_transform(rows), sample_weight=weight
        )
        assert_array_equal(pipeline[-1].cluster_centers_, alone.cluster_centers_)
        search = GridSearchCV(model, {"n_clusters": [2, 3]}, cv=2)
        search.fit(rows, sample_weight=weight)
        first = search.best_estimator_
        again = clone(first).fit(rows, sample_weight=weight)
        assert_array_equal(first.labels_, again.labels_)


def test_html_and_text_name_changed_parameters():
    model = KMeans(3, empty_cluster="drop")
    assert "KMeans" in estimator_html_repr(model)
    assert repr(model) == "KMeans(empty_cluster='drop', n_clusters=3)"


@pytest.mark.parametrize("method", ["predict", "transform", "score", "refit"])
def test_without_a_fit(rows, method):
    with pytest.raises(NotFittedError, match="This KMeans instance is not fitted yet"):
        getattr(KMeans(3), method)(rows)


@pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="NumPy 1 reads no arrays of NumPy 2"
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize("path", sorted(PICKLES.glob("*.pickle")), ids=lambda path: path.stem)
def test_pickles_of_earlier_versions_load(path):
    x = np.random.default_rng(0).integers(0, 20, (30, 2)).astype(float)
    model = pickle.loads(path.read_bytes())
    assert_array_equal(model.predict(x), model.labels_)
    assert model.score(x) == -model.inertia_
    assert {*model.get_params()} == {*KMeans().get_params()}
    assert_array_equal(clone(model).fit(x).cluster_centers_, model.cluster_centers_)


def test_a_pickle_of_a_newer_version_warns(rows, monkeypatch):
    model = KMeans(3, random_state=0).fit(rows)
    with monkeypatch.context() as patch:
        patch.setattr(_pickling, "own_version", lambda: "99.1")
        newer = pickle.dumps(model)
    with pytest.warns(UserWarning, match=r"pickled by kmeans_fast 99\.1, which is newer than"):
        again = pickle.loads(newer)
    assert_array_equal(again.predict(rows), model.labels_)
    assert not hasattr(again, _pickling.VERSION)
    pickle.loads(pickle.dumps(model))  # of this version: no warning


class Recorder:
    """A callback of scikit-learn that notes the tasks, and may stop at one."""

    def __init__(self, stop_at=None):
        self.stop_at, self.begun, self.ended, self.scores = stop_at, [], [], []

    def setup(self, estimator, context):
        self.begun.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.begun.append((context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X, fitted_estimator):
        self.ended.append((context.task_name, context.task_id))
        if fitted_estimator is not None:
            self.scores.append(fitted_estimator.score(X))
        return self.ended[-1] == self.stop_at

    def teardown(self, estimator, context):
        self.ended.append("teardown")


def test_callbacks_of_scikit_learn_see_runs_and_iterations(rows):
    pytest.importorskip("sklearn.callback")
    seen = Recorder()
    model = KMeans(4, random_state=0, tol=0).set_callbacks(seen).fit(rows)
    assert seen.ended == [
        *(("iteration", i) for i in range(model.n_iter_)),
        ("fit", 0),
        "teardown",
    ]
    assert len(seen.begun) == len(seen.ended)
    assert seen.scores == sorted(seen.scores)
    assert seen.scores[-1] == -model.inertia_
    several = Recorder()
    KMeans(4, random_state=0, n_init=3).set_callbacks(several).fit(rows)
    assert [task for task in several.ended if task[0] == "run"] == [("run", i) for i in range(3)]
    assert not hasattr(model, "_callback_fit_ctx")


def test_callbacks_of_scikit_learn_stop_a_fit(rows):
    pytest.importorskip("sklearn.callback")
    model = KMeans(4, random_state=0, tol=0)
    model.set_callbacks(Recorder(stop_at=("iteration", 1))).fit(rows)
    assert (model.stop_reason_, model.n_iter_) == ("callback", 2)
    assert_array_equal(model.predict(rows), model.labels_)


def test_progress_bar_of_scikit_learn(rows, capsys):
    callback = pytest.importorskip("sklearn.callback")
    pytest.importorskip("rich")
    pipeline = make_pipeline(StandardScaler(), KMeans(4, random_state=0, n_init=2))
    pipeline.set_callbacks(callback.ProgressBar()).fit(rows)
    shown = capsys.readouterr()
    assert "KMeans" in shown.out + shown.err


def test_warnings_point_at_the_caller(rows):
    model = KMeans(3, init=rows[:3].copy(), n_init=4)
    with pytest.warns(RuntimeWarning, match="performing only one init") as caught:
        model.fit(rows)
    assert caught[0].filename == __file__
    model.set_params(time_limit=0)
    with pytest.warns(ConvergenceWarning, match="time_limit=0 stopped") as caught:
        model.refit(rows[::3] * 2)
    assert caught[0].filename == __file__


def test_everything_is_imported_in_one_line():
    for name in ("KMeans", "k_means", "kmeans_plusplus"):
        assert name in kmeans_fast.__all__
        assert callable(getattr(kmeans_fast, name))
