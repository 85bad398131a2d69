"""How an iteration finds the nearest centers: the interface that every algorithm has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from .._chunks import filled
from .._typing import Labels, Matrix
from .sums import Sums


class Work(NamedTuple):
    """What a step did.

    Rows that changed cluster, distances between rows and centers that were evaluated or bounded by
    a filter, and rows whose bounds alone showed that they keep their cluster.
    """

    n_moved: int
    n_distances: int
    n_skipped: int


def total_work(works: Iterable[Work]) -> Work:
    """Work on several parts of the rows."""
    return Work(*(sum(counts) for counts in zip(*works, strict=True)))


class Assigner(Protocol):
    """Assignment of some rows, with all that is remembered of them between steps.

    An assigner is made of ``(rows, frame, n_clusters)``. It owns the labels of its rows and, where
    it has them, bounds on their distances. All assigners give the same labels and the same sums,
    bit for bit; they differ in time and memory.
    """

    @property
    def labels(self) -> Labels:
        """Index of the nearest center of each row after a step, int32 (n,); -1 before the first."""

    @property
    def name(self) -> str:
        """Name, as ``algorithm=`` takes it, of what took the last step."""

    @property
    def decisions(self) -> Sequence[str]:
        """What it decided by itself, in words; empty where it decides nothing."""

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """Bring ``labels`` to the nearest of ``centers``, ties to the lowest index.

        Rows that changed cluster are moved in ``sums``. Between two steps the centers may have
        moved anywhere.
        """

    def restart(self, labels: Labels) -> None:
        """Go on from ``labels``, of which nothing else is known: forget centers and bounds.

        What was prepared of the rows alone (an order, codes) is kept. The array becomes the
        assigner's own.
        """


def unassigned(n_rows: int) -> Labels:
    """Labels of rows that no step has seen."""
    return filled(n_rows, -1, "int32")
