"""What all estimators share: rows in, predict, transform, score, tags and names of features."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Self, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import _validate as check
from .._containers import as_readable
from .._csr import Csr, as_csr, is_sparse
from .._magnitudes import is_small
from .._typing import Doubles, Labels, Matrix
from ..algorithms import prediction
from ._compat import CallbackSupportMixin, quiet_sums
from ._pickling import VersionedEstimator

if TYPE_CHECKING:
    from ..sources import RowsLike, Source

NONE_CHECKED: Matrix = np.empty((0, 0))
"""Stands for checked centers where there are none."""


class BaseKMeans(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClusterMixin,
    CallbackSupportMixin,
    VersionedEstimator,
):
    """An estimator with ``cluster_centers_`` and ``n_threads``; a subclass adds ``fit``."""

    cluster_centers_: Matrix
    _checked_centers: Matrix = NONE_CHECKED
    labels_: Labels
    n_features_in_: int
    n_threads: int | None
    columns: Sequence[str] | Sequence[int] | None
    weight_column: str | int | None
    memory_limit: int | str | None

    def fit(self, X: RowsLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Cluster the rows of X: what a subclass does."""
        raise NotImplementedError

    def _check_rows(self, X: Any) -> tuple[Matrix, Doubles]:
        """Rows to fit, and the largest magnitude of each feature.

        Plain arrays skip `validate_data`, which alone takes as long as a small fit; it words the
        errors all the same.
        """
        if check.is_plain(X):
            max_abs = check.finite_range(X, self.n_threads)
            if max_abs is not None:
                self.n_features_in_ = X.shape[1]
                self.__dict__.pop("feature_names_in_", None)
                return X, max_abs
        x = self._as_matrix(X)
        return x, check.feature_range(x, "X", self.n_threads)

    def _as_matrix(self, X: Any, **options: bool) -> Matrix:
        """X as the kernels take it, in the ways and with the errors of scikit-learn."""
        X = as_readable(X, "X")
        try:
            with quiet_sums():
                checked = validate_data(
                    self, X, dtype=[np.float64, np.float32], order="C", **options
                )
        except (OverflowError, RuntimeError) as error:
            raise ValueError(f"X must be an array of real numbers: {error}") from error
        x: Matrix = check.as_matrix(checked, "X", type(self).__name__)
        return x

    def _as_csr(self, X: Any, **options: bool) -> Csr:
        """Sparse X as the kernels take it, with the errors of scikit-learn."""
        checked = validate_data(
            self, X, accept_sparse="csr", dtype=[np.float64, np.float32], **options
        )
        return as_csr(checked, "X", type(self).__name__)

    def _source_of(self, X: Any) -> Source | None:
        """Source of rows to fit that are not in memory, else None."""
        columns, weight_column = self.columns, self.weight_column
        if (check.is_plain(X) or is_sparse(X)) and columns is None and weight_column is None:
            return None
        from ..algorithms.source_fitting import as_source

        return as_source(X, columns, weight_column, self.memory_limit)

    def _query_source(self, X: Any) -> Source | None:
        """Source of rows to compare with the centers, without weights, else None.

        Where a fit has chosen columns of a table, they are found by their names.
        """
        columns, weight_column = self.columns, self.weight_column
        if hasattr(self, "feature_names_in_") and (columns, weight_column) != (None, None):
            # The features of a column of lists have other names than the column.
            columns = list(self.feature_names_in_) if columns is None else columns
            weight_column = None
        return self._fitted_source(X, columns, weight_column)

    def _set_centers(self, centers: Matrix) -> None:
        """Set ``cluster_centers_`` to an array that the kernels take, and note that it is checked.

        Small centers are not noted: each query is checked for squares that would underflow.
        """
        self.cluster_centers_ = centers
        self._checked_centers = NONE_CHECKED if is_small(centers) else centers

    def _given_centers(self) -> Matrix:
        """``cluster_centers_``, which the user may assign, as the kernels take them.

        An array that needs no conversion is checked when it is first used. If its values are
        changed in place later, predictions use the new values and do not check them.
        """
        given = self.cluster_centers_
        if given is self._checked_centers:
            return given
        name = type(self).__name__
        centers: Matrix = check.as_centers(given, "cluster_centers_", name, self.n_threads)
        expected = getattr(self, "n_features_in_", centers.shape[1])
        if centers.shape[1] != expected:
            raise ValueError(
                f"cluster_centers_ has {centers.shape[1]} features, but {name} is expecting "
                f"{expected} features."
            )
        if centers is given:
            self._set_centers(centers)
        return centers

    @property
    def _n_features_out(self) -> int:
        """Number of distances that `transform` gives per row."""
        return len(self.cluster_centers_)

    def _fitted_source(self, X: Any, columns: Any, weight_column: Any) -> Source | None:
        """Source with the features that were fitted, else None: arrays have no other columns."""
        check_is_fitted(self)
        if check.is_plain(X) or is_sparse(X):
            return None
        from ..algorithms.source_fitting import find_source

        source = find_source(X, columns, weight_column, self.memory_limit)
        if source is not None:
            self._check_source(source)
        return source

    def _note_source(self, source: Source) -> None:
        """Note the features of a source that is fitted, as `validate_data` does."""
        self.n_features_in_ = source.n_features
        self.__dict__.pop("feature_names_in_", None)
        if source.feature_names is not None:
            self.feature_names_in_ = np.array(source.feature_names, dtype=object)

    def _check_source(self, source: Source) -> None:
        """Require the features that were fitted."""
        name, expected = type(self).__name__, self._given_centers().shape[1]
        if source.n_features != expected:
            raise ValueError(
                f"X has {source.n_features} features, but {name} is expecting {expected} features "
                "as input."
            )
        names = getattr(self, "feature_names_in_", None)
        own = source.feature_names
        if names is not None and own is not None and list(names) != list(own):
            raise ValueError(
                "The feature names should match those that were passed during fit: X has "
                f"{list(own)}, expected {list(names)}."
            )

    def _is_plain_query(self, X: Any) -> TypeGuard[Matrix]:
        """Whether X can be compared with ``cluster_centers_`` if its values are in range.

        Such arrays skip `validate_data`, which words the errors of all others.
        """
        centers = self.cluster_centers_
        return (
            centers is self._checked_centers
            and check.is_plain(X)
            and X.shape[1] == centers.shape[1]
            and not hasattr(self, "feature_names_in_")
        )

    def _check_query(self, X: Any) -> tuple[Any, Matrix, float]:
        """Rows to compare with the centers, the centers, and the unit of both.

        `_query_source` has found that there are centers.
        """
        if self._is_plain_query(X) and check.is_moderate(X, self.n_threads):
            return X, self.cluster_centers_, 1.0
        centers = self._given_centers()
        x: Any = self._as_csr(X, reset=False) if is_sparse(X) else self._as_matrix(X, reset=False)
        if x.shape[1] != centers.shape[1]:  # there is no `n_features_in_`, or a shape was set
            raise ValueError(
                f"X has {x.shape[1]} features, but cluster_centers_ has {centers.shape[1]} "
                "features."
            )
        if isinstance(x, Csr):
            return check.as_sparse_query(x, centers, "X")
        return check.as_query(x, centers, "X", self.n_threads)

    def _assign(self, X: Any) -> tuple[Any, Matrix, Labels, float]:
        """Rows, centers, the label of each row, and the unit of rows and centers."""
        if self._is_plain_query(X):
            centers = self.cluster_centers_
            labels = prediction.labels_if_finite(X, centers, self.n_threads)
            if labels is not None:
                return X, centers, labels, 1.0
        x, centers, unit = self._check_query(X)
        return x, centers, prediction.nearest_centers(x, centers, self.n_threads), unit

    def fit_predict(
        self, X: RowsLike, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> NDArray[np.int32]:
        """Fit and return ``labels_``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), path, table or Blocks
            The rows.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        labels : ndarray of shape (n_samples,), int32
            Index of the cluster of each row.

        Raises
        ------
        ValueError, TypeError
            An argument is wrong; the message names it.
        """
        return self.fit(X, sample_weight=sample_weight).labels_

    def predict(self, X: RowsLike) -> NDArray[np.int32]:
        """Index of the nearest center for each row, ties to the lowest index.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), path, table or Blocks
            The rows, float32 or float64 whichever type was fitted: the same values get the same
            labels.

        Returns
        -------
        labels : ndarray of shape (n_samples,), int32
            Index of the cluster of each row.

        Raises
        ------
        NotFittedError
            There are no centers yet.
        ValueError, TypeError
            An argument is wrong; the message names it.
        """
        source = self._query_source(X)
        if source is not None:
            from ..algorithms.source_prediction import source_labels

            return source_labels(source, self._given_centers(), self.n_threads)
        return self._assign(X)[2]

    def predict_to(
        self,
        X: RowsLike,
        path: str | PathLike[str],
        *,
        distances: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Write what `predict` or `transform` would return to a file, a block of rows at a time.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), path, table or Blocks
            The rows, as `fit` takes them; a table needs no weights.
        path : str or PathLike
            A new ``.npy`` or ``.parquet`` file; in a table the column is ``label``, or there are
            ``distance_0``, ``distance_1``... The file appears when it is complete.
        distances : bool, default=False
            Whether to write the distances to all centers, rather than labels.
        overwrite : bool, default=False
            Whether to replace a file that exists. A file that is read is never replaced.

        Raises
        ------
        NotFittedError
            There are no centers yet.
        FileExistsError
            The file exists, and ``overwrite`` is False.
        ValueError, TypeError
            An argument is wrong; the message names it.
        """
        from ..algorithms.source_prediction import write_distances, write_labels
        from ..sources import open_source
        from ..sources.matrix import MatrixSource
        from ..sources.npy import mapped_paths

        source = open_source(X) if isinstance(X, np.memmap) else self._query_source(X)
        if source is None:
            if is_sparse(X):
                raise TypeError("predict_to takes no sparse X: write what predict(X) returns.")
            x, _, unit = self._check_query(X)
            source = MatrixSource(x if unit == 1 else self._as_matrix(X, reset=False), "X")
            source.paths = mapped_paths(X)  # files that must not be replaced
        check_is_fitted(self)
        self._check_source(source)
        write = write_distances if distances else write_labels
        write(source, self._given_centers(), self.n_threads, path, overwrite)

    def fit_transform(
        self, X: RowsLike, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> NDArray[np.floating[Any]]:
        """Fit and return the distances of the rows to all centers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), path, table or Blocks
            The rows.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_clusters)
            Euclidean distances.

        Raises
        ------
        ValueError, TypeError
            An argument is wrong; the message names it.
        """
        return self.fit(X, sample_weight=sample_weight)._distances(X)

    def transform(self, X: RowsLike) -> NDArray[np.floating[Any]]:
        """Distances of the rows to all centers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), path, table or Blocks
            The rows.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_clusters)
            Euclidean distances, of the dtype of X (float64 where X or the centers are).

        Raises
        ------
        NotFittedError
            There are no centers yet.
        ValueError, TypeError
            An argument is wrong; the message names it.
        """
        return self._distances(X)

    def _distances(self, X: RowsLike) -> Matrix:
        source = self._query_source(X)
        if source is not None:
            from ..algorithms.source_prediction import source_distances

            return source_distances(source, self._given_centers(), self.n_threads)
        x, centers, unit = self._check_query(X)
        return prediction.all_distances(x, centers, self.n_threads, unit)

    def score(self, X: RowsLike, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Negative weighted sum of squared distances of the rows to their nearest centers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), path, table or Blocks
            The rows.
        y : Ignored
            Present by convention.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        score : float
            ``-inertia_`` for the rows and weights of the fit, bit for bit.

        Raises
        ------
        NotFittedError
            There are no centers yet.
        ValueError, TypeError
            An argument is wrong; the message names it.
        """
        source = self._fitted_source(X, self.columns, self.weight_column)
        if source is not None:
            from ..algorithms.source_prediction import source_inertia

            return -source_inertia(source, sample_weight, self._given_centers(), self.n_threads)
        x, centers, labels, unit = self._assign(X)
        weight = check.as_sample_weight(sample_weight, len(x))
        return -prediction.inertia(x, weight, centers, labels, self.n_threads, unit)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
