"""Names that users choose from are those that something stands behind."""

import numpy as np

from kmeans_fast import ALGORITHMS, kmeans
from kmeans_fast._names import INITS
from kmeans_fast.assigners import registry


def test_each_algorithm_but_auto_is_an_assigner():
    assert ("auto", *registry._ENTRIES) == ALGORITHMS


def test_each_name_of_start_centers_is_a_method_of_its_own():
    x = np.random.default_rng(0).standard_normal((200, 3))
    centers = {
        kmeans(x, 5, init=name, n_init=1, max_iter=1, rng=0).centers.tobytes() for name in INITS
    }
    assert len(centers) == len(INITS)
