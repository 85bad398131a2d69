"""Seeding as functions: which rows to start from, NumPy only."""

from __future__ import annotations

from math import inf, ldexp
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _validate as check
from .._csr import as_csr, is_sparse
from .._magnitudes import in_value_units, value_unit
from .._threads import computing
from .._typing import RandomStateLike
from ..algorithms.seeding.chain import CHAIN_LENGTH, chain_indices
from ..algorithms.seeding.parallel import OVERSAMPLING, ROUNDS, parallel_indices
from ..algorithms.seeding.plus_plus import plus_plus_indices
from ..algorithms.sparse_fitting import sparse_ranges
from ..assigners.frame import find_ranges, in_units
from ..executors.seeding_part import Part
from ..executors.seeding_rows import Parts
from ..executors.sparse_seeding import SparsePart

Seeds: TypeAlias = tuple[NDArray[Any], NDArray[np.int64]]
"""Seeds (k, d) and their rows (k,)."""


def _checked(
    caller: str,
    X: ArrayLike,
    n_clusters: int,
    sample_weight: ArrayLike | None,
    n_threads: int | None,
) -> tuple[Any, Parts]:
    """The rows as an array of numbers of their own type or as they are sparse, and as `Parts`.

    Values of the parts are in units that do not let squares underflow (see `_magnitudes`).
    """
    check.check_integer(caller, "n_clusters", n_clusters)
    check.check_integer(caller, "n_threads", n_threads, optional=True)
    if is_sparse(X):
        return _checked_sparse(caller, X, n_clusters, sample_weight, n_threads)
    own = check.as_numbers(X, "X")
    x = check.as_matrix(own, "X", caller)
    max_abs = check.feature_range(x, "X", n_threads)
    unit = value_unit(float(max_abs.max()))
    x, max_abs = in_value_units(x, unit), in_value_units(max_abs, unit)
    weight = check.as_sample_weight(sample_weight, len(x))
    ranges = find_ranges(x, weight, n_threads, max_abs)
    check.check_ranges(ranges)
    check.check_n_clusters(n_clusters, ranges)
    exponent = ranges.weight_exponent
    part = Part(x, in_units(weight, exponent), n_threads)
    return own, Parts([part], float(max_abs.max()), ldexp(ranges.heaviest, -exponent))


def _checked_sparse(
    caller: str, X: Any, n_clusters: int, sample_weight: ArrayLike | None, n_threads: int | None
) -> tuple[Any, Parts]:
    """As `_checked`, for sparse rows."""
    x = as_csr(X, "X", caller)
    max_abs = check.sparse_range(x, "X")
    unit = value_unit(float(max_abs.max()))
    x, max_abs = x.in_units(unit), in_value_units(max_abs, unit)
    weight = check.as_sample_weight(sample_weight, len(x))
    ranges = sparse_ranges(x, weight, max_abs, n_threads)
    check.check_ranges(ranges)
    check.check_n_clusters(n_clusters, ranges)
    exponent = ranges.weight_exponent
    part = SparsePart(x, in_units(weight, exponent), n_threads)
    parts = Parts([part], float(max_abs.max()), ldexp(ranges.heaviest, -exponent))
    return X.tocsr(), parts


def _taken(own: Any, indices: NDArray[np.int64]) -> NDArray[Any]:
    """Rows as a dense array."""
    rows = own[indices]
    found: NDArray[Any] = rows.toarray() if is_sparse(rows) else rows
    return found


def kmeans_plusplus(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    x_squared_norms: ArrayLike | None = None,
    random_state: RandomStateLike = None,
    n_local_trials: int | None = None,
    n_threads: int | None = None,
) -> Seeds:
    """Seeds by greedy k-means++, those of scikit-learn's function from the same random state.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        The rows to pick from.
    n_clusters : int
        Number of seeds.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights: 2 counts as the row twice, 0 as the row absent.
    x_squared_norms : array-like of shape (n_rows,), default=None
        Accepted for compatibility; the method does not use them.
    random_state : None, int, RandomState or Generator, default=None
        Random numbers; None means NumPy's global state.
    n_local_trials : int, default=None
        Candidates of which each step keeps the best; None means ``2 + int(log(n_clusters))``.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.

    Returns
    -------
    centers : ndarray of shape (n_clusters, n_features)
        The seeds, of the dtype of X (float64 where its values are objects).
    indices : ndarray of shape (n_clusters,)
        Their rows: ``centers[j] == X[indices[j]]``.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; the message names it.

    Notes
    -----
    The method is [1]_, with several candidates per seed. It takes at most
    O(n_rows x n_clusters x n_local_trials x n_features) products of bytes. Memory is one byte per
    feature and two numbers per row: rows of large data are first compared as codes of one byte per
    feature, and distances are computed only for rows that may be closer to a candidate.

    References
    ----------
    .. [1] D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding",
       SODA 2007.

    Examples
    --------
    >>> from kmeans_fast import kmeans_plusplus
    >>> X = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
    >>> centers, indices = kmeans_plusplus(X, n_clusters=2, random_state=0)
    >>> indices
    array([3, 2])
    """
    check.check_integer("kmeans_plusplus", "n_local_trials", n_local_trials, optional=True)
    own, rows = _checked("kmeans_plusplus", X, n_clusters, sample_weight, n_threads)
    if x_squared_norms is not None and np.size(x_squared_norms) != rows.n_rows:
        raise ValueError(
            f"The length of x_squared_norms {np.size(x_squared_norms)} should be equal to the "
            f"length of n_samples {rows.n_rows}."
        )
    rng = check.as_random_state(random_state)
    with computing(rows.n_rows * own.shape[1] * n_clusters):
        indices = plus_plus_indices(rows, n_clusters, rng, n_local_trials)
    return _taken(own, indices), indices


