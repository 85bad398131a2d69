"""Growth of our time and scikit-learn's with n, d and k, one of them at a time."""

import numpy as np

import shapes
from converge import ratio_to, seconds_of
from data import make_data
from peers import SKLEARN, available
from race import AUTO, Contender, race
from shapes import Shape
from table import markdown

N_ITER = 20
KIND = "mixture"
SERIES = {
    "n": [Shape(n, 16, 64, KIND) for n in (6_250 * 2**i for i in range(9))],
    "d": [Shape(50_000, d, 64, KIND) for d in (2**i for i in range(11))],
    "k": [Shape(100_000, 16, k, KIND) for k in (2**i for i in range(2, 13))],
}


def compare(settings):
    """Return one table for each of n, d and k."""
    return "\n".join(
        table_of(settings, name, dtype) for dtype in settings.long_dtypes for name in SERIES
    )


def table_of(settings, name, dtype):
    """Table of one of n, d and k; for k, also draw it if the command line has --plot."""
    theirs = Contender(SKLEARN)
    peers = [theirs] if available([SKLEARN]) and SKLEARN in settings.peers else []
    rows, points = [], []
    for shape in settings.chosen(SERIES[name]):
        x, start = make_data(shape, dtype)
        results = race(settings, x, start, [AUTO, *peers], N_ITER)
        seconds = [seconds_of(results.get(contender)) for contender in (AUTO, theirs)]
        cells = [str(shape), *seconds, ratio_to(results[AUTO], results.get(theirs))]
        rows.append(settings.tell(cells))
        points.append((shape.k, {str(who): result.seconds for who, result in results.items()}))
    if name == "k" and settings.plot and points:
        draw(points, settings)
    return markdown(
        f"As {name} doubles, {np.dtype(dtype).name}, {N_ITER} iterations, "
        f"{settings.threads} threads",
        ["n, d, k", f"{AUTO}, s", f"{theirs}, s", "ratio"],
        rows,
        f"Whole fits from the same start; medians of at most {settings.repeats} repeats.",
    )


def draw(points, settings):
    """Draw time against k, with two logarithmic axes."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams["svg.hashsalt"] = "kmeans_fast"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name in points[0][1]:
        axes.loglog(*zip(*[(k, times[name]) for k, times in points], strict=True), "o-", label=name)
    first = settings.chosen(SERIES["k"])[0]
    axes.set_xlabel("k, number of clusters")
    axes.set_ylabel("seconds")
    axes.set_title(
        f"{N_ITER} iterations, {shapes.thousands(first.n)} rows, {first.d} features, "
        f"{settings.threads} threads",
        fontsize="medium",
    )
    ks = [k for k, _ in points]
    axes.set_xticks(ks, [str(k) for k in ks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    settings.plot.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(settings.plot, metadata={"Date": None} if settings.plot.suffix == ".svg" else {})
