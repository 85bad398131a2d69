"""k-means++ passes: distances within rounding, sums and draws exact in terms of the distances."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from seed_passes import (
    BLOCK_ROWS,
    WORD_BITS,
    box,
    fresh,
    make_seed_codes,
    scale_of,
    take_in,
    totals,
    unit_of,
)
from shapes import DTYPES, FEATURES, ROWS, THREADS
from strategies import NASTY, make_problem, make_weights


def distance_slack(distances, d, dtype):
    """Error of a direct sum of d squares: see test_distances.assert_distances, without the root."""
    info = np.finfo(dtype)
    relative = (d + 3) * float(info.eps)
    return relative * distances.astype(np.float64) + d * float(info.smallest_subnormal)


def exact_totals(terms, unit):
    """The same of terms (n,), each rounded once."""
    fine = unit * 2.0**-WORD_BITS
    return sum(round(Fraction(term) / Fraction(fine)) for term in terms.tolist())


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
                closest, _, words, _ = state
                assert (np.abs(closest.astype(np.float64) - wanted[0]) <= slack).all()
                terms = closest * (np.ones(n) if given is None else given)
                assert totals(words) == exact_totals(terms, unit_of(d))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_candidates", [1, 5, 6, 12, 13, 25])
@pytest.mark.parametrize("d", [1, 2, 3, 5, 9, 17, 130])
def test_potentials_around_the_tiles(core, reference, output, d, n_candidates, dtype):
    x, points = make_problem("gaussian", max(ROWS), d, n_candidates + 2, dtype)
    scale, weights = scale_of(x), make_weights(len(x))
    relative = (d + 3) * float(np.finfo(dtype).eps)
    for n in (1, 63, 65, 1025):
        for given in (None, weights[:n]):
            for pending in (0, 1):
                results = []
                for backend, n_threads in ((reference, 1), (core, 1), (core, 3)):
                    state = fresh(output, n, n_candidates, dtype)
                    take_in(reference.seeding, x[:n], points[-1], scale, given, state, 1)
                    state[1][:] = pending
                    if pending:  # the words tell what the last seed leaves
                        lowered = fresh(output, n, 1, dtype)
                        lowered[0][:] = state[0]
                        take_in(backend.seeding, x[:n], points[0], scale, given, lowered, 1)
                        state[2][:] = lowered[2]
                    backend.seeding.seed_step(
                        *(x[:n], points[:-1].copy(), scale, given, *state, unit_of(d), None),
                        n_threads,
                    )
                    results.append(totals(state[3]))
                expected, *potentials = results
                for found in potentials:
                    difference = np.abs((found - expected).astype(np.float64))
                    # Each of the n distances rounds in the unit, too.
                    assert (difference <= relative * expected.astype(np.float64) + n).all()
                assert_array_equal(*potentials)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_what_a_candidate_leaves_is_what_counting_finds(core, output, weighted, dtype):
    """Gains are exact differences of rounded terms, whatever lies in the unit's last place."""
    x, _ = make_problem("gaussian", 3000, 5, 1, dtype)
    weights = make_weights(len(x)) if weighted else None
    scale, unit = scale_of(x), unit_of(5) * 2.0**30  # coarse: most terms are rounded
    state = fresh(output, len(x), 7, dtype)
    take_in(core.seeding, x, x[0], scale, weights, state, 2)
    core.seeding.seed_count(state[0], weights, state[2], unit, 2)
    points = np.ascontiguousarray(x[[0, *range(7)]])
    core.seeding.seed_step(x, points, scale, weights, *state, unit, None, 2)
    for t in range(7):
        lowered = fresh(output, len(x), 1, dtype)
        lowered[0][:] = state[0]
        take_in(core.seeding, x, points[1 + t], scale, weights, lowered, 1)
        terms = lowered[0] * (np.ones(len(x)) if weights is None else weights)
        assert totals(state[3][:, t]) == exact_totals(terms, unit)


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
    unit = unit_of(5)
    for backend, (own, _, words, _) in ((core, state), (reference, wanted)):
        backend.seeding.seed_count(own, None, words, unit, 1)
    core.seeding.seed_step(x, points, scale, None, *state, unit, None, 2)
    reference.seeding.seed_step(x, points, scale, None, *wanted, unit, None, 1)
    found, expected = (totals(words).astype(np.float64) for words in (state[3], wanted[3]))
    relative = (5 + 3) * float(np.finfo(dtype).eps)
    # Of each row: subnormal squares, and the rounding in the unit.
    lost = 5 * float(np.finfo(dtype).smallest_subnormal) / unit * 2.0**WORD_BITS + 1
    assert (np.abs(found - expected) <= relative * expected + len(x) * lost).all()


