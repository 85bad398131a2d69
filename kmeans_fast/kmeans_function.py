"""k-means as functions: arrays in, a result out, NumPy only."""

import warnings
from dataclasses import dataclass

import numpy as np

from . import _validate as check
from ._threads import computing
from .algorithms import nearest
from .algorithms.explanation import explain
from .algorithms.history import History
from .algorithms.registry import ALGORITHMS, check_algorithm
from .algorithms.restarts import Restarts, best_run, resolve_n_init
from .algorithms.seeding import INITS
from .algorithms.stopping import CONVERGED
from .progress import observed


class ConvergenceWarning(UserWarning):
    """Fewer clusters were found than asked for.

    The functions' own warning, since they do without scikit-learn; estimators give that of
    scikit-learn.
    """


@dataclass(frozen=True, eq=False)
class KMeansResult:
    """Result of `kmeans`.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        The means of the clusters, of the dtype of X (float64 where X was converted).
    labels : ndarray of shape (n_rows,), int32
        Index of the nearest of ``centers`` for each row: ``assign(X, centers)``, bit for bit.
    inertia : float
        Weighted sum of squared distances of the rows to their centers.
    n_iter : int
        Number of iterations.
    converged : bool
        Whether labels, centers or inertia settled, rather than a limit being reached.
    stop_reason : str
        "no_label_change", "center_shift", "inertia_change", "callback", "time_limit" or
        "max_iter".
    history : History
        Inertia, center shift, rows that moved, seconds, algorithm and work of each iteration.
    decisions : tuple of str
        What ``algorithm="auto"`` decided, and why; empty for a named algorithm.
    restarts : Restarts
        ``restarts.best`` is the run that was kept; of several runs, each starts alone from the
        generator ``restarts.rng(run)``: ``kmeans(X, n_clusters, rng=..., n_init=1)``.
    """

    centers: np.ndarray
    labels: np.ndarray
    inertia: float
    n_iter: int
    converged: bool
    stop_reason: str
    history: History
    decisions: tuple[str, ...]
    restarts: Restarts

    def explain(self):
        """Which algorithm ran in which iteration, what it saved, and why it was chosen.

        Returns
        -------
        text : str
        """
        return explain(self.history, self.decisions, len(self.labels), len(self.centers))


