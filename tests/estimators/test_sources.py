"""The estimator on rows in files, tables and blocks: as on the same rows in an array."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from kmeans_fast import KMeans

pytest.importorskip("pyarrow")
from forms import NAMED, NAMES, SOURCES, as_parquet, as_table


@pytest.fixture(params=SOURCES)
def kind(request):
    """Each kind of source."""
    return request.param


@pytest.fixture
def weight(rows):
    """Weights of the rows, some of them 0."""
    return np.random.default_rng(1).integers(0, 4, len(rows)).astype(float)


def check_consistent(model, source, expected, sample_weight=None):
    """A fit to a source, against the same fit to an array."""
    np.testing.assert_array_equal(model.labels_, expected.labels_)
    np.testing.assert_array_equal(model.cluster_centers_, expected.cluster_centers_)
    assert model.cluster_centers_.dtype == expected.cluster_centers_.dtype
    assert model.inertia_ == expected.inertia_
    np.testing.assert_array_equal(model.predict(source), model.labels_)
    assert -model.score(source, sample_weight=sample_weight) == model.inertia_


def test_a_source_is_fitted_as_an_array(kind, rows, tmp_path):
    start = rows[::70]
    expected = KMeans(len(start), init=start).fit(rows)
    source = SOURCES[kind](tmp_path, rows, None)
    model = KMeans(len(start), init=start).fit(source)
    check_consistent(model, source, expected)
    distances = model.transform(source)
    assert distances.dtype == rows.dtype
    np.testing.assert_array_equal(distances, expected.transform(rows))
    np.testing.assert_array_equal(model.fit_predict(source), expected.labels_)
    np.testing.assert_array_equal(model.fit_transform(source), distances)


def test_seeded_on_a_source(kind, rows, tmp_path):
    source = SOURCES[kind](tmp_path, rows, None)
    model = KMeans(5, random_state=3).fit(source)
    in_memory = kind in ("table", "memmap")
    init = "k-means++" if in_memory else "k-means||"
    check_consistent(model, source, KMeans(5, init=init, random_state=3).fit(rows))
    assert in_memory or "seeding: k-means||" in model.explain()


@pytest.mark.parametrize("unit", [1e200, 1.0, 1e-200])
def test_weights_of_the_caller(kind, unit, rows, weight, tmp_path):
    start, source = rows[::70], SOURCES[kind](tmp_path, rows, None)
    expected = KMeans(len(start), init=start).fit(rows, sample_weight=unit * weight)
    model = KMeans(len(start), init=start).fit(source, sample_weight=unit * weight)
    check_consistent(model, source, expected, unit * weight)


@pytest.mark.parametrize("unit", [1e200, 1.0, 1e-200])
def test_weights_in_a_column(kind, unit, rows, weight, tmp_path):
    if kind in ("npy", "memmap") and rows.dtype == np.float32 and unit != 1:
        pytest.skip("weights in a matrix have its dtype, and float32 has no such numbers")
    weight = unit * weight
    start, source = rows[::70], SOURCES[kind](tmp_path, rows, weight)
    column = {"npy": 3, "memmap": 3, "blocks": None}.get(kind, "w")
    limit = "100MB" if kind == "memmap" else None  # without it, a memory map is an array
    model = KMeans(len(start), init=start, weight_column=column, memory_limit=limit).fit(source)
    expected = KMeans(len(start), init=start).fit(rows, sample_weight=weight)
    check_consistent(model, source, expected)
    text = "sample_weight must be None where the rows have their own weights"
    for method in (model.fit, model.score):
        with pytest.raises(ValueError, match=text):
            method(source, sample_weight=weight)


@pytest.mark.parametrize("length", [0, 399, 401])
def test_weights_of_a_wrong_length(kind, length, rows, tmp_path):
    source = SOURCES[kind](tmp_path, rows, None)
    model = KMeans(3, random_state=0).fit(source)
    for method in (model.fit, model.score):
        with pytest.raises(ValueError, match=r"sample_weight\.shape == \(\d+,\)"):
            method(source, sample_weight=np.ones(length))


def test_a_weight_for_all_rows(kind, rows, tmp_path):
    source = SOURCES[kind](tmp_path, rows, None)
    model = KMeans(3, init=rows[:3]).fit(source, sample_weight=2.0)
    check_consistent(model, source, KMeans(3, init=rows[:3]).fit(rows, sample_weight=2.0), 2.0)


def test_names_of_features(kind, rows, tmp_path):
    source = SOURCES[kind](tmp_path, rows, None)
    model = KMeans(3, random_state=0).fit(source)
    assert model.n_features_in_ == 3
    if kind not in NAMED:
        assert not hasattr(model, "feature_names_in_")
        return
    assert list(model.feature_names_in_) == NAMES
    assert list(model.get_feature_names_out()) == ["kmeans0", "kmeans1", "kmeans2"]
    renamed = as_table(rows).rename_columns(["a", "b", "d"])
    with pytest.raises(ValueError, match=r"feature names should match.*\['a', 'b', 'd'\]"):
        model.predict(renamed)
    model.fit(rows)
    assert not hasattr(model, "feature_names_in_")


def test_columns_are_chosen_in_their_order(rows, tmp_path):
    path = as_parquet(tmp_path, rows, None)
    model = KMeans(3, init=rows[:3][:, [2, 0]], columns=["c", "a"]).fit(path)
    expected = KMeans(3, init=rows[:3][:, [2, 0]]).fit(rows[:, [2, 0]])
    check_consistent(model, path, expected)
    assert list(model.feature_names_in_) == ["c", "a"]
    np.testing.assert_array_equal(model.predict(as_table(rows)), model.labels_)


@pytest.mark.parametrize("method", ["predict", "transform", "score"])
def test_a_wrong_number_of_features(kind, method, rows, tmp_path):
    model = KMeans(3, random_state=0).fit(rows[:, :2])
    text = "X has 3 features, but KMeans is expecting 2 features as input"
    with pytest.raises(ValueError, match=text):
        getattr(model, method)(SOURCES[kind](tmp_path, rows, None))


@pytest.mark.parametrize("method", ["predict", "transform", "score"])
def test_not_fitted(kind, method, rows, tmp_path):
    with pytest.raises(NotFittedError, match="This KMeans instance is not fitted yet"):
        getattr(KMeans(3), method)(SOURCES[kind](tmp_path, rows, None))


def test_a_failed_fit_leaves_the_estimator_as_it_was(kind, rows, tmp_path):
    bad = rows.copy()
    bad[300, 1] = np.nan
    (tmp_path / "bad").mkdir()
    source = SOURCES[kind](tmp_path / "bad", bad, None)
    model = KMeans(3, random_state=0)
    with pytest.raises(ValueError, match=r"NaN|nan|infinite"):
        model.fit(source)
    assert not [name for name in vars(model) if name.endswith("_")]
    before = dict(vars(model.fit(rows[:, :2])))
    with pytest.raises(ValueError, match=r"NaN|nan|infinite"):
        model.fit(source)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value for name, value in before.items())


@pytest.mark.parametrize("method", ["predict", "transform", "score"])
def test_bad_values_in_queries(kind, method, rows, tmp_path):
    model = KMeans(3, random_state=0).fit(rows)
    bad = rows.copy()
    bad[300, 1] = np.inf
    with pytest.raises(ValueError, match=r"infinity|inf|infinite"):
        getattr(model, method)(SOURCES[kind](tmp_path, bad, None))


def test_clone_and_parameters(rows, tmp_path):
    path = as_parquet(tmp_path, rows, None)
    own = {
        "columns": ["a", "b"],
        "weight_column": "c",
        "memory_limit": "1GiB",
        "scratch_dir": str(tmp_path),
        "checkpoint": str(tmp_path / "run.ckpt"),
        "checkpoint_seconds": 5.0,
        "resume": True,
    }
    model = KMeans(3, random_state=0).set_params(**own)
    copy = clone(model)
    assert {name: copy.get_params()[name] for name in own} == own
    assert eval(repr(model)).get_params() == model.get_params()
    copy.set_params(columns=None, weight_column=None, checkpoint=None, resume=False).fit(path)
    assert copy.n_features_in_ == 3


def test_pickle(kind, rows, tmp_path):
    source = SOURCES[kind](tmp_path, rows, None)
    model = pickle.loads(pickle.dumps(KMeans(3, random_state=0))).fit(source)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(source), model.labels_)
    assert copy.n_features_in_ == 3
    assert hasattr(copy, "feature_names_in_") == (kind in NAMED)


def test_grid_search_over_an_array(rows):
    search = GridSearchCV(KMeans(random_state=0), {"n_clusters": [2, 6]}, cv=3)
    assert search.fit(rows).best_params_ == {"n_clusters": 6}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_in_memory_are_arrays(library, rows):
    frames = pytest.importorskip(library)
    frame = frames.DataFrame({name: rows[:, f] for f, name in enumerate(NAMES)})
    x = rows.astype(float) if library == "polars" else rows  # scikit-learn takes no float32 there
    model, expected = (KMeans(4, random_state=0).fit(x) for x in (frame, x))
    check_consistent(model, frame, expected)
    assert list(model.feature_names_in_) == NAMES
    assert model.decisions_ == expected.decisions_
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["b", "a", "c"]])


def test_columns_of_frames_in_memory(rows):
    start = rows[:3, :2]
    for columns in ({"columns": ["a", "b"]}, {"columns": ["a", "b"], "weight_column": "c"}):
        with pytest.raises(ValueError, match=r"X is a DataFrame: give X\[columns\]"):
            KMeans(3, **columns).fit(pytest.importorskip("pandas").DataFrame(rows, columns=NAMES))
        with pytest.raises(ValueError, match=r"X is an array: give X\[:, columns\]"):
            KMeans(3, **columns).fit(rows)
    frame = pytest.importorskip("polars").DataFrame(as_table(rows))
    model = KMeans(3, init=start, columns=["a", "b"]).fit(frame)
    check_consistent(model, frame, KMeans(3, init=start).fit(rows[:, :2]))


@pytest.mark.parametrize("kind", NAMED)
def test_queries_need_no_weights(kind, rows, weight, tmp_path):
    source = SOURCES[kind](tmp_path, rows, weight)
    model = KMeans(3, init=rows[:3], weight_column="w").fit(source)
    for query in (as_table(rows), source, as_table(rows, weight).select(["w", "c", "b", "a"])):
        np.testing.assert_array_equal(model.predict(query), model.labels_)
    np.testing.assert_array_equal(model.transform(as_table(rows)), model.transform(source))
    with pytest.raises(ValueError, match=r"weight_column: pyarrow Table.* has no column 'w'"):
        model.score(as_table(rows))


def test_queries_in_memory_have_the_chosen_columns_only(rows, weight, tmp_path):
    frame = pytest.importorskip("pandas").DataFrame(rows, columns=NAMES)
    path = as_parquet(tmp_path, rows, weight)
    model = KMeans(3, init=rows[:3, :2], columns=["a", "b"], weight_column="w").fit(path)
    np.testing.assert_array_equal(model.predict(frame[["a", "b"]]), model.labels_)
    assert -model.score(frame[["a", "b"]], sample_weight=weight) == model.inertia_
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        np.testing.assert_array_equal(model.predict(rows[:, :2]), model.labels_)