def test_totals_of_words(core, reference):
    words = np.random.default_rng(0).integers(-(2**55), 2**55, (60, 3, 2))
    expected = [totals(words[:, t]) for t in range(3)]
    for backend in (core, reference):
        assert backend.seeding.word_totals(words) == expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [1, 2, 17, 1024, 1025, 5000])
def test_draws(core, reference, output, n, weighted, dtype):
    rng = np.random.default_rng(n)
    x = rng.integers(0, 9, (n, 3)).astype(dtype)  # exact distances: the same bits from both
    given = output(n, dtype)
    given[:] = rng.integers(1, 50, n) * (rng.random(n) < 0.7)
    weights = make_weights(n) if weighted else None
    last = x[:1] - 1
    x[-1] = x[0]
    given[-1] = 0.5  # and three from the last seed: something is left to draw
    lowered = np.minimum(given, ((x - last) ** 2).sum(axis=1))
    if weighted:
        weights[-1] = 1.0
    terms = lowered.astype(np.float64) * (1.0 if weights is None else weights)
    unit = 2.0**-20  # terms are multiples of 2^-1 times weights
    words = np.array(
        [
            [0, exact_totals(terms[start : start + BLOCK_ROWS], unit)]
            for start in range(0, n, BLOCK_ROWS)
        ],
        dtype=object,
    )
    total = totals(words)
    words[:, 0], words[:, 1] = words[:, 1] >> WORD_BITS, words[:, 1] % 2**WORD_BITS
    targets = [1 + int(u * (total - 1)) for u in rng.random(100)] + [1, total]
    results = []
    for backend in (core, reference):
        closest, pending = given.copy(), output(len(words), np.uint8, 1)
        indices = output(len(targets), np.int64)
        backend.seeding.seed_find(
            *(x, last, 1.0, weights, closest, pending, words.astype(np.int64), unit, targets),
            *(indices, None),
        )
        drawn = np.unique(indices // BLOCK_ROWS)
        assert not pending[drawn].any()
        results += [(indices, closest, pending)]
        for block in drawn:
            rows = slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS)
            assert (closest[rows] <= lowered[rows]).all()
    for mine, reference_s in zip(*results, strict=True):
        assert_array_equal(mine, reference_s)
    assert (terms[results[0][0]] > 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 3, 4, 5, 8, 17, 33, 130])
def test_codes_are_those_of_the_reference(core, reference, output, d, dtype):
    for n, features in ((1, d), (17, d), (64, d), (1025, d), (2111, max(1, d - 3))):
        x, _ = make_problem("gaussian", n, d, 1, dtype)
        scale = scale_of(x)
        middle, inverse = box(x[:, :features], scale, 0.9)
        ours, wanted = (
            make_seed_codes(backend.seeding, output, x, scale, middle, inverse, n_threads)
            for backend, n_threads in ((core, 2), (reference, 1))
        )
        assert_array_equal(ours.codes, wanted.codes)
        assert_array_equal(ours.halves, wanted.halves)
        # A sum of d squares, then two roundings to float32.
        np.testing.assert_allclose(ours.radii, wanted.radii, rtol=2.0**-22)


