"""k-means++ passes: distances, potentials and draws, within the rounding of direct sums."""

from types import SimpleNamespace

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


def fresh(output, n, n_candidates, dtype):
    """``closest``, ``pending``, ``block_sums`` and ``potentials`` before the first seed."""
    n_blocks = -(-n // BLOCK_ROWS)
    return (
        output(n, dtype, np.inf),
        output(n_blocks, np.uint8),
        output(n_blocks, np.float64),
        output((n_blocks, n_candidates), np.float64, -1),
    )


def take_in(seeding, x, seed, scale, weight, state, n_threads, sketch=None):
    """Lower ``closest`` of all rows to a seed."""
    _, pending, _, potentials = state
    pending[:] = 1
    points = np.stack([seed, *np.broadcast_to(seed, (potentials.shape[1], len(seed)))])
    seeding.seed_step(x, points, scale, weight, *state, sketch, n_threads)
    assert not pending.any()


def make_sketch(seeding, output, x, scale, middle, inverse, n_threads=1):
    """Sketch of the rows by ``seeding``; the number of features is that of ``middle``."""
    n_tiles, groups = -(-len(x) // 64), -(-len(middle) // 4)
    codes = output((4 * n_tiles, groups, 16, 4), np.uint8)
    halves, radii = output(64 * n_tiles, np.int32), output(n_tiles, np.float32)
    largest = seeding.encode_rows(x, scale, middle, inverse, codes, halves, radii, n_threads)
    radii += np.float32(largest * (1 + 1e-6))
    skip = output(-(-len(x) // BLOCK_ROWS), np.uint8)
    return SimpleNamespace(
        middle=middle, inverse=inverse, codes=codes, halves=halves, radii=radii, skip=skip
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", FEATURES)
def test_seeds_around_the_tiles(core, reference, output, d, dtype):
    x, centers = make_problem("centers_are_rows", max(ROWS), d, 2, dtype)
    scale, weights = scale_of(x), make_weights(len(x))
    for n in ROWS[1:]:
        for given in (None, weights[:n]):
            wanted = fresh(output, n, 1, dtype)
            for center in centers:
                take_in(reference.seeding, x[:n], center, scale, given, wanted, 1)
            slack = distance_slack(wanted[0], d, dtype)
            for n_threads in THREADS:
                state = fresh(output, n, 1, dtype)
                for center in centers:
                    take_in(core.seeding, x[:n], center, scale, given, state, n_threads)
                closest, _, block_sums, potentials = state
                assert (np.abs(closest.astype(np.float64) - wanted[0]) <= slack).all()
                terms = closest.astype(np.float64)
                for sums in (block_sums, potentials[:, 0]):
                    assert_block_sums(sums, terms if given is None else terms * given)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_candidates", [1, 5, 6, 12, 13, 25])
@pytest.mark.parametrize("d", [1, 2, 3, 5, 9, 17, 130])
def test_potentials_around_the_tiles(core, reference, output, d, n_candidates, dtype):
    x, points = make_problem("gaussian", max(ROWS), d, n_candidates + 2, dtype)
    scale, weights = scale_of(x), make_weights(len(x))
    relative = (d + 3) * float(np.finfo(dtype).eps) + (BLOCK_ROWS + 1) * np.finfo(np.float64).eps
    for n in (1, 63, 65, 1025):
        for given in (None, weights[:n]):
            for pending in (0, 1):
                results = []
                for backend, n_threads in ((reference, 1), (core, 1), (core, 3)):
                    state = fresh(output, n, n_candidates, dtype)
                    take_in(reference.seeding, x[:n], points[-1], scale, given, state, 1)
                    state[1][:] = pending
                    backend.seeding.seed_step(
                        x[:n], points[:-1].copy(), scale, given, *state, None, n_threads
                    )
                    results.append(state[3])
                expected, *potentials = results
                for found in potentials:
                    assert (np.abs(found - expected) <= relative * expected).all()
                assert_array_equal(*potentials)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_seeding_nasty_rows(core, reference, output, name, dtype):
    x, _ = make_problem(name, 1100, 5, 3, dtype)
    scale, candidates = scale_of(x), np.ascontiguousarray(x[::250])
    state, wanted = (fresh(output, len(x), len(candidates), dtype) for _ in range(2))
    for row in (3, 1099):
        take_in(core.seeding, x, x[row], scale, None, state, 2)
        take_in(reference.seeding, x, x[row], scale, None, wanted, 1)
    closest, expected = state[0], wanted[0]
    slack = distance_slack(expected, 5, dtype)
    assert np.isfinite(closest).all()
    assert (np.abs(closest.astype(np.float64) - expected) <= slack).all()
    assert closest[3] == closest[1099] == 0

    points = np.vstack([x[:1], candidates])
    closest[:] = expected
    core.seeding.seed_step(x, points, scale, None, *state, None, 2)
    reference.seeding.seed_step(x, points, scale, None, *wanted, None, 1)
    relative = (5 + 3) * float(np.finfo(dtype).eps) + 1101 * np.finfo(np.float64).eps
    absolute = len(x) * 5 * float(np.finfo(dtype).smallest_subnormal)
    assert (np.abs(state[3] - wanted[3]) <= relative * wanted[3] + absolute).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [1, 2, 17, 1024, 1025, 5000])
def test_draws(core, reference, output, n, weighted, dtype):
    rng = np.random.default_rng(n)
    x = rng.integers(0, 9, (n, 3)).astype(dtype)  # exact distances: the same bits from both
    given = output(n, dtype)
    given[:] = rng.integers(1, 50, n) * (rng.random(n) < 0.7)
    weights = make_weights(n) if weighted else None
    lowered = np.minimum(given, ((x - x[0]) ** 2).sum(axis=1))
    lowered[-1] = given[-1] = 0.5
    terms = lowered.astype(np.float64) * (1.0 if weights is None else weights)
    block_sums = np.add.reduceat(terms, np.arange(0, n, BLOCK_ROWS))
    total = block_sums.sum()
    targets = np.concatenate([rng.random(100) * total, [0.0, total, total * 1.1]])
    results = []
    for backend in (core, reference):
        closest, pending = given.copy(), output(len(block_sums), np.uint8, 1)
        indices = output(len(targets), np.int64)
        backend.seeding.seed_draw(
            *(x, x[:1], 1.0, weights, closest, pending, block_sums.copy(), targets, indices, None)
        )
        drawn = np.unique(indices // BLOCK_ROWS) if total > 0 else []
        assert not pending[drawn].any()
        results += [(indices, closest, pending)]
        for block in drawn:
            rows = slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS)
            assert (closest[rows] <= lowered[rows]).all()
    for mine, reference_s in zip(*results, strict=True):
        assert_array_equal(mine, reference_s)


def test_a_draw_from_nothing_is_the_first_row(core, output):
    indices, x = output(2, np.int64, 9), np.zeros((30, 2))
    core.seeding.seed_draw(
        *(x, x[:1], 1.0, None, np.zeros(30), np.zeros(1, dtype=np.uint8)),
        *(np.zeros(1), np.zeros(2), indices, None),
    )
    assert_array_equal(indices, [0, 0])


def box(x, scale, share=1.0):
    """Middle and unit of codes for the rows; a ``share`` below 1 leaves rows outside the box."""
    rows = x.astype(np.float64) * scale
    middle = (rows.min(axis=0) + rows.max(axis=0)) / 2
    width = np.quantile(np.abs(rows - middle).max(axis=1), share)
    return middle, 127.5 / (1.01 * width) if width > 0 else 1.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 3, 4, 5, 8, 17, 33, 130])
def test_codes_are_those_of_the_reference(core, reference, output, d, dtype):
    for n, features in ((1, d), (17, d), (64, d), (1025, d), (2111, max(1, d - 3))):
        x, _ = make_problem("gaussian", n, d, 1, dtype)
        scale = scale_of(x)
        middle, inverse = box(x[:, :features], scale, 0.9)
        ours, wanted = (
            make_sketch(backend.seeding, output, x, scale, middle, inverse, n_threads)
            for backend, n_threads in ((core, 2), (reference, 1))
        )
        assert_array_equal(ours.codes, wanted.codes)
        assert_array_equal(ours.halves, wanted.halves)
        # A sum of d squares, then two roundings to float32.
        np.testing.assert_allclose(ours.radii, wanted.radii, rtol=2.0**-22)


def steps(core, output, x, weight, rows, sketch, n_threads):
    """All that a few passes and draws write."""
    scale, n_candidates = scale_of(x), 3
    state = fresh(output, len(x), n_candidates, x.dtype)
    closest, pending, block_sums, _ = state
    indices = output(4, np.int64)
    found = []
    for j in range(len(rows) - n_candidates):
        pending[:] = 1
        if j > 0 and block_sums.sum() > 0:
            targets = block_sums.sum() * np.array([0.1, 0.5, 0.77, 0.9])
            core.seeding.seed_draw(
                *(x, x[rows[j : j + 1]], scale, weight, closest, pending),
                *(block_sums, targets, indices, sketch),
            )
        points = x[rows[j : j + 1 + n_candidates]]
        core.seeding.seed_step(x, points, scale, weight, *state, sketch, n_threads)
        found += [*(array.copy() for array in state), indices.copy()]
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 5, 40])
@pytest.mark.parametrize("name", NASTY)
def test_the_sketch_changes_nothing(core, output, name, d, dtype):
    """Not a bit, whatever it is worth: rows outside the box, a coarse unit, a part of the features.

    Forty rows are taken in, so that most rows are far from most of them.
    """
    n = 2100
    x, _ = make_problem(name, n, d, 1, dtype)
    rows = np.random.default_rng(1).integers(0, n, 40)
    scale = scale_of(x)
    for weight, features, share, coarse in (
        (None, d, 1.0, 1.0),
        (make_weights(n), d, 0.7, 1.0),
        (None, max(1, d - 2), 0.95, 1.0),
        (None, d, 1.0, 0.05),
    ):
        expected = steps(core, output, x, weight, rows, None, 1)
        middle, inverse = box(x[:, :features], scale, share)
        for n_threads in (1, 3):
            sketch = make_sketch(core.seeding, output, x, scale, middle, coarse * inverse)
            found = steps(core, output, x, weight, rows, sketch, n_threads)
            for mine, theirs in zip(found, expected, strict=True):
                assert_array_equal(mine, theirs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_potentials_survive_a_far_row(core, output, dtype):
    """What a candidate leaves is not a difference of numbers a thousand times as large."""
    x = np.random.default_rng(0).standard_normal((300, 2)).astype(dtype)
    x[7] = 1e6
    scale, state = scale_of(x), fresh(output, 300, 1, dtype)
    take_in(core.seeding, x, x[0], scale, None, state, 1)
    core.seeding.seed_step(x, x[[0, 7]], scale, None, *state, None, 1)
    rows = np.delete(x, 7, axis=0).astype(np.float64) * scale
    expected = ((rows - rows[0]) ** 2).sum()
    relative = 5 * float(np.finfo(dtype).eps) + 301 * np.finfo(np.float64).eps
    # Rounded coordinates of scale 1e-6 in units of the far row: exact powers of two.
    assert abs(state[3][0, 0] - expected) <= relative * expected
