"""Whole fits of ten iterations from the same start centers: seconds, ratios and inertia."""

from contextlib import ExitStack
from statistics import median

import numpy as np

import shapes
from data import make_data, true_inertia
from peers import FAISS, INTELEX, OURS, SKLEARN, available
from process import PeerProcess
from table import markdown

N_ITER = 10


def compare(settings):
    """Tables, one per element type."""
    return "\n".join(compare_dtype(settings, dtype) for dtype in settings.dtypes)


def compare_dtype(settings, dtype):
    """The table of one element type."""
    peers = available([OURS, SKLEARN, FAISS, INTELEX], dtype)
    others = peers[1:]
    header = ["n, d, k", f"{OURS}, s", "at least"]
    for peer in others:
        header += [f"{peer}, s", "ratio"] + ["ratio with labels"] * (peer == FAISS)
    header.append("largest relative difference of inertia")
    rows = [row(settings, shape, dtype, peers) for shape in settings.chosen(shapes.FIT)]
    return markdown(
        f"Fit, {np.dtype(dtype).name}, {N_ITER} iterations, {settings.threads} threads",
        header,
        rows,
        f"Ratios are medians, over {settings.repeats} interleaved repeats, of the other library's "
        "time divided by ours. A fit returns centers, labels and inertia; faiss returns centers "
        "only, so its labels are timed separately. Inertias differ if float32 rounding, or ties "
        "that a library decides by rounding (the pixels have many), make the runs different.",
    )


def row(settings, shape, dtype, peers):
    """One line: the shape, our seconds, every peer's seconds and ratio, and the inertias."""
    times, inertias = measure(settings, shape, dtype, peers)
    cells = [str(shape), median(times[OURS]), f"{shape.at_least}"]
    for peer in peers[1:]:
        cells += [median(times[peer]), ratio(times[peer], times[OURS])]
        if peer == FAISS:
            cells.append(ratio(times["faiss with labels"], times[OURS]))
    ours = inertias[OURS]
    cells.append(f"{max(abs(inertias[peer] - ours) / ours for peer in peers):.1e}")
    return cells


def ratio(theirs, ours):
    """Median over the repeats of their time divided by ours."""
    return f"{median(a / b for a, b in zip(theirs, ours, strict=True)):.2f}"


def measure(settings, shape, dtype, peers):
    """For each peer the seconds of every repeat, and the true inertia."""
    x, start = make_data(shape, dtype)
    paths = {"data": settings.save("x", x), "start": settings.save("start", start)}
    out = settings.path("centers")
    times = {peer: [] for peer in [*peers, "faiss with labels"]}
    inertias = {}
    with ExitStack() as stack:
        processes = {peer: stack.enter_context(PeerProcess(settings.threads)) for peer in peers}
        for peer in peers:
            processes[peer].call("peers", "fit", peer=peer, n_iter=1, out=out, **paths)
        for _ in range(settings.repeats):
            for peer in peers:
                call = processes[peer].call
                done = call("peers", "fit", peer=peer, n_iter=N_ITER, out=out, **paths)
                if done["n_iter"] != N_ITER:
                    settings.warn(f"{peer} stopped after {done['n_iter']} iterations on {shape}")
                times[peer].append(done["seconds"])
                if peer == FAISS:
                    times["faiss with labels"].append(done["seconds"] + done["labels_seconds"])
                if peer not in inertias:
                    inertias[peer] = true_inertia(x, np.load(out))
    return times, inertias
