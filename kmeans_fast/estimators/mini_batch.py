"""The estimator `MiniBatchKMeans`: parameters, fit, partial_fit."""

from __future__ import annotations

import warnings
from operator import is_
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from .. import _validate as check
from .._threads import computing
from .._typing import Doubles, Matrix
from ..algorithms import prediction
from ..algorithms.batch_centers import Batch, BatchCenters
from ..algorithms.batch_draws import Draws
from ..algorithms.batch_options import BatchOptions
from ..algorithms.mini_batch import Starts, add_batch, fit_batches, init_size, start_warnings
from ..algorithms.options import Init
from ..assigners.frame import Ranges, find_ranges
from ._base import BaseKMeans
from ._compat import check_parameters, sklearn_errors

if TYPE_CHECKING:
    from ..sources import RowsLike

PARAMETERS = (
    *("n_clusters", "init", "max_iter", "batch_size", "verbose", "compute_labels", "random_state"),
    *("tol", "max_no_improvement", "init_size", "n_init", "reassignment_ratio", "method"),
    *("learning_rate", "decay", "half_life", "n_threads"),
)


class MiniBatchKMeans(BaseKMeans):
    """Mini-batch k-means with the interface of `sklearn.cluster.MiniBatchKMeans`.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.
    init : str, array-like of shape (n_clusters, n_features) or callable, default="k-means++"
        Start centers, as `KMeans` takes them. They are picked from ``init_size`` rows.
    max_iter : int, default=100
        Most passes over the rows: a fit takes at most ``max_iter * n_samples // batch_size``
        batches.
    batch_size : int, default=1024
        Rows of a batch.
    verbose : int, default=0
        Whether to print the batches, as scikit-learn does.
    compute_labels : bool, default=True
        Whether to find ``labels_`` and ``inertia_`` of all rows after the last batch.
    random_state : int, RandomState or None, default=None
        Random numbers; the same state draws the batches that scikit-learn draws.
    tol : float, default=0.0
        Stop when the squared shift of all centers in one batch is at most ``tol`` times the
        (weighted) mean variance of the features; 0 turns the rule off.
    max_no_improvement : int or None, default=10
        Stop after this number of batches in a row that do not lower the smoothed inertia; None
        turns the rule off.
    init_size : int, default=None
        Rows from which start centers are picked: by default three batches, or three per cluster
        where that is less than one per cluster.
    n_init : int or "auto", default="auto"
        Number of starts, of which the one with the lowest inertia on ``init_size`` rows is taken.
        "auto" is 3 for "random", "random-partition" and a callable, 1 otherwise.
    reassignment_ratio : float, default=0.01
        A cluster whose weight is less than this part of that of the heaviest one gets a random row
        of the batch as its center, after every ten rows per cluster.
    method : {"sampled", "nested"}, default="sampled"
        "sampled" draws each batch anew. "nested" takes batches that contain the batch before and
        grow to all rows; the last ones are iterations of Lloyd's algorithm, and the fit ends where
        no label changes, unless ``max_iter`` ends it before. The rules of ``max_no_improvement``
        and ``reassignment_ratio`` do not apply. `partial_fit` is the same for both.
    learning_rate : {"count", "adaptive"}, default="count"
        How far a batch moves a center towards the mean of its own rows in the cluster. With
        "count", the center is the mean of all rows that the cluster got so far. With "adaptive", a
        batch of which the cluster gets the fraction f moves the center by sqrt(f) of the way.
    decay : float, default=None
        Factor from 0 to 1 by which each batch multiplies the weight of all rows before it, for
        streams whose distribution moves. 0 forgets everything, None or 1 nothing.
    half_life : tuple (value, "rows" or "batches"), default=None
        The same as ``decay``, as the number of rows (or their weight) or of batches after which a
        row has half its weight.
    n_threads : int, default=None
        Threads; None means all that the process may use. The result does not depend on it.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        The centers, of the dtype of X.
    labels_ : ndarray of shape (n_samples,)
        ``predict(X)`` for the rows of `fit` or of the last `partial_fit`, if ``compute_labels``.
    inertia_ : float
        ``-score(X, sample_weight=sample_weight)`` for these rows, bit for bit. Without
        ``compute_labels``, an estimate from the last batches of `fit`.
    n_iter_ : int
        Number of passes over the rows, rounded up.
    n_steps_ : int
        Number of batches, those of `partial_fit` included.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen in fit, where X has names that are all strings.

    See Also
    --------
    KMeans : Exact k-means on all rows.

    Notes
    -----
    Each batch is summed exactly, so a center does not depend on the number of threads or on the
    order of the rows in a batch. An integer weight is a repetition of the row, in all draws and
    rules. Memory: X, the rows of a batch, and 24 bytes per feature and cluster; `partial_fit` keeps
    no rows, so a stream of any length takes constant memory, and the ranges of its values may grow.

    The count rate is [1]_, the adaptive rate [2]_, nested batches are [3]_.

    References
    ----------
    .. [1] D. Sculley, "Web-scale k-means clustering", WWW 2010.
    .. [2] G. Schwartzman, "Mini-batch k-means terminates within O(d/eps) iterations", ICLR 2023.
    .. [3] J. Newling and F. Fleuret, "Nested mini-batch k-means", NIPS 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from kmeans_fast import MiniBatchKMeans
    >>> X = np.array([[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]])
    >>> model = MiniBatchKMeans(2, init=X[[0, 3]], n_init=1)
    >>> for batch in (X[:3], X[3:]):
    ...     model = model.partial_fit(batch)
    >>> model.cluster_centers_
    array([[ 1.,  2.],
           [10.,  2.]])
    >>> model.predict([[0, 0], [12, 3]])
    array([0, 1], dtype=int32)
    """

    inertia_: float
    n_iter_: int
    n_steps_: int
    _running: Doubles
    _counts: Doubles
    _n_unchecked: int
    _own_centers: Matrix
    _checked: tuple[list[Any], BatchOptions] | None = None

    # `BaseKMeans` reads files and tables with these; here all columns are features
    columns = None
    weight_column = None
    memory_limit = None

    _parameter_constraints: ClassVar = {
        "verbose": ["verbose"],
        "compute_labels": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        max_iter: int = 100,
        batch_size: int = 1024,
        verbose: int = 0,
        compute_labels: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 0.0,
        max_no_improvement: int | None = 10,
        init_size: int | None = None,
        n_init: int | Literal["auto"] = "auto",
        reassignment_ratio: float = 0.01,
        method: Literal["sampled", "nested"] = "sampled",
        learning_rate: Literal["count", "adaptive"] = "count",
        decay: float | None = None,
        half_life: tuple[float, Literal["rows", "batches"]] | None = None,
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio
        self.method = method
        self.learning_rate = learning_rate
        self.decay = decay
        self.half_life = half_life
        self.n_threads = n_threads

    def fit(self, X: RowsLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Cluster the rows of X by mini-batches.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows, in memory. C-contiguous float32 or float64 is used in place, anything else is
            converted.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights: batches are drawn in proportion to them.

        Returns
        -------
        self : MiniBatchKMeans
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            An argument or a parameter is wrong; the message names it.
        """
        options = self._options()
        self._check_in_memory(X)
        with self._restored_on_error():
            x, max_abs = self._check_rows(X)
            weight, ranges = self._weighed(x, sample_weight, max_abs)
            check.check_n_clusters(self.n_clusters, ranges)
            self._warn(options)
            rng = check.as_random_state(self.random_state)
            with computing(x.size * self.n_clusters):
                result = fit_batches(x, weight, ranges, options, rng)
        self._note(result.centers)
        self.n_steps_, self.n_iter_ = result.n_steps, result.n_iter
        self.inertia_ = result.inertia
        self._label(x, weight)
        return self

    def partial_fit(
        self, X: RowsLike, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Move the centers by one batch of rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows of the batch. The first batch gives the start centers and needs at least
            ``n_clusters`` rows, unless ``init`` is an array.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights: 2 counts as the row twice, 0 as the row absent.

        Returns
        -------
        self : MiniBatchKMeans
            The estimator.

        Raises
        ------
        ValueError, TypeError
            An argument or a parameter is wrong; the message names it.
        """
        options = self._options()
        self._check_in_memory(X)
        is_first = not hasattr(self, "cluster_centers_")
        with self._restored_on_error():
            if is_first:
                x, max_abs = self._check_rows(X)
            else:
                x, max_abs = self._check_batch(X)
            weight, ranges = self._weighed(x, sample_weight, max_abs)
            if not hasattr(self, "_random_state"):
                self._random_state = check.as_random_state(self.random_state)
            draws = Draws(len(x), weight)
            if is_first:
                centers = self._first_centers(x, weight, draws, ranges, options)
            else:
                centers = self._later_centers(x.dtype)
                x = x.astype(centers.centers.dtype, copy=False)
        add_batch(centers, Batch.of(x, weight, ranges), draws, self._random_state, options)
        self._note(centers)
        self.n_steps_ = getattr(self, "n_steps_", 0) + 1
        self._label(x, weight)
        return self

    def _options(self) -> BatchOptions:
        """Checked parameters; those of the last call are not checked again."""
        known = self.__dict__
        values = [known.get(name) for name in PARAMETERS]
        if self._checked is not None and all(map(is_, self._checked[0], values)):
            return self._checked[1]
        options = self._check_options()
        self._checked = values, options
        return options

    def _check_options(self) -> BatchOptions:
        check_parameters(self)
        options = BatchOptions(
            n_clusters=self.n_clusters,
            init=self._call_init if callable(self.init) else self.init,
            n_init=self.n_init,
            max_iter=self.max_iter,
            batch_size=self.batch_size,
            tol=self.tol,
            max_no_improvement=self.max_no_improvement,
            init_size=self.init_size,
            reassignment_ratio=self.reassignment_ratio,
            verbose=self.verbose,
            method=self.method,
            learning_rate=self.learning_rate,
            decay=self.decay,
            half_life=self.half_life,
            n_threads=self.n_threads,
        )
        with sklearn_errors():
            options.check(type(self).__name__)
        return options

    def __getstate__(self) -> Any:
        """State without the note of the checked parameters."""
        state = dict(super().__getstate__())
        state.pop("_checked", None)
        return state

    def _call_init(self, x: Any, n_clusters: int, rng: Any) -> ArrayLike:
        assert callable(self.init)
        return self.init(x, n_clusters, random_state=rng)

    def _check_in_memory(self, X: Any) -> None:
        if isinstance(X, (str, PathLike)):
            raise TypeError(
                f"X must be an array of rows for {type(self).__name__}, got the path {str(X)!r}: "
                "read the file in parts and pass each to partial_fit, or use KMeans."
            )

    def _check_batch(self, X: Any) -> tuple[Matrix, Doubles]:
        """Rows with the features of the centers, and the largest magnitude of each feature."""
        if self._is_plain_query(X):
            max_abs = check.finite_range(X, self.n_threads)
            if max_abs is not None:
                return X, max_abs
        centers = self._given_centers()
        x = self._as_matrix(X, reset=False)
        if x.shape[1] != centers.shape[1]:
            raise ValueError(
                f"X has {x.shape[1]} features, but cluster_centers_ has {centers.shape[1]}."
            )
        return x, check.feature_range(x, "X", self.n_threads)

    def _weighed(
        self, x: Matrix, sample_weight: ArrayLike | None, max_abs: Doubles
    ) -> tuple[Doubles | None, Ranges]:
        """Checked weights, and the ranges of rows and weights."""
        weight = check.as_sample_weight(sample_weight, len(x))
        ranges = find_ranges(x, weight, self.n_threads, max_abs)
        check.check_ranges(ranges)
        return weight, ranges

    def _warn(self, options: BatchOptions) -> None:
        for text in start_warnings(options, type(self).__name__):
            warnings.warn(text, RuntimeWarning, stacklevel=3)

    def _first_centers(
        self,
        x: Matrix,
        weight: Doubles | None,
        draws: Draws,
        ranges: Ranges,
        options: BatchOptions,
    ) -> BatchCenters:
        """Start centers from the first batch."""
        check.check_n_clusters(self.n_clusters, ranges)
        self._warn(options)
        size = init_size(options, min(options.batch_size, draws.count), draws.count)
        start = Starts(x, weight, draws, ranges, options).pick(size, self._random_state)
        return self._follower(start)

    def _follower(self, centers: Matrix, *state: Any) -> BatchCenters:
        adaptive = self.learning_rate == "adaptive"
        return BatchCenters(centers, *state, adaptive=adaptive, n_threads=self.n_threads)

    def _later_centers(self, dtype: Any) -> BatchCenters:
        """The centers as the last batch, or the user, left them; float64 if one side is."""
        given = self._given_centers()
        centers = given.astype(np.result_type(given, dtype))
        if given is not getattr(self, "_own_centers", None):
            counts = getattr(self, "_counts", None)
            if counts is None or len(counts) != len(centers):
                counts = np.zeros(len(centers))
            return self._follower(centers, None, counts.copy(), getattr(self, "_n_unchecked", 0))
        return self._follower(centers, self._running.copy(), self._counts.copy(), self._n_unchecked)

    def _note(self, centers: BatchCenters) -> None:
        """Keep the state from which the next batch goes on."""
        self._set_centers(centers.centers)
        self._own_centers = centers.centers
        self._running, self._counts = centers.running, centers.counts
        self._n_unchecked = centers.n_unchecked

    def _label(self, x: Matrix, weight: Doubles | None) -> None:
        """Set labels and inertia of rows, if they are wanted."""
        if not self.compute_labels:
            self.__dict__.pop("labels_", None)
            return
        centers = self.cluster_centers_
        self.labels_ = prediction.nearest_centers(x, centers, self.n_threads)
        self.inertia_ = prediction.inertia(x, weight, centers, self.labels_, self.n_threads)
