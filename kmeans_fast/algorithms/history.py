"""What a run records about its iterations."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True, eq=False)
class Iteration:
    """One iteration, as ``callback`` sees it.

    Attributes
    ----------
    run : int
        Which of the ``n_init`` runs, from 0.
    iteration : int
        Which iteration of the run, from 0.
    inertia : float
        Weighted sum of squared distances of the rows to the centers they were assigned to, those
        before the update. It is what the order-free sums leave of the total sum of squares, so
        its error is about 1e-16 of that total.
    center_shift : float
        Euclidean (Frobenius) norm of the change of all centers; ``tol`` compares its square.
    n_moved : int
        Rows that changed cluster; all of them in the first iteration.
    seconds : float
        Wall-clock time of the iteration.
    algorithm : str
        What assigned the rows in this iteration; "auto" may change over within a run.
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
    centers: np.ndarray


class Record(NamedTuple):
    """What `Iteration` and `History` have in common; `Iteration` describes the fields."""

    inertia: float
    center_shift: float
    n_moved: int
    seconds: float
    algorithm: str
    n_distances: int
    n_skipped: int


@dataclass(frozen=True, eq=False)
class History:
    """The iterations of a run, one array of shape (n_iter,) for each field of `Iteration`.

    Attributes
    ----------
    inertia : ndarray of float64
    center_shift : ndarray of float64
    n_moved : ndarray of int64
    seconds : ndarray of float64
    algorithm : ndarray of str
    n_distances : ndarray of int64
    n_skipped : ndarray of int64
    """

    inertia: np.ndarray
    center_shift: np.ndarray
    n_moved: np.ndarray
    seconds: np.ndarray
    algorithm: np.ndarray
    n_distances: np.ndarray
    n_skipped: np.ndarray

    def __len__(self):
        return len(self.inertia)


def make_history(records):
    """History of a list of `Record`."""
    return History(*(np.array(column) for column in zip(*records, strict=True)))
