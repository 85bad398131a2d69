import pickle
from copy import deepcopy

import numpy as np
import pytest

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
