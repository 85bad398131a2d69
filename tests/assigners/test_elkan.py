"""``algorithm="elkan"`` uses all bounds that memory allows, and gives Lloyd's result."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import kmeans
from kmeans_fast.assigners import elkan
from kmeans_fast.assigners.rows import Shape

N_ROWS, N_FEATURES, K = 4000, 300, 120


@pytest.fixture(scope="module")
def rows():
    """Overlapping groups with enough features for bounds to save time."""
    rng = np.random.default_rng(0)
    means = rng.standard_normal((K, N_FEATURES))
    x = means[rng.integers(0, K, N_ROWS)] + 2 * rng.standard_normal((N_ROWS, N_FEATURES))
    return x.astype(np.float32)


def shape_of(x):
    return Shape(*x.shape, x.itemsize)


def test_bounds_that_fit_in_memory(rows):
    shape = shape_of(rows)
    full = elkan.n_bytes(shape, K)
    assert elkan.n_groups(shape, K) == elkan.n_groups(shape, K, full) == K
    assert elkan.n_groups(shape, K, full - N_ROWS) == K - 1
    assert elkan.n_groups(shape, K, elkan.least_bytes(shape, K)) == 1


def test_what_is_named_runs_however_small_the_work():
    """Where comparing a row with all centers is cheap, "auto" chooses Hamerly's by its name."""
    x = np.random.default_rng(0).random((60_000, 6), dtype=np.float32)
    assert elkan.is_cheap(shape_of(x), 40)
    named = kmeans(x, 40, rng=0, max_iter=5, algorithm="elkan")
    assert set(named.history.algorithm) == {"elkan"}
    bounds = named.history.n_distances[1:].sum()
    hamerly = kmeans(x, 40, rng=0, max_iter=5, algorithm="hamerly")
    assert bounds < 0.8 * hamerly.history.n_distances[1:].sum()
    assert set(kmeans(x, 40, rng=0, max_iter=2).history.algorithm) == {"hamerly"}


@pytest.mark.parametrize("missing", [0, 1, 60, 113, 1000])
def test_every_size_gives_lloyds_result(rows, missing):
    memory = max(
        elkan.n_bytes(shape_of(rows), K) - missing * N_ROWS, elkan.least_bytes(shape_of(rows), K)
    )
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
    with pytest.raises(ValueError, match=r"'elkan' needs .* max_memory is"):
        kmeans(rows, K, algorithm="elkan", max_memory=elkan.least_bytes(shape_of(rows), K) - 1)
