"""The interface of the algorithms that assign rows to their nearest centers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from .._chunks import filled
from .._typing import Labels, Matrix
from .sums import Sums


class Work(NamedTuple):
    """Counts of the work of a step.

    ``n_moved`` rows changed cluster, ``n_distances`` distances between rows and centers were
    evaluated or bounded by a filter, and for ``n_skipped`` rows the bounds alone showed that they
    keep their cluster.
    """

    n_moved: int
    n_distances: int
    n_skipped: int


def total_work(works: Iterable[Work]) -> Work:
    """Work on several parts of the rows."""
    return Work(*(sum(counts) for counts in zip(*works, strict=True)))


class Assigner(Protocol):
    """Assignment of some rows, and the state of these rows between steps.

    An assigner is made of ``(rows, frame, n_clusters)``. It owns the labels of its rows and, where
    it has them, bounds on their distances. All assigners give the same labels and the same sums,
    bit for bit; they differ in time and memory.
    """

    @property
    def labels(self) -> Labels:
        """Index of the nearest center of each row after a step, int32 (n,); -1 before the first."""

    @property
    def name(self) -> str:
        """Name of the algorithm of the last step, a value of ``algorithm=``."""

    @property
    def decisions(self) -> Sequence[str]:
        """Texts of the decisions that the assigner made; empty where it makes none."""

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """Set ``labels`` to the nearest of ``centers``, ties to the lowest index.

        Rows that changed cluster are moved in ``sums``. Between two steps the centers may have
        moved anywhere.
        """

    def restart(self, labels: Labels) -> None:
        """Continue from ``labels``, with any centers: drop centers and bounds.

        Data made from the rows alone (an order, codes) stay. From now on the assigner owns the
        array ``labels``.
        """


def unassigned(n_rows: int) -> Labels:
    """Labels of rows that no step has seen."""
    return filled(n_rows, -1, "int32")
