"""The number of threads for a piece of work; results do not depend on it."""

import os
from math import ceil

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import _threads, assign, kmeans, kmeans_plusplus
from kmeans_fast._threads import WORK_PER_THREAD, cpu_quota, default_threads, effective_threads

LARGE = 1000 * WORK_PER_THREAD


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).standard_normal((20_000, 8))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_threads_change_no_bit(rows, kind, weighted):
    x = rows.astype(kind)
    weight = np.random.default_rng(1).uniform(0, 2, len(x)) if weighted else None
    assert effective_threads(8, x.size * 8) == 8
    results = [
        kmeans(x, 8, sample_weight=weight, rng=0, max_iter=4, n_threads=n) for n in (1, 2, 3, 8, 1)
    ]
    for other in results[1:]:
        assert_array_equal(other.centers, results[0].centers)
        assert_array_equal(other.labels, results[0].labels)
        assert other.inertia == results[0].inertia
        assert_array_equal(other.history.inertia, results[0].history.inertia)
    centers = results[0].centers
    for n in (2, 3, 8):
        for a, b in zip(
            assign(x, centers, return_distance=True, n_threads=n),
            assign(x, centers, return_distance=True, n_threads=1),
            strict=True,
        ):
            assert_array_equal(a, b)
        assert_array_equal(
            kmeans_plusplus(x, 8, random_state=0, n_threads=n)[1],
            kmeans_plusplus(x, 8, random_state=0, n_threads=1)[1],
        )


def test_small_work_stays_on_one_thread():
    assert effective_threads(8, 0) == effective_threads(8, 2 * WORK_PER_THREAD - 1) == 1
    assert effective_threads(8, 3 * WORK_PER_THREAD) == 3
    assert effective_threads(8, LARGE) == 8


def test_no_more_threads_than_a_process_can_start():
    most = effective_threads(10**6, 10**6 * LARGE)
    assert most == max(16, 4 * os.cpu_count())


def test_argument_wins_over_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert effective_threads(5, LARGE) == 5
    assert effective_threads(None, LARGE) == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")
    assert effective_threads(None, LARGE) == 4


@pytest.mark.parametrize("value", ["", "0", "many", "-2"])
def test_senseless_environment_is_ignored(monkeypatch, value):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    expected = default_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert default_threads() == expected


def test_affinity_and_quota_limit_the_default(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(6)), raising=False)
    for quota, expected in ((None, 6), (2.0, 2), (1.5, 2), (0.5, 1), (64.0, 6)):
        monkeypatch.setattr(_threads, "cpu_quota", lambda quota=quota: quota)
        assert default_threads() == expected


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def test_quota_of_control_groups_version_2(tmp_path):
    mounted, membership = tmp_path / "cgroup", tmp_path / "membership"
    write(membership, "0::/user.slice/job")
    write(mounted / "user.slice" / "job" / "cpu.max", "max 100000")
    assert cpu_quota(mounted, membership) is None
    cpu_quota.cache_clear()
    write(mounted / "user.slice" / "cpu.max", "150000 100000")
    assert cpu_quota(mounted, membership) == 1.5
    cpu_quota.cache_clear()
    write(mounted / "user.slice" / "job" / "cpu.max", "50000 100000")
    assert cpu_quota(mounted, membership) == 0.5


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
def test_quota_of_control_groups_version_1(tmp_path, mount):
    mounted, membership = tmp_path / "cgroup", tmp_path / "membership"
    write(membership, "5:memory:/x\n4:cpu,cpuacct:/docker/a\n0::/x")
    # In a container the directory of the group itself is mounted.
    write(mounted / mount / "cpu.cfs_quota_us", "300000")
    write(mounted / mount / "cpu.cfs_period_us", "100000")
    assert cpu_quota(mounted, membership) == 3.0
    cpu_quota.cache_clear()
    write(mounted / mount / "cpu.cfs_quota_us", "-1")
    assert cpu_quota(mounted, membership) is None


def test_no_control_groups(tmp_path):
    assert cpu_quota(tmp_path, tmp_path / "missing") is None
    write(tmp_path / "membership", "0::/")
    assert cpu_quota(tmp_path, tmp_path / "membership") is None


def test_quota_of_this_machine_is_plausible():
    quota = cpu_quota()
    assert quota is None or ceil(quota) >= 1