def kmeans_parallel(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    random_state: RandomStateLike = None,
    n_rounds: int = ROUNDS,
    oversampling_factor: float = OVERSAMPLING,
    n_threads: int | None = None,
) -> Seeds:
    """Seeds by k-means||: a few passes over the rows pick candidates, k-means++ picks from these.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        The rows to pick from.
    n_clusters : int
        Number of seeds.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights: 2 counts as the row twice, 0 as the row absent.
    random_state : None, int, RandomState or Generator, default=None
        Random numbers; None means NumPy's global state.
    n_rounds : int, default=5
        Passes that pick candidates; more passes follow while candidates are fewer than seeds.
    oversampling_factor : float, default=2.0
        A pass picks about ``oversampling_factor * n_clusters`` rows, each with a probability in
        proportion to its squared distance to the candidates so far.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.

    Returns
    -------
    centers : ndarray of shape (n_clusters, n_features)
        The seeds, of the dtype of X (float64 where its values are objects).
    indices : ndarray of shape (n_clusters,)
        Their rows: ``centers[j] == X[indices[j]]``.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; the message names it.

    Notes
    -----
    The method is [1]_. The passes take as long as ``oversampling_factor * n_rounds`` of Lloyd's
    iterations. Greedy k-means++ on the candidates follows, where the weight of a candidate is that
    of the rows for which it is the nearest. Memory is up to 25 bytes per row.

    References
    ----------
    .. [1] B. Bahmani, B. Moseley, A. Vattani, R. Kumar and S. Vassilvitskii, "Scalable k-means++",
       VLDB 2012.

    Examples
    --------
    >>> from kmeans_fast import kmeans_parallel
    >>> X = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
    >>> centers, indices = kmeans_parallel(X, n_clusters=2, random_state=0)
    >>> sorted(float(x) for x in centers[:, 0])
    [1.0, 10.0]
    """
    check.check_integer("kmeans_parallel", "n_rounds", n_rounds)
    check.check_real("kmeans_parallel", "oversampling_factor", oversampling_factor)
    if not 0 < oversampling_factor < inf:
        expected = "a float in the range (0, inf)"
        check.reject("kmeans_parallel", "oversampling_factor", oversampling_factor, expected)
    own, rows = _checked("kmeans_parallel", X, n_clusters, sample_weight, n_threads)
    rng = check.as_random_state(random_state)
    factor = float(oversampling_factor)
    with computing(rows.n_rows * own.shape[1] * n_clusters):
        indices = parallel_indices(rows, n_clusters, rng, n_rounds, factor)
    return _taken(own, indices), indices


def kmeans_afkmc2(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    random_state: RandomStateLike = None,
    chain_length: int = CHAIN_LENGTH,
    n_threads: int | None = None,
) -> Seeds:
    """Seeds by AFK-MC2: Markov chains approximate the draws of k-means++.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        The rows to pick from.
    n_clusters : int
        Number of seeds.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights: 2 counts as the row twice, 0 as the row absent.
    random_state : None, int, RandomState or Generator, default=None
        Random numbers; None means NumPy's global state.
    chain_length : int, default=200
        Rows per Markov chain: longer chains are closer to the draws of k-means++.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.

    Returns
    -------
    centers : ndarray of shape (n_clusters, n_features)
        The seeds, of the dtype of X (float64 where its values are objects).
    indices : ndarray of shape (n_clusters,)
        Their rows: ``centers[j] == X[indices[j]]``.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; the message names it.

    Notes
    -----
    The method is [1]_. It takes one pass over the rows and
    O(n_rows x n_features + chain_length x n_clusters^2 x n_features) time. Memory is up to 25 bytes
    per row. Each seed is a single draw, where `kmeans_plusplus` keeps the best of several.

    References
    ----------
    .. [1] O. Bachem, M. Lucic, H. Hassani and A. Krause, "Fast and provably good seedings for
       k-means", NIPS 2016.

    Examples
    --------
    >>> from kmeans_fast import kmeans_afkmc2
    >>> X = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]]
    >>> centers, indices = kmeans_afkmc2(X, n_clusters=2, random_state=0)
    >>> sorted(float(x) for x in centers[:, 0])
    [1.0, 10.0]
    """
    check.check_integer("kmeans_afkmc2", "chain_length", chain_length)
    own, rows = _checked("kmeans_afkmc2", X, n_clusters, sample_weight, n_threads)
    rng = check.as_random_state(random_state)
    with computing(rows.n_rows * own.shape[1] * n_clusters):
        indices = chain_indices(rows, n_clusters, rng, chain_length)
    return _taken(own, indices), indices
