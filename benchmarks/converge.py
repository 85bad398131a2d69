"""Whole fits to convergence from the same start: all our algorithms and all exact peers."""

from statistics import geometric_mean

import numpy as np

import memory
import shapes
from data import make_data
from peers import FAISS, INTELEX, OURS, SKLEARN, available
from race import AUTO, Contender, race
from table import markdown

MAX_ITER = 300
LLOYD = Contender(SKLEARN)
EXACT_PEERS = (LLOYD, Contender(SKLEARN, "elkan"), Contender(INTELEX), Contender(FAISS))


def compare(settings):
    """Tables, one pair per element type."""
    return "\n".join(compare_dtype(settings, dtype) for dtype in settings.long_dtypes)


def compare_dtype(settings, dtype):
    """The tables of one element type."""
    contenders = choose(settings, dtype)
    summary, details, ratios = [], [], []
    settings.tell(header(contenders))
    for shape in settings.chosen(shapes.CONVERGE):
        x, start = make_data(shape, dtype)
        results = race(settings, x, start, contenders, MAX_ITER)
        check(settings, results)
        if LLOYD in results:
            ratios.append(results[LLOYD].seconds / results[AUTO].seconds)
        beyond = memory.bytes_per_row(settings, shape, dtype, AUTO)
        summary.append(settings.tell(line(shape, dtype, results, beyond)))
        details.append(settings.tell(seconds(shape, contenders, results)))
    mean = f"{geometric_mean(ratios):.2f}" if ratios else "-"
    name = f"{np.dtype(dtype).name}, {settings.threads} threads"
    return "\n".join(
        [
            markdown(
                f"Fit to convergence, {name}",
                HEADER,
                summary,
                f"Geometric mean of the ratios to {SKLEARN}'s Lloyd: {mean}. Fits run until no "
                f"label changes, for at most {MAX_ITER} iterations. Ratios compare medians of at "
                f"most {settings.repeats} interleaved repeats; slow fits were repeated less often. "
                f"{FAISS} does not compare labels (by default it stops when its float32 objective "
                "repeats): here it runs on all rows for the number of iterations that we needed, "
                "and it returns no labels. Beyond X: growth of the peak from n / 2 to n rows, and "
                "the default limit.",
            ),
            markdown(
                f"The same fits, seconds (iterations), {name}",
                header(contenders),
                details,
                "If the numbers of iterations differ, float32 rounding or ties made the runs "
                "different.",
            ),
        ]
    )


HEADER = [
    "n, d, k",
    "iterations",
    f"{AUTO}, s",
    f"{LLOYD}, s",
    "ratio",
    "at least",
    "fastest exact peer",
    "ratio",
    "best algorithm of ours",
    "auto over it",
    "beyond X, bytes per row",
    "at most",
    "largest relative difference of inertia",
]


def header(contenders):
    """Header of the table of all times."""
    return ["n, d, k", *map(str, contenders)]


def choose(settings, dtype):
    """All contenders that the command line selects, auto first."""
    names = [name for name in settings.algorithms if name != "auto"]
    peers = available(settings.peers, dtype)
    return [AUTO, *(Contender(OURS, name) for name in names)] + [
        contender for contender in EXACT_PEERS if contender.peer in peers
    ]


def line(shape, dtype, results, beyond):
    """A line of the summary."""
    auto = results[AUTO]
    ours = {c.algorithm: r.seconds for c, r in results.items() if c.peer == OURS and c != AUTO}
    peers = {str(c): r for c, r in results.items() if c.peer != OURS}
    best = min(ours, key=ours.get, default=None)
    fastest = min(peers, key=lambda name: peers[name].seconds, default=None)
    lloyd = results.get(LLOYD)
    inertias = [r.inertia for r in results.values() if r.centers is not None]
    return [
        str(shape),
        f"{auto.n_iter}",
        auto.seconds,
        seconds_of(lloyd),
        ratio_to(auto, lloyd),
        f"{shape.at_least or '-'}",
        f"{fastest or '-'}",
        ratio_to(auto, peers.get(fastest)),
        f"{best or '-'}",
        f"{auto.seconds / ours[best] - 1:+.0%}" if best else "-",
        f"{beyond:.1f}",
        f"{memory.allowed(shape, dtype)}",
        f"{max(abs(inertia / auto.inertia - 1) for inertia in inertias):.1e}",
    ]


def seconds(shape, contenders, results):
    """A line of the table of all times."""
    return [str(shape), *(str(results.get(contender, "-")) for contender in contenders)]


def seconds_of(result):
    """Seconds of a result that may be missing."""
    return "-" if result is None else f"{'over ' * result.late}{result.seconds:.3g}"


def ratio_to(ours, theirs):
    """Their time divided by ours; a lower bound if their fit was ended."""
    if theirs is None:
        return "-"
    return f"{'over ' * theirs.late}{theirs.seconds / ours.seconds:.2f}"


def check(settings, results):
    """Warn if one of our algorithms returned other centers than auto."""
    for contender, result in results.items():
        if contender.peer == OURS and not np.array_equal(result.centers, results[AUTO].centers):
            settings.warn(f"{contender} and {AUTO} differ")
