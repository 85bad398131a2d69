"""The estimator `KMeans`: parameters, fit, predict."""

import warnings
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import _validate as check
from .._threads import computing
from ..algorithms import nearest
from ..algorithms.explanation import explain
from ..algorithms.registry import ALGORITHMS, check_algorithm
from ..algorithms.restarts import best_run, resolve_n_init
from ..algorithms.seeding import INITS
from ..progress import observed
from ._compat import Interval, StrOptions, check_parameters, is_array_like, quiet_sums
from ._features import restored_on_error


class KMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    """Exact k-means with the interface of `sklearn.cluster.KMeans`.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.
    init : str, array-like of shape (n_clusters, n_features) or callable, default="k-means++"
        Start centers: "k-means++" (greedy, as in scikit-learn), "k-means||" (Bahmani et al. 2012:
        a few passes over the rows, then k-means++ on what they picked), "afk-mc2" (Bachem et al.
        2016: Markov chains, one pass over the rows), "random" (distinct rows),
        "random-partition" (means of a random partition), "density" (dense places far from each
        other, found with a kd-tree: Redmond and Heneghan 2007; deterministic), the centers
        themselves, or a callable ``init(X, n_clusters, random_state=...)`` that returns them.
        The callable gets X as it is, read-only (scikit-learn passes it centered).
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
        Source of chance; the same state gives the seeds that scikit-learn picks.
    copy_x : bool, default=True
        Accepted for compatibility: X is neither modified nor, as contiguous floats, copied.
    algorithm : str, default="auto"
        One of `kmeans_fast.ALGORITHMS`, scikit-learn's "lloyd" and "elkan" among them; all give
        the same answer and differ in time and memory. "auto" chooses by shape and changes over
        where timings say so; `explain_` tells why. "filtering" is for up to four features,
        "sorted" for one.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.
    max_memory : int, default=None
        Bytes that bounds, sketches and sorted copies of the rows may take. None is no limit for a
        named algorithm; for "auto" it is 64 bytes a row or a quarter of X, whichever is more,
        besides tables and copies of the centers.
    inertia_tol : float, default=0.0
        Stop when the inertia falls by less than this fraction; 0 turns the rule off.
    time_limit : float, default=None
        Seconds after which to stop: seeds that are still to be picked are random rows then, the
        iteration at work is the last, and no further run is begun. A fit takes at least one
        iteration and one pass that labels the rows.
    warm_start : bool, default=False
        Whether a repeated fit starts from the centers of the last one, in place of ``init``.
    callback : callable, default=None
        Called with a `kmeans_fast.Iteration` after each iteration; returning True stops the fit.
    progress : bool, default=False
        Show a display on standard error (needs the extra ``cli``).

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        The centers, of the dtype of X (float64 where X was converted).
    labels_ : ndarray of shape (n_samples,)
        ``predict(X)``, bit for bit, however the fit ended.
    inertia_ : float
        ``-score(X, sample_weight=sample_weight)``, bit for bit.
    n_iter_ : int
        Number of iterations of the run that was kept.
    stop_reason_ : str
        What ended it: "no_label_change", "center_shift", "inertia_change", "callback",
        "time_limit" or "max_iter".
    history_ : History
        Its inertia, center shift, rows that moved, seconds, algorithm and work, per iteration.
    decisions_ : tuple of str
        What ``algorithm="auto"`` decided, and why; `explain_` shows both.
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
    An iteration takes O(n_samples x n_clusters x n_features) time. Beyond X, memory is 8 bytes a
    row for labels, what ``max_memory`` says, and O(threads x n_clusters x n_features). Seeding
    takes more while it lasts: "k-means++" 64 bytes a row or a quarter of the row, whichever is
    more, "k-means||" and "afk-mc2" up to 25 bytes a row, "random-partition" 28 for the first
    million of them, "density" 50 and a copy of X in float64. Centers are exact, before they are
    rounded, to 2^-80 of the largest magnitude of their feature over the share that their rows have
    of the heaviest weight; from a million rows on, 2 bits less for each doubling.

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

    _parameter_constraints: ClassVar = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "init": [StrOptions(set(INITS)), callable, "array-like"],
        "n_init": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
        "copy_x": ["boolean"],
        "algorithm": [StrOptions(set(ALGORITHMS))],
        "max_memory": [Interval(Integral, 1, None, closed="left"), None],
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
        "inertia_tol": [Interval(Real, 0, None, closed="left")],
        "time_limit": [Interval(Real, 0, None, closed="left"), None],
        "warm_start": ["boolean"],
        "callback": [callable, None],
        "progress": ["boolean"],
    }

    def __init__(
        self,
        n_clusters=8,
        *,
        init="k-means++",
        n_init="auto",
        max_iter=300,
        tol=1e-4,
        verbose=0,
        random_state=None,
        copy_x=True,
        algorithm="auto",
        n_threads=None,
        max_memory=None,
        inertia_tol=0.0,
        time_limit=None,
        warm_start=False,
        callback=None,
        progress=False,
    ):
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

    def fit(self, X, y=None, sample_weight=None):
        """Cluster the rows of X.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows. C-contiguous float32 or float64 is used in place, anything else converted.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights: 2 counts as the row twice, 0 as the row absent.

        Returns
        -------
        self : KMeans
            The fitted estimator.
        """
        check_parameters(self)
        with restored_on_error(self):
            x, ranges = self._check_rows(X)
            check_algorithm(self.algorithm, x, self.n_clusters, self.max_memory)
            weight = check.as_sample_weight(sample_weight, len(x))
            check.check_n_clusters(self.n_clusters, len(x), weight)
            init = self._check_init(x, ranges)
            n_init = self._check_n_init(init)
            limits = {"n_init": n_init, "max_iter": self.max_iter}
            with (
                computing(x.size * self.n_clusters),
                observed(self.callback, progress=self.progress, **limits) as report,
            ):
                run, n_found, restarts = best_run(
                    x,
                    weight,
                    ranges,
                    self.n_clusters,
                    init=init,
                    **limits,
                    tol=self.tol,
                    inertia_tol=self.inertia_tol,
                    time_limit=self.time_limit,
                    algorithm=self.algorithm,
                    max_memory=self.max_memory,
                    rng=check_random_state(self.random_state),
                    n_threads=self.n_threads,
                    verbose=self.verbose,
                    callback=report,
                )
        self.cluster_centers_ = run.centers
        self._n_features_out = len(run.centers)
        self.labels_ = run.labels
        self.inertia_ = run.inertia
        self.n_iter_ = run.n_iter
        self.stop_reason_ = run.stop_reason
        self.history_ = run.history
        self.decisions_ = run.decisions
        self.restarts_ = restarts
        if n_found < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({n_found}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def explain_(self):
        """Which algorithm ran in which iteration of the fit, what it saved, and why.

        Returns
        -------
        text : str
        """
        check_is_fitted(self)
        return explain(
            self.history_, self.decisions_, len(self.labels_), len(self.cluster_centers_)
        )

    def _check_rows(self, X):
        """Rows to fit, and the largest magnitude of each feature.

        Plain arrays skip `validate_data`, which alone takes as long as a small fit; it words the
        errors all the same.
        """
        if check.is_plain(X):
            ranges = check.finite_range(X, self.n_threads)
            if ranges is not None:
                self.n_features_in_ = X.shape[1]
                self.__dict__.pop("feature_names_in_", None)
                return X, ranges
        with quiet_sums():
            x = validate_data(self, X, dtype=[np.float64, np.float32], order="C")
        x = check.as_matrix(x, "X", "KMeans")
        return x, check.feature_range(x, "X", self.n_threads)

    def _check_init(self, x, ranges):
        """Name, array, or callable (x, k, rng) whose result is checked; as `best_run` takes it."""
        if self.warm_start and hasattr(self, "cluster_centers_"):
            return check.as_start(self.cluster_centers_, self.n_clusters, x, ranges)
        if callable(self.init):
            return lambda rows, k, rng: check.as_start(
                self.init(rows, k, random_state=rng), k, x, ranges
            )
        if is_array_like(self.init):
            return check.as_start(self.init, self.n_clusters, x, ranges)
        return self.init

    def _check_n_init(self, init):
        if self.algorithm == "elkan" and self.n_clusters == 1:
            warnings.warn(
                "algorithm='elkan' doesn't make sense for a single cluster. Using 'lloyd' instead.",
                RuntimeWarning,
                stacklevel=3,
            )
        explicit = is_array_like(self.init)
        if explicit and self.n_init not in ("auto", 1):
            warnings.warn(
                "Explicit initial center position passed: performing only one init in "
                f"{type(self).__name__} instead of n_init={self.n_init}.",
                RuntimeWarning,
                stacklevel=3,
            )
        return resolve_n_init(self.n_init, init)

    def _check_query(self, X):
        """Rows to hold against the centers; plain arrays skip `validate_data` here too."""
        check_is_fitted(self)
        centers = self.cluster_centers_
        if (
            check.is_plain(X)
            and X.shape[1] == centers.shape[1]
            and not hasattr(self, "feature_names_in_")
            and check.is_moderate(X, self.n_threads)
        ):
            return X
        with quiet_sums():
            x = validate_data(self, X, reset=False, dtype=[np.float64, np.float32], order="C")
        x = check.as_matrix(x, "X", "KMeans")
        check.check_query(x, centers, "X", self.n_threads)
        return x

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit and return ``labels_``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,), int32
            Index of the cluster of each row.
        """
        return self.fit(X, sample_weight=sample_weight).labels_

    def predict(self, X):
        """Index of the nearest center for each row, ties to the lowest index.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows, float32 or float64 whichever type was fitted: the same values get the same
            labels.

        Returns
        -------
        labels : ndarray of shape (n_samples,), int32
            Index of the cluster of each row.
        """
        x = self._check_query(X)
        return nearest.nearest_centers(x, self.cluster_centers_, self.n_threads)

    def fit_transform(self, X, y=None, sample_weight=None):
        """Fit and return the distances of the rows to all centers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_clusters)
            Euclidean distances.
        """
        return self.fit(X, sample_weight=sample_weight)._distances(X)

    def transform(self, X):
        """Distances of the rows to all centers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_clusters)
            Euclidean distances, of the dtype of X (float64 where X or the centers are).
        """
        return self._distances(X)

    def _distances(self, X):
        x = self._check_query(X)
        return nearest.all_distances(x, self.cluster_centers_, self.n_threads)

    def score(self, X, y=None, sample_weight=None):
        """Negative weighted sum of squared distances of the rows to their nearest centers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            ``-inertia_`` for the rows and weights of the fit, bit for bit.
        """
        x = self._check_query(X)
        weight = check.as_sample_weight(sample_weight, len(x))
        labels = nearest.nearest_centers(x, self.cluster_centers_, self.n_threads)
        return -nearest.inertia(x, weight, self.cluster_centers_, labels, self.n_threads)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
