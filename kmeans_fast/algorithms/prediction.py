"""Rows and given centers: labels, distances and inertia, for any mix of the two float types.

Where the types differ, the narrower side is widened. This is exact, so results depend on the values
and not on their type. Rows are widened in chunks. Rows and centers may be in units of ``unit``
(see `_magnitudes`); distances and inertia are of the values as they were given.
"""

from collections.abc import Iterator

import numpy as np

from .. import _backend
from .. import _validate as check
from .._csr import Csr
from .._magnitudes import is_small, square_from_units
from .._threads import computing, effective_threads
from .._typing import Doubles, Labels, Matrix
from ..assigners.frame import in_units, weight_exponent
from ..exact import as_float

CHUNK_ELEMENTS = 1 << 20
"""Elements that are widened at a time."""
DISTINCT_ROWS = 64
"""From this many rows per center on, looking for equal centers takes no time."""


def _matched(x: Matrix, centers: Matrix) -> Iterator[tuple[slice, Matrix, Matrix]]:
    """Yield (slice of rows, these rows, centers), rows and centers of one type."""
    if x.dtype == centers.dtype:
        yield slice(None), x, centers
    elif x.dtype == np.float64:
        yield slice(None), x, centers.astype(np.float64)
    else:
        step = max(1, CHUNK_ELEMENTS // x.shape[1])
        for start in range(0, len(x), step):
            rows = slice(start, start + step)
            yield rows, x[rows].astype(np.float64), centers


def _matched_sparse(x: Csr, centers: Matrix) -> tuple[Csr, Matrix]:
    """Sparse rows and centers of one type."""
    dtype = np.result_type(x.dtype, centers.dtype)
    return x.astype(dtype), centers.astype(dtype, copy=False)


def nearest_centers(x: Matrix | Csr, centers: Matrix, n_threads: int | None) -> Labels:
    """Index of the nearest center of each row, int32 (n,); the rows are finite."""
    if isinstance(x, Csr):
        return _sparse_labels(x, centers, n_threads)
    labels = _labels(x, centers, n_threads)
    assert labels is not None
    return labels


def labels_if_finite(x: Matrix, centers: Matrix, n_threads: int | None) -> Labels | None:
    """As `nearest_centers` for rows that were not checked; None if `as_query` has to see them.

    It has to if a row is not finite, which the assignment notices, or if squared distances may
    leave the range of float64, which those of float32 rows do not.
    """
    if x.size <= check.SMALL or x.dtype != np.float32 or is_small(centers):
        return None
    return _labels(x, centers, n_threads)


def _labels(x: Matrix, centers: Matrix, n_threads: int | None) -> Labels | None:
    """Index of the nearest center of each row; None if a row is not finite."""
    first = _first_of_equal(centers) if len(x) >= DISTINCT_ROWS * len(centers) else None
    if first is not None:
        centers = centers[first]
    labels = np.empty(len(x), dtype=np.int32)
    work = x.size * len(centers)
    with computing(work):
        threads = effective_threads(n_threads, work)
        for rows, part, points in _matched(x, centers):
            if not _backend.assign.assign_rows(part, points, labels[rows], threads):
                return None
    # `clip` lets NumPy write to `labels` without a copy
    return labels if first is None else np.take(first, labels, out=labels, mode="clip")


def _sparse_labels(x: Csr, centers: Matrix, n_threads: int | None) -> Labels:
    labels = np.empty(len(x), dtype=np.int32)
    work = x.work(len(centers))
    with computing(work):
        rows, points = _matched_sparse(x, centers)
        _backend.sparse_assign.assign_rows(
            *rows.arrays, rows.squares, points, labels, effective_threads(n_threads, work)
        )
    return labels


def _first_of_equal(centers: Matrix) -> Labels | None:
    """Ascending indices of the centers without those that equal one before; None if all differ.

    Every row of a repeated center is a tie, which only the slow defining sum could decide.
    """
    values = np.sort(centers[:, 0])
    if (values[1:] != values[:-1]).all():
        return None
    whole = centers.view(np.dtype((np.void, centers.itemsize * centers.shape[1])))
    first = np.unique(whole, return_index=True)[1]
    return None if len(first) == len(centers) else np.sort(first).astype(np.int32)


def own_distances(
    x: Matrix | Csr, centers: Matrix, labels: Labels, n_threads: int | None, unit: float = 1.0
) -> Doubles:
    """Euclidean distance of each row to the center of its label, float64 (n,)."""
    out = own_squares(x, centers, labels, n_threads)
    distances: Doubles = np.sqrt(out, out=out)
    if unit != 1:
        distances *= unit
    return distances


def own_squares(x: Matrix | Csr, centers: Matrix, labels: Labels, n_threads: int | None) -> Doubles:
    """Squared distance of each row to the center of its label, float64 (n,)."""
    if isinstance(x, Csr):
        with computing(x.work(1)):
            return x.squared_distances(centers, labels, n_threads)
    out = np.empty(len(x))
    with computing(x.size):
        threads = effective_threads(n_threads, x.size)
        for rows, part, points in _matched(x, centers):
            _backend.distances.squared_distances(part, points, labels[rows], out[rows], threads)
    return out


def all_distances(
    x: Matrix | Csr, centers: Matrix, n_threads: int | None, unit: float = 1.0
) -> Matrix:
    """Euclidean distances of all rows to all centers, (n, k), of the wider type."""
    out: Matrix = np.empty((len(x), len(centers)), dtype=np.result_type(x.dtype, centers))
    work = x.work(len(centers)) if isinstance(x, Csr) else x.size * len(centers)
    with computing(work):
        threads = effective_threads(n_threads, work)
        if isinstance(x, Csr):
            own, points = _matched_sparse(x, centers)
            _backend.sparse_assign.distance_rows(*own.arrays, points, out, threads)
        else:
            for rows, part, points in _matched(x, centers):
                _backend.distances.distance_rows(part, points, out[rows], threads)
    if unit != 1:
        out *= unit
    return out


def inertia(
    x: Matrix | Csr,
    weight: Doubles | None,
    centers: Matrix,
    labels: Labels,
    n_threads: int | None,
    unit: float = 1.0,
) -> float:
    """Weighted sum of squared distances of the rows to their centers.

    It is the exact sum of the rounded terms, rounded once; a fit on these rows gives the same bits.
    """
    exponent = 0 if weight is None else weight_exponent(float(weight.max()))
    total = exact_inertia(x, in_units(weight, exponent), centers, labels, n_threads)
    return square_from_units(as_float(total) * 2.0**exponent, unit)


def exact_inertia(
    x: Matrix | Csr,
    weight: Doubles | None,
    centers: Matrix,
    labels: Labels,
    n_threads: int | None,
) -> int:
    """As `inertia`, as an exact integer, which adds up over parts; weights are in range."""
    total = 0
    if isinstance(x, Csr):
        squared = own_squares(x, centers, labels, n_threads)
        threads = effective_threads(n_threads, len(squared))
        return int(_backend.exact_sums.exact_sum(squared, weight, threads))
    with computing(x.size):
        threads = effective_threads(n_threads, x.size)
        for rows, part, points in _matched(x, centers):
            own = None if weight is None else weight[rows]
            total += _backend.assign.inertia(part, points, labels[rows], own, threads)
    return total
