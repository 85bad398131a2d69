"""A fit on several threads, and a digest of its result, for the scripts of these tests."""

import hashlib

import numpy as np

from kmeans_fast import kmeans

N_ROWS, N_CLUSTERS = 20_000, 8
X = np.random.default_rng(0).standard_normal((N_ROWS, 8)).astype(np.float32)


def digest(seed=0, n_threads=4, **parameters):
    """Digest of the centers, labels and inertia of a fit."""
    result = kmeans(X, N_CLUSTERS, rng=seed, max_iter=3, n_threads=n_threads, **parameters)
    state = hashlib.sha256()
    for array in (result.centers, result.labels, np.float64(result.inertia)):
        state.update(array.tobytes())
    return state.hexdigest()
