"""Greedy k-means++ with candidates that codes rule out: see csrc/fast/seed_bound.h."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from seed_passes import BLOCK_ROWS, box, fresh, make_seed_codes, scale_of, take_in, totals, unit_of
from shapes import DTYPES
from strategies import NASTY, make_problem, make_weights


def pruned_runs(core, output, x, weight, seed_codes, n_threads, n_seeds):
    """All that a run of greedy k-means++ with 5 candidates per seed writes for later steps."""
    scale, unit = scale_of(x), unit_of(x.shape[1])
    draws = np.random.default_rng(5).integers(0, 2**53, (n_seeds, 5))
    draws[3] = draws[3, 0]
    state = fresh(output, len(x), 5, x.dtype)
    closest, pending, words, left = state
    take_in(core.seeding, x, x[0], scale, weight, state, n_threads, seed_codes)
    if totals(words) == 0:  # nothing to draw
        return closest, words
    points, indices = output((6, x.shape[1]), x.dtype), output(n_seeds, np.int64, -1)
    points[0] = x[0]
    found = core.seeding.seed_run(
        *(x, scale, weight, closest, pending, words, unit, totals(words), 1, draws),
        *(indices, points, left, None, seed_codes, n_threads),
    )
    take_in(core.seeding, x, points[0], scale, weight, state, n_threads, seed_codes)
    return found, indices, closest, words, points[0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [8, 17, 40])
@pytest.mark.parametrize("name", NASTY)
def test_bounds_on_gains_change_nothing(core, output, name, d, dtype):
    """Candidates that codes rule out, weights that differ much, rows far outside the box."""
    n = 9 * BLOCK_ROWS + 77  # more blocks than share tiles
    x, _ = make_problem(name, n, d, 1, dtype)
    heavy = make_weights(n)
    heavy[::7] *= 2.0**-140  # less than any float32
    heavy[5::1500] = 8
    scale = scale_of(x)
    for weight, features, share, coarse in (
        (None, d, 1.0, 1.0),
        (heavy, d, 0.9, 1.0),
        (None, max(1, d - 2), 0.3, 1.0),
        (None, d, 1.0, 0.05),
    ):
        expected = pruned_runs(core, output, x, weight, None, 1, 24)
        middle, inverse = box(x[:, :features], scale, share)
        for n_threads in (1, 3):
            seed_codes = make_seed_codes(core.seeding, output, x, scale, middle, coarse * inverse)
            found = pruned_runs(core, output, x, weight, seed_codes, n_threads, 24)
            for mine, theirs in zip(found, expected, strict=True):
                assert_array_equal(mine, theirs)
