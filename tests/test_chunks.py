"""Functions that work chunk by chunk give the result of NumPy on the whole array."""

import numpy as np
import pytest

from kmeans_fast import kmeans_afkmc2, kmeans_parallel
from kmeans_fast._chunks import CHUNK_ROWS, chunks, filled
from kmeans_fast.algorithms.seeding.draws import draw_distinct_rows, draw_row
from kmeans_fast.executors.seeding_part import Part
from kmeans_fast.executors.seeding_rows import Parts

SIZES = [1, CHUNK_ROWS - 1, CHUNK_ROWS, CHUNK_ROWS + 1, 3 * CHUNK_ROWS + 5]


@pytest.mark.parametrize("n_rows", SIZES)
def test_chunks_make_up_all_rows(n_rows):
    rows = np.arange(n_rows)
    parts = [rows[part] for part in chunks(n_rows)]
    assert max(map(len, parts)) <= CHUNK_ROWS
    np.testing.assert_array_equal(np.concatenate(parts), rows)
    np.testing.assert_array_equal(filled(n_rows, -1, np.int32), np.full(n_rows, -1, np.int32))


@pytest.mark.parametrize("n_rows", SIZES[1:])
def test_weighted_draws_are_those_of_numpy(n_rows):
    weight = np.random.default_rng(0).random(n_rows) * (np.arange(n_rows) % 3 > 0)
    p = weight / weight.sum()
    rows = Parts([Part(np.zeros((n_rows, 1)), weight, 1)], 0.0, weight.max())
    for seed in range(5):
        ours, numpys = np.random.default_rng(seed), np.random.default_rng(seed)
        assert draw_row(rows, ours) == numpys.choice(n_rows, p=p)
        drawn = draw_distinct_rows(rows, 50, ours)
        np.testing.assert_array_equal(drawn, numpys.choice(n_rows, 50, replace=False, p=p))


@pytest.mark.parametrize("seeding", [kmeans_afkmc2, kmeans_parallel])
def test_rows_without_weight_are_as_if_absent(seeding):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3 * CHUNK_ROWS, 2))
    weight = np.ones(len(x))
    weight[rng.random(len(x)) < 0.3] = 0
    weight[CHUNK_ROWS : 2 * CHUNK_ROWS] = 0
    present = np.flatnonzero(weight)
    _, among_all = seeding(x, 20, sample_weight=weight, random_state=0)
    _, alone = seeding(x[present], 20, random_state=0)
    np.testing.assert_array_equal(among_all, present[alone])
