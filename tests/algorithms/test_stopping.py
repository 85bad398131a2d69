"""The end of a run, the reason it gives, and its history."""

import time
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import Iteration, assign, kmeans
from kmeans_fast.algorithms.stopping import StopRules

START = 5


def brute_inertia(x, centers, weight=1.0):
    squares = ((x[:, None].astype(np.float64) - centers[None].astype(np.float64)) ** 2).sum(axis=2)
    return (weight * squares.min(axis=1)).sum()


@pytest.fixture
def slow(blobs):
    """Rows and start centers with which Lloyd takes more than ten iterations."""
    x = blobs(n=600, d=2, k=8, spread=1.0)
    return x, x[:START].copy()


def test_rules_in_their_order():
    rules = StopRules(max_iter=3, tol=1.0, inertia_tol=0.1, deadline=time.perf_counter() - 1)

    def reason(i=2, n_moved=1, shift=2.0, inertia=50.0, previous=100.0, told=False, rules=rules):
        return rules.reason(i, n_moved, shift, inertia, previous, told)

    assert reason(n_moved=0, shift=0.0, inertia=100.0, told=True) == "no_label_change"
    assert reason(shift=1.0, inertia=100.0, told=True) == "center_shift"
    assert reason(inertia=91.0, told=True) == "inertia_change"
    assert reason(told=True) == "callback"
    assert reason() == "time_limit"
    endless = StopRules(max_iter=3, tol=1.0)
    assert reason(inertia=99.9, rules=endless) == "max_iter"
    assert reason(i=1, rules=endless) is None
    assert reason(i=1, inertia=100.001, rules=endless) is None  # rounding can make the inertia rise


def test_no_label_change(slow):
    x, start = slow
    result = kmeans(x, START, init=start, tol=0)
    assert (result.stop_reason, result.converged) == ("no_label_change", True)
    assert result.n_iter > 10
    assert_array_equal(result.history.n_moved[-1], 0)
    assert result.history.center_shift[-1] == 0.0


def test_max_iter(slow):
    x, start = slow
    for max_iter in (1, 2, 7):
        result = kmeans(x, START, init=start, max_iter=max_iter)
        assert (result.stop_reason, result.converged) == ("max_iter", False)
        assert result.n_iter == len(result.history) == max_iter
        assert_array_equal(assign(x, result.centers), result.labels)


@pytest.mark.parametrize("weighted", [False, True])
def test_center_shift_is_scaled_by_the_variance(slow, weighted):
    x, start = slow
    weight = np.random.default_rng(0).uniform(0, 3, len(x)) if weighted else None
    full = kmeans(x, START, init=start, tol=0, sample_weight=weight)
    mean = np.average(x, axis=0, weights=weight)
    variance = np.average((x - mean) ** 2, axis=0, weights=weight).mean()
    squared = full.history.center_shift**2
    lows = [i for i in range(1, len(squared)) if 0 < squared[i] < 0.9 * squared[:i].min()]
    assert len(lows) >= 2
    for stop in lows[-2:]:
        # A tolerance between the shifts of two iterations, far from the rounding errors of both.
        tol = np.sqrt(squared[stop] * squared[:stop].min()) / variance
        result = kmeans(x, START, init=start, tol=tol, sample_weight=weight)
        assert (result.stop_reason, result.n_iter) == ("center_shift", stop + 1)
        assert result.converged
        assert_array_equal(assign(x, result.centers), result.labels)


def test_inertia_change(slow):
    x, start = slow
    full = kmeans(x, START, init=start, tol=0)
    inertia = full.history.inertia
    decrease = -np.diff(inertia) / inertia[:-1]
    stop = 4
    limit = np.sqrt(decrease[stop] * decrease[:stop].min())
    assert decrease[stop] < limit < decrease[:stop].min()
    result = kmeans(x, START, init=start, tol=0, inertia_tol=limit)
    # decrease[i] belongs to iteration i + 1
    assert (result.stop_reason, result.n_iter) == ("inertia_change", stop + 2)
    assert result.converged


