"""If a callback fails, its error reaches the caller, nothing leaks, and the next fit works."""

import gc
import sys
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import ALGORITHMS, KMeans, kmeans
from kmeans_fast.assigners.registry import takes


class CallbackError(Exception):
    """The error that the callback raises."""


def fail_later(iteration):
    if iteration.iteration == 1:
        raise CallbackError


def fits(x, algorithm):
    """Fits in which the callback fails."""
    yield lambda: kmeans(x, 20, rng=0, algorithm=algorithm, callback=fail_later, tol=0)
    model = KMeans(20, random_state=0, algorithm=algorithm, callback=fail_later, tol=0)
    yield lambda: model.fit(x)


def failed(fit):
    with pytest.raises(CallbackError):
        fit()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_failing_callback_leaks_nothing(algorithm):
    d = 1 if takes(algorithm, 1) and not takes(algorithm, 2) else 3
    x = np.random.default_rng(0).standard_normal((20_000, d))
    expected = kmeans(x, 20, rng=0, algorithm=algorithm)
    for fit in fits(x, algorithm):
        failed(fit)
        gc.collect()
        references = sys.getrefcount(x)
        tracemalloc.start()
        failed(fit)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(10):
            failed(fit)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert sys.getrefcount(x) == references
        # The labels of one fit alone have 80 kB.
        assert grown < 20_000
    again = kmeans(x, 20, rng=0, algorithm=algorithm)
    assert_array_equal(again.labels, expected.labels)
    assert_array_equal(again.centers, expected.centers)


def test_working_memory_outside_python_is_freed():
    """tracemalloc does not count the scratch memory of threads: 100 failing fits of 16 MB each."""
    resource = pytest.importorskip("resource")
    x = np.random.default_rng(0).standard_normal((100_000, 20))
    fit = next(fits(x, "elkan"))
    for _ in range(3):
        failed(fit)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(30):
        failed(fit)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 8_000  # kB; the bounds of one fit take 3,400 kB
