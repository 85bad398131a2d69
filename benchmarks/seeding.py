"""Greedy k-means++: seconds, and the mean potential over many seeds, against scikit-learn."""

from contextlib import ExitStack
from statistics import mean, median, stdev

import numpy as np

from data import SEEDING_SHAPES, make_data, true_inertia
from peers import OURS, SKLEARN
from process import PeerProcess
from table import markdown


def compare(settings):
    """The table."""
    rows = [
        row(settings, settings.sized(shape), dtype)
        for dtype in settings.dtypes
        for shape in settings.chosen(SEEDING_SHAPES)
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
            "mean potential, ours / theirs",
        ],
        rows,
        f"Medians of the times and means of the potentials over {settings.seeds} seeds, with the "
        "standard error of the mean ratio.",
    )


def row(settings, shape, dtype):
    """One line."""
    x, _ = make_data(shape, dtype)
    data = settings.save("x", x)
    seconds, potentials = {OURS: [], SKLEARN: []}, {OURS: [], SKLEARN: []}
    with ExitStack() as stack:
        processes = {peer: stack.enter_context(PeerProcess(settings.threads)) for peer in seconds}
        for peer, process in processes.items():
            process.call("peers", "seed", peer=peer, data=data, k=2, random_state=0)
        for random_state in range(settings.seeds):
            for peer, process in processes.items():
                done = process.call(
                    "peers", "seed", peer=peer, data=data, k=shape.k, random_state=random_state
                )
                seconds[peer].append(done["seconds"])
                potentials[peer].append(true_inertia(x, x[done["indices"]]))
    ratio = median(a / b for a, b in zip(seconds[SKLEARN], seconds[OURS], strict=True))
    return [
        str(shape),
        np.dtype(dtype).name,
        median(seconds[OURS]),
        median(seconds[SKLEARN]),
        f"{ratio:.1f}",
        f"{shape.at_least}",
        potential_ratio(potentials[OURS], potentials[SKLEARN]),
    ]


def potential_ratio(ours, theirs):
    """Ratio of the means and its standard error, seed by seed."""
    ratios = [a / mean(theirs) for a in ours]
    others = [b / mean(theirs) for b in theirs]
    error = ((stdev(ratios) ** 2 + stdev(others) ** 2) / len(ours)) ** 0.5
    return f"{mean(ratios):.4f} ± {error:.4f}"
