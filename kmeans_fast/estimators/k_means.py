"""The function `k_means`: scikit-learn's interface to one fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._names import Algorithm
from ..algorithms.options import Init
from .kmeans import KMeans

if TYPE_CHECKING:
    from ..sources import RowsLike

Found: TypeAlias = tuple[NDArray[np.floating[Any]], NDArray[np.int32], float]
"""Centers, labels and inertia."""
FoundIn: TypeAlias = tuple[NDArray[np.floating[Any]], NDArray[np.int32], float, int]
"""The same, and the number of iterations."""


@overload
def k_means(
    X: RowsLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    init: Init = "k-means++",
    n_init: int | Literal["auto"] = "auto",
    max_iter: int = 300,
    verbose: bool | int = False,
    tol: float = 1e-4,
    random_state: int | np.random.RandomState | None = None,
    copy_x: bool = True,
    algorithm: Algorithm = "auto",
    return_n_iter: Literal[False] = False,
    n_threads: int | None = None,
) -> Found: ...
@overload
def k_means(
    X: RowsLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    init: Init = "k-means++",
    n_init: int | Literal["auto"] = "auto",
    max_iter: int = 300,
    verbose: bool | int = False,
    tol: float = 1e-4,
    random_state: int | np.random.RandomState | None = None,
    copy_x: bool = True,
    algorithm: Algorithm = "auto",
    return_n_iter: Literal[True],
    n_threads: int | None = None,
) -> FoundIn: ...
def k_means(
    X: RowsLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    init: Init = "k-means++",
    n_init: int | Literal["auto"] = "auto",
    max_iter: int = 300,
    verbose: bool | int = False,
    tol: float = 1e-4,
    random_state: int | np.random.RandomState | None = None,
    copy_x: bool = True,
    algorithm: Algorithm = "auto",
    return_n_iter: bool = False,
    n_threads: int | None = None,
) -> Found | FoundIn:
    """Exact k-means with the interface of `sklearn.cluster.k_means`.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), path, table or Blocks
        The rows, as `KMeans.fit` takes them.
    n_clusters : int
        Number of clusters.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights: 2 counts as the row twice, 0 as the row absent.
    init : str, array-like of shape (n_clusters, n_features) or callable, default="k-means++"
        Start centers; see `KMeans`.
    n_init : int or "auto", default="auto"
        Number of runs, of which the best is kept.
    max_iter : int, default=300
        Most iterations of a run.
    verbose : bool, default=False
        Whether to print the iterations, as scikit-learn does.
    tol : float, default=1e-4
        Stop when the squared shift of all centers is at most ``tol`` times the (weighted) mean
        variance of the features.
    random_state : int, RandomState or None, default=None
        Random numbers; the same state gives the seeds that scikit-learn picks.
    copy_x : bool, default=True
        Accepted for compatibility: X is never modified.
    algorithm : str, default="auto"
        One of `kmeans_fast.ALGORITHMS`; all give the same answer.
    return_n_iter : bool, default=False
        Whether to return the number of iterations as well.
    n_threads : int, default=None
        Threads; None means all that the process may use. The result does not depend on it.

    Returns
    -------
    centroid : ndarray of shape (n_clusters, n_features)
        The centers.
    label : ndarray of shape (n_samples,), int32
        Index of the nearest center of each row.
    inertia : float
        Weighted sum of squared distances of the rows to their centers.
    best_n_iter : int
        Number of iterations of the run that was kept, if ``return_n_iter``.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; the message names it.

    See Also
    --------
    kmeans_fast.kmeans : A function with more options and a result with more fields.

    Examples
    --------
    >>> from kmeans_fast import k_means
    >>> X = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
    >>> centers, labels, inertia = k_means(X, n_clusters=2, random_state=0)
    >>> labels
    array([1, 1, 1, 0, 0, 0], dtype=int32)
    >>> inertia
    16.0
    """
    model = KMeans(
        n_clusters,
        init=init,
        n_init=n_init,
        max_iter=max_iter,
        verbose=int(verbose) if isinstance(verbose, bool) else verbose,
        tol=tol,
        random_state=random_state,
        copy_x=copy_x,
        algorithm=algorithm,
        n_threads=n_threads,
    ).fit(X, sample_weight=sample_weight)
    if return_n_iter:
        return model.cluster_centers_, model.labels_, model.inertia_, model.n_iter_
    return model.cluster_centers_, model.labels_, model.inertia_
