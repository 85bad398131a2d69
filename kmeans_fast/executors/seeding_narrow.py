"""Passes of each seeding over rows of a narrow type, of which one block is widened at a time.

Each block is a `Part` of its own. Seeds do not depend on the parts, so they are those of the
widened rows in one array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _backend
from .._threads import effective_threads
from .._typing import Indices, Matrix
from ..sources import WidenedRows
from .row_file import RowFile
from .seeding_part import Part, PlusPlusPass


def narrow_parts(file: RowFile) -> list[Part]:
    """The rows in blocks, each a part."""
    assert isinstance(file.raw, WidenedRows)
    step = max(1, file.block_rows // _backend.BLOCK_ROWS) * _backend.BLOCK_ROWS
    return [
        NarrowPart(file.raw, slice(start, min(start + step, len(file))), file)
        for start in range(0, len(file), step)
    ]


class NarrowPart(Part):
    """A slice of the rows, widened anew for each pass."""

    def __init__(self, raw: WidenedRows, rows: slice, file: RowFile) -> None:
        self.raw, self.rows = raw, rows
        weight = None if file.weight is None else file.weight[rows]
        self.sample_weight, self.n_threads = weight, file.n_threads

    @property
    def x(self) -> Matrix:  # type: ignore[override]
        """The rows as float64."""
        return self.raw.widened(self.rows.start, self.rows.stop)

    def __len__(self) -> int:
        return int(self.rows.stop - self.rows.start)

    @property
    def dtype(self) -> np.dtype[Any]:
        """See `Part`."""
        return self.raw.dtype

    def take(self, rows: Indices) -> Matrix:
        """See `Part`."""
        return self.raw.array[self.rows][rows].astype(self.raw.dtype)

    def plus_plus(self, scale: float, n_clusters: int, n_candidates: int) -> PlusPlusPass:
        """See `Part`; without codes, whose size is that of most narrow rows."""
        threads = effective_threads(self.n_threads, len(self) * self.raw.n_features * n_candidates)
        return NarrowPass(self, scale, threads)


class NarrowPass(PlusPlusPass):
    """A pass of k-means++ that holds no widened rows between two calls."""

    def __init__(self, part: NarrowPart, scale: float, n_threads: int) -> None:
        self.part = part
        super().__init__(part.x, part.sample_weight, scale, None, n_threads)
        self.points = self.points.copy()  # a view would keep the widened rows

    @property
    def x(self) -> Matrix:
        """The rows of the part as float64."""
        return self.part.x

    @x.setter
    def x(self, x: Matrix) -> None:
        """Rows are not kept."""
