"""The filtering algorithm (Kanungo et al. 2002) on boxes of rows that are neighbors in space.

It is for few features only: then the boxes of 64 rows are small compared with the clusters.
"""

import numpy as np
from numpy.typing import NDArray

from .. import _backend
from .._chunks import chunks
from .._interruptible_sort import sort_values, take_rows
from .._typing import Doubles, Labels, Matrix
from .base import Work, unassigned
from .frame import Frame
from .rows import Rows, Shape
from .sums import Sums

MOST_FEATURES = 4
MOST_ROWS = 1 << 32
"""The lower half of a key, 32 bits, is the index of its row."""
TILE_ROWS = 64
KEY_BITS = 32
"""Bits of the place on the curve, in the upper half of a key."""
SPREAD = 3.0
"""Standard deviations about the mean that the cells of the space-filling curve cover."""


def n_bytes(shape: Shape, _n_clusters: int) -> int:
    """Bytes of a sorted copy of the rows, their keys of eight bytes, order, labels and boxes."""
    n, d, _ = shape
    return shape.n_bytes + 12 * n + 2 * d * 8 * (n // TILE_ROWS + 1)


class Filtering:
    """A copy of the rows in the order of a space-filling curve, and their boxes."""

    name = "filtering"
    decisions = ()

    def __init__(
        self, rows: Rows, frame: Frame, n_clusters: int, labels: Labels | None = None
    ) -> None:
        self.rows = rows
        n_threads = rows.n_threads(n_clusters)
        self.order = space_order(rows.x, n_threads)
        self.x = np.empty_like(rows.x)
        _backend.filtering.reorder_rows(rows.x, self.order, self.x, n_threads)
        self.block_boxes = self._boxes(_backend.BLOCK_ROWS, n_threads)
        self.tile_boxes = self._boxes(TILE_ROWS, n_threads)
        self.tile_labels = np.empty(len(self.tile_boxes), dtype=np.int32)
        self.restart(unassigned(len(rows)) if labels is None else labels)

    def _boxes(self, rows: int, n_threads: int) -> Doubles:
        n, d = self.x.shape
        boxes = np.empty((-(-n // rows), 2, d))
        _backend.filtering.bounding_boxes(self.x, rows, boxes, n_threads)
        return boxes

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        self.own_labels = take_rows(labels, self.order)
        self.tile_labels[:] = -1

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        rows = self.rows
        return Work(
            *_backend.filtering.filtering_step(
                *(self.x, self.order, self.block_boxes, self.tile_boxes, rows.weight),
                *(centers, self.labels, self.own_labels, self.tile_labels, sums.words, sums.grid),
                rows.n_threads(len(centers)),
            )
        )


def space_order(x: Matrix, n_threads: int) -> NDArray[np.uint32]:
    """Indices of the rows, uint32 (n,), in the order of a space-filling curve (Morton 1966)."""
    n, d = x.shape
    mean, squares = _backend.statistics.feature_moments(x, None, n_threads)
    bits = KEY_BITS // d
    half_width = SPREAD * np.sqrt(squares / n)
    width = np.where(half_width > 0, 2 * half_width, 1.0)
    keys = np.empty(n, dtype=np.uint64)
    scale = 2.0**bits / width
    _backend.filtering.morton_keys(x, mean - half_width, scale, bits, keys, n_threads)
    keys = sort_values(keys)
    order = np.empty(n, dtype=np.uint32)
    for rows in chunks(n):
        order[rows] = keys[rows]
    return order
