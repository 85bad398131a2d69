"""Which of two runs is better."""

import numpy as np
import pytest

from kmeans_fast.algorithms.problem import CHUNK_ROWS
from kmeans_fast.algorithms.restarts import count_clusters, same_clustering


@pytest.mark.parametrize("n_rows", [1, 10, CHUNK_ROWS + 3, 2 * CHUNK_ROWS + 1])
def test_same_clustering_up_to_names(n_rows):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, n_rows).astype(np.int32)
    renamed = np.array([3, 4, 0, 2, 1], dtype=np.int32)[labels]
    assert same_clustering(labels, renamed, 5)
    if n_rows > 1:
        renamed[-1] = (renamed[-1] + 1) % 5
        assert not same_clustering(labels, renamed, 5)


def test_a_finer_clustering_is_not_told_apart():
    """As in scikit-learn: only whether each cluster of the new run lies in one of the old."""
    fine, coarse = np.array([0, 1, 2], dtype=np.int32), np.array([0, 0, 1], dtype=np.int32)
    assert same_clustering(fine, coarse, 3)
    assert not same_clustering(coarse, fine, 3)


def test_clusters_are_counted_by_rows_that_count():
    labels = np.array([0, 0, 2, 3], dtype=np.int32)
    assert count_clusters(labels, None, 5) == 3
    assert count_clusters(labels, np.array([1.0, 0, 0, 1]), 5) == 2
    long = np.zeros(CHUNK_ROWS + 1, dtype=np.int32)
    long[-1] = 1
    assert count_clusters(long, None, 2) == 2
