"""The estimator `KMeans`: parameters, fit, predict."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from .. import _validate as check
from .._csr import is_sparse
from .._names import Algorithm, EmptyCluster, OnInterrupt
from ..algorithms.fitting import Fit, fit_rows
from ..algorithms.history import History, explain
from ..algorithms.options import Callback, Init, Options
from ..algorithms.restarts import Restarts
from ..algorithms.stopping import StopReason
from ._base import BaseKMeans
from ._callbacks import told_callbacks
from ._compat import HAS_CALLBACKS, check_parameters, sklearn_errors, with_callbacks

if TYPE_CHECKING:
    from ..sources import RowsLike

STACK_LEVEL = 4 if HAS_CALLBACKS else 3
"""Frames between the caller of `KMeans.fit` and a warning of `KMeans._fitted`."""


SHARED = {field.name for field in fields(Options)} - {"n_clusters", "init", "n_init", "seeded"}
"""Names of the options that are parameters of the same value."""


class KMeans(BaseKMeans):
    """Exact k-means with the interface of `sklearn.cluster.KMeans`.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.
    init : str, array-like of shape (n_clusters, n_features) or callable, default="k-means++"
        Start centers: "k-means++" (greedy, as in scikit-learn), "k-means||" (a few passes over
        the rows pick candidates, k-means++ picks from these), "afk-mc2" (Markov chains, one pass
        over the rows), "random" (distinct rows), "random-partition" (means of a random
        partition), "density" (dense places far from each other, found with a kd-tree;
        deterministic), the centers themselves, or a callable
        ``init(X, n_clusters, random_state=...)`` that returns them. The callable gets X as it is,
        read-only (scikit-learn passes it centered).
    n_init : int or "auto", default="auto"
        Number of runs, of which the best is kept. "auto" is 10 for "random", "random-partition"
        and a callable, 1 otherwise.
    max_iter : int, default=300
        Most iterations of a run.
    tol : float, default=1e-4
        Stop when the squared shift of all centers is at most ``tol`` times the (weighted) mean
        variance of the features.
    verbose : int, default=0
        Whether to print the iterations, as scikit-learn does.
    random_state : int, RandomState or None, default=None
        Random numbers; the same state gives the seeds that scikit-learn picks.
    copy_x : bool, default=True
        Accepted for compatibility: X is neither modified nor, as contiguous floats, copied.
    algorithm : str, default="auto"
        One of `kmeans_fast.ALGORITHMS`, scikit-learn's "lloyd" and "elkan" among them; all give
        the same answer and differ in time and memory. "auto" chooses by shape and changes its
        choice where timings show a faster one; `explain` tells why. "filtering" is for up to four
        features, "sorted" for one; "sketch" compares rows with centers in a few principal
        directions first, for many features.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.
    max_memory : int, default=None
        Bytes that bounds, sketches and sorted copies of the rows may take. With None a named
        algorithm has no limit; "auto" has the largest of 64 bytes per row, a quarter of X and
        1 MiB, and tables and copies of the centers besides.
    inertia_tol : float, default=0.0
        Stop when the inertia falls by less than this fraction; 0 turns the rule off.
    time_limit : float, default=None
        Seconds after which to stop. Seeds that are not picked by then are random rows, the
        current iteration is the last, and no further run begins. A fit takes at least one
        iteration and one pass that labels the rows.
    warm_start : bool, default=False
        Whether a repeated fit starts from the centers of the last one, in place of ``init``.
    callback : callable, default=None
        Called with a `kmeans_fast.Iteration` after each iteration; returning True stops the fit.
    progress : bool, default=False
        Show a display on standard error (needs the extra ``cli``).
    columns : list of str or of int, default=None
        Columns of a table or of a matrix in a file that are the features, in this order. A column
        of lists (embeddings) has one feature per position of the list. By default all but the
        weights; a column of lists beside other columns must be named.
    weight_column : str or int, default=None
        Column of the weights.
    memory_limit : int or str, default=None
        Bytes, or a size such as "2GiB", that a fit to rows in a file may hold in memory; see
        `kmeans_fast.kmeans`.
    scratch_dir : str or PathLike, default=None
        Folder for the scratch file into which rows are decoded.
    checkpoint : str or PathLike, default=None
        File in which the state of the fit is kept, from which a fit that was killed goes on.
    checkpoint_seconds : float, default=60.0
        Seconds between two checkpoints, at least.
    resume : bool, default=False
        Whether to go on from the checkpoint, where the file exists.
    empty_cluster : str, default="relocate"
        What becomes of a cluster that loses all its rows: "relocate" gives it the row that is
        farthest from its center, as scikit-learn does; "drop" leaves it out, so that there are
        fewer centers; "error" raises a ValueError.
    on_interrupt : str, default="raise"
        What Ctrl-C does: with "raise" there is no result; "keep" returns the best run so far,
        which takes one more pass over the rows, with a ConvergenceWarning. Before the first
        iteration has ended, and in that last pass, the KeyboardInterrupt is raised.
    label_order : str, default=None
        "size" numbers the clusters from the heaviest to the lightest. With None, the numbers are
        those of the start centers.
    align_to : array-like of shape (n_centers, n_features), default=None
        Earlier centers: each cluster gets the number of the center that it is matched with, such
        that the sum of squared distances of all pairs is least. Clusters without a pair follow.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        The centers, of the dtype of X (float64 where X was converted). Other centers may be
        assigned, in any form that X may have as an array; they are checked when they are used.
        Values that are changed in place are not checked.
    labels_ : ndarray of shape (n_samples,)
        ``predict(X)``, bit for bit, however the fit ended.
    inertia_ : float
        ``-score(X, sample_weight=sample_weight)``, bit for bit.
    n_iter_ : int
        Number of iterations of the run that was kept.
    stop_reason_ : str
        What ended it: "no_label_change", "center_shift", "inertia_change", "callback",
        "time_limit", "max_iter" or "interrupt".
    history_ : History
        Its inertia, center shift, rows that moved, seconds, algorithm and work, per iteration.
    decisions_ : tuple of str
        What ``algorithm="auto"`` decided, and why; `explain` shows both.
    restarts_ : Restarts
        ``restarts_.best`` is the run that was kept; of several runs, each starts alone from the
        random state ``restarts_.rng(run)``: ``KMeans(random_state=..., n_init=1)``.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen in fit, where X has names that are all strings.

    See Also
    --------
    kmeans_fast.kmeans : The same as a function, without scikit-learn.

    Notes
    -----
    Time, memory, precision and the papers behind the algorithms and the start centers: see
    `kmeans_fast.kmeans`, which runs the same code. "lloyd" is [1]_, "hamerly" [2]_, "elkan" [3]_,
    "filtering" [4]_.

    References
    ----------
    .. [1] S. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory
       28, 1982.
    .. [2] G. Hamerly, "Making k-means even faster", SDM 2010.
    .. [3] C. Elkan, "Using the triangle inequality to accelerate k-means", ICML 2003.
    .. [4] T. Kanungo, D. Mount, N. Netanyahu, C. Piatko, R. Silverman and A. Wu, "An efficient
       k-means clustering algorithm: analysis and implementation", IEEE Transactions on Pattern
       Analysis and Machine Intelligence 24, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> from kmeans_fast import KMeans
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model = KMeans(n_clusters=2, random_state=0).fit(X)
    >>> model.labels_
    array([1, 1, 1, 0, 0, 0], dtype=int32)
    >>> model.predict([[0, 0], [12, 3]])
    array([1, 0], dtype=int32)
    >>> model.cluster_centers_
    array([[10.,  2.],
           [ 1.,  2.]])
    """

    inertia_: float
    n_iter_: int
    stop_reason_: StopReason
    history_: History
    decisions_: tuple[str, ...]
    restarts_: Restarts

    # those of scikit-learn's conventions; `Options` checks all others
    _parameter_constraints: ClassVar = {
        "verbose": ["verbose"],
        "random_state": ["random_state"],
        "copy_x": ["boolean"],
        "warm_start": ["boolean"],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        copy_x: bool = True,
        algorithm: Algorithm = "auto",
        n_threads: int | None = None,
        max_memory: int | None = None,
        inertia_tol: float = 0.0,
        time_limit: float | None = None,
        warm_start: bool = False,
        callback: Callback | None = None,
        progress: bool = False,
        columns: Sequence[str] | Sequence[int] | None = None,
        weight_column: str | int | None = None,
        memory_limit: int | str | None = None,
        scratch_dir: str | PathLike[str] | None = None,
        checkpoint: str | PathLike[str] | None = None,
        checkpoint_seconds: float = 60.0,
        resume: bool = False,
        empty_cluster: EmptyCluster = "relocate",
        on_interrupt: OnInterrupt = "raise",
        label_order: Literal["size"] | None = None,
        align_to: ArrayLike | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm
        self.max_memory = max_memory
        self.n_threads = n_threads
        self.inertia_tol = inertia_tol
        self.time_limit = time_limit
        self.warm_start = warm_start
        self.callback = callback
        self.progress = progress
        self.columns = columns
        self.weight_column = weight_column
        self.memory_limit = memory_limit
        self.scratch_dir = scratch_dir
        self.checkpoint = checkpoint
        self.checkpoint_seconds = checkpoint_seconds
        self.resume = resume
        self.empty_cluster = empty_cluster
        self.on_interrupt = on_interrupt
        self.label_order = label_order
        self.align_to = align_to

    def fit(self, X: RowsLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Cluster the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), path, table or Blocks
            The rows. C-contiguous float32 or float64 is used in place, anything else converted,
            which rounds integers beyond 2^53. Dates, categories and missing values are errors.
            Matrices of `scipy.sparse` stay sparse and give the same result as dense rows.
            `kmeans_fast.kmeans` lists the files and tables that are taken, and how they are read.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights: 2 counts as the row twice, 0 as the row absent.

        Returns
        -------
        self : KMeans
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            An argument or a parameter is wrong; the message names it.
        ImportError
            ``progress`` is True and rich is not installed.

        Warns
        -----
        ConvergenceWarning
            Fewer clusters than ``n_clusters`` have rows, for example where X has too few distinct
            rows. Or ``time_limit`` or Ctrl-C (``on_interrupt="keep"``) has stopped the fit.
        RuntimeWarning
            See `kmeans_fast.kmeans`.
        """
        self._fitted(X, y, sample_weight, self._options())
        return self

    def refit(self, X: RowsLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Fit to new rows from the present centers, and keep the numbers of the clusters.

        Clusters of the end are matched with the centers before (see ``align_to``). ``init``,
        ``n_init``, ``align_to`` and ``label_order`` are not used.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), path, table or Blocks
            The new rows, with the features of the fit before.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self : KMeans
            The fitted estimator.

        Raises
        ------
        NotFittedError
            There was no fit yet.
        ValueError, TypeError
            An argument or a parameter is wrong; the message names it.
        """
        check_is_fitted(self)
        centers = self._given_centers().copy()
        start: dict[str, Any] = {"n_clusters": len(centers), "init": centers, "n_init": "auto"}
        options = replace(self._options(), **start, align_to=centers, label_order=None)
        self._fitted(X, y, sample_weight, options)
        return self

    @with_callbacks  # type: ignore[untyped-decorator]
    def _fitted(
        self, X: RowsLike, y: Any, sample_weight: ArrayLike | None, options: Options
    ) -> None:
        check_parameters(self)
        with sklearn_errors():
            options.check(type(self).__name__)
        with self._restored_on_error(), told_callbacks(self, X, y, sample_weight, options) as told:
            fit = self._fit(X, sample_weight, told)
        run = fit.run
        self._set_centers(run.centers)
        self.labels_ = run.labels
        self.inertia_ = run.inertia
        self.n_iter_ = run.n_iter
        self.stop_reason_ = run.stop_reason
        self.history_ = run.history
        self.decisions_ = run.decisions
        self.restarts_ = fit.restarts
        if self.algorithm == "elkan" and options.n_clusters == 1:
            text = (
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead."
            )
            warnings.warn(text, RuntimeWarning, stacklevel=STACK_LEVEL)
        for text, category in fit.warnings(ConvergenceWarning):
            warnings.warn(text, category, stacklevel=STACK_LEVEL)

    def _fit(self, X: Any, sample_weight: ArrayLike | None, options: Options) -> Fit:
        name, rng = type(self).__name__, check.as_random_state(self.random_state)
        source = self._source_of(X)
        if source is None and is_sparse(X):
            from ..algorithms.sparse_fitting import fit_csr

            return fit_csr(name, self._as_csr(X), X, sample_weight, options, rng)
        if source is None:
            x, max_abs = self._check_rows(X)
            return fit_rows(name, x, sample_weight, options, rng, max_abs)
        from ..algorithms.source_fitting import fit_source

        self._note_source(source)
        return fit_source(name, source, sample_weight, options, rng)

    def _options(self) -> Options:
        init, n_init, n_clusters = self.init, self.n_init, self.n_clusters
        if self.warm_start and hasattr(self, "cluster_centers_"):
            init, n_init = self._given_centers(), "auto"
            if self.empty_cluster == "drop" and len(init) < n_clusters:
                n_clusters = len(init)
        elif callable(init):
            init = self._call_init
        own = {name: getattr(self, name) for name in SHARED}
        seeded = self.random_state is not None
        return Options(**own, n_clusters=n_clusters, init=init, n_init=n_init, seeded=seeded)

    def _call_init(self, x: Any, n_clusters: int, rng: Any) -> ArrayLike:
        assert callable(self.init)
        return self.init(x, n_clusters, random_state=rng)

    def explain(self) -> str:
        """Say which algorithm ran in which iteration of the fit, what it saved, and why.

        Returns
        -------
        text : str
            The decisions, and a table with a line for each iteration.

        Raises
        ------
        NotFittedError
            There was no fit yet.
        """
        check_is_fitted(self)
        return explain(
            self.history_, self.decisions_, len(self.labels_), len(self.cluster_centers_)
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
