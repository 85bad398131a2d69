"""k-means as a function: arrays in, a result out, NumPy only."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _validate as check
from ..algorithms.fitting import fit_rows
from ..algorithms.history import History, explain
from ..algorithms.options import Algorithm, Callback, Init, Options
from ..algorithms.restarts import Restarts
from ..algorithms.source_fitting import as_source, fit_source
from ..algorithms.stopping import CONVERGED, StopReason
from ..exceptions import ConvergenceWarning

Chance: TypeAlias = (
    int
    | np.random.SeedSequence
    | np.random.BitGenerator
    | np.random.Generator
    | np.random.RandomState
    | None
)
"""Anything that `numpy.random.default_rng` takes, or a RandomState."""


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

    centers: NDArray[np.floating[Any]]
    labels: NDArray[np.int32]
    inertia: float
    n_iter: int
    converged: bool
    stop_reason: StopReason
    history: History
    decisions: tuple[str, ...]
    restarts: Restarts

    def explain(self) -> str:
        """Say which algorithm ran in which iteration, what it saved, and why it was chosen.

        Returns
        -------
        text : str
            The decisions, and a table with a line for each iteration.
        """
        return explain(self.history, self.decisions, len(self.labels), len(self.centers))


def kmeans(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    init: Init = "k-means++",
    n_init: int | Literal["auto"] = "auto",
    max_iter: int = 300,
    tol: float = 1e-4,
    inertia_tol: float = 0.0,
    time_limit: float | None = None,
    algorithm: Algorithm = "auto",
    max_memory: int | None = None,
    rng: Chance = None,
    n_threads: int | None = None,
    callback: Callback | None = None,
    progress: bool = False,
    columns: Sequence[str] | Sequence[int] | None = None,
    weight_column: str | int | None = None,
    memory_limit: int | str | None = None,
    scratch_dir: str | PathLike[str] | None = None,
    checkpoint: str | PathLike[str] | None = None,
    checkpoint_seconds: float = 60.0,
    resume: bool = False,
) -> KMeansResult:
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
    options = Options(
        n_clusters=n_clusters,
        init=_with_rng(init) if callable(init) else init,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        inertia_tol=inertia_tol,
        time_limit=time_limit,
        algorithm=algorithm,
        max_memory=max_memory,
        n_threads=n_threads,
        callback=callback,
        progress=progress,
        memory_limit=memory_limit,
        scratch_dir=scratch_dir,
        checkpoint=checkpoint,
        checkpoint_seconds=checkpoint_seconds,
        resume=resume,
        seeded=rng is not None,
    )
    options.check("kmeans")
    generator = check.as_rng(rng)
    source = None
    if not check.is_plain(X) or columns is not None or weight_column is not None:
        source = as_source(X, columns, weight_column, memory_limit)
    if source is None:
        x = check.as_matrix(X, "X", "kmeans")
        fit = fit_rows("kmeans", x, sample_weight, options, generator)
    else:
        fit = fit_source("kmeans", source, sample_weight, options, generator)
    for text, category in fit.warnings(ConvergenceWarning):
        warnings.warn(text, category, stacklevel=2)
    run = fit.run
    return KMeansResult(
        centers=run.centers,
        labels=run.labels,
        inertia=run.inertia,
        n_iter=run.n_iter,
        converged=run.stop_reason in CONVERGED,
        stop_reason=run.stop_reason,
        history=run.history,
        decisions=run.decisions,
        restarts=fit.restarts,
    )


def _with_rng(init: Callable[..., ArrayLike]) -> Callable[..., ArrayLike]:
    return lambda x, n_clusters, rng: init(x, n_clusters, rng=rng)
