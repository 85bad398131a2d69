"""float32 rows filtered as 16-bit integers give exact labels, in one call and from step to step."""

import platform

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from strategies import NASTY, OVERFLOWING, make_problem

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

N_ROWS, N_CENTERS = 700, 100
"""Enough rows and centers for the filter, with a partial last tile and panel."""

X86 = ("x86_64", "AMD64")
FEATURES = (7, 16, 33, 130)


def gaussian(d, seed=0):
    """Rows and centers drawn from them."""
    x = np.random.default_rng(seed).standard_normal((N_ROWS, d))
    return x, x[:N_CENTERS] + 0.0


@pytest.fixture
def check(core, reference, output):
    """Function that compares the labels of float32 rows with the reference."""

    def compare(x, centers):
        x, centers = np.float32(x), np.float32(centers)
        expected = np.empty(len(x), dtype=np.int32)
        reference.assign.assign_rows(x, centers, expected, 1)
        for n_threads in (1, 3):
            labels = output(len(x), np.int32, -5)
            core.assign.assign_rows(x, centers, labels, n_threads)
            assert_array_equal(labels, expected)

    return compare


@pytest.mark.parametrize("exponent", [-42, -30, -17, -12, -6, 0, 6, 12, 18, 30])
@pytest.mark.parametrize("d", FEATURES)
def test_scales(check, d, exponent):
    x, centers = gaussian(d)
    check(x * 10.0**exponent, centers * 10.0**exponent)


@pytest.mark.parametrize("exponent", [1, 2, 4, 6])
@pytest.mark.parametrize("d", FEATURES)
def test_offsets_on_one_side_and_on_both(check, d, exponent):
    x, _ = gaussian(d)
    check(x + 10.0**exponent, x[:N_CENTERS] + 10.0**exponent)
    x += 10.0**exponent * np.random.default_rng(1).choice([-1, 1], (N_ROWS, 1))
    check(x, x[:N_CENTERS])


@pytest.mark.parametrize("exponent", [-2, -3, -4, -5, -6])
@pytest.mark.parametrize("d", FEATURES)
def test_centers_that_integers_cannot_tell_apart(check, d, exponent):
    x, centers = gaussian(d)
    rng = np.random.default_rng(2)
    some = rng.random(N_ROWS) < 0.1
    between = centers[rng.integers(0, N_CENTERS, (2, N_ROWS))].mean(axis=0)
    noise = rng.standard_normal(x.shape) * 10.0**exponent
    x[some] = (between + noise)[some]
    check(x, centers)
    centers[-5:] = centers[:5] + noise[:5]
    check(x, centers)


@pytest.mark.parametrize("exponent", [-9, 1, 2, 3, 6, 9, 18, 25])
@pytest.mark.parametrize("d", FEATURES)
def test_far_centers_and_far_rows(check, d, exponent):
    x, centers = gaussian(d)
    centers[7] *= 10.0**exponent
    check(x, centers)
    x[11::100] *= 10.0**exponent
    check(x, centers)
    check(gaussian(d)[0], centers * 10.0**exponent)


@pytest.mark.parametrize("d", [1000, 1001])
def test_the_most_features_and_one_more(check, d):
    check(*gaussian(d))


@pytest.mark.parametrize("name", [name for name in NASTY if name not in OVERFLOWING])
@pytest.mark.parametrize("d", [16, 33])
def test_nasty_rows(check, name, d):
    check(*make_problem(name, 2000, d, 40, np.float32))


def steps(backend, x, weights, centers, kept, n_threads):
    """Labels and sums after each of several steps, with rows kept as integers where ``kept``."""
    grid = make_grid(feature_range(x, 1), len(x), weights.sum(), weights.max())
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((centers.shape[1], grid.n_words, x.shape[1] + 1), dtype=np.int64)
    integers = None
    if kept:
        size = backend.lloyd.integer_rows_size(*x.shape, centers.shape[1], x.itemsize)
        integers = np.zeros(size, dtype=np.int32) if size else None
    for now in centers:
        moved = backend.lloyd.lloyd_step(x, weights, now, labels, sums, grid, n_threads, integers)
        yield moved, labels.copy(), sums.copy()


CHANGES = {
    "none": lambda centers, x: centers,
    "to rows": lambda centers, x: x[: len(centers)],
    "to ties": lambda centers, x: centers[:2].repeat(len(centers) // 2, axis=0),
    "far from the first shift": lambda centers, x: centers + np.float32(30),
    "into a point": lambda centers, x: centers * np.float32(1e-20),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize(("n", "d"), [(512, 8), (1025, 16), (5000, 16), (1100, 33), (1100, 129)])
def test_kept_integers_change_no_step(core, n, d, n_threads, change):
    x, start = make_problem("gaussian", n, d, 40, np.float32)
    rng = np.random.default_rng(1)
    centers = start + rng.standard_normal((6, *start.shape)).astype(np.float32) / 8
    centers[3] = CHANGES[change](centers[3], x)
    weights = rng.integers(0, 3, n).astype(np.float64)
    kept = steps(core, x, weights, centers, True, n_threads)
    for own, expected in zip(kept, steps(core, x, weights, centers, False, 1), strict=True):
        assert own[0] == expected[0]
        assert_array_equal(own[1], expected[1])
        assert_array_equal(own[2], expected[2])


@pytest.mark.skipif(platform.machine() not in X86, reason="only x86 has the kernel")
def test_rows_are_kept_as_integers_where_it_pays(core):
    size = core.lloyd.integer_rows_size
    assert 0 < size(1000, 16, 20, 4) <= 1024 * (8 + 1) + 16 + 2 * 16
    assert size(1000, 16, 20, 8) == 0  # float64
    assert size(100, 16, 20, 4) == 0  # few rows
    assert size(1000, 3, 20, 4) == 0  # few features
