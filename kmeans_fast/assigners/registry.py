"""The assigner that each name of ``algorithm=`` stands for.

All give the same labels, centers and number of iterations; they differ in time and memory.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from .. import _backend
from . import codes, elkan, filtering, hamerly, lloyd, sketch, sorted_rows
from .auto import SMALL_WORK, Auto, described
from .base import Assigner
from .frame import Frame
from .rows import Rows, Shape
from .verified import Verified

VERIFY = "KMEANS_FAST_VERIFY"
DEFAULT_ROW_BYTES = 64
DEFAULT_SHARE = 4
"""Default memory: the larger of this many bytes per row and this fraction of X. Lloyd's integers,
which take at most 1 MiB, may take more."""
LABEL_BYTES = 8
"""Bytes per row that every fit takes: the labels before and after a step."""
LEAST_SHARE = {"codes": 2 / 3, "elkan": 1 / 4, "sketch": 0}
"""Fractions of their full memory with which these assigners still pay."""
CODED_FEATURES, CODED_CLUSTERS = 32, 32
"""From this many features and clusters on, codes save more than they cost."""
SKETCHED_FEATURES = 24
"""From this many features on, a probe tells whether a sketch of the rows pays."""
PROBED_WORK = 1 << 30
"""Multiply-adds of an iteration from which the probe takes less time than one."""


SMALL_WORK_BY_PRODUCTS = 4 * SMALL_WORK
"""The same as `auto.SMALL_WORK`, with more features than "filtering" takes: the products of Lloyd's
assignment cost less there than those of its squares."""


class _Entry(NamedTuple):
    """Maker (rows, frame, n_clusters, labels), memory (shape, n_clusters), limits of an assigner.

    An assigner with ``least_bytes`` (shape, n_clusters) works with this memory or more; its maker
    takes ``max_memory`` too.
    """

    make: Callable[..., Assigner]
    n_bytes: Callable[[Shape, int], int]
    most_features: int | None = None
    most_rows: int | None = None
    least_bytes: Callable[[Shape, int], int] | None = None


_ENTRIES = {
    "filtering": _Entry(
        filtering.Filtering, filtering.n_bytes, filtering.MOST_FEATURES, filtering.MOST_ROWS
    ),
    "hamerly": _Entry(hamerly.Hamerly, hamerly.n_bytes),
    "lloyd": _Entry(lloyd.Lloyd, lloyd.n_bytes, least_bytes=lloyd.least_bytes),
    "codes": _Entry(codes.Codes, codes.n_bytes, least_bytes=codes.least_bytes),
    "elkan": _Entry(elkan.Elkan, elkan.n_bytes, least_bytes=elkan.least_bytes),
    "sketch": _Entry(sketch.Sketch, sketch.n_bytes, least_bytes=sketch.least_bytes),
    "sorted": _Entry(sorted_rows.SortedRows, sorted_rows.n_bytes, sorted_rows.MOST_FEATURES),
}


def default_memory(shape: Shape) -> int:
    """Bytes beyond X that a fit may take if ``max_memory`` is None."""
    most = max(DEFAULT_ROW_BYTES * shape.n_rows, shape.n_bytes // DEFAULT_SHARE)
    return most - LABEL_BYTES * shape.n_rows


def takes(algorithm: str, n_features: int, n_rows: int = 1) -> bool:
    """Whether an algorithm can work on this many rows of this many features."""
    if algorithm == "auto":
        return True
    entry = _ENTRIES[algorithm]
    return n_features <= (entry.most_features or n_features) and n_rows <= (
        entry.most_rows or n_rows
    )


def check_algorithm(algorithm: str, shape: Shape, n_clusters: int, max_memory: int | None) -> None:
    """Raise ValueError where an algorithm does not take such rows or needs more memory."""
    if algorithm == "auto":
        return
    entry = _ENTRIES[algorithm]
    n, d, _ = shape
    if not takes(algorithm, d, n):
        limit, found = f"{entry.most_features} feature(s)", f"{d}"
        if entry.most_rows:
            limit, found = f"{limit} and {entry.most_rows:,} rows", f"{d} and {n:,}"
        raise ValueError(f"algorithm={algorithm!r} takes at most {limit}, X has {found}.")
    needed = (entry.least_bytes or entry.n_bytes)(shape, n_clusters)
    if max_memory is not None and needed > max_memory:
        raise ValueError(
            f"algorithm={algorithm!r} needs {needed:,} bytes for X of shape {(n, d)} and "
            f"{n_clusters} clusters, max_memory is {max_memory:,}."
        )


def make_assigner(
    name: str, rows: Rows, frame: Frame, n_clusters: int, max_memory: int | None = None
) -> Assigner:
    """The assigner for all runs on these rows."""
    assigner: Assigner
    if n_clusters == 1 and name != "auto":
        name = "lloyd"  # there is nothing to exclude
    if name == "auto":
        assigner = _make_auto(rows, frame, n_clusters, max_memory)
    else:
        entry = _ENTRIES[name]
        limits: dict[str, Any] = {"max_memory": max_memory} if entry.least_bytes else {}
        assigner = entry.make(rows, frame, n_clusters, **limits)
    return Verified(assigner, rows) if os.environ.get(VERIFY, "0") != "0" else assigner


def _make_auto(rows: Rows, frame: Frame, n_clusters: int, max_memory: int | None) -> Assigner:
    shape = rows.shape
    small = SMALL_WORK if takes("filtering", shape.n_features) else SMALL_WORK_BY_PRODUCTS
    if rows.x.size * n_clusters < small:
        assigner = lloyd.Lloyd(rows, frame, n_clusters, max_memory=max_memory)
        text = described(shape, n_clusters, max_memory or default_memory(shape))
        assigner.decisions = (text, "iteration 0: lloyd: too little work for bounds to pay")
        return assigner
    candidates = []
    for name in _preferred(shape, n_clusters):
        entry = _ENTRIES[name]
        budget = max_memory
        if budget is None:  # the budget does not include tables of the centers
            budget = default_memory(shape) + entry.n_bytes(shape.no_rows(), n_clusters)
        size, make = entry.n_bytes(shape, n_clusters), entry.make
        least = LEAST_SHARE.get(name, 1) * size
        if entry.least_bytes is not None:
            least = max(least, entry.least_bytes(shape, n_clusters))
        if size > budget >= least:
            size, make = budget, partial(entry.make, max_memory=budget)
        if size <= budget:
            candidates.append((name, make, size))
    return Auto(rows, frame, n_clusters, candidates, max_memory or default_memory(shape))


def _preferred(shape: Shape, n_clusters: int) -> list[str]:
    """Names of the assigners for such rows, best first, as measured (docs/algorithms.md)."""
    if n_clusters == 1:
        return []
    n, d, _ = shape
    if takes("sorted", d, n):
        return ["sorted", "filtering", "hamerly"]
    if takes("filtering", d, n):
        return ["filtering", "hamerly"]
    others = ["hamerly"] if elkan.is_cheap(shape, n_clusters) else ["elkan", "hamerly"]
    many = d >= CODED_FEATURES and n_clusters >= CODED_CLUSTERS
    if many and _backend.sketches.fast_codes():
        others = ["codes", "hamerly"]
    probed = d >= SKETCHED_FEATURES and n * d * n_clusters >= PROBED_WORK
    return ["sketch", *others] if probed else others
