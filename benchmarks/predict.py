"""Labels of many rows for given centers: our predict and the peers'."""

from contextlib import ExitStack
from statistics import median

import numpy as np

import shapes
from data import make_data
from peers import FAISS, OURS, SKLEARN, available
from process import PeerProcess
from table import markdown


def compare(settings):
    """Measure all of them and return the table."""
    peers = [OURS, *available(peer for peer in (SKLEARN, FAISS) if peer in settings.peers)]
    header = ["n, d, k", "dtype", f"{OURS}, s"]
    for peer in peers[1:]:
        header += [f"{peer}, s", "ratio"] + ["at least"] * (peer == SKLEARN)
    rows = [
        settings.tell(row(settings, shape, dtype, peers))
        for dtype in settings.dtypes
        for shape in settings.chosen(shapes.PREDICT)
    ]
    return markdown(
        f"Predict, {settings.threads} threads",
        header,
        rows,
        f"Medians of {settings.repeats} interleaved repeats.",
    )


def row(settings, shape, dtype, peers):
    """One line of the table."""
    taking = available(peers, dtype)
    times = measure(settings, shape, dtype, taking)
    cells = [str(shape), np.dtype(dtype).name, median(times[OURS])]
    for peer in peers[1:]:
        seconds = median(times[peer]) if peer in taking else None
        cells += [seconds, f"{seconds / cells[2]:.2f}"] if seconds else ["-", "-"]
        cells += [f"{shape.at_least or '-'}"] * (peer == SKLEARN)
    return cells


def measure(settings, shape, dtype, peers):
    """Seconds of every repeat of each peer."""
    x, start = make_data(shape, dtype)
    paths = {"data": settings.save("x", x), "start": settings.save("start", start)}
    times = {peer: [] for peer in peers}
    with ExitStack() as stack:
        processes = {peer: stack.enter_context(PeerProcess(settings.threads)) for peer in peers}
        for repeat in range(settings.repeats + 1):
            for peer in peers:
                seconds = processes[peer].call("peers", "predict_seconds", peer=peer, **paths)
                if repeat:
                    times[peer].append(seconds)
    return times
