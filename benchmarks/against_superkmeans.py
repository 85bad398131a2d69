"""kmeans_fast against two SuperKMeans, the package and faiss's: many features, equal iterations.

Both prune approximately, and neither accepts start centers. A fit of faiss with zero iterations
returns the start centers that it draws; kmeans_fast starts from the same. The package SuperKMeans
starts from rows of its own choice.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import mean, median, stdev

import numpy as np

import shapes
import text
from data import make_data, true_inertia
from peers import FAISS, OURS, SUPERKMEANS, available
from process import PeerProcess
from table import markdown

ITERATIONS = (10, 25)
PEERS = (SUPERKMEANS, FAISS)
AT_LEAST = 1.3


@dataclass
class Result:
    """Seconds and inertias, one of each per repeat."""

    times: list = field(default_factory=list)
    inertias: list = field(default_factory=list)


def compare(settings):
    """Measure all of them and return the table."""
    peers = [OURS, *available(peer for peer in PEERS if peer in settings.peers)]
    header = ["n, d, k", "iterations", f"{OURS}, s"]
    for peer in peers[1:]:
        header += [f"{peer}, s", "ratio", "inertia over ours"]
    iterations = ITERATIONS[:1] if settings.quick else ITERATIONS
    rows = [
        settings.tell(row(settings, *data_set, n_iter, peers))
        for data_set in data_sets(settings)
        for n_iter in iterations
    ]
    return markdown(
        f"SuperKMeans, float32, {settings.threads} threads",
        [*header, "at least"],
        rows,
        f"Whole fits. Times are medians over {settings.repeats} interleaved repeats with "
        "different starts. Inertias are computed on all rows; the table shows means with their "
        f"standard errors. No sampling, no early termination, no hierarchy. The column {FAISS} is "
        "faiss's SuperKMeans, which starts from the same rows as ours; the package "
        f"{SUPERKMEANS} takes no start centers and draws its own. Our fits return labels and "
        "inertia as well; the others return centers only.",
    )


def data_sets(settings):
    """Name, rows and number of centers of each data set: the shapes, then the text."""
    for shape in settings.chosen(shapes.SUPERKMEANS):
        yield str(shape), make_data(shape, np.float32)[0], shape.k
    if settings.shape in "text":
        x = text.rows(limit=4000 if settings.quick else None)
        k = min(text.CENTERS, len(x) // 20)
        yield f"{shapes.thousands(len(x))}, {x.shape[1]}, {k} (text)", x, k


def row(settings, name, x, k, n_iter, peers):
    """One line of the table."""
    results = measure(settings, x, k, n_iter, peers)
    ours = results[OURS]
    cells = [name, f"{n_iter}", median(ours.times)]
    for peer in peers[1:]:
        theirs = results[peer]
        cells += [median(theirs.times), f"{median(theirs.times) / cells[2]:.2f}"]
        cells.append(excess(theirs.inertias, ours.inertias))
    return [*cells, f"{AT_LEAST}"]


def excess(theirs, ours):
    """Mean relative difference from ours over the repeats, with its standard error."""
    differences = [a / b - 1 for a, b in zip(theirs, ours, strict=True)]
    error = f"{stdev(differences) / len(differences) ** 0.5:.2%}" if len(differences) > 1 else "?"
    return f"{mean(differences):+.2%} ± {error}"


def measure(settings, x, k, n_iter, peers):
    """Result of each peer."""
    data = settings.save("x", x)
    results = {peer: Result() for peer in peers}
    with ExitStack() as stack:
        processes = {peer: stack.enter_context(PeerProcess(settings.threads)) for peer in peers}
        for repeat in range(settings.repeats):
            start = draw_start(settings, x, k, repeat)
            for peer, process in processes.items():
                arguments = {"data": data, "n_iter": n_iter, "out": settings.path("centers")}
                if peer == OURS:
                    call = ("peers", "fit")
                    arguments |= {"peer": OURS, "algorithm": "auto", "start": start}
                else:
                    call = ("super_fits", "fit")
                    arguments |= {"peer": peer, "k": k, "seed": repeat}
                    arguments["threads"] = settings.threads
                if repeat == 0:
                    process.call(*call, **arguments | {"n_iter": 1})
                results[peer].times.append(process.call(*call, **arguments)["seconds"])
                inertia = true_inertia(x, np.load(settings.path("centers")))
                results[peer].inertias.append(inertia)
    return results


def draw_start(settings, x, k, seed):
    """Path of the start centers that faiss draws with this seed; random rows without faiss."""
    if available([FAISS]):
        path = settings.path("start")
        arguments = {"data": settings.path("x"), "k": k, "seed": seed, "n_iter": 0, "out": path}
        with PeerProcess(settings.threads) as process:
            process.call("super_fits", "fit", peer=FAISS, threads=settings.threads, **arguments)
        return path
    rows = np.random.default_rng(seed).choice(len(x), k, replace=False)
    return settings.save("start", x[rows])
