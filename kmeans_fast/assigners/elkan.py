"""Elkan's algorithm (2003): a lower bound for each row and center, of one byte.

Memory beyond X is 14 bytes per row and one byte per row for each center or, under ``max_memory``,
for each group of consecutive centers.
"""

from collections.abc import Sequence
from typing import Any

from .. import _backend
from .._typing import Labels, Matrix
from .base import Work, unassigned
from .frame import Frame
from .rows import Rows, Shape
from .sums import Sums

ROW_BYTES = 14
"""Bytes per row besides the bounds: see csrc/elkan_bounds.h."""

CENTER_BYTES = 1400
"""Bytes per center besides its features: moves, and their tables for each epoch and unit."""

ROWS_BETWEEN = 64
"""Rows per center from which on the distances between all centers are kept, four bytes each."""

CHEAP_ROW = 30_000
"""Multiply-adds in float32 that take as long as the bounds of a row: 0.3 microseconds (Zen 5)."""


def is_cheap(shape: Shape, n_clusters: int) -> bool:
    """Whether comparing a row with all centers costs less than reading its bounds."""
    return n_clusters * shape.n_features * shape.itemsize < 4 * CHEAP_ROW


def n_bytes(shape: Shape, n_clusters: int) -> int:
    """Bytes with one bound per row and center."""
    return _bytes_without_bounds(shape, n_clusters) + shape.n_rows * n_clusters


def least_bytes(shape: Shape, n_clusters: int) -> int:
    """Bytes with a single bound per row, for all centers together."""
    return _bytes_without_bounds(shape, n_clusters) + shape.n_rows


def _bytes_without_bounds(shape: Shape, n_clusters: int) -> int:
    between = 4 * n_clusters**2 if ROWS_BETWEEN * n_clusters <= shape.n_rows else 0
    centers = (CENTER_BYTES + 8 * shape.n_features) * n_clusters
    return ROW_BYTES * shape.n_rows + centers + between


def n_groups(shape: Shape, n_clusters: int, max_memory: int | None = None) -> int:
    """Number of bounds per row: as many groups of centers as memory allows, at least one."""
    if max_memory is None:
        return n_clusters
    room = int(max_memory) - _bytes_without_bounds(shape, n_clusters)
    return max(1, min(n_clusters, room // max(1, shape.n_rows)))


class Elkan:
    """Bounds on the distances of rows to centers, kept valid by the triangle inequality."""

    name = "elkan"

    def __init__(
        self,
        rows: Rows,
        frame: Frame,
        n_clusters: int,
        labels: Labels | None = None,
        max_memory: int | None = None,
    ) -> None:
        groups = n_groups(rows.shape, n_clusters, max_memory)
        self.rows = rows
        self.size = (*rows.x.shape[:1], n_clusters, rows.x.shape[1], groups)
        self.decisions: Sequence[str] = ()
        if groups < n_clusters:
            self.decisions = (f"elkan: {groups} bounds per row for {n_clusters} centers",)
        self.restart(unassigned(len(rows)) if labels is None else labels)

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        self.bounds: Any = None  # free its memory before new memory is allocated
        self.bounds = _backend.elkan.ElkanBounds(*self.size)

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        rows = self.rows
        return Work(
            *_backend.elkan.elkan_step(
                *(rows.x, rows.weight, centers, self.labels, sums.words, sums.grid),
                self.bounds,
                rows.n_threads(len(centers)),
            )
        )
