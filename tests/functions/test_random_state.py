import pickle
from copy import deepcopy

import numpy as np
import pytest
from sklearn.cluster import kmeans_plusplus as sklearn_seeds

from kmeans_fast import kmeans_plusplus
from kmeans_fast._validate import as_random_state


@pytest.mark.parametrize("seed", [0, 1, 12345, np.int64(7), 2**32 - 1])
def test_a_seed_gives_the_random_state_of_numpy(seed):
    expected = np.random.RandomState(seed)
    for rng in (as_random_state(seed), deepcopy(as_random_state(seed))):
        for _ in range(2):
            state, numpy_state = rng.get_state(), expected.get_state()
            np.testing.assert_array_equal(state[1], numpy_state[1])
            assert (state[0], *state[2:]) == (numpy_state[0], *numpy_state[2:])
            rng.seed(3)
            expected.seed(3)
        expected.seed(seed)


def test_a_random_state_that_was_seeded_is_pickled():
    rng = as_random_state(3)
    rng.normal()
    assert pickle.loads(pickle.dumps(rng)).normal() == rng.normal()


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_out_of_range(seed):
    with pytest.raises(ValueError, match=r"Seed must be between 0 and 2\*\*32 - 1"):
        as_random_state(seed)
    with pytest.raises(ValueError, match="cannot be used to seed"):
        as_random_state("three")


def test_booleans_are_seeds_where_scikit_learn_takes_them():
    rows = np.random.default_rng(0).random((50, 2))
    for seed in (True, False):
        own, theirs = (f(rows, 5, random_state=seed)[1] for f in (kmeans_plusplus, sklearn_seeds))
        np.testing.assert_array_equal(own, theirs)
        np.testing.assert_array_equal(own, kmeans_plusplus(rows, 5, random_state=int(seed))[1])
    for seeding in (kmeans_plusplus, sklearn_seeds):
        with pytest.raises(ValueError, match=r"random_state|RandomState"):
            seeding(rows, 5, random_state=np.True_)
