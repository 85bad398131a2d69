"""What the iterations need of the rows, wherever they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from .._typing import Doubles, Indices, Labels, Matrix
from ..assigners.base import Work
from ..assigners.frame import Frame
from ..assigners.sums import Sums
from ..exact import as_float
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
    """The rows of a fit, wherever they are, and the passes over them that a fit needs.

    To write one, cut the rows into parts that know their place among all rows (`Rows.first`), let
    each part do what is asked, and merge: sums and counts are added, farthest rows are merged,
    labels are put side by side. Every result of a part is an integer, an integer array or a row,
    so a fit has the same bits for any parts and any order of merging. `executors.memory` is the
    model with one part; the functions in it do the work of a part of any other executor.

    The order of calls: `frame`, `dtype` and `checksum` at any time; then for each run
    `seeding_rows`, `begin`, and `step` once per iteration, with `farthest` after a step that left
    a cluster empty, and `squares` and `labels` at the end.
    """

    @property
    def frame(self) -> Frame:
        """Facts of all rows.

        `frame.make_frame` makes them of the merged `Ranges` and `Moments` of the parts. Give every
        part the frame of all rows, whose grid all sums share, and weights in its units
        (`frame.in_units`).
        """

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the rows, and so of the centers: float32 or float64."""

    @property
    def name(self) -> str:
        """Name of the algorithm that took the last step, as ``algorithm=`` takes it."""

    @property
    def decisions(self) -> Sequence[str]:
        """Sentences on what was decided about the rows and by the algorithm; may be empty."""

    def checksum(self) -> int:
        """CRC-32 of the bytes of all rows in their order, then of all weights, in units.

        A checkpoint holds it. `memory.checksum` goes on from the value of the parts before.
        """

    def take(self, indices: Indices) -> Matrix:
        """Copies (m, d) of the rows at these places among all rows, in this order."""

    def seeding_rows(self) -> SeedingRows:
        """The passes that seeding needs, with the protocol `SeedingRows`.

        `seeding_rows.Parts` makes them of objects with the methods of `seeding_part.Part`, one for
        each part. What they hold is let go with the object.
        """

    def begin(
        self, algorithm: str, n_clusters: int, max_memory: int | None, n_iterations: int
    ) -> None:
        """Begin a run: every label is unknown, and the next sums are zeros.

        ``algorithm`` and ``max_memory`` are what the user asked for. ``n_iterations`` is the most
        that all runs on these rows can take together: preparations that pay over many iterations
        are left out for few. ``n_clusters`` is smaller than before where clusters were dropped.
        """

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """Assign every row to the nearest of ``centers``, ties to the lowest index.

        ``sums`` are those of the labels before, zeros for the first step of a run, and become
        those of the labels now: rows whose label changed are moved in them, in place. A part
        that cannot reach them moves its rows in `Sums.zeros`, which `Sums.merge` adds. In the
        first step all rows count as moved (`Work.n_moved`).
        """

    def farthest(self, centers: Matrix, count: int) -> Farthest:
        """The ``count`` rows that are farthest from the center of their label, of ``centers``.

        ``centers`` are those of the last step. Rows of weight zero do not count, and fewer rows
        are given where there are fewer. Ties go to the highest place among all rows:
        `Farthest.merge` and `Farthest.first` put parts together.
        """

    def squares(self, centers: Matrix) -> int:
        """Weighted sum of squared distances of the rows to the center of their label.

        ``centers`` are those of the last step. Each term is a float64 number, their sum is exact,
        in units of ``2**exact.UNIT_EXPONENT``; weights are in units of `Frame.weight_unit`.
        """

    def labels(self) -> Labels:
        """Labels of all rows after the last step, int32 (n,).

        From the next `begin` on the array is the caller's alone.
        """


def inertia_of(executor: Executor, centers: Matrix) -> float:
    """Inertia of the labels of the last step, of which these are the centers."""
    return as_float(executor.squares(centers)) * executor.frame.weight_unit
