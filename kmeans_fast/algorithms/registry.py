"""The names that ``algorithm=`` takes, and the assigner each of them stands for.

All give the same labels, centers and number of iterations and differ in time and memory only.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from .. import _backend
from .assigners import elkan, filtering, hamerly, lloyd, sketch
from .assigners import sorted as sorted_rows
from .assigners.auto import Auto
from .assigners.verified import Verified

VERIFY = "KMEANS_FAST_VERIFY"
DEFAULT_ROW_BYTES = 64
DEFAULT_SHARE = 4
"""By default a fit takes so many bytes a row, or this part of the rows, whichever is more."""
LABEL_BYTES = 8
"""What a fit takes for a row in any case: its labels, before and after."""
LEAST_SHARE = {"sketch": 2 / 3, "elkan": 1 / 4}
"""Parts of their full memory with which these still pay."""
CODED_FEATURES, CODED_CLUSTERS = 32, 512
"""From so many features and clusters on codes save more than they cost."""


class _Entry(NamedTuple):
    """An assigner: its maker (problem, n_clusters), its memory (x, n_clusters), its limits.

    One that has ``least_bytes`` (x, n_clusters) makes do with any memory from there on; its maker
    takes ``max_memory`` too.
    """

    make: Callable[..., Any]
    n_bytes: Callable[..., int]
    most_features: int | None = None
    most_rows: int | None = None
    least_bytes: Callable[..., int] | None = None


_ENTRIES = {
    "filtering": _Entry(
        filtering.Filtering, filtering.n_bytes, filtering.MOST_FEATURES, filtering.MOST_ROWS
    ),
    "hamerly": _Entry(hamerly.Hamerly, hamerly.n_bytes),
    "lloyd": _Entry(lloyd.Lloyd, lloyd.n_bytes),
    "sketch": _Entry(sketch.Sketch, sketch.n_bytes, least_bytes=sketch.least_bytes),
    "elkan": _Entry(elkan.Elkan, elkan.n_bytes, least_bytes=elkan.least_bytes),
    "sorted": _Entry(sorted_rows.Sorted, sorted_rows.n_bytes, sorted_rows.MOST_FEATURES),
}

ALGORITHMS = ("auto", *_ENTRIES)


def default_memory(x):
    """Bytes that a fit may take for the rows beyond X where nobody asked for a number."""
    return max(DEFAULT_ROW_BYTES * len(x), x.nbytes // DEFAULT_SHARE) - LABEL_BYTES * len(x)


def takes(algorithm, n_features, n_rows=1):
    """Whether an algorithm is for so many rows of so many features."""
    if algorithm == "auto":
        return True
    entry = _ENTRIES[algorithm]
    return n_features <= (entry.most_features or n_features) and n_rows <= (
        entry.most_rows or n_rows
    )


def check_algorithm(algorithm, x, n_clusters, max_memory):
    """Refuse an algorithm that is not for such rows, or that needs more memory than allowed."""
    if algorithm == "auto":
        return
    entry = _ENTRIES[algorithm]
    n, d = x.shape
    if not takes(algorithm, d, n):
        rows = f" and {entry.most_rows:,} rows" if entry.most_rows else ""
        raise ValueError(
            f"algorithm={algorithm!r} takes at most {entry.most_features} feature(s){rows}, "
            f"X has {d}{f' and {n:,}' * bool(rows)}."
        )
    needed = (entry.least_bytes or entry.n_bytes)(x, n_clusters)
    if max_memory is not None and needed > max_memory:
        raise ValueError(
            f"algorithm={algorithm!r} needs {needed:,} bytes for X of shape {x.shape} and "
            f"{n_clusters} clusters, max_memory is {max_memory:,}."
        )


def make_assigner(name, problem, n_clusters, max_memory=None):
    """The assigner of one run."""
    if n_clusters == 1 and name != "auto":
        name = "lloyd"  # there is nothing to exclude
    if name == "auto":
        assigner = _make_auto(problem, n_clusters, max_memory)
    elif _ENTRIES[name].least_bytes:
        assigner = _ENTRIES[name].make(problem, n_clusters, max_memory)
    else:
        assigner = _ENTRIES[name].make(problem, n_clusters)
    return Verified(assigner, problem) if os.environ.get(VERIFY, "0") != "0" else assigner


def _make_auto(problem, n_clusters, max_memory):
    x = problem.x
    candidates = []
    for name in _preferred(x, n_clusters):
        entry = _ENTRIES[name]
        budget = max_memory
        if budget is None:  # tables of the centers come on top
            budget = default_memory(x) + entry.n_bytes(x[:0], n_clusters)
        size, make = entry.n_bytes(x, n_clusters), entry.make
        if size > budget >= LEAST_SHARE.get(name, 1) * size:
            size, make = budget, partial(entry.make, max_memory=budget)
        if size <= budget:
            candidates.append((name, make, size))
    return Auto(problem, n_clusters, candidates, max_memory or default_memory(x))


def _preferred(x, n_clusters):
    """Names of the assigners for such rows, by measurement (docs/algorithms.md), best first."""
    if n_clusters == 1:
        return []
    n, d = x.shape
    if takes("filtering", d, n):
        return ["sorted"] * takes("sorted", d) + ["filtering", "hamerly"]
    many = d >= CODED_FEATURES and n_clusters >= CODED_CLUSTERS
    if many and _backend.sketch.fast_codes():
        return ["sketch", "hamerly"]
    return ["hamerly"] if elkan.is_cheap(x, n_clusters) else ["elkan", "hamerly"]
