"""What a run records about its iterations."""

from dataclasses import dataclass

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
    centers : ndarray of shape (n_clusters, n_features)
        A copy of the centers after the update.
    """

    run: int
    iteration: int
    inertia: float
    center_shift: float
    n_moved: int
    seconds: float
    centers: np.ndarray


@dataclass(frozen=True, eq=False)
class History:
    """The iterations of a run, one array of shape (n_iter,) for each field of `Iteration`.

    Attributes
    ----------
    inertia : ndarray of float64
    center_shift : ndarray of float64
    n_moved : ndarray of int64
    seconds : ndarray of float64
    """

    inertia: np.ndarray
    center_shift: np.ndarray
    n_moved: np.ndarray
    seconds: np.ndarray

    def __len__(self):
        return len(self.inertia)


def make_history(records):
    """History of tuples (inertia, center_shift, n_moved, seconds)."""
    inertia, shift, moved, seconds = zip(*records, strict=True)
    return History(
        np.array(inertia), np.array(shift), np.array(moved, dtype=np.int64), np.array(seconds)
    )
