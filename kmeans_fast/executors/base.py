"""What the iterations need of the rows, wherever they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from .._typing import Doubles, Indices, Labels, Matrix
from ..assigners.base import Work
from ..assigners.frame import Frame
from ..assigners.sums import Sums
from .seeding_rows import SeedingRows


class Farthest(NamedTuple):
    """Rows that are farthest from their centers, in descending order.

    ``squared`` are their squared distances, ``places`` their places among all rows; then their
    values, their weights (None where every weight is 1) and their labels.
    """

    squared: Doubles
    places: Indices
    x: Matrix
    weight: Doubles | None
    labels: Labels

    def merge(self, other: Farthest) -> Farthest:
        """Those of both, in any order."""
        weight = None
        if self.weight is not None and other.weight is not None:
            weight = np.concatenate([self.weight, other.weight])
        return Farthest(
            np.concatenate([self.squared, other.squared]),
            np.concatenate([self.places, other.places]),
            np.concatenate([self.x, other.x]),
            weight,
            np.concatenate([self.labels, other.labels]),
        )

    def first(self, count: int) -> Farthest:
        """The ``count`` farthest, of rows in any order; ties go to the highest place."""
        order = np.lexsort((-self.places, -self.squared))[:count]
        weight = None if self.weight is None else self.weight[order]
        return Farthest(
            self.squared[order], self.places[order], self.x[order], weight, self.labels[order]
        )


class Executor(Protocol):
    """Rows of a fit, in one part or in many, and the passes over them.

    Everything that leaves an executor merges exactly (integer sums, exact sums, places of rows),
    so results do not depend on the parts into which an executor cuts its rows.
    """

    @property
    def frame(self) -> Frame:
        """Facts of all rows."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the rows, and so of the centers: float32 or float64."""

    @property
    def name(self) -> str:
        """Name of the algorithm that took the last step."""

    @property
    def decisions(self) -> Sequence[str]:
        """What was decided about the rows and by the algorithm, in words."""

    def checksum(self) -> int:
        """A checksum of all rows and weights in their order."""

    def take(self, indices: Indices) -> Matrix:
        """Copies of the rows at these places, (m, d)."""

    def begin(
        self, algorithm: str, n_clusters: int, max_memory: int | None, n_iterations: int
    ) -> None:
        """Begin a run: forget all labels.

        ``n_iterations`` is the most that all runs on these rows can take together: preparations
        that pay over many iterations are left out for few.
        """

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """Assign every row to the nearest of ``centers``; move rows that changed in ``sums``.

        ``sums`` are those of the last step, or zeros after `begin`.
        """

    def seeding_rows(self) -> SeedingRows:
        """The passes that seeding needs; their state is gone when the result is."""

    def farthest(self, centers: Matrix, count: int) -> Farthest:
        """The ``count`` rows that are farthest from their centers, those of the last step.

        Rows of weight zero do not count. Ties go to the highest place.
        """

    def inertia(self, centers: Matrix) -> float:
        """Weighted sum of squared distances of the rows to their centers, those of the last step.

        The exact sum of the rounded terms, rounded once.
        """

    def labels(self) -> Labels:
        """Labels of all rows after the last step; the array is the caller's."""