def kmeans(
    X,
    n_clusters,
    *,
    sample_weight=None,
    init="k-means++",
    n_init="auto",
    max_iter=300,
    tol=1e-4,
    inertia_tol=0.0,
    time_limit=None,
    algorithm="auto",
    max_memory=None,
    rng=None,
    n_threads=None,
    callback=None,
    progress=False,
):
    """Exact k-means.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        The rows. C-contiguous float32 or float64 is used in place, anything else converted
        (float32 stays float32, all other types become float64). Never modified.
    n_clusters : int
        Number of clusters.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights: 2 counts as the row twice, 0 as the row absent.
    init : str, array-like of shape (n_clusters, n_features) or callable, default="k-means++"
        Start centers: "k-means++" (greedy, as in scikit-learn), "k-means||" (Bahmani et al. 2012:
        a few passes over the rows, then k-means++ on what they picked), "afk-mc2" (Bachem et al.
        2016: Markov chains, one pass over the rows), "random" (distinct rows),
        "random-partition" (means of a random partition), "density" (dense places far from each
        other, found with a kd-tree: Redmond and Heneghan 2007; deterministic), the centers
        themselves, or a callable ``init(X, n_clusters, rng=...)`` that returns them.
    n_init : int or "auto", default="auto"
        Number of runs, of which the best is returned. "auto" is 10 for "random",
        "random-partition" and a callable, 1 otherwise.
    max_iter : int, default=300
        Most iterations of a run.
    tol : float, default=1e-4
        Stop when the squared shift of all centers is at most ``tol`` times the mean variance of
        the features.
    inertia_tol : float, default=0.0
        Stop when the inertia falls by less than this fraction; 0 turns the rule off.
    time_limit : float, default=None
        Seconds after which to stop: seeds that are still to be picked are random rows then, the
        iteration at work is the last, and no further run is begun. A fit takes at least one
        iteration and one pass that labels the rows.
    algorithm : str, default="auto"
        One of `ALGORITHMS`; all give the same answer and differ in time and memory. "auto" chooses
        by shape and changes over where timings say so; `KMeansResult.explain` tells why.
        "filtering" is for up to four features, "sorted" for one.
    max_memory : int, default=None
        Bytes that bounds, sketches and sorted copies of the rows may take. None is no limit for a
        named algorithm; for "auto" it is 64 bytes a row or a quarter of X, whichever is more,
        besides tables and copies of the centers.
    rng : None, int, Generator or RandomState, default=None
        Source of chance; anything `numpy.random.default_rng` takes, or a RandomState.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.
    callback : callable, default=None
        Called with an `Iteration` after each iteration; returning True stops the fit.
    progress : bool, default=False
        Show a display on standard error (needs the extra ``cli``).

    Returns
    -------
    result : KMeansResult

    Raises
    ------
    ValueError, TypeError
        Bad input; the text names the argument.

    Warns
    -----
    ConvergenceWarning
        Fewer clusters than ``n_clusters`` have rows, as with too few distinct rows.

    Notes
    -----
    An iteration takes O(n_rows x n_clusters x n_features) time. Beyond X, memory is 8 bytes a row
    for labels, what ``max_memory`` says, and O(threads x n_clusters x n_features). Seeding takes
    more while it lasts: "k-means++" 64 bytes a row or a quarter of the row, whichever is more,
    "k-means||" and "afk-mc2" up to 25 bytes a row, "random-partition" 28 for the first million of
    them, "density" 50 and a copy of X in float64. Centers are exact, before they are rounded, to
    2^-80 of the largest magnitude of their feature over the share that their rows have of the
    heaviest weight; from a million rows on, 2 bits less for each doubling.

    Examples
    --------
    >>> from kmeans_fast import kmeans
    >>> X = [[1, 2], [2, 3], [3, 3], [5, 5], [6, 6], [7, 7]]
    >>> result = kmeans(X, 2, init=[[1, 2], [5, 5]])
    >>> result.labels
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    >>> result.centers.round(2)
    array([[2.  , 2.67],
           [6.  , 6.  ]])
    """
    check.check_integer("kmeans", "n_clusters", n_clusters)
    if n_init != "auto":
        check.check_integer("kmeans", "n_init", n_init)
    check.check_integer("kmeans", "max_iter", max_iter)
    check.check_real("kmeans", "tol", tol)
    check.check_real("kmeans", "inertia_tol", inertia_tol)
    if time_limit is not None:
        check.check_real("kmeans", "time_limit", time_limit)
    check.check_option("kmeans", "algorithm", algorithm, ALGORITHMS)
    check.check_integer("kmeans", "max_memory", max_memory, optional=True)
    check.check_integer("kmeans", "n_threads", n_threads, optional=True)
    if callback is not None and not callable(callback):
        check.reject("kmeans", "callback", callback, "a callable or None")
    x = check.as_matrix(X, "X", "kmeans")
    check_algorithm(algorithm, x, n_clusters, max_memory)
    ranges = check.feature_range(x, "X", n_threads)
    weight = check.as_sample_weight(sample_weight, len(x))
    check.check_n_clusters(n_clusters, len(x), weight)
    start = _as_init(init, n_clusters, x, ranges)
    n_init = _runs(n_init, start)
    with (
        computing(x.size * n_clusters),
        observed(callback, progress=progress, n_init=n_init, max_iter=max_iter) as report,
    ):
        run, n_found, restarts = best_run(
            x,
            weight,
            ranges,
            n_clusters,
            init=start,
            n_init=n_init,
            max_iter=max_iter,
            tol=tol,
            inertia_tol=inertia_tol,
            time_limit=time_limit,
            algorithm=algorithm,
            max_memory=max_memory,
            rng=check.as_rng(rng),
            n_threads=n_threads,
            callback=report,
        )
    if n_found < n_clusters:
        warnings.warn(
            f"Number of distinct clusters ({n_found}) found smaller than n_clusters "
            f"({n_clusters}). Possibly due to duplicate points in X.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return KMeansResult(
        centers=run.centers,
        labels=run.labels,
        inertia=run.inertia,
        n_iter=run.n_iter,
        converged=run.stop_reason in CONVERGED,
        stop_reason=run.stop_reason,
        history=run.history,
        decisions=run.decisions,
        restarts=restarts,
    )


def _as_init(init, n_clusters, x, ranges):
    if isinstance(init, str):
        check.check_option("kmeans", "init", init, INITS)
        return init
    if callable(init):
        return lambda rows, k, rng: check.as_start(init(rows, k, rng=rng), k, x, ranges)
    return check.as_start(init, n_clusters, x, ranges)


def _runs(n_init, init):
    runs = resolve_n_init(n_init, init)
    if isinstance(init, np.ndarray) and n_init not in ("auto", runs):
        warnings.warn(
            "Explicit initial center position passed: performing only one init in kmeans "
            f"instead of n_init={n_init}.",
            RuntimeWarning,
            stacklevel=3,
        )
    return runs


def assign(X, centers, *, return_distance=False, n_threads=None):
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
    distances : ndarray of shape (n_rows,), float64
        Euclidean distance of each row to its nearest center, if ``return_distance``.

    Examples
    --------
    >>> from kmeans_fast import assign
    >>> assign([[0.0], [4.0], [9.0]], [[1.0], [8.0]])
    array([0, 0, 1], dtype=int32)
    """
    if n_threads is not None:
        check.check_integer("assign", "n_threads", n_threads)
    x = check.as_matrix(X, "X", "assign")
    points = check.as_matrix(centers, "centers", "assign")
    if x.shape[1] != points.shape[1]:
        raise ValueError(
            f"X has {x.shape[1]} features, but centers has {points.shape[1]} features."
        )
    check.check_query(points, points, "centers", n_threads)
    check.check_query(x, points, "X", n_threads)
    labels = nearest.nearest_centers(x, points, n_threads)
    if not return_distance:
        return labels
    return labels, nearest.own_distances(x, points, labels, n_threads)
