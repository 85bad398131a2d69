"""Seeds do not depend on the parts in which the rows lie, nor on threads."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast._names import INITS
from kmeans_fast.algorithms.seeding import seed_centers
from kmeans_fast.algorithms.seeding.draws import draw_distinct_rows, draw_row
from kmeans_fast.algorithms.seeding.plus_plus import plus_plus_indices
from kmeans_fast.assigners.grid import make_grid
from kmeans_fast.executors.seeding_part import Part
from kmeans_fast.executors.seeding_rows import Parts

N_ROWS = 9001
CUTS = ((), (4000,), (1, 17, 1500, 5000, 5063, 9000))
"""One, two and seven parts of uneven sizes; the largest have codes in k-means++."""


def blobs(dtype):
    """Clusters of different sizes, and a row far out."""
    rng = np.random.default_rng(0)
    x = 9 * rng.standard_normal((25, 3))[rng.integers(0, 25, N_ROWS) ** 2 // 25]
    x += rng.standard_normal(x.shape)
    x[77] = 1e5
    return x.astype(dtype)


def in_parts(x, weight, cuts, n_threads=1):
    bounds = [0, *cuts, len(x)]
    parts = [
        Part(x[a:b], None if weight is None else weight[a:b], n_threads)
        for a, b in pairwise(bounds)
    ]
    return Parts(parts, float(np.abs(x).max()), 1.0 if weight is None else float(weight.max()))


def weights(kind):
    """None, integers with zeros, or numbers of many magnitudes."""
    rng = np.random.default_rng(1)
    if kind == "none":
        return None
    integers = rng.integers(0, 4, N_ROWS).astype(np.float64)
    return integers if kind == "integers" else integers * 10.0 ** rng.integers(-5, 2, N_ROWS)


@pytest.mark.parametrize("make_rng", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("kind", ["none", "integers", "magnitudes"])
@pytest.mark.parametrize("init", INITS)
def test_parts_have_the_seeds_of_all_rows(init, kind, make_rng, dtype):
    x, weight = blobs(dtype), weights(kind)
    grid = make_grid(np.abs(x).max(axis=0), len(x), 2e6, 400.0)
    found = [
        seed_centers(in_parts(x, weight, cuts, n_threads), grid, init, 30, make_rng(5))
        for cuts in CUTS
        for n_threads in (1, 3)
    ]
    for centers in found[1:]:
        assert_array_equal(centers, found[0])


@pytest.mark.parametrize("kind", ["none", "integers", "magnitudes"])
def test_draws_by_weight_are_those_of_all_rows(kind):
    x, weight = np.zeros((N_ROWS, 1)), weights(kind)
    for draw in (draw_row, lambda rows, rng: draw_distinct_rows(rows, 500, rng)):
        one, *others = [draw(in_parts(x, weight, cuts), np.random.default_rng(2)) for cuts in CUTS]
        for other in others:
            assert_array_equal(other, one)


def test_potentials_are_counted_anew_when_far_rows_are_taken(dtype):
    """Squares from 1e34 to 1: no unit of 100 bits holds them all to the last bit."""
    x = np.random.default_rng(0).integers(-50, 50, (3000, 2)).astype(dtype)
    x[5], x[6] = 1e17, -1e13
    for cuts in CUTS[1:]:
        cuts = [cut for cut in cuts if cut < len(x)]
        seeds = plus_plus_indices(in_parts(x, None, cuts), 12, np.random.default_rng(0))
        expected = plus_plus_indices(in_parts(x, None, ()), 12, np.random.default_rng(0))
        assert_array_equal(seeds, expected)
        assert {5, 6} <= set(seeds)
        assert len({*map(tuple, x[seeds])}) == 12
