"""Centers that the user assigns: used as arrays are, or refused by name."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import Blocks, KMeans, assign

RNG = np.random.default_rng(0)
ROWS = RNG.standard_normal((40, 2))
CENTERS = np.array([[3.0, -1.0], [0.0, 1.0], [-2.0, 2.0]])


def fitted():
    return KMeans(3, random_state=0).fit(ROWS)


def with_centers(centers):
    model = fitted()
    model.cluster_centers_ = centers
    return model


def distances(centers):
    return np.sqrt(((ROWS[:, None] - np.asarray(centers)[None]) ** 2).sum(axis=2))


FORMS = {
    "plain": CENTERS,
    "fortran": np.asfortranarray(CENTERS),
    "reversed": np.ascontiguousarray(CENTERS[::-1])[::-1],
    "list": CENTERS.tolist(),
    "integers": CENTERS.astype(np.int64),
    "float32": CENTERS.astype(np.float32),
    "swapped bytes": CENTERS.astype(">f8"),
    "more clusters": np.r_[CENTERS, CENTERS + 5],
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_centers(form, tmp_path):
    expected = distances(FORMS[form])
    model = with_centers(FORMS[form])
    for _ in range(2):
        for x in (ROWS, ROWS.tolist(), Blocks(lambda: [ROWS])):
            assert_array_equal(model.predict(x), expected.argmin(axis=1))
            np.testing.assert_allclose(model.transform(x), expected, rtol=1e-14)
            assert model.score(x) == pytest.approx(-(expected.min(axis=1) ** 2).sum(), rel=1e-14)
    model.predict_to(ROWS, tmp_path / "labels.npy")
    assert_array_equal(np.load(tmp_path / "labels.npy"), expected.argmin(axis=1))
    assert len(model.get_feature_names_out()) == expected.shape[1]


METHODS = {
    "predict": lambda model, x: model.predict(x),
    "transform": lambda model, x: model.transform(x),
    "score": lambda model, x: model.score(x),
    "predict_to": lambda model, x: model.predict_to(x, "no_such_folder/labels.npy"),
    "warm start": lambda model, x: model.set_params(warm_start=True).fit(x),
}
BAD = {
    "too wide": (np.ones((3, 9)), "cluster_centers_ has 9 features, but KMeans is expecting 2"),
    "too narrow": (np.ones((3, 1)), "cluster_centers_ has 1 features, but KMeans is expecting 2"),
    "nan": (np.array([[np.nan, 0.0], [1.0, 1.0]]), "Input cluster_centers_ contains NaN"),
    "infinity": ([[np.inf, 0.0]], "Input cluster_centers_ contains infinity"),
    "too large": (CENTERS * 1e160, "cluster_centers_ has values too large"),
    "one-dimensional": (np.ones(2), "Expected 2D array for cluster_centers_, got 1D array"),
    "none": (None, "Expected 2D array for cluster_centers_"),
    "empty": (np.empty((0, 2)), r"0 sample\(s\) .* for cluster_centers_"),
    "text": ([["a", "b"]], "cluster_centers_ must be an array of real numbers"),
    "complex": (CENTERS + 1j, "Complex data not supported: cluster_centers_"),
    "dates": (np.zeros((3, 2), "M8[s]"), "cluster_centers_ must be an array of real numbers"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rows", ["array", "list", "blocks"])
@pytest.mark.parametrize("case", BAD)
def test_bad_centers(case, rows, method):
    centers, text = BAD[case]
    model = with_centers(centers)
    x = {"array": ROWS, "list": ROWS.tolist(), "blocks": Blocks(lambda: [ROWS])}[rows]
    for _ in range(2):
        with pytest.raises(ValueError, match=text):
            METHODS[method](model, x)


def test_none_where_no_centers_were_checked():
    model = KMeans(3)
    model.cluster_centers_ = None
    with pytest.raises(ValueError, match="Expected 2D array for cluster_centers_"):
        model.predict(ROWS)


@pytest.mark.parametrize("rows", ["array", "list", "blocks"])
@pytest.mark.parametrize("method", ["predict", "transform", "score", "predict_to"])
def test_no_read_beyond_the_rows_of_a_model_that_was_never_fitted(rows, method):
    model = KMeans(3)
    model.cluster_centers_ = np.ones((3, 9))
    x = {"array": ROWS, "list": ROWS.tolist(), "blocks": Blocks(lambda: [ROWS])}[rows]
    with pytest.raises(ValueError, match="X has 2 features"):
        METHODS[method](model, x)
    model.cluster_centers_ = CENTERS
    assert_array_equal(model.predict(x), distances(CENTERS).argmin(axis=1))


@pytest.mark.parametrize("x", [ROWS, ROWS.tolist()], ids=["array", "list"])
def test_no_read_beyond_the_rows_where_a_shape_was_set(x):
    model = with_centers(np.ones((4, 2)))
    model.predict(x)
    model.cluster_centers_.resize((2, 4), refcheck=False)
    with pytest.raises(ValueError, match="X has 2 features, but cluster_centers_ has 4 features"):
        model.predict(x)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_copies_check_their_centers_again(copied):
    model = fitted()
    model.cluster_centers_[0, 0] = np.nan
    with pytest.raises(ValueError, match="Input cluster_centers_ contains NaN"):
        copied(model).predict(ROWS)


@pytest.mark.parametrize("order", ["C", "F"])
def test_changes_in_place_take_effect(order):
    model = with_centers(np.array(CENTERS, order=order))
    model.predict(ROWS)
    model.cluster_centers_[:] = CENTERS[::-1]
    assert_array_equal(model.predict(ROWS), distances(CENTERS[::-1]).argmin(axis=1))


def test_a_model_with_assigned_centers_is_fitted_again():
    model = with_centers(CENTERS)
    model.predict(ROWS)
    model.fit(ROWS[:, :1])
    assert model.cluster_centers_.shape == (3, 1)
    assert_array_equal(model.predict(ROWS[:, :1]), model.labels_)


def test_centers_and_rows_whose_squares_underflow():
    tiny = np.array([[1e-170], [3e-170]])
    assert_array_equal(assign(tiny, tiny), [0, 1])
    model = KMeans(1).fit([[-1.0], [1.0]])
    model.cluster_centers_ = np.array([[1e-150]])
    assert_array_equal(model.transform(np.array([[2.0]])), [[2.0]])
    for x in (tiny, tiny.tolist()):
        assert_array_equal(model.transform(x), np.abs(tiny - 1e-150))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("method", ["predict", "transform", "score"])
def test_many_float32_rows_get_the_errors_of_few(method, value):
    x = np.random.default_rng(0).standard_normal((3000, 3)).astype(np.float32)
    call = getattr(KMeans(n_clusters=4, n_init=1, random_state=0).fit(x), method)
    messages = []
    for n in (10, 3000):
        bad = x[:n].copy()
        bad[7, 1] = value
        with pytest.raises(ValueError, match="Input X contains") as error:
            call(bad)
        messages.append(str(error.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("d", [2, 7])
def test_rows_of_equal_centers_get_the_lowest_index(d):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3000, d)).astype(np.float32)
    centers = x[[5, 3, 5, 8, 3, 9]]
    expected = np.argmin(((x[:, None].astype(float) - centers) ** 2).sum(axis=2), axis=1)
    assert_array_equal(assign(x, centers), expected)
    assert set(np.unique(expected)) == {0, 1, 3, 5}
