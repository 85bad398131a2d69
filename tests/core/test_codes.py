"""Codes bound the rows that they stand for, whatever the data."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast._reference.sketches import rotate
from kmeans_fast._reference.statistics import feature_moments, feature_range
from shapes import DTYPES, MIXED_SHAPES, THREADS
from strategies import NASTY, make_problem

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def encode(backend, x, shift, scale, n_threads=1):
    """Codes, step sizes, squared norms and spread of the rows of x."""
    n, d = x.shape
    codes = np.full((n, (d + 3) // 4 * 4), 7, dtype=np.uint8)
    step, square = np.empty((2, n), dtype=np.float32)
    spread = backend.sketches.encode_rows(x, shift, scale, codes, step, square, n_threads)
    return codes, step, square, spread


def geometry(x):
    """Shift and scale that a fit would use."""
    mean = feature_moments(x, None, 1)[0]
    largest = (feature_range(x, 1) + np.abs(mean)).max()
    return mean, 2.0 ** -int(np.clip(np.frexp(largest)[1], -126, 126))


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 31, 64, 100, 255, 300])
def test_the_rotation_is_orthogonal(d):
    matrix = rotate(np.eye(d))
    # 2 log2(d) + 3 roundings of terms whose sum is at most 1
    slack = 2 * (2 * np.log2(d) + 4) * np.finfo(np.float64).eps
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(d), atol=d * slack)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
def test_codes_are_those_of_the_reference(core, reference, n, d, k, dtype):
    x, _ = make_problem("gaussian", n, d, k, dtype)
    expected = encode(reference, x, *geometry(x))
    for n_threads in THREADS:
        for got, wanted in zip(encode(core, x, *geometry(x), n_threads), expected, strict=True):
            assert_array_equal(got, wanted)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_codes_lie_within_the_spread(core, name, dtype):
    x, _ = make_problem(name, 130, 45, 9, dtype)
    shift, scale = geometry(x)
    codes, step, square, spread = encode(core, x, shift, scale)
    assert (codes[:, 45:] == 128).all()
    if not np.isfinite(spread):
        return
    y = rotate(scale * (x.astype(np.float64) - shift))
    rest = y - (codes[:, :45].astype(np.float64) - 128) * step[:, None].astype(np.float64)
    assert (np.sqrt((rest**2).sum(axis=1)) <= spread * step).all()
    assert (square <= (y**2).sum(axis=1) * (1 + 2.0**-40)).all()


def test_rows_too_far_out_have_no_codes(core, reference):
    x = np.ones((20, 8))
    x[3, 2] = 2.0**60
    for backend in (core, reference):
        assert np.isposinf(encode(backend, x, np.zeros(8), 1.0)[3])
