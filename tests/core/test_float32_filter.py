"""float64 rows filtered in float32, and centers shared among threads, give exact labels."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from shapes import DTYPES, THREADS
from strategies import make_problem, problems

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

N_ROWS = 700
"""Enough rows for the float32 filter, with a partial last tile."""

FEATURES = (1, 2, 3, 4, 5, 8, 17, 33, 130)
EXPONENTS = (-300, -162, -155, -140, -40, -20, 18, 30, 130, 154, 300)


def assert_exact(core, reference, output, x, centers, n_threads=2):
    """Check labels and both distances of both passes."""
    n = len(x)
    expected, nearest, second = np.empty(n, dtype=np.int32), np.empty(n), np.empty(n)
    reference.assign.assign_two_rows(x, centers, expected, nearest, second, 1)
    labels = output(n, np.int32, -5)
    core.assign.assign_rows(x, centers, labels, n_threads)
    assert_array_equal(labels, expected)
    labels, upper, lower = output(n, np.int32, -5), output(n, np.float64), output(n, np.float64)
    core.assign.assign_two_rows(x, centers, labels, upper, lower, n_threads)
    assert_array_equal(labels, expected)
    assert_array_equal(upper, nearest)
    assert (lower <= second).all()


@pytest.fixture
def check(core, reference, output):
    """`assert_exact` for the core."""
    return lambda x, centers, n_threads=2: assert_exact(
        core, reference, output, np.ascontiguousarray(x), np.ascontiguousarray(centers), n_threads
    )


def gaussian(d, k=30, seed=0):
    """Rows and centers drawn from them."""
    x = np.random.default_rng(seed).standard_normal((N_ROWS, d))
    return x, x[:k] + 0.0


@pytest.mark.parametrize("exponent", EXPONENTS)
@pytest.mark.parametrize("d", FEATURES)
def test_scales(check, d, exponent):
    x, centers = gaussian(d)
    check(x * 10.0**exponent, centers * 10.0**exponent)


@pytest.mark.parametrize("exponent", [2, 4, 6, 8, 12, 15])
@pytest.mark.parametrize("d", FEATURES)
def test_offsets_on_one_side_and_on_both(check, d, exponent):
    x, _ = gaussian(d)
    check(x + 10.0**exponent, x[:30] + 10.0**exponent)
    x += 10.0**exponent * np.random.default_rng(1).choice([-1, 1], (N_ROWS, 1))
    check(x, x[:30])


@pytest.mark.parametrize("exponent", [-4, -5, -6, -7, -8, -10, -13, -16])
@pytest.mark.parametrize("d", FEATURES)
def test_centers_that_float32_cannot_tell_apart(check, d, exponent):
    x, centers = gaussian(d)
    noise = np.random.default_rng(2).standard_normal((2, *x.shape)) * 10.0**exponent
    centers[1::2] = centers[::2] + noise[0, :15]
    check(x, centers)
    between = np.random.default_rng(3).integers(0, 30, (2, N_ROWS))
    check(centers[between].mean(axis=0) + noise[1], centers)


@pytest.mark.parametrize("exponent", [1, 3, 6, 9, 18, 20, 25, 40, 160, 300])
@pytest.mark.parametrize("d", FEATURES)
def test_a_far_center_and_a_far_row(check, d, exponent):
    x, centers = gaussian(d)
    centers[7] *= 10.0**exponent
    check(x, centers)
    x[11] *= 10.0**exponent
    check(x, centers)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("decades", [3, 10, 30, 100])
@pytest.mark.parametrize("d", FEATURES)
def test_mixtures_of_magnitudes(check, d, decades, axis):
    x, _ = gaussian(d)
    shape = (N_ROWS, 1) if axis == 0 else (1, d)
    x *= 10.0 ** np.random.default_rng(4).integers(-decades, decades, shape)
    check(x, x[:30])


@pytest.mark.parametrize("part", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("d", FEATURES)
def test_rows_some_of_which_are_undecided(check, d, part):
    x, centers = gaussian(d)
    centers[1::2] = centers[::2] * (1 + 1e-12)
    some = np.random.default_rng(5).random(N_ROWS) > part
    x[some] = np.round(x[some]) * 3
    check(x, centers)


@given(
    problems(min_rows=512, max_rows=600, dtypes=st.just(np.float64)), st.integers(1, 3), st.data()
)
@settings(deadline=None, max_examples=60)
def test_label_is_the_argmin_of_the_defining_sums(core, reference, problem, n_threads, data):
    x, centers = problem
    scale = 2.0 ** data.draw(st.integers(-60, 60))
    with np.errstate(over="ignore"):
        x, centers = x * scale, centers * scale
    assume(np.isfinite(x).all() and np.isfinite(centers).all())
    expected, labels = np.empty((2, len(x)), dtype=np.int32)
    reference.assign.assign_rows(x, centers, expected, 1)
    core.assign.assign_rows(x, centers, labels, n_threads)
    assert_array_equal(labels, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [2, 17])
@pytest.mark.parametrize("name", ["gaussian", "lattice", "duplicated_centers", "one_far_center"])
def test_few_rows_and_many_centers(core, reference, output, name, d, dtype):
    x, centers = make_problem(name, 1100, d, 4500, dtype)
    expected = np.empty(len(x), dtype=np.int32)
    reference.assign.assign_rows(x, centers, expected, 1)
    for n in (1, 2, 16, 17, 63, 65, 1100):
        for n_threads in THREADS:
            labels = output(n, np.int32, -5)
            core.assign.assign_rows(x[:n], centers, labels, n_threads)
            assert_array_equal(labels, expected[:n])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["gaussian", "lattice", "duplicated_centers", "huge_offset"])
def test_centers_that_leave_the_caches(core, output, name, dtype):
    x, centers = make_problem(name, 1500, 300, 7100, dtype)
    expected = np.empty(len(x), dtype=np.int32)
    for start in range(0, len(x), 300):  # a few rows are compared with all centers at once
        rows = slice(start, start + 300)
        core.assign.assign_rows(x[rows], centers, expected[rows], 1)
    for n in (512, 1500):
        for n_threads in (1, 3):
            labels = output(n, np.int32, -5)
            core.assign.assign_rows(x[:n], centers, labels, n_threads)
            assert_array_equal(labels, expected[:n])
