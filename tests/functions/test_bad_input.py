"""Bad input to the functions raises the right error, which names the argument and the value."""

import re

import numpy as np
import pytest

from kmeans_fast import (
    ConvergenceWarning,
    assign,
    kmeans,
    kmeans_afkmc2,
    kmeans_parallel,
    kmeans_plusplus,
)
from kmeans_fast._names import INITS

ROWS = np.random.default_rng(0).standard_normal((10, 2))


def with_value(value):
    x = ROWS.copy()
    x[3, 1] = value
    return x


class Sparse:
    """An object like a SciPy matrix, without importing SciPy."""

    shape = (3, 2)

    def toarray(self):
        return np.ones(self.shape)


BAD_ROWS = {
    "nan": (with_value(np.nan), ValueError, "Input X contains NaN in row 3, column 1"),
    "nan after infinity": (
        [[np.inf, 0.0], [1.0, np.nan]],
        ValueError,
        "Input X contains NaN in row 1, column 1",
    ),
    "infinity": (with_value(-np.inf), ValueError, "X contains infinity or .* in row 3, column 1"),
    "nan32": (with_value(np.nan).astype(np.float32), ValueError, "Input X contains NaN"),
    "no rows": (np.empty((0, 2)), ValueError, r"0 sample\(s\) \(shape=\(0, 2\)\) for X"),
    "no features": (np.empty((5, 0)), ValueError, r"0 feature\(s\) \(shape=\(5, 0\)\) for X"),
    "one-dimensional": (np.arange(9.0), ValueError, "Expected 2D array for X, got 1D array"),
    "scalar": (3.0, ValueError, "Expected 2D array for X, got scalar array"),
    "three-dimensional": (np.ones((3, 2, 2)), ValueError, "dim 3 for X"),
    "complex": (ROWS + 1j, ValueError, "Complex data not supported: X has dtype complex128"),
    "strings": (np.full((9, 2), "1"), ValueError, "X must be an array of real numbers, got .*U1"),
    "dates": (
        np.zeros((9, 2), "M8[s]"),
        ValueError,
        "X must be an array of real numbers, got .*datetime64",
    ),
    "text objects": (
        np.full((9, 2), "text", dtype=object),
        ValueError,
        "got the text 'text' in row 0, column 0",
    ),
    "dict objects": (np.full((9, 2), {}, dtype=object), TypeError, "X must be an array of real"),
    "ragged": ([[1.0, 2.0], [3.0]], ValueError, "X must be an array of real numbers: .*inhomogen"),
    "none": (None, ValueError, "Expected 2D array for X, got scalar array"),
    "none objects": (np.full((9, 2), None), ValueError, "Input X contains NaN"),
    "sparse": (Sparse(), TypeError, "Sparse data was passed for X, but dense data is required"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
@pytest.mark.parametrize(
    "function",
    [
        lambda x: kmeans(x, 2),
        lambda x: kmeans_plusplus(x, 2),
        lambda x: assign(x, ROWS[:2]),
    ],
    ids=["kmeans", "kmeans_plusplus", "assign"],
)
def test_bad_rows(case, function):
    x, error, text = BAD_ROWS[case]
    with pytest.raises(error, match=text):
        function(x)


BAD_WEIGHTS = {
    "negative": (np.r_[-1.0, np.ones(9)], "Negative values in data passed to `sample_weight`"),
    "zeros": (np.zeros(10), "at least one non-zero number, got sample_weight of zeros"),
    "too short": (np.ones(9), r"sample_weight.shape == \(9,\), expected \(10,\)"),
    "two-dimensional": (np.ones((10, 1)), "must be 1D array or scalar, got 2D array"),
    "nan": (np.r_[np.nan, np.ones(9)], "Input sample_weight contains NaN"),
    "infinity": (np.r_[np.inf, np.ones(9)], "Input sample_weight contains infinity"),
    "huge": (np.full(10, 1e308), "sum of sample_weight is too large"),
    "strings": (["a"] * 10, "sample_weight must be an array of real numbers, got dtype <U1"),
    "too far apart": (np.r_[1e300, np.full(9, 1e-30)], "sample_weight spans too much: .* 1e\\+300"),
    "negative scalar": (-1, "Negative values in data passed to `sample_weight`"),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
@pytest.mark.parametrize("function", [kmeans, kmeans_plusplus])
def test_bad_weights(case, function):
    weight, text = BAD_WEIGHTS[case]
    with pytest.raises(ValueError, match=text):
        function(ROWS, 2, sample_weight=weight)


BAD_PARAMETERS = {
    "n_clusters": [0, -1, 2.0, "2", None],
    "n_init": [0, 1.5, "many", None],
    "max_iter": [0, -5, 10.0],
    "tol": [-1e-4, np.nan, "small", None],
    "inertia_tol": [-0.1, np.nan, None],
    "time_limit": [-1.0, np.nan, "1 s"],
    "algorithm": ["full", None, 1],
    "n_threads": [0, -1, 1.5],
    "callback": [3, "print"],
    "max_memory": [0, 1.5, "1 GB"],
    "init": ["kmeans||", "K-MEANS++"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in BAD_PARAMETERS for value in BAD_PARAMETERS[name]]
)
def test_bad_parameters(name, value):
    arguments = {"n_clusters": 2, name: value}
    expected = rf"The '{name}' parameter of kmeans must be .* Got {re.escape(repr(value))} instead"
    with pytest.raises(ValueError, match=expected) as caught:
        kmeans(ROWS, **arguments)
    assert isinstance(caught.value, TypeError)


def test_unknown_argument():
    with pytest.raises(TypeError, match="n_cluster"):
        kmeans(ROWS, 2, n_cluster=3)


BAD_STARTS = {
    "too few": (ROWS[:2], r"initial centers \(2, 2\) does not match the number of clusters 3"),
    "too wide": (np.ones((3, 4)), r"\(3, 4\) does not match the number of features of the data 2"),
    "one-dimensional": (np.ones(3), "Expected 2D array for init, got 1D array"),
    "nan": (with_value(np.nan)[1:4], "Input init contains NaN"),
    "infinity": (with_value(np.inf)[1:4], "Input init contains infinity"),
    "strings": ([["a", "b"]] * 3, "init must be an array of real numbers"),
}


@pytest.mark.parametrize("case", BAD_STARTS)
def test_bad_start(case):
    start, text = BAD_STARTS[case]
    with pytest.raises(ValueError, match=text):
        kmeans(ROWS, 3, init=start)
    with pytest.raises(ValueError, match=text):
        kmeans(ROWS, 3, init=lambda x, k, rng: start)


def test_start_that_overflows_float32():
    with pytest.raises(ValueError, match="Input init contains infinity"):
        kmeans(ROWS.astype(np.float32), 2, init=[[1e39, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize("function", [kmeans, kmeans_plusplus])
def test_more_clusters_than_rows(function):
    with pytest.raises(ValueError, match="n_samples=10 should be >= n_clusters=11"):
        function(ROWS, 11)
    weight = np.r_[np.ones(4), np.zeros(6)]
    text = "n_samples=4 of positive sample_weight should be >= n_clusters=5"
    with pytest.raises(ValueError, match=text):
        function(ROWS, 5, sample_weight=weight)
    function(ROWS, 4, sample_weight=weight)


def test_squares_that_overflow_float64():
    x = ROWS * 1e154
    for function in (kmeans, kmeans_plusplus):
        with pytest.raises(ValueError, match="X has values too large for squared distances"):
            function(x, 2)
    with pytest.raises(ValueError, match="X has values too large for squared distances"):
        assign(x, ROWS[:2])
    with pytest.raises(ValueError, match="centers has values too large for squared distances"):
        assign(ROWS, x[:2])
    with pytest.raises(ValueError, match="X has values too large"):
        kmeans(ROWS * 1e150, 2, sample_weight=np.full(10, 1e10))
    with pytest.raises(ValueError, match="init has values too large"):
        kmeans(ROWS, 2, init=ROWS[:2] * 1e154)
    result = kmeans(ROWS * 1e150, 2, rng=0)
    assert np.isfinite(result.inertia)
    assert np.isfinite(result.centers).all()


def test_largest_float32_is_fine():
    top = np.finfo(np.float32).max
    x = np.array([[top, -top], [top, top], [-top, 0]], dtype=np.float32)
    result = kmeans(x, 3, rng=0)
    assert result.inertia == 0.0


def test_centers_of_another_width():
    with pytest.raises(ValueError, match="X has 2 features, but centers has 3 features"):
        assign(ROWS, np.ones((2, 3)))
    with pytest.raises(ValueError, match="Input centers contains NaN"):
        assign(ROWS, [[np.nan, 0.0]])
    with pytest.raises(ValueError, match="The 'n_threads' parameter of assign"):
        assign(ROWS, ROWS, n_threads=0)


def test_bad_arguments_of_the_seeding():
    for name in ("n_clusters", "n_local_trials", "n_threads"):
        with pytest.raises(ValueError, match=f"The '{name}' parameter of kmeans_plusplus"):
            kmeans_plusplus(ROWS, **{"n_clusters": 2, name: 0})
    for name in ("n_clusters", "n_rounds", "oversampling_factor", "n_threads"):
        with pytest.raises(ValueError, match=f"The '{name}' parameter of kmeans_parallel"):
            kmeans_parallel(ROWS, **{"n_clusters": 2, name: 0})
    for name in ("n_clusters", "chain_length", "n_threads"):
        with pytest.raises(ValueError, match=f"The '{name}' parameter of kmeans_afkmc2"):
            kmeans_afkmc2(ROWS, **{"n_clusters": 2, name: 0})
    with pytest.raises(ValueError, match=r"x_squared_norms 3 should be equal to .* 10"):
        kmeans_plusplus(ROWS, 2, x_squared_norms=np.ones(3))
    with pytest.raises(ValueError, match="'seed' cannot be used to seed"):
        kmeans_plusplus(ROWS, 2, random_state="seed")


@pytest.mark.parametrize("init", INITS)
def test_fewer_distinct_rows_than_clusters(init, dtype):
    x = np.repeat(np.array([[0.1, 0.2], [5.0, 5.0], [0.1, 9.0]], dtype=dtype), 7, axis=0)
    text = r"Number of distinct clusters \(3\) found smaller than n_clusters \(6\)"
    with pytest.warns(ConvergenceWarning, match=text):
        result = kmeans(x, 6, init=init, rng=0, n_init=1)
    assert np.isfinite(result.centers).all()
    assert result.inertia == 0.0
    assert result.n_iter < 10
    assert len(set(result.labels)) == 3
    assert set(map(tuple, result.centers)) <= set(map(tuple, x))


@pytest.mark.parametrize(("value", "error"), [("x", TypeError), (-1, ValueError)])
def test_bad_rng(value, error):
    with pytest.raises(error, match=rf"rng must be None, .* got {value!r}"):
        kmeans(ROWS, 2, rng=value)


def test_a_truth_value_is_no_number_of_clusters():
    with pytest.raises(ValueError, match=r"'n_clusters' parameter of kmeans .* Got True"):
        kmeans(ROWS, True)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_many_float32_rows_get_the_errors_of_few(value):
    x = np.zeros((3000, 3), dtype=np.float32)
    x[2999, 1] = value
    centers = np.eye(3, dtype=np.float32)
    what = "NaN" if np.isnan(value) else "infinity or a value too large for dtype('float32')"
    message = f"Input X contains {what} in row 2999, column 1 (counted from 0)."
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        assign(x, centers)
