"""Memory beyond X: how far a fit's peak grows with the number of rows."""

from pathlib import Path

import numpy as np

from data import Shape, make_data
from peers import OURS, SKLEARN, available, estimator, load
from process import PeerProcess
from table import markdown

SHAPES = (Shape(2_000_000, 4, 20, "normal"), Shape(500_000, 32, 100, "normal"))
LIMIT = 16
STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def compare(settings):
    """The table."""
    if not CLEAR.exists():
        return "### Memory beyond X\n\nOnly measured on Linux.\n"
    peers = available([OURS, SKLEARN])
    rows = []
    for dtype in settings.dtypes:
        for shape in map(settings.sized, settings.chosen(SHAPES)):
            growth = [f"{bytes_a_row(settings, shape, dtype, peer):.1f}" for peer in peers]
            rows.append([str(shape), np.dtype(dtype).name, *growth, f"{LIMIT}"])
    return markdown(
        "Memory beyond X",
        ["n, d, k", "dtype", *(f"{peer}, bytes a row" for peer in peers), "at most"],
        rows,
        "Difference of the peaks of two fits, of n and of n / 2 rows, over n / 2.",
    )


def bytes_a_row(settings, shape, dtype, peer):
    """Slope of the peak over the rows."""
    x, start = make_data(shape, dtype)
    half = shape.n // 2
    start = settings.save("start", start)
    peaks = []
    for name, rows in (("half", x[:half]), ("whole", x)):
        data = settings.save(name, rows)
        with PeerProcess(settings.threads) as process:
            peaks.append(process.call("memory", "peak_beyond", peer=peer, data=data, start=start))
    return (peaks[1] - peaks[0]) / (shape.n - half)


def peak_beyond(peer, data, start):
    """Bytes by which a fit's peak exceeds what the process held before. Runs over there."""
    x, centers = load(data), load(start)
    estimator(peer, centers, 2).fit(x[:1000])
    CLEAR.write_text("5")
    before = kibibytes("VmRSS")
    model = estimator(peer, centers, 3).fit(x)
    growth = 1024 * (kibibytes("VmHWM") - before)
    return growth if len(model.labels_) == len(x) else None


def kibibytes(field):
    """A field of this process's status."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise KeyError(field)
