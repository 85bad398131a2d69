"""Rows whose squares would underflow: every result is that of rows multiplied by a power of two."""

import contextlib
import io

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import (
    ALGORITHMS,
    Blocks,
    KMeans,
    assign,
    kmeans,
    kmeans_1d,
    kmeans_afkmc2,
    kmeans_parallel,
    kmeans_plusplus,
)

TINY = 2.0**-530
"""1e-160; squares are about 1e-320."""
SQUARED = TINY * TINY
INITS = ("k-means++", "k-means||", "afk-mc2", "random", "random-partition", "density")


@pytest.fixture
def x():
    """Overlapping groups, so that fits take several iterations."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((500, 3)) + rng.integers(0, 3, (500, 1))


@pytest.fixture
def weight():
    return np.random.default_rng(1).uniform(0.5, 2, 500)


def assert_same_fit(tiny, ordinary, scale):
    """Labels, centers, inertia and history, bit for bit; inertia is rounded to denormal numbers."""
    assert_array_equal(tiny.labels, ordinary.labels)
    assert_array_equal(tiny.centers, ordinary.centers * scale)
    assert tiny.inertia == ordinary.inertia * scale * scale
    assert tiny.stop_reason == ordinary.stop_reason
    for name in ("n_moved", "algorithm"):
        assert_array_equal(getattr(tiny.history, name), getattr(ordinary.history, name))
    assert_array_equal(tiny.history.center_shift, ordinary.history.center_shift * scale)
    assert_array_equal(tiny.history.inertia, ordinary.history.inertia * scale * scale)


@pytest.mark.parametrize("scale", [2.0**-250, 2.0**-330, 2.0**-465, TINY, 2.0**-700, 2.0**-900])
@pytest.mark.parametrize(
    "algorithm", [name for name in ALGORITHMS if name not in ("auto", "sorted")]
)
def test_fits(x, weight, scale, algorithm):
    options = {"sample_weight": weight, "algorithm": algorithm}
    tiny, ordinary = (kmeans(a, 7, rng=0, **options) for a in (x * scale, x))
    assert ordinary.n_iter > 5
    assert_same_fit(tiny, ordinary, scale)
    assert_array_equal(assign(x * scale, tiny.centers), tiny.labels)


@pytest.mark.parametrize("init", INITS)
def test_starts(x, init):
    tiny, ordinary = (kmeans(a, 7, init=init, n_init=2, rng=0) for a in (x * TINY, x))
    assert_same_fit(tiny, ordinary, TINY)
    assert tiny.restarts.best == ordinary.restarts.best


@pytest.mark.parametrize("is_callable", [False, True])
def test_given_start_centers(x, is_callable):
    def fit(rows):
        def init(given, n_clusters, rng):
            assert_array_equal(given, rows)
            return given[:n_clusters]

        return kmeans(rows, 7, init=init if is_callable else rows[:7], rng=0, n_init=1)

    assert_same_fit(fit(x * TINY), fit(x), TINY)


def test_start_centers_far_from_tiny_rows(x):
    assert kmeans(x * TINY, 1, init=np.full((1, 3), 2.0**-170)).n_iter > 1
    with pytest.raises(ValueError, match="init has values too large beside X: init has 1, X has"):
        kmeans(x * TINY, 1, init=np.ones((1, 3)))


@pytest.mark.parametrize("seeding", [kmeans_plusplus, kmeans_parallel, kmeans_afkmc2])
def test_seedings(x, weight, seeding):
    for scale in (2.0**-330, TINY, 2.0**-900):
        seeds, rows = seeding(x * scale, 9, sample_weight=weight, random_state=0)
        assert_array_equal(rows, seeding(x, 9, sample_weight=weight, random_state=0)[1])
        assert_array_equal(seeds, x[rows] * scale)


def test_the_estimator(x, weight):
    def outputs(scale):
        rows = x * scale
        model = KMeans(7, random_state=0).fit(rows, sample_weight=weight)
        assert_array_equal(model.predict(rows), model.labels_)
        assert model.score(rows, sample_weight=weight) == -model.inertia_
        assert_array_equal(model.predict(rows[3:4]), model.labels_[3:4])
        return model, model.transform(rows), model.score(rows[:99])

    (tiny, tiny_distances, tiny_score), (model, distances, score) = outputs(TINY), outputs(1.0)
    assert_array_equal(tiny.labels_, model.labels_)
    assert_array_equal(tiny.cluster_centers_, model.cluster_centers_ * TINY)
    assert tiny.inertia_ == model.inertia_ * SQUARED > 0
    assert_array_equal(tiny_distances, distances * TINY)
    assert tiny_score == score * SQUARED


def test_a_warm_start(x):
    def fit(rows):
        model = KMeans(7, warm_start=True, random_state=0, max_iter=2)
        return model.fit(rows).fit(rows)

    tiny, model = fit(x * TINY), fit(x)
    assert_array_equal(tiny.labels_, model.labels_)
    assert_array_equal(tiny.cluster_centers_, model.cluster_centers_ * TINY)


def test_assign_with_distances(x):
    labels, distances = assign(x * TINY, x[:5] * TINY, return_distance=True)
    expected = assign(x, x[:5], return_distance=True)
    assert_array_equal(labels, expected[0])
    assert_array_equal(distances, expected[1] * TINY)
    assert assign(x * TINY, np.zeros((1, 3)), return_distance=True)[1].min() > 0


def test_values_on_a_line(x, weight):
    tiny, ordinary = (kmeans_1d(a[:, 0], 5, sample_weight=weight) for a in (x * TINY, x))
    assert_array_equal(tiny.labels, ordinary.labels)
    assert_array_equal(tiny.centers, ordinary.centers * TINY)
    assert tiny.inertia == ordinary.inertia * SQUARED > 0


def test_callbacks_see_the_given_values(x):
    def iterations(rows):
        seen = []
        kmeans(rows, 7, rng=0, callback=seen.append)
        return seen

    for tiny, ordinary in zip(iterations(x * TINY), iterations(x), strict=True):
        assert_array_equal(tiny.centers, ordinary.centers * TINY)
        assert tiny.center_shift == ordinary.center_shift * TINY
        assert tiny.inertia == ordinary.inertia * SQUARED


def test_verbose_prints_of_the_given_values(x):
    scale = 2.0**-400
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model = KMeans(7, random_state=0, verbose=1, tol=1e-2).fit(x * scale)
    assert model.stop_reason_ == "center_shift"
    numbers = [word.strip(".") for word in text.getvalue().split() if "e-" in word]
    assert len(numbers) == model.n_iter_ + 2
    assert all("e-24" in number or "e-23" in number for number in numbers)


def test_a_checkpoint_is_gone_on_from(x, tmp_path):
    def stop(iteration):
        return iteration.iteration == 2

    options = {"checkpoint": tmp_path / "checkpoint", "rng": 0}
    kmeans(x * TINY, 7, callback=stop, **options)
    resumed = kmeans(x * TINY, 7, resume=True, **options)
    assert_same_fit(resumed, kmeans(x, 7, rng=0), TINY)


def test_denormal_rows_have_centers_that_are_rounded_to_denormal_numbers():
    rng = np.random.default_rng(0)
    smallest = np.finfo(np.float64).smallest_subnormal
    for _ in range(20):
        multiples = rng.integers(-9, 10, (60, 2)).astype(np.float64)
        rows = multiples * smallest
        model = KMeans(8, n_init=1, random_state=0).fit(rows)
        own = model.cluster_centers_ / smallest
        assert_array_equal(own, own.round())
        assert_array_equal(model.labels_, assign(multiples, own))
        assert_array_equal(model.predict(rows), model.labels_)
        assert model.inertia_ == 0


def test_rows_in_blocks(x, weight):
    model = KMeans(7, random_state=0).fit(x)
    tiny = KMeans(7, random_state=0).fit(x * TINY)
    blocks = Blocks(lambda: iter(np.array_split(x * TINY, 4)), n_features=3)
    assert_array_equal(tiny.predict(blocks), model.labels_)
    assert_array_equal(tiny.transform(blocks), model.transform(x) * TINY)
    assert tiny.score(blocks, sample_weight=weight) == model.score(x, None, weight) * SQUARED
    with pytest.raises(ValueError, match="X has values too small for squared distances"):
        kmeans(blocks, 7)


def test_predictions_in_a_file(x, tmp_path):
    tiny = KMeans(7, random_state=0).fit(x * TINY)
    tiny.predict_to(x * TINY, tmp_path / "labels.npy")
    assert_array_equal(np.load(tmp_path / "labels.npy"), tiny.labels_)
    tiny.predict_to(x * TINY, tmp_path / "distances.npy", distances=True)
    assert_array_equal(np.load(tmp_path / "distances.npy"), tiny.transform(x * TINY))


@pytest.mark.parametrize("scale", [2.0**-80, 2.0**-105])
def test_tiny_values_in_float32(x, scale):
    x = x.astype(np.float32)
    tiny, ordinary = (kmeans(a, 7, rng=0) for a in (x * np.float32(scale), x))
    assert_same_fit(tiny, ordinary, scale)
    model = KMeans(7, random_state=0).fit(x * np.float32(scale))
    assert_array_equal(model.predict(x * np.float32(scale)), model.labels_)
