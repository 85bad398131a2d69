"""Fits in several Python threads give the bits of one fit alone, and share the CPUs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import KMeans, _threads, assign, kmeans, kmeans_1d, kmeans_plusplus
from kmeans_fast._threads import WORK_PER_THREAD, effective_threads

N_FITS = 8
LARGE = 1000 * WORK_PER_THREAD


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((16_000, 8))


@pytest.fixture
def sixteen_cpus(monkeypatch):
    """Without a limit, work gets sixteen threads."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(_threads, "_granted_cpus", lambda: 16)
    monkeypatch.setattr(_threads, "_AT_START", _threads._backend.runtime.max_threads())


@pytest.mark.parametrize("algorithm", ["lloyd", "hamerly", "elkan", "codes", "sketch", "auto"])
def test_eight_fits_at_once_give_the_bits_of_one(rows, algorithm):
    def fit(seed):
        return kmeans(rows, 12, rng=seed, max_iter=4, algorithm=algorithm)

    alone = [fit(seed) for seed in range(N_FITS)]
    with ThreadPoolExecutor(N_FITS) as pool:
        together = list(pool.map(fit, range(N_FITS)))
    for one, other in zip(alone, together, strict=True):
        assert_array_equal(one.labels, other.labels)
        assert_array_equal(one.centers, other.centers)
        assert one.inertia == other.inertia
    assert _threads._computing == set()


def test_other_calls_at_once_give_the_bits_of_one(rows):
    model = KMeans(12, n_init=1, random_state=0, max_iter=3).fit(rows)
    calls = [
        lambda: model.predict(rows),
        lambda: model.transform(rows),
        lambda: np.float64(model.score(rows)),
        lambda: assign(rows, model.cluster_centers_),
        lambda: kmeans_plusplus(rows, 12, random_state=0)[1],
        lambda: kmeans_1d(rows[:, 0], 12).centers,
    ]
    alone = [call() for call in calls]
    with ThreadPoolExecutor(N_FITS) as pool:
        together = list(pool.map(lambda call: call(), 4 * calls))
    for i, found in enumerate(together):
        assert_array_equal(found, alone[i % len(calls)])


def test_fits_at_once_share_the_cpus(rows, sixteen_cpus):
    """In their first iteration, eight fits have 2 of 16 threads each, and four fits have 4."""
    assert effective_threads(None, LARGE) == 16
    for n_fits in (8, 4, 1):
        barrier = Barrier(n_fits)
        shares = []

        def callback(iteration, barrier=barrier, shares=shares):
            barrier.wait()
            shares.append((effective_threads(None, LARGE), effective_threads(3, LARGE)))
            barrier.wait()
            return True

        with ThreadPoolExecutor(n_fits) as pool:
            list(pool.map(lambda _: kmeans(rows, 8, rng=0, callback=callback), range(n_fits)))
        # an explicit number wins
        assert shares == [(16 // n_fits, 3)] * n_fits
    assert effective_threads(None, LARGE) == 16


def test_small_and_failed_fits_take_no_share(rows, sixteen_cpus):
    with _threads.computing(2 * WORK_PER_THREAD - 1):
        assert _threads._computing == set()

    def fail(iteration):
        assert len(_threads._computing) == 1
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        kmeans(rows, 8, callback=fail)
    assert _threads._computing == set()
    assert effective_threads(None, LARGE) == 16


def test_a_share_is_at_least_one_thread(rows, monkeypatch):
    monkeypatch.setattr(_threads, "_computing", {-1, -2, -3})
    monkeypatch.setattr(_threads, "_granted_cpus", lambda: 2)
    assert effective_threads(None, LARGE) == 1
