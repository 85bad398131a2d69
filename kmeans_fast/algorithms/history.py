"""Records of the iterations of a run, and their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._magnitudes import square_from_units
from .._typing import Matrix


@dataclass(frozen=True, eq=False)
class Iteration:
    """One iteration, as ``callback`` sees it.

    Attributes
    ----------
    run : int
        Number of the run, from 0; there are ``n_init``.
    iteration : int
        Number of the iteration in its run, from 0.
    inertia : float
        Weighted sum of squared distances of the rows to the centers they were assigned to, those
        before the update. It is the total sum of squares less the part that the centers explain,
        so its error is about 1e-16 of that total.
    center_shift : float
        Euclidean (Frobenius) norm of the change of all centers; ``tol`` compares its square.
    n_moved : int
        Rows that changed cluster; all of them in the first iteration.
    seconds : float
        Wall-clock time of the iteration.
    algorithm : str
        Algorithm of this iteration; "auto" may change it within a run.
    n_distances : int
        Distances between rows and centers that were evaluated or bounded by a filter.
    n_skipped : int
        Rows whose bounds alone showed that they keep their cluster.
    centers : ndarray of shape (n_clusters, n_features)
        A copy of the centers after the update.
    """

    run: int
    iteration: int
    inertia: float
    center_shift: float
    n_moved: int
    seconds: float
    algorithm: str
    n_distances: int
    n_skipped: int
    centers: Matrix


class Record(NamedTuple):
    """The fields that `Iteration` and `History` share; `Iteration` describes them."""

    inertia: float
    center_shift: float
    n_moved: int
    seconds: float
    algorithm: str
    n_distances: int
    n_skipped: int

    def rescaled(self, unit: float) -> Record:
        """The same of rows that were divided by ``unit``, for the rows as they were given."""
        if unit == 1:
            return self
        return self._replace(
            inertia=square_from_units(self.inertia, unit), center_shift=self.center_shift * unit
        )


@dataclass(frozen=True, eq=False)
class History:
    """The iterations of a run, one array of shape (n_iter,) for each field of `Iteration`.

    Attributes
    ----------
    inertia : ndarray of float64
        Weighted sums of squared distances to the centers before the update.
    center_shift : ndarray of float64
        Norms of the change of all centers.
    n_moved : ndarray of int64
        Numbers of rows that changed cluster.
    seconds : ndarray of float64
        Wall-clock times.
    algorithm : ndarray of str
        Names of the algorithms.
    n_distances : ndarray of int64
        Numbers of distances that were evaluated or bounded by a filter.
    n_skipped : ndarray of int64
        Numbers of rows whose bounds alone showed that they keep their cluster.
    """

    inertia: NDArray[np.float64]
    center_shift: NDArray[np.float64]
    n_moved: NDArray[np.int64]
    seconds: NDArray[np.float64]
    algorithm: NDArray[np.str_]
    n_distances: NDArray[np.int64]
    n_skipped: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.inertia)


def make_history(records: Sequence[Record]) -> History:
    """History of a list of `Record`."""
    return History(*(np.array(column) for column in zip(*records, strict=True)))


def explain(history: History, decisions: Sequence[str], n_rows: int, n_clusters: int) -> str:
    """Text of the decisions, and of a table with a line for each iteration."""
    lines = [*decisions] or [f"algorithm='{history.algorithm[0]}' was asked for"]
    lines += ["", "iteration  algorithm   distances  rows settled  rows moved  milliseconds"]
    all_distances = n_rows * n_clusters
    for i in range(len(history)):
        lines.append(
            f"{i:9}  {history.algorithm[i]:<10}  {history.n_distances[i] / all_distances:9.1%}  "
            f"{history.n_skipped[i] / n_rows:12.1%}  {history.n_moved[i]:10}  "
            f"{history.seconds[i] * 1e3:12.2f}"
        )
    return "\n".join(lines)
