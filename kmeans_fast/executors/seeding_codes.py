"""A byte a feature for each row: the filter of greedy k-means++.

Distances between such codes, exact integers, bound the distances of rows and points from below
(csrc/exact/seed_codes.h), so that most rows are seen not to come closer to a candidate without a
look at their floats: a quarter of the memory, four times as many products an instruction. Results
do not depend on it.
"""

from dataclasses import dataclass, replace

import numpy as np

from .. import _backend

TILE_ROWS, STRIP_ROWS, GROUP = 64, 16, 4
LEAST_BUDGET = 64  # bytes a row that are always granted; else a quarter of its own
MOST_FEATURES = 4096
LARGEST_CODE = 127.5
SMALLEST_WIDTH = 2.0**-1000  # of a box: values near 1 stay finite in its unit
SAMPLE_ROWS, SAMPLE_SIZE = 4096, 1 << 17
# Encoding takes as long as three passes; before a dozen seeds are there, most rows pass.
FEWEST_ROWS, FEWEST_SEEDS = 4096, 16
OUTSIDE = 0.002  # part of the rows that a finer unit may leave outside the box of the codes


@dataclass(frozen=True, eq=False)
class RowSketch:
    """Codes of the first features of rows in the unit 1 / ``inverse`` about ``middle``, float64.

    ``codes``, ``halves`` and ``radii`` are those of `encode_rows`, with the largest radius of all
    added to each; a run of k-means++ lowers ``halves`` and counts in ``skip`` (uint8, one a block).
    """

    middle: np.ndarray
    inverse: float
    codes: np.ndarray
    halves: np.ndarray
    radii: np.ndarray
    skip: np.ndarray

    def fresh(self):
        """The same for another run."""
        return replace(self, halves=self.halves.copy(), skip=np.zeros_like(self.skip))


def make_sketch(x, scale, n_clusters, n_threads):
    """Sketch of the rows ``scale * x``; None where it would not pay."""
    n, d = x.shape
    if n < FEWEST_ROWS or n_clusters < FEWEST_SEEDS:
        return None
    features = _coded_features(d, x.itemsize)
    middle, width = _box(x[:, :features], scale)
    if not width > SMALLEST_WIDTH:
        return None
    n_tiles, groups = -(-n // TILE_ROWS), -(-features // GROUP)
    codes = np.empty((n_tiles * TILE_ROWS // STRIP_ROWS, groups, STRIP_ROWS, GROUP), np.uint8)
    halves = np.empty(n_tiles * TILE_ROWS, np.int32)
    radii = np.empty(n_tiles, np.float32)
    inverse = LARGEST_CODE / width
    largest = _backend.seeding.encode_rows(
        x, scale, middle, inverse, codes, halves, radii, n_threads
    )
    radii += np.float32(largest * (1 + 2.0**-20))
    skip = np.zeros(-(-n // _backend.BLOCK_ROWS), np.uint8)
    return RowSketch(middle, inverse, codes, halves, radii, skip)


def _coded_features(d, itemsize):
    """How many features get a byte, so that all memory beyond x stays within its budget.

    A subset of the features bounds distances from below as well; where they come in the order of
    their variance, the last matter least.
    """
    taken = itemsize + 4 + 1  # `closest`, `halves`, and what there is once for several rows
    room = min(MOST_FEATURES, max(LEAST_BUDGET, d * itemsize // 4) - taken)
    return min(d, room // GROUP * GROUP)  # groups are filled up


def _box(x, scale):
    """Middle and half-width of a cube that holds nearly all rows of a sample."""
    n, d = x.shape
    count = min(n, SAMPLE_ROWS, max(256, SAMPLE_SIZE // d))
    rows = x[np.linspace(0, n - 1, count).astype(np.int64)].astype(np.float64) * scale
    low, high = rows.min(axis=0), rows.max(axis=0)
    inner_low, inner_high = np.quantile(rows, [OUTSIDE / 2, 1 - OUTSIDE / 2], axis=0)
    # Without far rows the extremes are the better middle; with them, what nearly all rows span.
    spread = (inner_high - inner_low).max()
    middle = (low + high) / 2 if (high - low).max() <= 2 * spread else (inner_low + inner_high) / 2
    reach = np.abs(rows - middle).max(axis=1)
    width = np.quantile(reach, 1 - OUTSIDE)
    return middle, 1.05 * (width if reach.max() > 2 * width else reach.max())
