"""The estimator `BisectingKMeans`: parameters, fit, and predictions that follow its tree."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from .. import _validate as check
from .._magnitudes import in_value_units
from .._names import ALGORITHMS, INITS, Algorithm, InitName
from .._typing import Labels, Matrix
from ..algorithms.bisecting import STRATEGIES, Splitting, fit_bisecting
from ..algorithms.bisecting_tree import BisectingTree, follow
from ..assigners.registry import check_algorithm
from ..assigners.rows import Shape
from ..sources.blocks import Blocks
from ._base import BaseKMeans
from ._compat import check_parameters, sklearn_errors

if TYPE_CHECKING:
    from ..sources import RowsLike


class BisectingKMeans(BaseKMeans):
    """Exact bisecting k-means with the interface of `sklearn.cluster.BisectingKMeans`.

    All rows are one cluster at first. One cluster at a time is split in two by k-means, until there
    are ``n_clusters``. The same random state gives the tree that scikit-learn grows, up to
    rounding; ours is public, as ``tree_``.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.
    init : str or callable, default="random"
        Start centers of each split: a name that `KMeans` takes, or a callable
        ``init(X, n_clusters, random_state=...)``. The callable gets the rows of the cluster as they
        are, read-only, and 2 for ``n_clusters`` (scikit-learn passes rows centered).
    n_init : int, default=1
        Number of runs of each split, of which the best is kept.
    random_state : int, RandomState or None, default=None
        Random numbers, which the splits take one after the other.
    max_iter : int, default=300
        Most iterations of a run.
    verbose : int, default=0
        Whether to print the iterations and the centers of each split.
    tol : float, default=1e-4
        Stop a run when the squared shift of its two centers is at most ``tol``. As in scikit-learn,
        this is in the units of X, and not relative to its variance as in `KMeans`.
    copy_x : bool, default=True
        Accepted for compatibility: X is not modified.
    algorithm : str, default="auto"
        One of `kmeans_fast.ALGORITHMS`; all give the same answer and differ in time and memory.
    bisecting_strategy : {"biggest_inertia", "largest_cluster"}, default="biggest_inertia"
        Which cluster is split next: that with the largest inertia, or that with the largest weight
        (without weights: with most rows). Ties go to the leftmost leaf. A cluster whose rows are
        all equal is not split while another one can be.
    n_threads : int, default=None
        Threads; None means all that the process may use. The result does not depend on it.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        Centers of the leaves from left to right, of the dtype of X (float64 where X was converted).
    labels_ : ndarray of shape (n_samples,)
        ``predict(X)``, bit for bit.
    inertia_ : float
        ``-score(X, sample_weight=sample_weight)``, bit for bit.
    tree_ : BisectingTree
        Children, centers, sizes and inertias of all nodes; see `kmeans_fast.BisectingTree`.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen in fit, where X has names that are all strings.

    See Also
    --------
    KMeans : One k-means of all clusters together, whose inertia is usually smaller.

    Notes
    -----
    A row gets the label of the leaf to which the tree leads it, which need not be the leaf with the
    nearest center. Splits of clusters of m rows with d features take O(m d) time per iteration; a
    fit holds a number of 8 bytes per row, and a copy of the rows of the cluster that is split [1]_.

    References
    ----------
    .. [1] M. Steinbach, G. Karypis and V. Kumar, "A comparison of document clustering techniques",
       KDD Workshop on Text Mining, 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from kmeans_fast import BisectingKMeans
    >>> X = np.array([[1, 1], [10, 1], [3, 1], [10, 0], [2, 1], [10, 2], [10, 8], [10, 9]])
    >>> model = BisectingKMeans(n_clusters=3, random_state=0).fit(X)
    >>> model.labels_
    array([0, 1, 0, 1, 0, 1, 2, 2], dtype=int32)
    >>> model.cut(2)
    array([0, 1, 0, 1, 0, 1, 1, 1], dtype=int32)
    >>> model.predict([[0, 0], [12, 3]])
    array([0, 2], dtype=int32)
    """

    inertia_: float
    tree_: BisectingTree
    columns = None
    weight_column = None
    memory_limit = None

    _parameter_constraints: ClassVar = {
        "verbose": ["verbose"],
        "random_state": ["random_state"],
        "copy_x": ["boolean"],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: InitName | Callable[..., ArrayLike] = "random",
        n_init: int = 1,
        random_state: int | np.random.RandomState | None = None,
        max_iter: int = 300,
        verbose: int = 0,
        tol: float = 1e-4,
        copy_x: bool = True,
        algorithm: Algorithm = "auto",
        bisecting_strategy: Literal["biggest_inertia", "largest_cluster"] = "biggest_inertia",
        n_threads: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.random_state = random_state
        self.max_iter = max_iter
        self.verbose = verbose
        self.tol = tol
        self.copy_x = copy_x
        self.algorithm = algorithm
        self.bisecting_strategy = bisecting_strategy
        self.n_threads = n_threads

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
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
        self : BisectingKMeans
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            An argument or a parameter is wrong; the message names it.

        Warns
        -----
        ConvergenceWarning
            Fewer clusters than ``n_clusters`` have rows: X has too few distinct rows.
        """
        check_parameters(self)
        with sklearn_errors():
            self._check_options()
        with self._restored_on_error():
            x, max_abs = self._check_rows(X)
            check_algorithm(self.algorithm, Shape.of(x), 2, None)
            rng = check.as_random_state(self.random_state)
            splitting = Splitting(
                init=self._call_init if callable(self.init) else self.init,
                n_init=self.n_init,
                max_iter=self.max_iter,
                tol=self.tol,
                algorithm=self.algorithm,
                strategy=self.bisecting_strategy,
                verbose=bool(self.verbose),
            )
            fit = fit_bisecting(
                x, sample_weight, max_abs, self.n_clusters, splitting, rng, self.n_threads
            )
        self.tree_ = fit.tree
        self._set_centers(fit.tree.centers[fit.tree.leaves()])
        self.labels_ = fit.labels
        self.inertia_ = fit.inertia
        if fit.n_found < self.n_clusters:
            text = (
                f"Number of distinct clusters ({fit.n_found}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X."
            )
            warnings.warn(text, ConvergenceWarning, stacklevel=2)
        return self

    def _check_options(self) -> None:
        """Refuse a wrong type or value of a parameter, in scikit-learn's words."""
        name = type(self).__name__
        check.check_integer(name, "n_clusters", self.n_clusters)
        if not callable(self.init) and (not isinstance(self.init, str) or self.init not in INITS):
            names = ", ".join(map(repr, INITS))
            check.reject(name, "init", self.init, f"a str among {{{names}}} or a callable")
        check.check_integer(name, "n_init", self.n_init)
        check.check_integer(name, "max_iter", self.max_iter)
        check.check_real(name, "tol", self.tol)
        check.check_option(name, "algorithm", self.algorithm, ALGORITHMS)
        check.check_option(name, "bisecting_strategy", self.bisecting_strategy, STRATEGIES)
        check.check_integer(name, "n_threads", self.n_threads, optional=True)

    def _call_init(self, x: Any, n_clusters: int, rng: Any) -> ArrayLike:
        assert callable(self.init)
        return self.init(x, n_clusters, random_state=rng)

    def _as_matrix(self, X: Any, **options: bool) -> Matrix:
        if isinstance(X, (str, PathLike, Blocks)):
            name = type(self).__name__
            raise TypeError(f"X must be an array-like in memory for {name}, got {X!r}.")
        return super()._as_matrix(X, **options)

    def _query_source(self, X: Any) -> None:
        """None: rows are in memory."""
        check_is_fitted(self)

    def _fitted_source(self, X: Any, columns: Any, weight_column: Any) -> None:
        """None: rows are in memory."""
        check_is_fitted(self)

    def _assign(
        self, X: Any, n_clusters: int | None = None
    ) -> tuple[Matrix, Matrix, Labels, float]:
        """Rows, centers, the label of each row by the tree, and the unit of rows and centers."""
        x, centers, unit = self._check_query(X)
        points = in_value_units(self.tree_.centers, unit)
        return x, centers, follow(self.tree_, x, points, n_clusters, self.n_threads), unit

    def predict(self, X: Any, *, n_clusters: int | None = None) -> NDArray[np.int32]:
        """Index of the leaf to which the tree leads each row.

        At each split, the row goes to the child with the nearer center; ties go to the left one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows, float32 or float64 whichever type was fitted.
        n_clusters : int, default=None
            Follow only the first ``n_clusters - 1`` splits; None means all.

        Returns
        -------
        labels : ndarray of shape (n_samples,), int32
            Index of the cluster of each row.

        Raises
        ------
        NotFittedError
            There is no tree yet.
        ValueError, TypeError
            An argument is wrong; the message names it.
        """
        check_is_fitted(self)
        return self._assign(X, n_clusters)[2]

    def cut(self, n_clusters: int) -> NDArray[np.int32]:
        """Labels of the rows of the fit after the first ``n_clusters - 1`` splits.

        They are ``predict(X, n_clusters=n_clusters)`` without X, and the labels of a fit with this
        ``n_clusters`` and the same random state. Their centers are
        ``tree_.centers[tree_.leaves(n_clusters)]``.

        Parameters
        ----------
        n_clusters : int
            Number of clusters, from 1 to that of the fit.

        Returns
        -------
        labels : ndarray of shape (n_samples,), int32
            Index of the cluster of each row.

        Raises
        ------
        NotFittedError
            There is no tree yet.
        ValueError, TypeError
            ``n_clusters`` is no such number.
        """
        check_is_fitted(self)
        return self.tree_.labels_of_leaves(n_clusters)[self.labels_]

    def to_linkage(self) -> NDArray[np.float64]:
        """The tree as a linkage matrix; see `kmeans_fast.BisectingTree.to_linkage`.

        Returns
        -------
        Z : ndarray of shape (n_clusters - 1, 4), float64
            What `scipy.cluster.hierarchy.dendrogram` draws; observation ``j`` is the cluster ``j``.

        Raises
        ------
        NotFittedError
            There is no tree yet.
        ValueError
            The tree has a single cluster.
        """
        check_is_fitted(self)
        return self.tree_.to_linkage()

    def predict_to(
        self,
        X: RowsLike,
        path: str | PathLike[str],
        *,
        distances: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Write what `predict` or `transform` would return to a file; see `KMeans.predict_to`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.
        path : str or PathLike
            A new ``.npy`` or ``.parquet`` file, which appears when it is complete.
        distances : bool, default=False
            Whether to write the distances to all centers, rather than labels.
        overwrite : bool, default=False
            Whether to replace a file that exists. A file that is read is never replaced.

        Raises
        ------
        NotFittedError
            There is no tree yet.
        FileExistsError
            The file exists, and ``overwrite`` is False.
        ValueError, TypeError
            An argument is wrong; the message names it.
        """
        if distances:
            super().predict_to(X, path, distances=True, overwrite=overwrite)
            return
        from ..sources import label_writer
        from ..sources.npy import mapped_paths

        labels = self.predict(X)
        inputs = mapped_paths(X)
        with label_writer(path, n_rows=len(labels), overwrite=overwrite, inputs=inputs) as writer:
            writer.append(labels)
