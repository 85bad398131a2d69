"""The filtering algorithm (Kanungo et al. 2002) on boxes of rows that are neighbors in space.

For few features only: the boxes of 64 rows are small against the clusters there.
"""

import numpy as np

from ... import _backend
from ..chunks import chunks
from ..sorting import sort_values, take_rows
from .work import Work

MOST_FEATURES = 4
MOST_ROWS = 1 << 32
"""Keys hold the row in their lower half."""
TILE_ROWS = 64
KEY_BITS = 32
SPREAD = 3.0
"""Standard deviations about the mean that the cells of the space-filling curve cover."""


def n_bytes(x, _n_clusters):
    """The rows again, sorted by keys of eight bytes; their order, labels and boxes."""
    n, d = x.shape
    return x.nbytes + 12 * n + 2 * d * 8 * (n // TILE_ROWS + 1)


class Filtering:
    """A copy of the rows in the order of a space-filling curve, and their boxes."""

    name = "filtering"

    def __init__(self, problem, n_clusters):
        self.problem = problem
        n_threads = problem.n_threads(n_clusters)
        self.order = space_order(problem.x, n_threads)
        self.x = np.empty_like(problem.x)
        _backend.filtering.reorder_rows(problem.x, self.order, self.x, n_threads)
        self.block_boxes = self._boxes(_backend.BLOCK_ROWS, n_threads)
        self.tile_boxes = self._boxes(TILE_ROWS, n_threads)
        self.tile_labels = np.full(len(self.tile_boxes), -1, dtype=np.int32)
        self.labels = None

    def _boxes(self, rows, n_threads):
        n, d = self.x.shape
        boxes = np.empty((-(-n // rows), 2, d))
        _backend.filtering.bounding_boxes(self.x, rows, boxes, n_threads)
        return boxes

    def restart(self):
        """See `assigners`."""
        self.labels = None
        self.tile_labels[:] = -1

    def step(self, centers, labels, sums):
        """See `assigners`."""
        if self.labels is None:
            self.labels = take_rows(labels, self.order)
        problem = self.problem
        return Work(
            *_backend.filtering.filtering_step(
                *(self.x, self.order, self.block_boxes, self.tile_boxes, problem.sample_weight),
                *(centers, labels, self.labels, self.tile_labels, sums, problem.grid),
                problem.n_threads(len(centers)),
            )
        )


def space_order(x, n_threads):
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
