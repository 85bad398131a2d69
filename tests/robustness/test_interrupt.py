"""Ctrl-C ends every call within a second, and later calls work.

`measure_interrupts` does the same for larger data, up to the size of the memory.
"""

import json
import signal
from pathlib import Path

import pytest

from processes import run_script

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no interval timers"
)

SCRIPT = Path(__file__).parent / "measure_interrupts.py"
MEGABYTES = 8
LONGEST = 1.0


def test_every_call_looks_at_signals_in_time():
    lines = [json.loads(line) for line in run_script(SCRIPT, "--megabytes", MEGABYTES).splitlines()]
    assert len(lines) > 20
    late = [line for line in lines if line["longest_wait"] > LONGEST]
    assert late == []


INTERRUPTED = """
import os, signal, threading, time
import numpy as np
from kmeans_fast import KMeans, assign, kmeans, kmeans_1d, kmeans_plusplus

signal.signal(signal.SIGINT, signal.default_int_handler)
x = np.random.default_rng(0).standard_normal((400_000, 16)).astype(np.float32)
small, start = x[:2000], x[:2000].copy()
expected = kmeans(small, 8, init=small[:8], max_iter=5).centers
model = KMeans(8, n_init=1, max_iter=1).fit(small)
model.cluster_centers_ = start
algorithms = ("lloyd", "hamerly", "elkan", "codes", "sketch")
calls = {
    **{a: lambda a=a: kmeans(x, 2000, init=start, tol=0, algorithm=a) for a in algorithms},
    "filtering": lambda: kmeans(x[:, :3], 2000, init=start[:, :3], tol=0, algorithm="filtering"),
    "k-means++": lambda: kmeans_plusplus(x, 2000, random_state=0),
    "k-means||": lambda: kmeans(x, 2000, init="k-means||", rng=0),
    "predict": lambda: [model.predict(x) for _ in range(100)],
    "assign": lambda: [assign(x, start) for _ in range(100)],
    "kmeans_1d": lambda: kmeans_1d(x.reshape(-1), 1000),
}
for name, call in calls.items():
    sent = []
    def interrupt():
        sent.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)
    timer = threading.Timer(0.15, interrupt)
    timer.start()
    try:
        call()
    except KeyboardInterrupt:
        waited = time.perf_counter() - sent[0]
        assert waited < 1, (name, waited)
    else:
        raise AssertionError(f"{name} was over too soon")
    assert np.array_equal(kmeans(small, 8, init=small[:8], max_iter=5).centers, expected), name
"""


def test_interrupts_come_through_and_leave_a_usable_process():
    run_script(INTERRUPTED)
