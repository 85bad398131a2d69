"""Fits of real data: photographs, sentences and text, and synthetic data sets beside them.

All our algorithms, the exact peers, and SuperKMeans with every element type on which it can prune,
from the same start rows.
"""

import numpy as np

import converge
import language_model
import shapes
from data import make_data
from peers import SUPERKMEANS, available
from process import PeerProcess
from race import AUTO, SEED, Contender, race
from super_fits import QUANTIZERS
from table import markdown

SENTENCES = "sentences"
ITERATIONS = {SENTENCES: 10}
"""Number of iterations by the kind of data, if not to convergence."""
LEAST_ROWS = 20
"""Rows per cluster, at least."""

SUPER = [Contender(SUPERKMEANS, quantizer) for quantizer in QUANTIZERS]
SUPER_AT_LEAST = dict(zip(SUPER, (2, 1, 1, 1), strict=True))
"""Our targets for the speed-up over SuperKMeans on sentences."""

HEADER = ["n, d, k", "contender", "iterations", "s", "ratio", "at least", "inertia over ours"]


def compare(settings):
    """Measure all of them and return the table."""
    contenders = choose(settings)
    settings.tell(HEADER)
    lines = []
    for shape in settings.chosen(shapes.REAL):
        if shape.kind == SENTENCES and not language_model.available():
            settings.warn(f"{shape} is left out: {language_model.MODEL} is not installed")
            continue
        x, start = rows_and_start(settings, shape)
        max_iter = ITERATIONS.get(shape.kind, converge.MAX_ITER)
        results = race(settings, x, start, contenders, max_iter)
        converge.check(settings, results)
        lines += [
            settings.tell(line(shape, contender, result, results[AUTO]))
            for contender, result in results.items()
        ]
    return markdown(
        f"Real data, float32, {settings.threads} threads",
        HEADER,
        lines,
        "Whole fits from the same start rows, until no label changes, for at most "
        f"{converge.MAX_ITER} iterations ({SENTENCES}: {ITERATIONS[SENTENCES]}). Ratios are their "
        f"time divided by the time of {AUTO}; times are medians of at most {settings.repeats} "
        "interleaved repeats; slow fits were repeated less often. Inertias are computed on all "
        "rows in float64. faiss and SuperKMeans do not compare labels: here they run on all rows "
        "for the number of iterations that we needed, without sampling, early termination or "
        "hierarchy, and return centers only; our fits and scikit-learn's return labels and "
        "inertia as well. SuperKMeans prunes approximately, and all its element types but f32 "
        "also compare rounded rows; the final centers are means of the rows as they are.",
    )


def choose(settings):
    """Contenders of the part converge, and SuperKMeans."""
    exact = converge.choose(settings, np.float32)
    return exact + SUPER * (SUPERKMEANS in available(settings.peers))


def rows_and_start(settings, shape):
    """Rows of the shape, and start centers: the rows that SuperKMeans draws, if it is installed."""
    x, start = make_data(shape, np.float32)
    k = min(shape.k, len(x) // LEAST_ROWS)
    if not available([SUPERKMEANS]):
        return x, start[:k]
    path = settings.path("drawn")
    with PeerProcess(settings.threads) as process:
        arguments = {"seed": SEED, "threads": settings.threads, "out": path}
        process.call("super_start", "save", n=len(x), k=k, **arguments)
    return x, x[np.load(path)]


def line(shape, contender, result, ours):
    """A line of the table."""
    at_least = target(shape, contender)
    finished = result.centers is not None
    return [
        str(shape),
        str(contender),
        f"{result.n_iter}" if finished else "-",
        converge.seconds_of(result),
        converge.ratio_to(ours, result),
        f"{at_least or '-'}",
        f"{result.inertia / ours.inertia - 1:+.2%}" if finished else "-",
    ]


def target(shape, contender):
    """Our target for the speed-up over the contender, or None."""
    if contender == converge.LLOYD:
        return shape.at_least
    return SUPER_AT_LEAST.get(contender) if shape.kind == SENTENCES else None
