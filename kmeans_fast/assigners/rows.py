"""A part of the rows of a fit, in memory: the input of an assigner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .._threads import effective_threads
from .._typing import Doubles, Indices, Matrix


class Shape(NamedTuple):
    """Size of the rows; memory and the choice of an algorithm depend on it."""

    n_rows: int
    n_features: int
    itemsize: int

    @classmethod
    def of(cls, x: Matrix) -> Shape:
        """Shape of a matrix."""
        n_rows, n_features = x.shape
        return cls(n_rows, n_features, x.itemsize)

    @property
    def n_bytes(self) -> int:
        """Bytes of the rows themselves."""
        return self.n_rows * self.n_features * self.itemsize

    def no_rows(self) -> Shape:
        """Shape without rows: its memory is that of the centers alone."""
        return self._replace(n_rows=0)


@dataclass(frozen=True, eq=False)
class Rows:
    """Values, weights and the place of the first row among all rows.

    ``weight`` is in units of `Frame.weight_unit`, or None where every weight is 1. Rows are local:
    they stay where they are, and only their `Frame` is sent elsewhere.
    """

    x: Matrix
    weight: Doubles | None = None
    first: int = 0
    requested_threads: int | None = None

    def __len__(self) -> int:
        return len(self.x)

    @property
    def shape(self) -> Shape:
        """Number of rows and features, and bytes per value."""
        return Shape.of(self.x)

    def n_threads(self, n_points: int) -> int:
        """Threads for a pass that compares each row with ``n_points`` points."""
        return effective_threads(self.requested_threads, self.x.size * n_points)

    def part(self, start: int, end: int) -> Rows:
        """Rows from ``start`` up to ``end``; no copy."""
        weight = None if self.weight is None else self.weight[start:end]
        return Rows(self.x[start:end], weight, self.first + start, self.requested_threads)

    def take(self, indices: Indices | slice) -> tuple[Matrix, Doubles | None]:
        """Values and weights of some rows."""
        return self.x[indices], None if self.weight is None else self.weight[indices]
