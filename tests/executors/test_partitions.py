"""Rows in parts, here or in another process, have the fit of rows in memory, bit for bit.

The executor is written from `executors.base.Executor` alone: that its fits are right shows that
the protocol says all that it must.
"""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frames import rows_and_frame
from kmeans_fast import kmeans
from kmeans_fast._names import INITS
from kmeans_fast.algorithms.fitting import as_start, check_all_rows, fit_executor
from kmeans_fast.algorithms.options import Options
from kmeans_fast.assigners.sums import Sums
from kmeans_fast.executors.memory import Memory
from kmeans_fast.progress import Watcher
from partitions import OnePart, Partitions, cut
from remote import OtherProcess
from results import assert_same_fit
from strategies import NASTY, make_problem, make_weights, not_too_small, problems

pytestmark = pytest.mark.filterwarnings("ignore")

SEEDINGS = [init for init in INITS if init != "density"]


def fit(executor, k, seed=0, **options):
    """A fit of `Partitions`, as `kmeans` returns it."""
    options = Options(n_clusters=k, **options)
    check_all_rows(executor.ranges, k)
    start = as_start(options, executor.ranges, executor.dtype, None)
    done = fit_executor(
        "kmeans",
        executor.measure(),
        start,
        options,
        np.random.default_rng(seed),
        Watcher(options.callback),
    )
    names = ("centers", "labels", "inertia", "n_iter", "stop_reason", "history")
    return SimpleNamespace(
        **{name: getattr(done.run, name) for name in names}, restarts=done.restarts
    )


def here(x, weight, lengths):
    """All parts in this process."""
    parts = [OnePart(*part) for part in cut(x, weight, lengths)]
    return Partitions(parts, lengths, x.dtype)


def in_two_processes(x, weight, lengths, there):
    """The first parts in the process ``there``, the last one here."""
    last = [*cut(x, weight, lengths)][-1]
    return Partitions([*there, OnePart(*last)], lengths, x.dtype)


def outcome(call):
    """The result of a fit, or the text of the error that refuses it."""
    try:
        return call()
    except ValueError as error:
        return str(error)


def assert_same_outcome(found, expected):
    if isinstance(expected, str):
        assert found == expected
    else:
        assert_same_fit(found, expected)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", NASTY)
def test_nasty_data_in_two_processes(kind, weighted, dtype):
    n, d, k = 701, 3, 12
    x, start = not_too_small(*make_problem(kind, n, d, k, dtype))
    weight = make_weights(n) if weighted else None
    lengths = (1, 400, 300)
    with OtherProcess([*cut(x, weight, lengths)][:2]) as there:
        for init in (start, "k-means||"):
            options = {"init": init, "tol": 0, "max_iter": 12}
            expected = outcome(lambda: kmeans(x, k, rng=0, sample_weight=weight, **options))  # noqa: B023
            parts = outcome(lambda: fit(in_two_processes(x, weight, lengths, there), k, **options))  # noqa: B023
            assert_same_outcome(parts, expected)


@pytest.mark.parametrize("weights", ["none", "integers", "numbers", "tiny"])
@pytest.mark.parametrize("init", SEEDINGS)
def test_seedings_in_two_processes(init, weights, blobs, dtype):
    x = blobs(9000, 4, 20, dtype)
    weight = {
        "none": None,
        "integers": np.random.default_rng(1).integers(0, 4, len(x)).astype(float),
        "numbers": make_weights(len(x)),
        "tiny": make_weights(len(x)) * 2.0**-80,
    }[weights]
    lengths = (4500, 17, 4483)
    with OtherProcess([*cut(x, weight, lengths)][:2]) as there:
        for n_init in (1, 3):
            options = {"init": init, "n_init": n_init, "tol": 0, "max_iter": 5}
            expected = kmeans(x, 20, rng=0, sample_weight=weight, **options)
            parts = fit(in_two_processes(x, weight, lengths, there), 20, **options)
            assert_same_fit(parts, expected)


def test_farthest_rows_of_equal_distance_go_to_empty_clusters_from_the_highest(dtype):
    """Two rows per distance, one per part; the clusters of the far centers are empty."""
    x = np.tile(np.array([[0], [1], [-1], [3], [-3], [0.5]], dtype=dtype), (3, 2))
    start = np.array([[0, 0], [90, 90], [91, 91], [92, 92]], dtype=dtype)
    expected = kmeans(x, 4, init=start, max_iter=1)
    relocated = kmeans(x, 4, init=start)
    for lengths in ((6, 6, 6), (1, 16, 1), (9, 9), (18,), (1,) * 18):
        for weight in (None, np.ones(18)):
            assert_same_fit(fit(here(x, weight, lengths), 4, init=start, max_iter=1), expected)
            assert_same_fit(fit(here(x, weight, lengths), 4, init=start), relocated)
    parts = here(x, None, (6, 6, 6)).measure()
    parts.begin("lloyd", 4, None, 1)
    rows, frame = rows_and_frame(x)
    memory = Memory(rows, frame)
    memory.begin("lloyd", 4, None, 1)
    for executor in (parts, memory):
        executor.step(start, Sums.zeros(4, frame.grid))
        assert executor.farthest(start, 5).places.tolist() == [16, 15, 10, 9, 4]


@settings(max_examples=60)
@given(
    problem=problems(min_rows=2),
    n_parts=st.sampled_from([1, 2, 7]),
    init=st.sampled_from([*SEEDINGS, None]),
    weighted=st.booleans(),
    n_init=st.integers(1, 3),
    data=st.data(),
)
def test_any_parts(problem, n_parts, init, weighted, n_init, data):
    x, start = not_too_small(*problem)
    n_parts = min(n_parts, len(x))
    inside = st.integers(1, len(x) - 1)
    cuts = data.draw(st.lists(inside, min_size=n_parts - 1, max_size=n_parts - 1, unique=True))
    lengths = np.diff([0, *sorted(cuts), len(x)]).tolist()
    weight = make_weights(len(x)) if weighted else None
    options = {"init": start if init is None else init, "n_init": n_init, "max_iter": 8, "tol": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = outcome(lambda: kmeans(x, len(start), rng=0, sample_weight=weight, **options))
        parts = outcome(lambda: fit(here(x, weight, lengths), len(start), **options))
    assert_same_outcome(parts, expected)


def test_the_checksum_is_that_of_rows_in_memory(dtype):
    x = np.random.default_rng(0).random((100, 3)).astype(dtype)
    for weight in (None, make_weights(100)):
        rows, frame = rows_and_frame(x, weight)
        expected = Memory(rows, frame).checksum()
        for lengths in ((100,), (1, 99), (30, 30, 40)):
            assert here(x, weight, lengths).measure().checksum() == expected


def test_a_checkpoint_moves_from_one_executor_to_another(tmp_path, blobs):
    x = blobs(5000, 4, 20)
    options = {"tol": 0, "init": "k-means++", "checkpoint": tmp_path / "c", "resume": True}
    expected = kmeans(x, 12, rng=0, tol=0)
    stop = {**options, "callback": lambda i: i.iteration == 3}
    assert fit(here(x, None, (1000, 4000)), 12, **stop).n_iter == 4
    assert_same_fit(kmeans(x, 12, rng=0, **options), expected)
    (tmp_path / "c").unlink()
    assert kmeans(x, 12, rng=0, **stop).n_iter == 4
    assert_same_fit(fit(here(x, None, (7, 4993)), 12, **options), expected)
