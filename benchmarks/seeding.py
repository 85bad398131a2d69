"""Greedy k-means++ against scikit-learn's: seconds, and the mean potential over many seeds."""

from contextlib import ExitStack
from statistics import mean, median, stdev

import numpy as np

import shapes
from data import make_data, true_inertia
from peers import OURS, SKLEARN
from process import PeerProcess
from table import markdown

BUDGET = 10
"""Repeats of a seeding end when they took this multiple of the budget of a fit."""

LEAST_SEEDS = 3
SHORT, LONG = 1, 6
"""Iterations of two fits; the difference of their times gives the time of one iteration."""


def compare(settings):
    """Measure all of them and return the table."""
    rows = [
        settings.tell(row(settings, shape, dtype))
        for dtype in settings.dtypes
        for shape in settings.chosen(shapes.SEEDING)
    ]
    return markdown(
        f"Seeding with greedy k-means++, {settings.threads} threads",
        [
            "n, d, k",
            "dtype",
            f"{OURS}, s",
            f"{SKLEARN}, s",
            "ratio",
            "at least",
            "our Lloyd iterations",
            "mean potential, ours / theirs",
            "seeds",
        ],
        rows,
        f"Medians of the times and means of the potentials over at most {settings.seeds} seeds, "
        "with the standard error of the mean ratio. Our Lloyd iterations: our time divided by the "
        "time of one iteration of our unpruned Lloyd.",
    )


def row(settings, shape, dtype):
    """One line of the table."""
    x, start = make_data(shape, dtype)
    data, start = settings.save("x", x), settings.save("start", start)
    seconds, potentials = {OURS: [], SKLEARN: []}, {OURS: [], SKLEARN: []}
    with ExitStack() as stack:
        processes = {peer: stack.enter_context(PeerProcess(settings.threads)) for peer in seconds}
        for peer, process in processes.items():
            process.call("peers", "seed", peer=peer, data=data, k=2, random_state=0)
        for random_state in range(settings.seeds):
            if sum(seconds[SKLEARN]) > BUDGET * settings.budget and random_state >= LEAST_SEEDS:
                break
            for peer, process in processes.items():
                done = process.call(
                    "peers", "seed", peer=peer, data=data, k=shape.k, random_state=random_state
                )
                seconds[peer].append(done["seconds"])
                potentials[peer].append(true_inertia(x, x[done["indices"]]))
        iteration = lloyd_iteration(settings, processes[OURS], data, start)
    ratio = median(a / b for a, b in zip(seconds[SKLEARN], seconds[OURS], strict=True))
    return [
        str(shape),
        np.dtype(dtype).name,
        median(seconds[OURS]),
        median(seconds[SKLEARN]),
        f"{ratio:.1f}",
        f"{shape.at_least}",
        f"{median(seconds[OURS]) / iteration:.1f}",
        potential_ratio(potentials[OURS], potentials[SKLEARN]),
        f"{len(seconds[OURS])}",
    ]


def lloyd_iteration(settings, process, data, start):
    """Seconds of one iteration of our Lloyd, which computes every distance."""
    arguments = {"peer": OURS, "algorithm": "lloyd", "data": data, "start": start}
    arguments["out"] = settings.path("centers")
    times = []
    for _ in range(settings.repeats):
        short, long = (
            process.call("peers", "fit", n_iter=n_iter, **arguments) for n_iter in (SHORT, LONG)
        )
        iterations = long["n_iter"] - short["n_iter"]
        times.append((long["seconds"] - short["seconds"]) / iterations)
    return median(times)


def potential_ratio(ours, theirs):
    """Ratio of the mean potentials, with its standard error over the seeds."""
    ratios = [a / mean(theirs) for a in ours]
    others = [b / mean(theirs) for b in theirs]
    error = ((stdev(ratios) ** 2 + stdev(others) ** 2) / len(ours)) ** 0.5
    return f"{mean(ratios):.4f} ± {error:.4f}"
