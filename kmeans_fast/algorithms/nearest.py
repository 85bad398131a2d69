"""Rows against given centers, for any mix of the two float types.

Where the types differ the narrower side is widened, which is exact, so labels and distances do not
depend on the type in which the same values came. Rows are widened a chunk at a time.
"""

import numpy as np

from .. import _backend
from .._threads import computing, effective_threads

CHUNK_ELEMENTS = 1 << 20


def _matched(x, centers, chunk_rows=None):
    """Yield (slice of rows, these rows, centers), rows and centers of one type."""
    if x.dtype == centers.dtype:
        yield slice(None), x, centers
    elif x.dtype == np.float64:
        yield slice(None), x, centers.astype(np.float64)
    else:
        step = chunk_rows or max(1, CHUNK_ELEMENTS // x.shape[1])
        for start in range(0, len(x), step):
            rows = slice(start, start + step)
            yield rows, x[rows].astype(np.float64), centers


def nearest_centers(x, centers, n_threads):
    """Index of the nearest center of each row, int32 (n,)."""
    labels = np.empty(len(x), dtype=np.int32)
    work = x.size * len(centers)
    with computing(work):
        threads = effective_threads(n_threads, work)
        for rows, part, points in _matched(x, centers):
            _backend.assign.assign_rows(part, points, labels[rows], threads)
    return labels


def own_distances(x, centers, labels, n_threads):
    """Euclidean distance of each row to the center of its label, float64 (n,)."""
    out = np.empty(len(x))
    with computing(x.size):
        threads = effective_threads(n_threads, x.size)
        for rows, part, points in _matched(x, centers):
            _backend.assign.squared_distances(part, points, labels[rows], out[rows], threads)
    return np.sqrt(out, out=out)


def all_distances(x, centers, n_threads):
    """Euclidean distances of all rows to all centers, (n, k), of the wider type."""
    out = np.empty((len(x), len(centers)), dtype=np.result_type(x, centers))
    work = x.size * len(centers)
    with computing(work):
        threads = effective_threads(n_threads, work)
        for rows, part, points in _matched(x, centers):
            _backend.assign.distance_rows(part, points, out[rows], threads)
    return out


def inertia(x, sample_weight, centers, labels, n_threads):
    """Weighted sum of squared distances of the rows to their centers.

    Chunks are single blocks of the backend's own sum, added in its order, so that the type of x
    does not change the result.
    """
    total = 0.0
    with computing(x.size):
        threads = effective_threads(n_threads, x.size)
        for rows, part, points in _matched(x, centers, _backend.BLOCK_ROWS):
            weight = None if sample_weight is None else sample_weight[rows]
            total += _backend.assign.inertia(part, points, labels[rows], weight, threads)
    return total