def steps(core, output, x, weight, rows, seed_codes, n_threads):
    """All that a few passes and draws write."""
    scale, n_candidates = scale_of(x), 3
    state = fresh(output, len(x), n_candidates, x.dtype)
    closest, pending, words, left = state
    indices, unit = output(4, np.int64), unit_of(x.shape[1])
    found = []
    for j in range(len(rows) - n_candidates):
        pending[:] = 1
        last = np.ascontiguousarray(x[rows[j : j + 1]])
        if j == 0:
            take_in(core.seeding, x, last[0], scale, weight, state, n_threads, seed_codes)
        elif totals(words) > 0:
            targets = [1 + int(u * (totals(words) - 1)) for u in (0.1, 0.5, 0.77, 0.9)]
            core.seeding.seed_find(
                *(
                    x,
                    last,
                    scale,
                    weight,
                    closest,
                    pending,
                    words,
                    unit,
                    targets,
                    indices,
                    seed_codes,
                )
            )
        points = x[rows[j : j + 1 + n_candidates]]
        core.seeding.seed_step(x, points, scale, weight, *state, unit, seed_codes, n_threads)
        found += [*(array.copy() for array in state), indices.copy()]
        words[:] = left[:, 0]
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 5, 40])
@pytest.mark.parametrize("name", NASTY)
def test_the_seed_codes_change_nothing(core, output, name, d, dtype):
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
            seed_codes = make_seed_codes(core.seeding, output, x, scale, middle, coarse * inverse)
            found = steps(core, output, x, weight, rows, seed_codes, n_threads)
            for mine, theirs in zip(found, expected, strict=True):
                assert_array_equal(mine, theirs)


@pytest.mark.parametrize("dtype", DTYPES)
def test_potentials_survive_a_far_row(core, output, dtype):
    """What a candidate leaves is not a difference of numbers a thousand times as large."""
    x = np.random.default_rng(0).standard_normal((300, 2)).astype(dtype)
    x[7] = 1e6
    scale, state = scale_of(x), fresh(output, 300, 1, dtype)
    take_in(core.seeding, x, x[0], scale, None, state, 1)
    unit = unit_of(2)
    core.seeding.seed_step(x, x[[0, 7]], scale, None, *state, unit, None, 1)
    rows = np.delete(x, 7, axis=0).astype(np.float64) * scale
    expected = ((rows - rows[0]) ** 2).sum()
    found = float(totals(state[3])[0]) * unit * 2.0**-WORD_BITS
    relative = 5 * float(np.finfo(dtype).eps) + 300 * unit * 2.0**-WORD_BITS / expected
    # Rounded coordinates of scale 1e-6 in units of the far row: exact powers of two.
    assert abs(found - expected) <= relative * expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_runs_pick_the_seeds_of_the_reference(core, reference, output, weighted, dtype):
    """Integer rows have exact distances. The first candidates are equal; some runs stop early."""
    rng = np.random.default_rng(3)
    x = rng.integers(-9, 10, (2500, 3)).astype(dtype)
    weight = make_weights(len(x)) if weighted else None
    draws = rng.integers(0, 2**53, (20, 4))
    draws[0] = draws[0, 0]
    unit = 2.0**-20
    for parts, n_threads, keeps in ((0, 1, False), (0, 3, True), (3, 2, True), (8, 1, False)):
        results = []
        for backend in (core, reference):
            state = fresh(output, len(x), 4, dtype)
            take_in(backend.seeding, x, x[0], 1.0, weight, state, n_threads)
            closest, pending, words, left = state
            backend.seeding.seed_count(closest, weight, words, unit, n_threads)
            points, indices = output((5, 3), dtype), output(20, np.int64, -1)
            kept = output((4, len(x)), dtype) if keeps else None
            points[0] = x[0]
            potential = totals(words)
            least = parts * potential // 8
            found = backend.seeding.seed_run(
                *(x, 1.0, weight, closest, pending, words, unit, potential, least, draws),
                *(indices, points, left, kept, None, n_threads),
            )
            results.append((found, closest, pending, words, left, indices, points[0]))
        (count, potential), *_ = results[0]
        assert count == 20 if parts == 0 else 1 < count < 20 if parts == 3 else count == 1
        assert potential == totals(results[0][3])
        for mine, theirs in zip(*results, strict=True):
            assert_array_equal(mine, theirs)
