"""Our assignment kernel alone, against the peak rate of multiply-adds, measured in turns."""

from statistics import median

import numpy as np

import shapes
from data import make_data
from peak import Peak
from peers import OURS
from process import PeerProcess
from table import markdown


def compare(settings):
    """Measure all of them and return the table."""
    peak = Peak(settings.folder, settings.threads)
    rows = [
        row(settings, shape, dtype, peak)
        for dtype in settings.dtypes
        for shape in settings.chosen(shapes.FIT)
    ]
    return markdown(
        f"Assignment alone, {settings.threads} threads",
        ["n, d, k", "dtype", f"{OURS}, GFLOP/s", "peak, GFLOP/s", "share of the peak"],
        rows,
        f"2 n d k operations, median of {settings.repeats} repeats. Peak: {peak.method}.",
    )


def row(settings, shape, dtype, peak):
    """One line of the table."""
    x, start = make_data(shape, dtype)
    arguments = {"data": settings.save("x", x), "start": settings.save("start", start)}
    arguments["threads"] = settings.threads
    rates, peaks = [], []
    with PeerProcess(settings.threads) as process:
        for _ in range(settings.repeats):
            peaks.append(peak.measure(dtype))
            seconds = process.call("peers", "assign_seconds", **arguments)
            rates.append(2e-9 * shape.n * shape.d * shape.k / seconds)
    part = median(rate / limit for rate, limit in zip(rates, peaks, strict=True))
    return [str(shape), np.dtype(dtype).name, median(rates), median(peaks), f"{part:.0%}"]