@pytest.mark.filterwarnings("ignore:time_limit=:kmeans_fast.ConvergenceWarning")
def test_time_limit_stops_the_whole_fit(slow):
    x, start = slow
    runs = []
    result = kmeans(
        x,
        START,
        init="random",
        n_init=4,
        rng=0,
        time_limit=0,
        callback=lambda iteration: runs.append(iteration.run),
    )
    assert (result.stop_reason, result.converged, result.n_iter) == ("time_limit", False, 1)
    assert runs == [0]
    assert_array_equal(assign(x, result.centers), result.labels)
    assert kmeans(x, START, init=start, time_limit=1e9, tol=0).stop_reason == "no_label_change"


@pytest.mark.filterwarnings("ignore:time_limit=:kmeans_fast.ConvergenceWarning")
def test_time_limit_is_in_seconds(slow):
    x, start = slow
    begin = time.perf_counter()

    def wait(iteration):
        time.sleep(0.02)

    result = kmeans(x, START, init=start, time_limit=0.05, callback=wait)
    assert result.stop_reason == "time_limit"
    # At 0.02 s per iteration, the third is the first that can end after 0.05 s.
    assert result.n_iter <= 3
    assert time.perf_counter() - begin >= 0.05


def test_callback_stops_the_whole_fit(slow):
    x, _ = slow
    seen = []

    def callback(iteration):
        seen.append(iteration)
        return iteration.run == 1 and iteration.iteration == 2

    result = kmeans(x, START, init="random", n_init=5, rng=0, callback=callback, tol=0)
    assert [(i.run, i.iteration) for i in seen][-3:] == [(1, 0), (1, 1), (1, 2)]
    assert result.stop_reason in ("callback", "no_label_change")  # the history of the better run
    stopped = kmeans(x, START, init=x[:START], callback=lambda iteration: True)
    assert (stopped.stop_reason, stopped.converged, stopped.n_iter) == ("callback", False, 1)
    assert_array_equal(assign(x, stopped.centers), stopped.labels)


def test_callback_sees_what_history_keeps(slow):
    x, start = slow
    seen = []
    result = kmeans(x, START, init=start, callback=seen.append, tol=0)
    assert all(isinstance(iteration, Iteration) for iteration in seen)
    assert [iteration.iteration for iteration in seen] == list(range(result.n_iter))
    for name in ("inertia", "center_shift", "n_moved", "seconds"):
        recorded = [getattr(iteration, name) for iteration in seen]
        assert_array_equal(getattr(result.history, name), recorded)
    assert_array_equal(seen[-1].centers, result.centers)
    assert not np.array_equal(seen[0].centers, seen[1].centers)


def test_errors_of_the_callback_come_through(slow):
    def fail(iteration):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        kmeans(slow[0], START, callback=fail)


@pytest.mark.parametrize("weighted", [False, True])
def test_history_is_true(slow, weighted):
    x, start = slow
    weight = np.random.default_rng(0).uniform(0, 3, len(x)) if weighted else np.ones(len(x))
    centers = [start]

    def keep(iteration):
        centers.append(iteration.centers)

    result = kmeans(x, START, init=start, sample_weight=weight, callback=keep, tol=0)
    history = result.history
    total = (weight[:, None] * (x - np.average(x, axis=0, weights=weight)) ** 2).sum()
    expected = [brute_inertia(x, c, weight) for c in centers[:-1]]
    # Differences of two sums over n rows; each sum has n roundings of at most the total.
    assert history.inertia == pytest.approx(expected, abs=2 * len(x) * 2.0**-53 * total)
    assert (np.diff(history.inertia) <= len(x) * 2.0**-52 * total).all()
    shifts = [np.linalg.norm(b - a) for a, b in pairwise(centers)]
    assert history.center_shift == pytest.approx(shifts, rel=START * 2 * 2.0**-52)
    labels = [np.full(len(x), -1), *(assign(x, c) for c in centers[:-1])]
    present = weight > 0
    moved = [(a != b)[present].sum() for a, b in pairwise(labels)]
    assert_array_equal(history.n_moved, moved)
    assert (history.seconds > 0).all()
