"""An exact filter for many features: 8-bit codes exclude most centers, at four times the rate."""

from collections.abc import Sequence

from .._typing import Labels, Matrix
from .base import Assigner, Work, total_work, unassigned
from .frame import Frame
from .hamerly import Hamerly
from .rows import Rows, Shape
from .sketched_rows import SketchedRows
from .sketches import MOST_CODED_FEATURES, FeatureCodes, code_bytes, scale_of
from .sums import Sums

CODED_BYTES, BOUNDS_BYTES = 8, 8
"""Bytes per row: step and squared norm of a coded row; two bounds."""


def _centers_bytes(shape: Shape, n_clusters: int) -> int:
    d = shape.n_features
    return n_clusters * (code_bytes(d) + 8 + 2 * d * shape.itemsize)


def n_bytes(shape: Shape, n_clusters: int) -> int:
    """Codes, step and squared norm of each row and center, and two bounds per row."""
    row = code_bytes(shape.n_features) + CODED_BYTES + BOUNDS_BYTES
    return shape.n_rows * row + _centers_bytes(shape, n_clusters)


def least_bytes(shape: Shape, n_clusters: int) -> int:
    """Bytes of the bounds alone, without codes of any row."""
    return shape.n_rows * BOUNDS_BYTES + _centers_bytes(shape, n_clusters)


class Codes:
    """Codes for as many rows as memory allows; Hamerly's bounds for all rows."""

    def __init__(
        self,
        rows: Rows,
        frame: Frame,
        n_clusters: int,
        labels: Labels | None = None,
        max_memory: int | None = None,
    ) -> None:
        n, d, _ = rows.shape
        coded = n
        if max_memory is not None and max_memory < n_bytes(rows.shape, n_clusters):
            rest = int(max_memory) - least_bytes(rows.shape, n_clusters)
            coded = max(0, rest // (code_bytes(d) + CODED_BYTES))
        self.labels = unassigned(n) if labels is None else labels
        self.decisions: Sequence[str] = ()
        self.parts: list[tuple[slice, Assigner]] = []
        if coded > 0:
            part = slice(0, coded)
            scale = scale_of(frame.farthest, rows.x.dtype)
            sketcher = None
            if scale is not None and d <= MOST_CODED_FEATURES:
                sketcher = FeatureCodes(frame.mean, scale)
            coder = SketchedRows(
                rows.part(0, coded), frame, n_clusters, sketcher, "codes", self.labels[part]
            )
            self.parts.append((part, coder))
        if coded < n:
            part = slice(coded, n)
            bounds = Hamerly(rows.part(coded, n), frame, n_clusters, self.labels[part])
            self.parts.append((part, bounds))
            self.decisions = (f"codes for {coded:,} of {n:,} rows, hamerly's bounds for the rest",)

    @property
    def name(self) -> str:
        """Name of the algorithm that assigned the first rows."""
        return self.parts[0][1].name

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        for rows, part in self.parts:
            part.restart(labels[rows])

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        return total_work(part.step(centers, sums) for _, part in self.parts)
