"""`kmeans_1d` gives the optimum, as a result like that of a fit."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import ConvergenceWarning, assign, kmeans, kmeans_1d
from kmeans_fast.algorithms.kmeans_1d import optimal_centers
from strategies import NASTY, make_problem, make_weights

TAME = [name for name in NASTY if name not in ("huge_scale", "largest_squares", "largest")]


@pytest.mark.filterwarnings("ignore:Number of distinct")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", TAME)
def test_no_fit_is_better(name, weighted, dtype):
    x = make_problem(name, 500, 1, 9, dtype)[0]
    weight = make_weights(len(x)) if weighted else None
    best = kmeans_1d(x, 9, sample_weight=weight)
    assert best.centers.dtype == dtype
    assert (np.diff(best.centers) >= 0).all()
    assert_array_equal(best.labels, assign(x, best.centers[:, None]))
    # rounding the centers to float32 costs up to eps^2 |x|^2 per row
    slack = 500 * np.finfo(np.float64).eps * best.inertia
    slack += 3 * len(x) * (np.finfo(dtype).eps * float(np.abs(x).max())) ** 2
    for seed in range(5):
        fit = kmeans(x, 9, sample_weight=weight, rng=seed, tol=0)
        assert best.inertia <= fit.inertia + slack


@pytest.mark.filterwarnings("ignore:Number of distinct")
def test_a_fit_from_the_optimum_stays():
    x = make_problem("gaussian", 2000, 1, 1, np.float64)[0]
    best = kmeans_1d(x, 12)
    fit = kmeans(x, 12, init=best.centers[:, None], tol=0)
    assert fit.n_iter <= 2
    assert_array_equal(fit.labels, best.labels)


def test_weights_are_repetitions(dtype):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal(300).astype(dtype), rng.integers(0, 4, 300)
    weighted = kmeans_1d(x, 10, sample_weight=weight)
    repeated = kmeans_1d(np.repeat(x, weight), 10)
    assert np.abs(weighted.centers - repeated.centers).max() <= 300 * np.finfo(dtype).eps
    assert_array_equal(np.repeat(weighted.labels, weight), repeated.labels)


@pytest.mark.parametrize("scale", [1e-290, 1e-30, 1e300])
def test_weights_of_any_magnitude(scale):
    x, weight = np.random.default_rng(0).standard_normal(100), make_weights(100)
    expected = kmeans_1d(x, 5, sample_weight=weight).labels
    assert_array_equal(kmeans_1d(x, 5, sample_weight=weight * scale).labels, expected)


def test_threads_change_nothing():
    x = np.random.default_rng(0).standard_normal(30_000)
    one, three = (kmeans_1d(x, 20, n_threads=n) for n in (1, 3))
    assert_array_equal(one.centers, three.centers)
    assert one.inertia == three.inertia


def test_forms_of_input(dtype):
    x = np.random.default_rng(0).standard_normal(50).astype(dtype)
    expected = kmeans_1d(x, 4)
    for form in (x[:, None], list(x), np.repeat(x, 2)[::2], x[:, None].T.copy().T):
        got = kmeans_1d(form, 4)
        assert_array_equal(got.labels, expected.labels)
    assert kmeans_1d([1, 2, 7], 2).centers.dtype == np.float64


def test_fewer_values_than_clusters():
    with pytest.warns(ConvergenceWarning, match=r"distinct values \(2\) .* n_clusters \(4\)"):
        result = kmeans_1d([3.0, 1, 3, 1, -0.0, 0.0], 4, sample_weight=[1, 2, 1, 1, 0, 0])
    assert_array_equal(result.centers, [1, 3, 3, 3])
    assert_array_equal(result.labels, [1, 0, 1, 0, 0, 0])
    assert result.inertia == 4.0 * 0


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (([1.0, 2], 0), {}, "'n_clusters' parameter of kmeans_1d"),
        (([1.0, 2], 3), {}, "n_samples=2 should be >= n_clusters=3"),
        (([1.0, np.nan], 1), {}, "Input x contains NaN"),
        ((np.ones((3, 2)), 1), {}, r"x must have shape \(n_rows,\) or .* got \(3, 2\)"),
        ((np.float64(5), 1), {}, r"x must have shape \(n_rows,\) or .* got \(\)"),
        (([], 1), {}, r"0 sample\(s\)"),
        (([1e200, 2], 1), {}, "x has values too large"),
        (([1.0, 2], 1), {"n_threads": 0}, "'n_threads' parameter of kmeans_1d"),
        (([1.0, 2], 1), {"sample_weight": [1]}, "sample_weight.shape"),
        (([1.0, 2], 2), {"sample_weight": [0, 1]}, "n_samples=1 of positive sample_weight"),
        ((["a"], 1), {}, "x must be an array of real numbers"),
    ],
)
def test_bad_input(args, kwargs, message):
    with pytest.raises(ValueError, match=message):
        kmeans_1d(*args, **kwargs)


def test_too_many_distinct_values(monkeypatch):
    monkeypatch.setattr("kmeans_fast.algorithms.kmeans_1d.MOST_VALUES", 4)
    with pytest.raises(ValueError, match="x has 5 distinct values, more than 4"):
        optimal_centers(np.arange(5.0), None, 2, 1)
