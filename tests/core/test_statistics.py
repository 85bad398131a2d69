"""Feature ranges are exact; means and squares are within the rounding of n additions."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from shapes import DTYPES, FEATURES, ROWS, THREADS
from strategies import NASTY, OVERFLOWING, make_problem, make_weights


def assert_moments(moments, x, weights):
    """Check against sums of n terms: each is off by n eps times its terms' magnitude, at most.

    The mean is off by (n + 3) eps max|x|. An error of the mean, and of every difference from it,
    adds sqrt(W) times as much to the root of the sum of squares, whose own chain of sums adds
    (n + 3) eps of itself. Twice, as both sides round.
    """
    mean, squares = moments
    x = x.astype(np.longdouble)
    weights = np.ones(len(x)) if weights is None else weights
    total = weights.sum()
    expected = (weights[:, None] * x).sum(axis=0) / total
    expected_squares = (weights[:, None] * (x - expected) ** 2).sum(axis=0)
    relative = 2 * (len(x) + 3) * np.finfo(np.float64).eps
    error_of_mean = relative * np.abs(x).max(axis=0) + np.finfo(np.float64).tiny
    assert (np.abs(mean - expected) <= error_of_mean).all()
    root = np.sqrt(expected_squares)
    slack = relative * root + np.sqrt(total) * 2 * error_of_mean + np.sqrt(np.finfo(float).tiny)
    assert (np.abs(np.sqrt(squares) - root) <= slack).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", FEATURES)
def test_range_and_moments_around_the_tiles(core, d, dtype):
    x, _ = make_problem("gaussian", max(ROWS), d, 1, dtype)
    weights = make_weights(len(x))
    for n in ROWS[1:]:
        for n_threads in THREADS:
            actual = core.statistics.feature_range(x[:n], n_threads)
            assert actual.dtype == np.float64
            assert_array_equal(actual, np.abs(x[:n]).max(axis=0))
        for given in (None, weights[:n]):
            assert_moments(core.statistics.feature_moments(x[:n], given, 2), x[:n], given)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in NASTY if name not in OVERFLOWING])
def test_moments_of_nasty_rows(core, name, dtype):
    x, _ = make_problem(name, 1100, 5, 3, dtype)
    assert_array_equal(core.statistics.feature_range(x, 2), np.abs(x).max(axis=0))
    for weights in (None, make_weights(len(x))):
        assert_moments(core.statistics.feature_moments(x, weights, 2), x, weights)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_range_tells_what_is_not_finite(core, value, dtype):
    for n in ROWS[1:]:
        for d in (1, 2, 5, 16, 17, 65):
            for row in {0, n // 2, n - 1}:
                x = np.ones((n, d), dtype=dtype)
                x[row, row % d] = value
                finite = np.isfinite(core.statistics.feature_range(x, 2))
                expected = np.ones(d, dtype=bool)
                expected[row % d] = False
                assert_array_equal(finite, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_weight_zero_are_absent_from_the_moments(core, dtype):
    x, _ = make_problem("gaussian", 200, 3, 1, dtype)
    weights = make_weights(len(x))
    present = weights > 0
    actual = core.statistics.feature_moments(x, weights, 1)
    assert_moments(actual, x[present], weights[present])
