"""k-means++ passes: distances, potentials and draws, within the rounding of direct sums."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from shapes import DTYPES, FEATURES, ROWS, THREADS
from strategies import NASTY, make_problem, make_weights

BLOCK_ROWS = 1024


def scale_of(x):
    """The power of two that brings max|x| into [0.5, 1), as far as its own precision goes."""
    limit = np.finfo(x.dtype).maxexp - 2
    return float(np.ldexp(1.0, np.clip(-np.frexp(np.abs(x).max())[1], -limit, limit)))


def distance_slack(distances, d, dtype):
    """Error of a direct sum of d squares: see test_distances.assert_distances, without the root."""
    info = np.finfo(dtype)
    relative = (d + 3) * float(info.eps)
    return relative * distances.astype(np.float64) + d * float(info.smallest_subnormal)


def assert_block_sums(sums, terms):
    """Check sums of nonnegative terms: as many roundings as terms."""
    relative = (BLOCK_ROWS + 1) * np.finfo(np.float64).eps
    expected = np.add.reduceat(terms, np.arange(0, len(terms), BLOCK_ROWS))
    assert (np.abs(sums - expected) <= relative * expected).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", FEATURES)
def test_update_around_the_tiles(core, reference, output, d, dtype):
    x, centers = make_problem("centers_are_rows", max(ROWS), d, 2, dtype)
    scale, weights = scale_of(x), make_weights(len(x))
    for n in ROWS[1:]:
        n_blocks = -(-n // BLOCK_ROWS)
        for given in (None, weights[:n]):
            expected, unused = np.full(n, np.inf, dtype=dtype), np.empty(n_blocks)
            for center in centers:
                arguments = (x[:n], center, scale, given)
                reference.seeding.seed_update(*arguments, expected, unused, 1)
            for n_threads in THREADS:
                closest = output(n, dtype, np.inf)
                sums = output(n_blocks, np.float64, -1)
                for center in centers:
                    arguments = (x[:n], center, scale, given)
                    core.seeding.seed_update(*arguments, closest, sums, n_threads)
                slack = distance_slack(expected, d, dtype)
                assert (np.abs(closest.astype(np.float64) - expected) <= slack).all()
                terms = closest.astype(np.float64)
                assert_block_sums(sums, terms if given is None else terms * given)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_candidates", [1, 2, 6, 7, 8, 9])
@pytest.mark.parametrize("d", FEATURES)
def test_potentials_around_the_tiles(core, reference, output, d, n_candidates, dtype):
    x, centers = make_problem("gaussian", max(ROWS), d, n_candidates + 1, dtype)
    scale, weights = scale_of(x), make_weights(len(x))
    closest, unused = np.full(len(x), np.inf, dtype=dtype), np.empty(2)
    reference.seeding.seed_update(x, centers[-1], scale, None, closest, unused, 1)
    closest.setflags(write=False)
    relative = (d + 3) * float(np.finfo(dtype).eps) + (max(ROWS) + 1) * np.finfo(np.float64).eps
    for n in ROWS[1:]:
        for given in (None, weights[:n]):
            expected, potentials = np.empty(n_candidates), output(n_candidates, np.float64)
            arguments = (x[:n], centers[:-1], scale, given, closest[:n])
            reference.seeding.seed_potentials(*arguments, expected, 1)
            for n_threads in (1, 3):
                core.seeding.seed_potentials(*arguments, potentials, n_threads)
                assert (np.abs(potentials - expected) <= relative * expected).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_seeding_nasty_rows(core, reference, output, name, dtype):
    x, _ = make_problem(name, 1100, 5, 3, dtype)
    scale, candidates = scale_of(x), np.ascontiguousarray(x[::250])
    closest, expected = output(len(x), dtype, np.inf), np.full(len(x), np.inf, dtype=dtype)
    sums, unused = output(2, np.float64), np.empty(2)
    for row in (3, 1099):
        core.seeding.seed_update(x, x[row], scale, None, closest, sums, 2)
        reference.seeding.seed_update(x, x[row], scale, None, expected, unused, 1)
    slack = distance_slack(expected, 5, dtype)
    assert np.isfinite(closest).all()
    assert (np.abs(closest.astype(np.float64) - expected) <= slack).all()
    assert closest[3] == closest[1099] == 0

    potentials, wanted = output(len(candidates), np.float64), np.empty(len(candidates))
    core.seeding.seed_potentials(x, candidates, scale, None, expected, potentials, 2)
    reference.seeding.seed_potentials(x, candidates, scale, None, expected, wanted, 1)
    relative = (5 + 3) * float(np.finfo(dtype).eps) + 1101 * np.finfo(np.float64).eps
    absolute = len(x) * 5 * float(np.finfo(dtype).smallest_subnormal)
    assert (np.abs(potentials - wanted) <= relative * wanted + absolute).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [1, 2, 17, 1024, 1025, 5000])
def test_draws(core, reference, output, n, weighted, dtype):
    rng = np.random.default_rng(n)
    closest = (rng.random(n) * (rng.random(n) < 0.7)).astype(dtype)
    closest[-1] = 0.5
    weights = make_weights(n) if weighted else None
    terms = closest.astype(np.float64) * (1.0 if weights is None else weights)
    block_sums = np.add.reduceat(terms, np.arange(0, n, BLOCK_ROWS))
    total = block_sums.sum()
    targets = np.concatenate([rng.random(100) * total, [0.0, total, total * 1.1]])
    indices, expected = output(len(targets), np.int64), np.empty(len(targets), dtype=np.int64)
    core.seeding.seed_draw(closest, weights, block_sums, targets, indices)
    reference.seeding.seed_draw(closest, weights, block_sums, targets, expected)
    assert_array_equal(indices, expected)
    assert total == 0 or (terms[indices] > 0).all()


def test_a_draw_from_nothing_is_the_first_row(core, output):
    indices = output(2, np.int64, 9)
    core.seeding.seed_draw(np.zeros(30), None, np.zeros(1), np.zeros(2), indices)
    assert_array_equal(indices, [0, 0])
