"""Fits with weights of very different magnitude: posteriors, kernels, half-lives."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import ALGORITHMS, Blocks, KMeans, kmeans
from kmeans_fast.algorithms.seeding import PICKED

ROWS = np.array([1, 1, 5, 5, 100.1, 100.1])[:, None]


@pytest.mark.parametrize("light", [1e-8, 1e-16, 1e-22])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_cluster_of_light_rows_has_their_mean(algorithm, light):
    weights = np.array([1e8] * 4 + [light] * 2)
    result = kmeans(ROWS, 3, init=[[1], [5], [90]], sample_weight=weights, algorithm=algorithm)
    assert_array_equal(result.centers.ravel(), [1, 5, 100.1])
    assert result.inertia == 0


@pytest.mark.parametrize("init", [*PICKED, "random"])
def test_seeds_among_light_rows(init):
    weights = np.array([1.0] * 4 + [2.0**-99] * 2)
    model = KMeans(3, init=init, n_init=5, random_state=0).fit(ROWS, sample_weight=weights)
    assert_array_equal(np.sort(model.cluster_centers_.ravel()), [1, 5, 100.1])


def test_equal_rows_have_their_value_as_mean():
    rng = np.random.default_rng(0)
    for _ in range(200):
        value, n = rng.normal() * 10.0 ** rng.integers(-3, 4), rng.integers(1, 40)
        x = np.full((n, 1), value)
        for weights in (None, rng.random(n) + 0.01):
            assert kmeans(x, 1, sample_weight=weights).centers[0, 0] == value
    assert kmeans([[3.4601]] * 3, 1).centers[0, 0] == 3.4601


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_all_algorithms_threads_and_blocks_agree(algorithm):
    rng = np.random.default_rng(1)
    n, d = 4000, 1 if algorithm == "sorted" else 4
    x = rng.normal(size=(n, d)).astype(np.float32)
    weights = 2.0 ** rng.uniform(-95, 0, n)
    options = {"init": x[:20], "tol": 0, "max_iter": 30}
    expected = kmeans(x, 20, sample_weight=weights, algorithm="lloyd", **options)
    blocks = Blocks(lambda: zip(np.array_split(x, 7), np.array_split(weights, 7)), weighted=True)  # noqa: B905
    for result in (
        kmeans(x, 20, sample_weight=weights, algorithm=algorithm, n_threads=1, **options),
        kmeans(x, 20, sample_weight=weights, algorithm=algorithm, n_threads=3, **options),
        kmeans(blocks, 20, **options),
    ):
        assert_array_equal(result.centers, expected.centers)
        assert_array_equal(result.labels, expected.labels)
        assert result.inertia == expected.inertia


@pytest.mark.parametrize("unit", [2.0**-1000, 2.0**-1025, 2.0**900])
def test_units_of_weights_do_not_matter(unit):
    rng = np.random.default_rng(2)
    x, weights = rng.normal(size=(50, 2)), 2.0 ** -rng.integers(0, 40, 50)
    ours = kmeans(x, 4, sample_weight=weights * unit, init=x[:4])
    theirs = kmeans(x, 4, sample_weight=weights, init=x[:4])
    assert_array_equal(ours.centers, theirs.centers)
    assert_array_equal(ours.labels, theirs.labels)


def test_weights_farther_apart_are_refused():
    with pytest.raises(ValueError, match=r"sample_weight spans too much: .* than 1\.27e\+30 times"):
        kmeans(ROWS, 2, sample_weight=[1, 1, 1, 1, 1, 1e-31])
