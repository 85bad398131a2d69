"""Assignment of rows to given centers, as a function."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _validate as check
from .._csr import Csr, as_csr, is_sparse
from .._typing import Matrix
from ..algorithms import prediction


@overload
def assign(
    X: ArrayLike,
    centers: ArrayLike,
    *,
    return_distance: Literal[False] = False,
    n_threads: int | None = None,
) -> NDArray[np.int32]: ...
@overload
def assign(
    X: ArrayLike,
    centers: ArrayLike,
    *,
    return_distance: Literal[True],
    n_threads: int | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]: ...
@overload
def assign(
    X: ArrayLike, centers: ArrayLike, *, return_distance: bool, n_threads: int | None = None
) -> NDArray[np.int32] | tuple[NDArray[np.int32], NDArray[np.float64]]: ...
def assign(
    X: ArrayLike,
    centers: ArrayLike,
    *,
    return_distance: bool = False,
    n_threads: int | None = None,
) -> NDArray[np.int32] | tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Index of the nearest center for each row, ties to the lowest index.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        The rows.
    centers : array-like of shape (n_clusters, n_features)
        The centers. If only one of X and ``centers`` is float32, both count as float64.
    return_distance : bool, default=False
        Whether to return distances as well.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.

    Returns
    -------
    labels : ndarray of shape (n_rows,), int32
        Index of the nearest of ``centers`` for each row.
    distances : ndarray of shape (n_rows,), float64
        Euclidean distance of each row to its nearest center, if ``return_distance``.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; the message names it.

    Notes
    -----
    O(n_rows x n_clusters x n_features) time; beyond X, memory is 4 bytes per row for the labels.

    Examples
    --------
    >>> from kmeans_fast import assign
    >>> assign([[0.0], [4.0], [9.0]], [[1.0], [8.0]])
    array([0, 0, 1], dtype=int32)
    """
    if n_threads is not None:
        check.check_integer("assign", "n_threads", n_threads)
    x: Matrix | Csr = (
        as_csr(X, "X", "assign") if is_sparse(X) else check.as_matrix(X, "X", "assign")
    )
    points = check.as_centers(centers, "centers", "assign", n_threads)
    if x.shape[1] != points.shape[1]:
        raise ValueError(
            f"X has {x.shape[1]} features, but centers has {points.shape[1]} features."
        )
    unit = 1.0
    labels = None
    if isinstance(x, Csr):
        x, points, unit = check.as_sparse_query(x, points, "X")
        labels = prediction.nearest_centers(x, points, n_threads)
    else:
        labels = prediction.labels_if_finite(x, points, n_threads)
    if labels is None:
        assert not isinstance(x, Csr)
        x, points, unit = check.as_query(x, points, "X", n_threads)
        labels = prediction.nearest_centers(x, points, n_threads)
    if not return_distance:
        return labels
    return labels, prediction.own_distances(x, points, labels, n_threads, unit)
