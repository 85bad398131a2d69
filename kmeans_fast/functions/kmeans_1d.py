"""The optimal clustering of values on a line, as a function."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _validate as check
from .._magnitudes import in_value_units, value_unit
from .._typing import Matrix
from ..algorithms import prediction
from ..algorithms.kmeans_1d import optimal_centers
from ..assigners.frame import find_ranges
from ..exceptions import ConvergenceWarning


@dataclass(frozen=True, eq=False)
class KMeans1DResult:
    """Result of `kmeans_1d`.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters,)
        The means of the optimal clusters in ascending order, of the dtype of x (float64 where x
        was converted).
    labels : ndarray of shape (n_rows,), int32
        Index of the nearest of ``centers`` for each value, ties to the lowest index.
    inertia : float
        Weighted sum of squared distances of the values to their centers.
    """

    centers: NDArray[np.floating[Any]]
    labels: NDArray[np.int32]
    inertia: float


def kmeans_1d(
    x: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    n_threads: int | None = None,
) -> KMeans1DResult:
    """The optimal k-means clustering of single values: no other has a smaller inertia.

    Parameters
    ----------
    x : array-like of shape (n_rows,) or (n_rows, 1)
        The values. float32 stays float32, all other types become float64. Never modified.
    n_clusters : int
        Number of clusters.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights: 2 counts as the value twice, 0 as the value absent.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.

    Returns
    -------
    result : KMeans1DResult
        Centers, labels and inertia.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; the message names it.

    Warns
    -----
    ConvergenceWarning
        There are fewer distinct values of positive weight than ``n_clusters``. The other clusters
        repeat the last center and have no rows.

    Notes
    -----
    Dynamic programming over the m distinct values in ascending order, one layer per cluster [1]_
    [2]_: O(n log n + n_clusters m log m) time at most, in practice near O(n_clusters m), and about
    200 bytes of memory per distinct value. Costs are differences of prefix sums in twice the
    precision of float64. So the inertia is within about ``n_clusters`` roundings of the least one,
    at any distance of the values from zero, if clusters are wider than 1e-14 of the range of all
    values. Centers are rounded to the dtype of x at the end.

    References
    ----------
    .. [1] H. Wang and M. Song, "Ckmeans.1d.dp: optimal k-means clustering in one dimension by
       dynamic programming", The R Journal 3, 2011.
    .. [2] A. Gronlund, K. Larsen, A. Mathiasen, J. Nielsen, S. Schneider and M. Song, "Fast exact
       k-means, k-medians and Bregman divergence clustering in 1D", 2017.

    Examples
    --------
    >>> from kmeans_fast import kmeans_1d
    >>> result = kmeans_1d([1, 9, 2, 10, 30, 1.5], 3)
    >>> result.centers
    array([ 1.5,  9.5, 30. ])
    >>> result.labels
    array([0, 1, 0, 1, 2, 0], dtype=int32)
    >>> result.inertia
    1.0
    """
    check.check_integer("kmeans_1d", "n_clusters", n_clusters)
    check.check_integer("kmeans_1d", "n_threads", n_threads, optional=True)
    rows = _as_column(x)
    max_abs = check.feature_range(rows, "x", n_threads)
    unit = value_unit(float(max_abs.max()))
    rows, max_abs = in_value_units(rows, unit), in_value_units(max_abs, unit)
    weight = check.as_sample_weight(sample_weight, len(rows))
    ranges = find_ranges(rows, weight, n_threads, max_abs)
    check.check_ranges(ranges, "x")
    check.check_n_clusters(n_clusters, ranges)
    centers = optimal_centers(rows[:, 0], weight, n_clusters, n_threads).astype(rows.dtype) * unit
    if len(centers) < n_clusters:
        warnings.warn(
            f"Number of distinct values ({len(centers)}) found smaller than n_clusters "
            f"({n_clusters}).",
            ConvergenceWarning,
            stacklevel=2,
        )
        centers = np.append(centers, np.repeat(centers[-1:], n_clusters - len(centers)))
    points = in_value_units(centers[:, None], unit)
    labels = prediction.nearest_centers(rows, points, n_threads)
    inertia = prediction.inertia(rows, weight, points, labels, n_threads, unit)
    return KMeans1DResult(centers=centers, labels=labels, inertia=inertia)


def _as_column(x: ArrayLike) -> Matrix:
    """The values as C-contiguous float32 or float64 (n, 1)."""
    array = check.as_numbers(x, "x")
    if array.ndim == 1:
        array = array.reshape(-1, 1)
    if array.ndim != 2 or array.shape[1] != 1:
        raise ValueError(
            f"x must have shape (n_rows,) or (n_rows, 1) for kmeans_1d, got {array.shape}."
        )
    column: Matrix = check.as_matrix(array, "x", "kmeans_1d")
    return column
