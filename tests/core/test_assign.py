"""For any data, labels are decided by the defining sum; a tie goes to the lowest index."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from shapes import CENTERS, DTYPES, FEATURES, MIXED_SHAPES, ROWS, THREADS
from strategies import NASTY, OVERFLOWING, make_problem


def tied_problem(n, d, k, dtype):
    """Gaussian rows; the last center equals the first, and a middle one is almost equal to it."""
    x, centers = make_problem("gaussian", n, d, k, dtype)
    centers = centers.copy()
    centers[k // 2] = np.nextafter(centers[0], dtype(np.inf))
    centers[-1] = centers[0]
    return x, centers


def band(x, centers):
    """Largest amount by which a float32 bound may lie below the second distance.

    The kernels' |c|^2 / 2 - x.c is a chain of d + 2 operations on terms of magnitude
    |x||c| + |c|^2 / 2 <= (|x| + |c|)^2 / 2. Doubled to a squared distance, with the errors of both
    candidates and of the norms, and with the error band that is subtracted, its error is less than
    8 (d + 8) u (|x| + |c|)^2. A shift of both into the hull of the centers adds |c| to each norm.
    float64 rows may be filtered in float32.
    """
    norms_x = np.sqrt((x.astype(np.float64) ** 2).sum(axis=1))
    norm_c = np.sqrt((centers.astype(np.float64) ** 2).sum(axis=1).max())
    return 8 * (x.shape[1] + 8) * 2.0**-24 * (norms_x + 3 * norm_c) ** 2


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", CENTERS)
@pytest.mark.parametrize("d", FEATURES)
def test_assign_rows_around_the_tiles(core, reference, output, d, k, dtype):
    x, centers = tied_problem(max(ROWS), d, k, dtype)
    expected = np.empty(len(x), dtype=np.int32)
    reference.assign.assign_rows(x, centers, expected, 1)
    for n in ROWS:
        for n_threads in THREADS:
            labels = output(n, np.int32, -5)
            core.assign.assign_rows(x[:n], centers, labels, n_threads)
            assert_array_equal(labels, expected[:n], err_msg=f"{n=} {n_threads=}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", CENTERS)
@pytest.mark.parametrize("d", FEATURES)
def test_assign_two_rows_around_the_tiles(core, reference, output, d, k, dtype):
    x, centers = tied_problem(max(ROWS), d, k, dtype)
    n = len(x)
    expected, nearest, second = np.empty(n, dtype=np.int32), np.empty(n), np.empty(n)
    reference.assign.assign_two_rows(x, centers, expected, nearest, second, 1)
    slack = band(x, centers)
    for n in ROWS:
        for n_threads in (1, 3):
            labels = output(n, np.int32, -5)
            lower, upper = output(n, np.float64), output(n, np.float64)
            core.assign.assign_two_rows(x[:n], centers, labels, upper, lower, n_threads)
            assert_array_equal(labels, expected[:n], err_msg=f"{n=} {n_threads=}")
            assert_array_equal(upper, nearest[:n], err_msg=f"{n=} {n_threads=}")
            assert (lower <= second[:n]).all(), f"{n=} {n_threads=}"
            if k > 1:
                assert (lower >= second[:n] - slack[:n]).all(), f"{n=} {n_threads=}"
            else:
                assert np.isposinf(lower).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
@pytest.mark.parametrize("name", NASTY)
def test_nasty_rows_get_the_exact_label(core, reference, output, name, n, d, k, dtype):
    x, centers = make_problem(name, n, d, k, dtype)
    expected, nearest, second = np.empty(n, dtype=np.int32), np.empty(n), np.empty(n)
    with np.errstate(over="ignore"):
        reference.assign.assign_two_rows(x, centers, expected, nearest, second, 1)

    labels = output(n, np.int32, -5)
    core.assign.assign_rows(x, centers, labels, 2)
    assert_array_equal(labels, expected)

    lower, upper = output(n, np.float64), output(n, np.float64)
    labels[:] = -5
    core.assign.assign_two_rows(x, centers, labels, upper, lower, 2)
    assert_array_equal(labels, expected)
    assert_array_equal(upper, nearest)
    assert (lower <= second).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [name for name in NASTY if name not in OVERFLOWING])
def test_nasty_rows_in_many_blocks(core, reference, output, name, dtype):
    x, centers = make_problem(name, 5000, 6, 40, dtype, seed=1)
    expected = np.empty(len(x), dtype=np.int32)
    reference.assign.assign_rows(x, centers, expected, 1)
    labels = output(len(x), np.int32, -5)
    core.assign.assign_rows(x, centers, labels, 2)
    assert_array_equal(labels, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shift", [1, 2, 3])
def test_rows_off_any_alignment(core, reference, output, shift, dtype):
    n, d, k = 130, 17, 13
    rows = np.random.default_rng(0).standard_normal(n * d + shift).astype(dtype)
    x = rows[shift:].reshape(n, d)
    centers = rows[shift : shift + k * d].reshape(k, d)
    expected = np.empty(n, dtype=np.int32)
    reference.assign.assign_rows(x, centers, expected, 1)
    labels = output(n, np.int32, -5)
    core.assign.assign_rows(x, centers, labels, 1)
    assert_array_equal(labels, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_more_centers_than_a_panel_block(core, reference, output, dtype):
    x, centers = tied_problem(50, 3, 5000, dtype)
    expected = np.empty(len(x), dtype=np.int32)
    reference.assign.assign_rows(x, centers, expected, 1)
    labels = output(len(x), np.int32, -5)
    core.assign.assign_rows(x, centers, labels, 1)
    assert_array_equal(labels, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [np.nan, -np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("d", "k"), [(1, 3), (2, 7), (4, 2), (5, 9), (17, 64), (130, 6), (3, 1)])
def test_rows_that_are_not_finite_are_noticed(core, reference, output, d, k, value, dtype):
    x, centers = tied_problem(3000, d, k, dtype)
    labels = output(len(x), np.int32, -5)
    for n in (3, 100, len(x)):
        for assign in (core.assign, reference.assign):
            assert assign.assign_rows(x[:n], centers, labels[:n], 2)
            for row in (0, n // 2, n - 1):
                bad = x[:n].copy()
                bad[row, row % d] = value
                assert not assign.assign_rows(bad, centers, labels[:n], 2), f"{n=} {row=}"


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_that_are_not_finite_are_noticed_by_parts_of_the_centers(core, output, dtype):
    x, centers = make_problem("gaussian", 100, 6, 2000, dtype)
    labels = output(len(x), np.int32, -5)
    assert core.assign.assign_rows(x, centers, labels, 2)
    x[77, 3] = np.nan
    assert not core.assign.assign_rows(x, centers, labels, 2)
