"""Distances to the own center are defining sums, bit for bit; all others have a known error."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from shapes import CENTERS, DTYPES, FEATURES, MIXED_SHAPES, ROWS, THREADS
from strategies import NASTY, make_problem, make_weights

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def random_labels(n, k):
    """Arbitrary labels."""
    return np.random.default_rng(5).integers(0, k, n).astype(np.int32)


def assert_distances(reference, x, centers, actual):
    """Compare with direct sums of squared differences, where the squares are in range.

    With u = eps / 2, a square has 3 roundings and a sum of d terms d - 1 more; the square root
    halves their effect and adds one rounding. The error is less than (d + 3) u, and as much again
    for the reference. Each square below the smallest normal number, and such a result, loses half
    the smallest positive number.
    """
    info, d = np.finfo(x.dtype), x.shape[1]
    largest = max(np.abs(x).max(initial=0), np.abs(centers).max())
    scale = float(np.ldexp(1.0, min(1000, -int(np.frexp(largest)[1]))))
    expected = np.empty((len(x), len(centers)))
    scaled = x.astype(np.float64) * scale, centers.astype(np.float64) * scale
    reference.distances.distance_rows(*scaled, expected, 1)
    lost = 2 * np.sqrt(d * float(info.smallest_subnormal))
    slack = ((d + 3) * float(info.eps) * expected + lost) / scale + float(info.smallest_subnormal)
    expected = expected / scale
    actual = actual.astype(np.float64)
    infinite = np.isposinf(actual) & (expected * (1 + d * float(info.eps)) >= float(info.max))
    assert ((np.abs(actual - expected) <= slack) | infinite).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", FEATURES)
def test_squared_distances_and_inertia(core, reference, output, d, dtype):
    x, centers = make_problem("gaussian", max(ROWS), d, 13, dtype)
    labels, weights = random_labels(len(x), 13), make_weights(len(x))
    expected = np.empty(len(x))
    reference.distances.squared_distances(x, centers, labels, expected, 1)
    for n in ROWS:
        x_n, labels_n, weights_n = x[:n], labels[:n], weights[:n]
        inertia = reference.assign.inertia(x_n, centers, labels_n, None, 1)
        weighted = reference.assign.inertia(x_n, centers, labels_n, weights_n, 1)
        for n_threads in THREADS:
            out = output(n, np.float64, -1)
            core.distances.squared_distances(x_n, centers, labels_n, out, n_threads)
            assert_array_equal(out, expected[:n])
            assert core.assign.inertia(x_n, centers, labels_n, None, n_threads) == inertia
            assert core.assign.inertia(x_n, centers, labels_n, weights_n, n_threads) == weighted


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
@pytest.mark.parametrize("name", NASTY)
def test_own_distances_on_nasty_rows(core, reference, output, name, n, d, k, dtype):
    x, centers = make_problem(name, n, d, k, dtype)
    labels = random_labels(n, k)
    out, expected = output(n, np.float64), np.empty(n)
    core.distances.squared_distances(x, centers, labels, out, 2)
    reference.distances.squared_distances(x, centers, labels, expected, 1)
    assert_array_equal(out, expected)
    actual = core.assign.inertia(x, centers, labels, None, 2)
    assert actual == reference.assign.inertia(x, centers, labels, None, 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", CENTERS)
@pytest.mark.parametrize("d", FEATURES)
def test_distance_rows_around_the_tiles(core, reference, output, d, k, dtype):
    x, centers = make_problem("centers_are_rows", 130, d, k, dtype)
    for n in (0, 1, 15, 16, 17, 63, 64, 65, 130):
        for n_threads in (1, 3):
            out = output((n, k), dtype, -1)
            core.distances.distance_rows(x[:n], centers, out, n_threads)
            assert_distances(reference, x[:n], centers, out)
            equal = (x[:n, None] == centers).all(axis=2)
            assert_array_equal(out[equal], 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
@pytest.mark.parametrize("name", NASTY)
def test_distance_rows_on_nasty_rows(core, reference, output, name, n, d, k, dtype):
    x, centers = make_problem(name, n, d, k, dtype)
    out = output((n, k), dtype)
    core.distances.distance_rows(x, centers, out, 2)
    assert_distances(reference, x, centers, out)
