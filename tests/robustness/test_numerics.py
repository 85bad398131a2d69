"""Hard numbers against exact rational arithmetic, for every algorithm, in both precisions.

A float is a fraction, so the exact result of a fit is known. Labels must agree up to the resolution
of the defining sum in float64; centers and inertia must agree up to their own rounding.
"""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import ALGORITHMS, Blocks, KMeans, kmeans
from kmeans_fast.assigners.registry import takes

N, K = 60, 5
DTYPES = (np.float32, np.float64)
SHAPES = (1, 3, 7)
UNIT = Fraction(1, 2**53)


def offset(rng, d, dtype):
    """Groups much closer to each other than to the origin: 12 bits of float32 remain."""
    return 2.0 ** (np.finfo(dtype).nmant - 12) + rng.integers(0, 5, (N, 1)) + rng.random((N, d))


def two_far_pairs(rng, d, dtype):
    """Groups on both sides of the origin, so that centering does not help."""
    far = 2.0 ** (np.finfo(dtype).nmant - 12)
    return far * rng.choice([-1, 1], (N, 1)) + 8 * rng.integers(0, 2, (N, 1)) + rng.random((N, d))


def mixed_features(rng, d, dtype):
    """Features from 1e-30 to 1e30."""
    return rng.standard_normal((N, d)) * np.logspace(-30, 30, d)


def mixed_rows(rng, d, dtype):
    """Rows from 1e-30 to 1e30."""
    return rng.standard_normal((N, d)) * np.logspace(-30, 30, N)[:, None]


def one_far_row(rng, d, dtype):
    """A fill value among ordinary numbers, as large as the exactness of the means allows."""
    x = rng.standard_normal((N, d))
    x[17] = 1e15
    return x


def tiny(rng, d, dtype):
    """Numbers whose squares underflow in float32, or are near that in float64."""
    return rng.standard_normal((N, d)) * (1e-42 if dtype == np.float32 else 1e-130)


def huge(rng, d, dtype):
    """Numbers whose squares overflow in float32, or are near that in float64."""
    return rng.standard_normal((N, d)) * (1e37 if dtype == np.float32 else 1e140)


def cancelling(rng, d, dtype):
    """Neighbors in the last bits of large numbers."""
    return 2.0 ** np.finfo(dtype).nmant + rng.integers(0, 9, (N, d))


def near_ties(rng, d, dtype):
    """Rows in the middle between two others, and rows that are one bit away from it."""
    ends = rng.standard_normal((2, d)).astype(dtype)
    x = np.repeat(ends, N // 2, axis=0)
    middle = (ends[0] + ends[1]) / 2
    x[5:15], x[35:45] = middle, np.nextafter(middle, dtype(np.inf))
    return x + rng.integers(0, 2, (N, 1)) * 4


def lattice(rng, d, dtype):
    """Rows with many exact ties."""
    return rng.integers(0, 3, (N, d))


CASES = (
    *(offset, two_far_pairs, mixed_features, mixed_rows, one_far_row),
    *(tiny, huge, cancelling, near_ties, lattice),
)


def fractions(array):
    """The same numbers as exact fractions."""
    return [[Fraction(float(value)) for value in row] for row in array]


def squared(row, center):
    """Squared distance, without rounding."""
    return sum((a - b) ** 2 for a, b in zip(row, center, strict=True))


def defining_labels(x, centers):
    """Labels by the defining sum in float64, feature by feature; the lowest index wins."""
    sums = np.zeros((len(x), len(centers)))
    for f in range(x.shape[1]):
        sums += (x[:, f].astype(np.float64)[:, None] - centers[:, f].astype(np.float64)) ** 2
    return sums.argmin(axis=1)


def start_of(x):
    """Start centers: the first rows that differ, or those at the end."""
    _, first = np.unique(x, axis=0, return_index=True)
    return x[np.sort(first)[-K:]].copy()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", SHAPES)
@pytest.mark.parametrize("case", CASES)
def test_a_fit_is_what_exact_arithmetic_gives(case, d, dtype, weighted):
    x = case(np.random.default_rng(d), d, dtype).astype(dtype)
    start = start_of(x)
    weight = np.random.default_rng(1).integers(1, 9, N) / 8 if weighted else None
    exact = fractions(x)
    before = defining_labels(x, start)
    for algorithm in ALGORITHMS:
        if not takes(algorithm, d):
            continue
        result = kmeans(
            *(x, len(start)),
            init=start,
            sample_weight=weight,
            max_iter=1,
            tol=0,
            algorithm=algorithm,
        )
        weights = [Fraction(1)] * N if weight is None else [Fraction(w) for w in weight]
        check_centers(exact, weights, before, x, result.centers)
        check_labels(exact, result.labels, x, result.centers)
        check_inertia(exact, weights, result)


def check_centers(exact, weights, labels, x, centers):
    """Means, within half a unit in the last place and 2^-78 of the largest value of a feature."""
    for j, center in enumerate(centers):
        rows = np.flatnonzero(labels == j)
        total = sum(weights[i] for i in rows)
        for f, value in enumerate(center):
            mean = sum(weights[i] * exact[i][f] for i in rows) / total
            rounding = Fraction(float(np.spacing(np.abs(value)))) / 2
            grid = Fraction(float(np.abs(x[:, f]).max())) / 2**78
            in_float64 = 4 * UNIT * abs(mean)
            assert abs(Fraction(float(value)) - mean) <= rounding + grid + in_float64


def check_labels(exact, labels, x, centers):
    """Check for the nearest center, up to the rounding of the defining sum."""
    np.testing.assert_array_equal(labels, defining_labels(x, centers))
    points, error = fractions(centers), (2 * x.shape[1] + 8) * UNIT
    for row, label in zip(exact, labels, strict=True):
        distances = [squared(row, point) for point in points]
        assert distances[label] <= min(distances) * (1 + error)


def check_inertia(exact, weights, result):
    """The weighted sum of the squared distances."""
    points = fractions(result.centers)
    terms = zip(exact, weights, result.labels, strict=True)
    inertia = sum(weight * squared(row, points[label]) for row, weight, label in terms)
    assert abs(Fraction(result.inertia) - inertia) <= (N + len(points[0]) + 8) * UNIT * inertia


@pytest.mark.parametrize("fit", [kmeans, lambda x, k, rng: KMeans(k, random_state=rng).fit(x)])
def test_values_too_far_apart_for_exact_means_are_reported(fit):
    x = np.random.default_rng(0).standard_normal((N, 2))
    x[17, 1] = 1e30
    with pytest.warns(RuntimeWarning, match=r"Feature 1 of X has magnitudes up to 1e\+30") as found:
        fit(x, 5, rng=0)
    assert {Path(warning.filename).name for warning in found} == {Path(__file__).name}


@pytest.mark.parametrize("value", [1e-160, 1e-250, 5e-324])
def test_the_power_of_two_that_the_error_names(value):
    x = np.array([[value], [0.0], [2 * value], [7 * value]])
    with pytest.raises(ValueError, match="Scale X up, for example by") as caught:
        kmeans(Blocks(lambda: [x]), 2)
    power = re.search(r"2\.0\*\*\d+", str(caught.value)).group()
    scaled = x * eval(power)
    assert_array_equal(scaled / eval(power), x)
    result = kmeans(scaled, 2, rng=0)
    assert_array_equal(result.labels[:3], [result.labels[0]] * 3)
    assert_array_equal(np.sort(result.centers[:, 0]), [scaled[:3].mean(), scaled[3, 0]])
