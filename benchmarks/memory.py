"""Memory beyond X: growth of a fit's peak memory per additional row."""

from pathlib import Path

import numpy as np

import shapes
from data import make_data
from peers import OURS, SKLEARN, available, estimator, load
from process import PeerProcess
from race import AUTO, Contender
from table import markdown

LLOYD = Contender(OURS, "lloyd")
LLOYD_LIMIT = 16
ROW_LIMITS = (8, 1024)
"""Values of `max_memory`, in bytes per row."""

N_ITER = 40
"""Enough iterations for auto to settle on an algorithm."""

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def compare(settings):
    """Measure all of them and return the table."""
    if not CLEAR.exists():
        return "### Memory beyond X\n\nOnly measured on Linux.\n"
    rows = [
        settings.tell(row(settings, shape, dtype))
        for dtype in settings.dtypes
        for shape in settings.chosen(shapes.MEMORY)
    ]
    return markdown(
        "Memory beyond X, bytes per row",
        [
            "n, d, k",
            "dtype",
            *(f"{LLOYD}", "at most"),
            *(f"{AUTO}", "at most"),
            *(f"with max_memory of {limit}" for limit in ROW_LIMITS),
            SKLEARN,
        ],
        rows,
        "Difference between the peaks of two fits, of n and of n / 2 rows, divided by n / 2; "
        f"{N_ITER} iterations. For bounds and codes auto may take 64 bytes per row or a quarter "
        "of the size of a row by default, or the given max_memory; labels come on top.",
    )


def row(settings, shape, dtype):
    """One line of the table."""
    ours = {limit: bytes_per_row(settings, shape, dtype, AUTO, limit) for limit in ROW_LIMITS}
    theirs = [
        bytes_per_row(settings, shape, dtype, Contender(peer)) for peer in available([SKLEARN])
    ]
    return [
        str(shape),
        np.dtype(dtype).name,
        *(f"{bytes_per_row(settings, shape, dtype, LLOYD):.1f}", f"{LLOYD_LIMIT}"),
        *(f"{bytes_per_row(settings, shape, dtype, AUTO):.1f}", f"{allowed(shape, dtype)}"),
        *(f"{growth:.1f}" for growth in [*ours.values(), *theirs]),
    ]


def allowed(shape, dtype):
    """Bytes per row that auto may take by default."""
    return max(64, shape.d * np.dtype(dtype).itemsize // 4)


def bytes_per_row(settings, shape, dtype, contender, limit=None):
    """Peak memory per additional row, with at most ``limit`` bytes per row for bounds.

    NaN where the system does not report the peak.
    """
    if not CLEAR.exists():
        return float("nan")
    x, start = make_data(shape, dtype)
    half = shape.n // 2
    arguments = {"peer": contender.peer, "algorithm": contender.algorithm}
    arguments["start"] = settings.save("start", start)
    peaks = []
    for name, rows in (("half", x[:half]), ("whole", x)):
        data = settings.save(name, rows)
        if limit is not None:
            arguments["max_memory"] = limit * len(rows)
        with PeerProcess(settings.threads) as process:
            peaks.append(process.call("memory", "peak_beyond", data=data, **arguments))
    return (peaks[1] - peaks[0]) / (shape.n - half)


def peak_beyond(peer, algorithm, data, start, **options):
    """Peak memory of a fit minus the memory before it, in bytes. Runs in the peer's process."""
    x, centers = load(data), load(start)
    estimator(peer, centers, 2, algorithm).fit(x[: 2 * len(centers)])
    CLEAR.write_text("5")
    before = kibibytes("VmRSS")
    model = estimator(peer, centers, N_ITER, algorithm).set_params(**options).fit(x)
    growth = 1024 * (kibibytes("VmHWM") - before)
    return growth if len(model.labels_) == len(x) else None


def kibibytes(field):
    """Value of a field in the status file of this process."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    raise KeyError(field)
