"""Lloyd's assigner keeps few rows as integers, within the memory limit, and "auto" takes it."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from frames import rows_and_frame
from kmeans_fast import kmeans
from kmeans_fast.assigners import lloyd
from kmeans_fast.assigners.registry import make_assigner
from kmeans_fast.assigners.rows import Shape


def rows_of(n, d=16, dtype=np.float32):
    """Rows without clusters, so that runs take many iterations."""
    return np.random.default_rng(0).random((n, d)).astype(dtype)


@pytest.mark.parametrize("name", ["lloyd", "auto"])
def test_integers_of_few_rows_stay_within_the_limit(name):
    x = rows_of(1000)
    needed = lloyd.n_bytes(Shape.of(x), 20)
    kept = {
        limit: make_assigner(name, *rows_and_frame(x), 20, max_memory=limit).integers
        for limit in (None, needed, needed - 1, 0)
    }
    assert kept[0] is None
    assert kept[needed - 1] is None
    if needed:  # else the processor has no kernel for them
        assert kept[None].nbytes == kept[needed].nbytes == needed


def test_many_rows_are_not_kept():
    assert lloyd.n_bytes(Shape(20_000, 16, 4), 20) <= lloyd.MOST_BYTES
    assert lloyd.n_bytes(Shape(40_000, 16, 4), 20) == 0


def test_runs_from_several_starts_use_the_same_integers():
    x = rows_of(3000)
    first, second = x[:20] + 0.0, x[20:40] * 3 - 1
    result = {
        limit: [kmeans(x, 20, init=start, max_memory=limit) for start in (first, second)]
        for limit in (None, 1)
    }
    several = kmeans(x, 20, init="random", n_init=3, rng=0)
    alone = kmeans(x, 20, init="random", n_init=3, rng=0, max_memory=1)
    for own, expected in [*zip(*result.values(), strict=True), (several, alone)]:
        assert_array_equal(own.labels, expected.labels)
        assert_array_equal(own.centers, expected.centers)
        assert own.inertia == expected.inertia
        assert own.n_iter == expected.n_iter


@pytest.mark.parametrize(("n", "d", "k"), [(10_000, 16, 20), (6_250, 16, 64), (5_000, 64, 20)])
def test_auto_takes_lloyd_for_little_work(n, d, k):
    result = kmeans(rows_of(n, d), k, rng=0, max_iter=3)
    assert set(result.history.algorithm) == {"lloyd"}
