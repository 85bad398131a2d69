"""The functions on examples with known results."""

import dataclasses
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import kmeans_fast
from kmeans_fast import ALGORITHMS, KMeansResult, assign, kmeans
from kmeans_fast.assigners.registry import takes

SIX_POINTS = np.array([[1, 2], [2, 3], [3, 3], [5, 5], [6, 6], [7, 7]])


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if takes(name, 2)])
def test_six_points_of_the_textbook(dtype, algorithm):
    start = SIX_POINTS[[0, 3]]
    result = kmeans(SIX_POINTS.astype(dtype), 2, init=start, algorithm=algorithm)
    assert_array_equal(result.labels, [0, 0, 0, 1, 1, 1])
    assert_array_equal(result.centers, np.array([[2, 8 / 3], [6, 6]], dtype=dtype))
    assert result.centers.dtype == dtype
    assert result.labels.dtype == np.int32
    # 1 + 4/9, 0 + 1/9, 1 + 1/9 and 2, 0, 2; each center and each square is rounded once
    assert result.inertia == pytest.approx(2 + 2 / 3 + 4, rel=8 * float(np.finfo(dtype).eps))
    assert (result.n_iter, result.converged) == (2, True)
    assert result.stop_reason == "no_label_change"


def test_result_is_frozen():
    result = kmeans(SIX_POINTS, 2, rng=0)
    assert isinstance(result, KMeansResult)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.inertia = 0.0


def test_one_cluster_is_the_mean(blobs, dtype):
    x = blobs(dtype=dtype)
    result = kmeans(x, 1, rng=0)
    exact = np.array([math.fsum(feature) / len(x) for feature in x.T])
    # We round the two words of the sum, their quotient and the result.
    assert (np.abs(result.centers[0] - exact) <= 2 * np.spacing(np.abs(exact).astype(dtype))).all()
    assert_array_equal(result.labels, 0)


def test_as_many_clusters_as_rows():
    result = kmeans(SIX_POINTS, 6, rng=0)
    assert result.inertia == 0.0
    assert sorted(result.labels) == list(range(6))
    assert_array_equal(result.centers[result.labels], SIX_POINTS)


@pytest.mark.parametrize("n_threads", [None, 1, 2])
def test_assign_gives_labels_and_distances(dtype, n_threads):
    x = np.array([[0.0], [4.0], [4.5], [9.0]], dtype=dtype)
    labels, distances = assign(x, [[1.0], [8.0]], return_distance=True, n_threads=n_threads)
    assert_array_equal(labels, [0, 0, 0, 1])  # 4.5 is a tie: the lowest index
    assert_array_equal(distances, [1.0, 3.0, 3.5, 1.0])
    assert_array_equal(assign(x, [[1.0], [8.0]]), labels)


def test_assign_gives_the_labels_of_the_result(blobs, dtype):
    x = blobs(dtype=dtype)
    result = kmeans(x, 5, max_iter=2, rng=0)
    assert_array_equal(assign(x, result.centers), result.labels)
    _, distances = assign(x, result.centers, return_distance=True)
    # n additions and n square roots, each of which is squared again
    assert (distances**2).sum() == pytest.approx(result.inertia, rel=len(x) * 2.0**-52)


def test_a_wider_type_on_one_side_changes_nothing(blobs):
    x = blobs(n=3000, d=7, dtype=np.float32)
    centers = x[:9]
    expected = assign(x, centers, return_distance=True)
    for rows, points in (
        (x.astype(np.float64), centers),
        (x, centers.astype(np.float64)),
        (x.astype(np.float64), centers.astype(np.float64)),
    ):
        for ours, theirs in zip(assign(rows, points, return_distance=True), expected, strict=True):
            assert_array_equal(ours, theirs)


def test_the_same_seed_gives_the_same_bits(blobs):
    x = blobs()
    for rng in (7, np.random.SeedSequence(7), np.random.RandomState):
        first, second = (
            kmeans(x, 6, rng=rng(3) if callable(rng) else rng, n_init=2) for _ in range(2)
        )
        assert_array_equal(first.centers, second.centers)
        assert first.inertia == second.inertia


def test_far_blobs_are_separated(offset_blobs):
    x, labels, start = offset_blobs
    result = kmeans(x, 4, init=start)
    assert_array_equal(result.labels, labels)
    assert_array_equal(assign(x, result.centers), labels)


def test_show_config(capsys):
    config = kmeans_fast.show_config(mode="dicts")
    assert config["backend"] in ("core", "reference")
    assert (config["isa"] is None) == (config["backend"] == "reference")
    assert config["isa"] is None or config["isa"] in config["available_isas"]
    assert config["threads"] >= 1
    assert config["versions"]["numpy"] == np.__version__
    assert kmeans_fast.show_config() is None
    printed = capsys.readouterr().out
    assert all(key in printed for key in config)
    with pytest.raises(ValueError, match="mode must be 'stdout' or 'dicts', got 'json'"):
        kmeans_fast.show_config(mode="json")
