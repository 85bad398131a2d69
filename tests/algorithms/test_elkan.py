"""``algorithm="elkan"``: as many bounds as memory allows, and the result of Lloyd's algorithm."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import kmeans
from kmeans_fast.algorithms.assigners import elkan

N_ROWS, N_FEATURES, K = 4000, 300, 120


@pytest.fixture(scope="module")
def rows():
    """Overlapping groups with so many features that bounds pay."""
    rng = np.random.default_rng(0)
    means = rng.standard_normal((K, N_FEATURES))
    x = means[rng.integers(0, K, N_ROWS)] + 2 * rng.standard_normal((N_ROWS, N_FEATURES))
    return x.astype(np.float32)


def test_bounds_that_fit_in_memory(rows):
    full = elkan.n_bytes(rows, K)
    assert elkan.n_groups(rows, K) == elkan.n_groups(rows, K, full) == K
    assert elkan.n_groups(rows, K, full - N_ROWS) == K - 1
    assert elkan.n_groups(rows, K, elkan.least_bytes(rows, K)) == 0
    assert elkan.n_groups(rows[:, :10], K) == 0


@pytest.mark.parametrize("missing", [0, 1, 60, 113, 1000])
def test_every_size_gives_lloyds_result(rows, missing):
    memory = max(elkan.n_bytes(rows, K) - missing * N_ROWS, elkan.least_bytes(rows, K))
    start = rows[:K].copy()
    expected = kmeans(rows, K, init=start, n_init=1, tol=0, algorithm="lloyd")
    result = kmeans(rows, K, init=start, n_init=1, tol=0, algorithm="elkan", max_memory=memory)
    assert_array_equal(result.labels, expected.labels)
    assert_array_equal(result.centers, expected.centers)
    assert result.n_iter == expected.n_iter
    assert set(result.history.algorithm) == {"elkan"}
    if missing == 0:
        assert result.history.n_distances[-1] < 0.3 * N_ROWS * K


def test_less_memory_than_it_can_do_with(rows):
    with pytest.raises(ValueError, match=r"'elkan' needs .* max_memory is 31,999"):
        kmeans(rows, K, algorithm="elkan", max_memory=elkan.least_bytes(rows, K) - 1)
