"""A fit on groups of identical rows equals the fit on the rows, bit for bit."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from frames import rows_and_frame
from kmeans_fast import ALGORITHMS, KMeans, assign, kmeans
from kmeans_fast.assigners.registry import takes
from kmeans_fast.executors import grouping, memory


@pytest.fixture
def both(monkeypatch):
    """Fit on groups and on rows; return both results and the number of groups."""

    def fit(x, k, **kwargs):
        sizes = []

        def watched(*args):
            groups = grouping.group_identical(*args)
            sizes.append(None if groups is None else len(groups.counts))
            return groups

        with monkeypatch.context() as patch:
            patch.setattr(grouping, "FEWEST_ROWS", 1)
            patch.setattr(grouping, "CHEAPEST_ROW", 1)
            patch.setattr(memory, "group_identical", watched)
            grouped = kmeans(x, k, **kwargs)
        with monkeypatch.context() as patch:
            patch.setattr(memory, "group_identical", lambda *args: None)
            return grouped, kmeans(x, k, **kwargs), sizes[0]

    return fit


def assert_same(grouped, plain):
    """Check that two results are equal, bit for bit, except for times and work."""
    assert_array_equal(grouped.labels, plain.labels)
    assert_array_equal(grouped.centers, plain.centers)
    assert (grouped.inertia, grouped.n_iter, grouped.stop_reason) == (
        *(plain.inertia, plain.n_iter, plain.stop_reason),
    )
    for name in ("inertia", "center_shift", "n_moved"):
        assert_array_equal(getattr(grouped.history, name), getattr(plain.history, name))


def colors(n, dtype, levels=24, d=3, seed=0):
    """Rows like pixels: a few levels per channel, some colors much more frequent than others."""
    rng = np.random.default_rng(seed)
    level = np.clip(rng.normal(0.5, 0.12, (n, d)), 0, 1) * levels
    return (np.rint(level) / levels).astype(dtype)


@pytest.mark.parametrize("init", ["k-means++", "random", "random-partition"])
@pytest.mark.parametrize("n_threads", [1, 3])
def test_pixels(both, dtype, n_threads, init):
    x = colors(20_000, dtype)
    grouped, plain, size = both(x, 30, init=init, rng=0, n_threads=n_threads, n_init=2, tol=0)
    assert size < len(x) / 2
    assert_same(grouped, plain)
    assert grouped.history.n_distances.sum() < plain.history.n_distances.sum() / 2


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if takes(name, 3)])
def test_every_algorithm(both, dtype, algorithm):
    x = colors(40_000, dtype)
    for weight in (None, np.random.default_rng(0).integers(0, 4, len(x))):
        grouped, plain, size = both(x, 60, sample_weight=weight, rng=0, tol=0, algorithm=algorithm)
        assert size < len(x) / 2
        assert_same(grouped, plain)
        assert_array_equal(grouped.labels, assign(x, grouped.centers))


def test_sorted_groups(both, dtype):
    x = np.random.default_rng(0).integers(0, 500, (20_000, 1)).astype(dtype)
    grouped, plain, size = both(x, 40, rng=0, tol=0, algorithm="sorted")
    assert size <= 500 + len(x) // 1024
    assert_same(grouped, plain)


def test_the_decision_is_explained(both, dtype):
    grouped, plain, size = both(colors(20_000, dtype), 30, rng=0, algorithm="lloyd")
    assert grouped.decisions[0].startswith(f"20,000 rows are {size:,} different ones")
    assert grouped.decisions[1:] == ("algorithm='lloyd' was asked for",)
    assert plain.decisions == ()


def test_memory_is_bounded(both):
    x = colors(20_000, np.float32, levels=10)
    assert both(x, 10, rng=0, max_memory=10_000)[2] is None
    assert both(x, 10, rng=0, max_memory=10_000_000)[2] is not None


@pytest.mark.parametrize("weights", ["integers", "heavy", "with zeros", "huge", "all the same"])
def test_integer_weights(both, dtype, weights):
    x, rng = colors(20_000, dtype, levels=6), np.random.default_rng(1)
    weight = {
        "integers": rng.integers(1, 10, len(x)),
        "heavy": np.where(rng.random(len(x)) < 0.01, 1000, 1),
        "with zeros": rng.integers(0, 3, len(x)),
        "huge": rng.integers(1, 3, len(x)) * 1e12,
        "all the same": np.full(len(x), 0.25),
    }[weights]
    grouped, plain, size = both(x, 12, sample_weight=weight, rng=0, tol=0)
    assert (size is None) == (weights in ("huge", "all the same"))
    assert_same(grouped, plain)


def test_other_weights_stay_apart(both, dtype):
    x = colors(2000, dtype, levels=4)
    weight = np.random.default_rng(0).random(len(x))
    grouped, plain, size = both(x, 5, sample_weight=weight, rng=0)
    assert size is None
    assert_same(grouped, plain)


def test_a_group_may_not_outgrow_the_grid(both, dtype):
    """5,000 rows of one color exceed 2^10, the largest weight of one term."""
    x = np.concatenate([np.full((5000, 3), 0.1), colors(5000, np.float64)]).astype(dtype)
    grouped, plain, size = both(x, 20, rng=0, tol=0)
    assert size > len(np.unique(x, axis=0))
    assert_same(grouped, plain)


def test_relocation_moves_single_rows(both, dtype):
    """Six of eight clusters start empty, and the farthest rows have duplicates."""
    x = colors(3000, dtype, levels=4)
    start = np.repeat(x[:2], 4, axis=0)
    grouped, plain, size = both(x, 8, init=start, tol=0)
    assert size is not None
    assert_same(grouped, plain)
    weight = np.random.default_rng(0).integers(0, 4, len(x))
    assert_same(*both(x, 8, init=start, tol=0, sample_weight=weight)[:2])


def test_fewer_distinct_rows_than_clusters(both):
    x = np.repeat([[0.0, 0], [1, 1], [5, 5]], 1000, axis=0)
    with pytest.warns(UserWarning, match=r"\(3\) found smaller than n_clusters \(5\)"):
        grouped, plain, size = both(x, 5, rng=0)
    assert size == 3
    assert_same(grouped, plain)


@pytest.mark.parametrize("scale", [1e-138, 1e-30, 1e30, 1e130])
def test_scales(both, scale):
    grouped, plain, size = both(colors(3000, np.float64, levels=5) * scale, 7, rng=0, tol=0)
    assert size is not None
    assert_same(grouped, plain)


@pytest.mark.parametrize("max_iter", [10, 11])
def test_a_limit_in_the_middle(both, dtype, max_iter):
    grouped, plain, size = both(colors(9000, dtype), 40, rng=0, tol=0, max_iter=max_iter)
    assert size is not None
    assert_same(grouped, plain)


def test_verbose_prints_the_inertia_of_the_rows(capsys, monkeypatch):
    x, printed = colors(20_000, np.float64), []
    for grouped in (True, False):
        if not grouped:
            monkeypatch.setattr(memory, "group_identical", lambda *args: None)
        KMeans(30, random_state=0, verbose=1, max_iter=12).fit(x)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "inertia" in printed[0]


def test_where_it_applies():
    x = colors(20_000, np.float32, levels=10)
    groups = grouping.group_identical(*rows_and_frame(x), 64, 300)
    assert_array_equal(groups.rows.x[groups.index], x)
    assert groups.counts.sum() == groups.rows.weight.sum() == len(x)
    assert grouping.group_identical(*rows_and_frame(x), 64, 3) is None  # few iterations
    assert grouping.group_identical(*rows_and_frame(x), 2, 300) is None  # cheap ones
    assert grouping.group_identical(*rows_and_frame(x[:1000]), 64, 300) is None  # few rows
    other = np.random.default_rng(0).random(x.shape, dtype=np.float32)
    assert grouping.group_identical(*rows_and_frame(other), 64, 300) is None


def test_it_takes_little_memory():
    """Longer rows may have fewer groups: at most an eighth of their bytes is copied."""
    rng = np.random.default_rng(0)
    x = rng.random((3000, 200))
    assert grouping.group_identical(*rows_and_frame(np.repeat(x, 4, axis=0)), 64, 300) is None
    x = np.repeat(x[:1000], 10, axis=0)
    groups = grouping.group_identical(*rows_and_frame(x), 64, 300)
    assert groups.rows.x.nbytes <= x.nbytes / 8
