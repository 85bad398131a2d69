"""``time_limit`` ends a fit during seeding, or at the end of an iteration.

The labels of a fit always belong to its centers, so every fit takes at least one iteration and one
pass over the rows.
"""

import time
from itertools import count

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import assign, kmeans
from kmeans_fast.algorithms.seeding import chain, parallel, plus_plus

pytestmark = pytest.mark.filterwarnings("ignore:time_limit=:kmeans_fast.ConvergenceWarning")


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).standard_normal((20_000, 6)).astype(np.float32)


@pytest.mark.parametrize("init", ["k-means++", "k-means||", "afk-mc2"])
@pytest.mark.parametrize("weighted", [False, True])
def test_seeding_is_cut_off(rows, init, weighted, monkeypatch):
    """The remaining seeds are drawn at random, and every cluster still has rows."""
    weight = np.random.default_rng(1).integers(0, 3, len(rows)) if weighted else None
    common = {"init": init, "rng": 0, "max_iter": 1, "sample_weight": weight}
    whole = kmeans(rows, 800, **common)
    looks = count()
    for module in (plus_plus, parallel, chain):
        monkeypatch.setattr(module, "is_past", lambda deadline: next(looks) >= 2)
    result = kmeans(rows, 800, **common, time_limit=1e9)
    assert next(looks) == 3
    assert not np.array_equal(result.centers, whole.centers)
    assert_array_equal(assign(rows, result.centers), result.labels)
    assert len(np.unique(result.labels)) == 800


@pytest.mark.parametrize("init", ["k-means++", "k-means||", "afk-mc2", "random", "density"])
def test_no_time_at_all(rows, init):
    result = kmeans(rows, 50, init=init, rng=0, time_limit=0)
    assert (result.stop_reason, result.n_iter) == ("time_limit", 1)
    assert_array_equal(assign(rows, result.centers), result.labels)


@pytest.mark.parametrize("init", ["k-means++", "k-means||", "afk-mc2"])
def test_enough_time_changes_nothing(rows, init):
    limited = kmeans(rows, 30, init=init, rng=0, max_iter=3, time_limit=1e6)
    assert_array_equal(limited.centers, kmeans(rows, 30, init=init, rng=0, max_iter=3).centers)


@pytest.mark.parametrize("algorithm", ["lloyd", "hamerly", "elkan", "codes", "sketch", "filtering"])
def test_the_limit_ends_an_iteration(rows, algorithm):
    """A fit ends after the iteration that reaches the limit and one pass that labels the rows."""
    x = rows[:, :4].copy()
    ends, callbacks_end = [], []

    def slow(iteration):
        ends.append(time.perf_counter() - begin)
        time.sleep(0.02)
        callbacks_end.append(time.perf_counter() - begin)

    begin = time.perf_counter()
    result = kmeans(
        x,
        300,
        init="random",
        n_init=1,
        rng=0,
        tol=0,
        algorithm=algorithm,
        time_limit=0.1,
        callback=slow,
    )
    taken = time.perf_counter() - begin
    assert result.stop_reason == "time_limit"
    assert callbacks_end[-1] >= 0.1
    assert len(ends) == 1 or ends[-2] < 0.1 + ends[0]  # including the start of the fit
    # a pass takes as long as the slowest iteration; allow three times that for a busy machine
    assert taken - ends[-1] < 0.1 + 3 * max(np.diff([0, *ends]))
    assert_array_equal(assign(x, result.centers), result.labels)
