"""Calls so small that only their overhead counts: microseconds per call."""

import timeit

from peers import OURS, SKLEARN, available, kmeans_class
from process import PeerProcess
from table import markdown

LIMITS = {"assign one row": 5, "predict one row": 30, "fit 150 x 4, k 3": 300}
"""Targets in microseconds; assign and predict have k = 8 and d = 8."""

REPEATS = 15
SECONDS_PER_REPEAT = 0.05


def compare(settings):
    """Measure all of them and return the table."""
    times = {}
    for peer in available([OURS, SKLEARN]):
        with PeerProcess(settings.threads) as process:
            times[peer] = process.call("small_work", "microseconds", peer=peer)
    rows = [
        [work, *(times[peer].get(work, "-") for peer in times), f"{limit}"]
        for work, limit in LIMITS.items()
    ]
    return markdown(
        "Small work",
        ["call", *(f"{peer}, microseconds" for peer in times), "less than"],
        rows,
        f"Fastest of {REPEATS} series of calls, float64.",
    )


def microseconds(peer):
    """Microseconds of every kind of call. Runs in the peer's process."""
    import numpy as np
    from sklearn.datasets import load_iris

    rng = np.random.default_rng(0)
    x, centers, row = rng.random((1000, 8)), rng.random((8, 8)), rng.random((1, 8))
    iris = np.ascontiguousarray(load_iris().data)
    kmeans = kmeans_class(peer)
    model = kmeans(8, init=centers, n_init=1).fit(x)
    work = {
        "predict one row": lambda: model.predict(row),
        "fit 150 x 4, k 3": lambda: kmeans(3, n_init=1, random_state=0).fit(iris),
    }
    if peer == OURS:
        from kmeans_fast import assign

        work["assign one row"] = lambda: assign(row, centers)
    return {name: fastest(call) for name, call in work.items()}


def fastest(call):
    """Microseconds of one call, in the fastest series."""
    timer = timeit.Timer(call)
    number = max(1, int(SECONDS_PER_REPEAT / max(1e-7, timer.timeit(3) / 3)))
    return 1e6 * min(timer.repeat(REPEATS, number)) / number
