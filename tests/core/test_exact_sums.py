"""Exact sums are those of fractions, however the terms are cut; draws by them are exact as well."""

from fractions import Fraction
from math import fsum, inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from kmeans_fast.exact import UNIT_EXPONENT, as_float
from shapes import DTYPES, FEATURES, ROWS, THREADS
from strategies import NASTY, make_problem, make_weights

UNIT = Fraction(2) ** UNIT_EXPONENT
SIZES = (0, 1, 7, 8, 9, 1023, 1024, 1025, 5000)


def wide(n, seed=0):
    """Numbers of all magnitudes and both signs, subnormal ones among them."""
    rng = np.random.default_rng(seed)
    return np.ldexp(rng.uniform(-1, 1, n), rng.integers(-1074, 1000, n))


KINDS = {
    "alike": lambda n: np.random.default_rng(0).uniform(1, 2, n),
    "wide": wide,
    "subnormal": lambda n: np.random.default_rng(0).integers(-9, 9, n) * 5e-324,
    "largest": lambda n: np.random.default_rng(0).uniform(0.9, 1, n) * np.finfo(float).max,
    "cancelling": lambda n: np.resize([1e300, 1.0, -1e300, 2.0**-1074], n),
    "zero": np.zeros,
}


def fraction_of(terms):
    """The sum in the unit."""
    return sum((Fraction(term) for term in terms.tolist()), Fraction(0)) / UNIT


@pytest.mark.parametrize("kind", KINDS)
def test_sums_are_those_of_fractions(core, reference, kind):
    for n in SIZES:
        terms = KINDS[kind](n)
        expected = fraction_of(terms)
        for backend in (core, reference):
            for n_threads in (1, 3):
                assert backend.exact_sums.exact_sum(terms, None, n_threads) == expected


@pytest.mark.parametrize("kind", ["alike", "wide", "subnormal"])
def test_products_round_once(core, reference, kind):
    for n in SIZES:
        terms, weights = KINDS[kind](n) / 4, make_weights(n) + 0.1
        weights[::3] = 0
        expected = fraction_of(terms * weights)
        for backend in (core, reference):
            assert backend.exact_sums.exact_sum(terms, weights, 2) == expected


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40), st.data())
def test_parts_add_up_in_any_order(core, terms, data):
    terms = np.array(data.draw(st.permutations(terms)), dtype=np.float64)
    cut = data.draw(st.integers(0, len(terms)))
    parts = [core.exact_sums.exact_sum(part, None, 1) for part in (terms[cut:], terms[:cut])]
    assert sum(parts) == core.exact_sums.exact_sum(terms, None, 1) == fraction_of(terms)


@given(st.lists(st.floats(-1e300, 1e300), max_size=40))
def test_a_sum_is_read_as_fsum_rounds_it(core, terms):
    assert as_float(core.exact_sums.exact_sum(np.array(terms), None, 1)) == fsum(terms)


def test_sums_out_of_range_are_infinite(core, reference):
    largest = np.full(3, np.finfo(np.float64).max)
    for backend in (core, reference):
        assert as_float(backend.exact_sums.exact_sum(largest, None, 1)) == inf
        assert as_float(backend.exact_sums.exact_sum(-largest, None, 1)) == -inf
        assert as_float(backend.exact_sums.exact_sum(np.array([inf, 1.0]), None, 1)) == inf
        # What is absent is not infinite either.
        weights = np.array([0.0, 2.0])
        assert as_float(backend.exact_sums.exact_sum(np.array([inf, 1.0]), weights, 1)) == 2.0


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_rows_found_are_those_of_exact_running_sums(core, reference, kind, weighted):
    for n in SIZES[1:]:
        terms = np.abs(KINDS[kind](n)) / 4
        weights = make_weights(n) if weighted else None
        products = terms if weights is None else terms * weights
        ends = np.cumsum([int(Fraction(term) / UNIT) for term in products.tolist()], dtype=object)
        total = ends[-1]
        targets = [-1, 0, 1, total, total + 1, *ends[:: max(1, n // 20)]]
        targets += [total * i // 37 for i in range(37)]
        inside = [min(max(1, target), total) for target in targets]
        expected = [int(np.searchsorted(ends, target)) if total else 0 for target in inside]
        for backend in (core, reference):
            running = backend.exact_sums.running_sums(terms, weights, 2)
            assert backend.exact_sums.total_of(running) == total
            rows = backend.exact_sums.find_rows(terms, weights, running, targets)
            assert rows.dtype == np.int64
            assert_array_equal(rows, expected)
            assert total == 0 or (products[rows] > 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", FEATURES)
def test_moments_around_the_tiles(core, reference, output, d, dtype):
    x, _ = make_problem("gaussian", max(ROWS), d, 1, dtype)
    weights, origin = make_weights(len(x)), np.random.default_rng(0).standard_normal(d)
    grid = make_grid(feature_range(x, 1), len(x), weights.sum(), weights.max())
    for n in ROWS[1:]:
        for given_weights in (None, weights[:n]):
            expected = np.ones((1, 2, d + 1), dtype=np.int64)
            squares = reference.statistics.moments(x[:n], given_weights, origin, expected, grid, 1)
            for n_threads in THREADS:
                sums = output((1, 2, d + 1), np.int64, 1)
                found = core.statistics.moments(x[:n], given_weights, origin, sums, grid, n_threads)
                assert found == squares
                assert_array_equal(sums, expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_parts_have_the_inertia_and_moments_of_all_rows(core, name, dtype):
    x, centers = make_problem(name, 3000, 5, 7, dtype)
    weights, origin = make_weights(len(x)), x[0].astype(np.float64)
    labels = np.random.default_rng(0).integers(0, 7, len(x)).astype(np.int32)
    grid = make_grid(feature_range(x, 1), len(x), weights.sum(), weights.max())
    found = set()
    for cuts in ((), (1000,), (3, 64, 65, 1500, 2000, 2999)):
        inertia = squares = 0
        sums = np.zeros((1, 2, 6), dtype=np.int64)
        for rows in map(slice, (0, *cuts), (*cuts, len(x))):
            inertia += core.assign.inertia(x[rows], centers, labels[rows], weights[rows], 2)
            squares += core.statistics.moments(x[rows], weights[rows], origin, sums, grid, 2)
        found.add((inertia, squares, sums.tobytes()))
    assert len(found) == 1
