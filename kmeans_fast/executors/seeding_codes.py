"""Codes of the rows, one byte per feature: the filter of greedy k-means++.

The distance between two codes is an exact integer. It bounds the distance between the row and the
point that they stand for from below (csrc/exact/seed_codes_encode.h). For most rows, the bound
shows that a candidate is farther than the nearest seed, so that the floats of the row are not read.
The same integers bound what all rows gain from a candidate, so that most candidates need no exact
potential (csrc/fast/seed_bound.h).
Codes take a quarter of the memory of float32, and one instruction multiplies four times as many.
They do not change any result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .. import _backend
from .._typing import Doubles, Matrix

TILE_ROWS, STRIP_ROWS, GROUP = 64, 16, 4
"""Rows of a tile and of a strip, and features of a group: the layout of the codes."""
LEAST_BUDGET = 64
"""Bytes per row that are always allowed; rows of more than 256 bytes may take more."""
MOST_FEATURES = 4096
"""Up to this many features, sums of products of codes fit 32 bits."""
LARGEST_CODE = 127.5
"""Half-width of the box of the codes, in their unit."""
SMALLEST_WIDTH = 2.0**-1000
"""Smallest half-width of a box: values near 1 stay finite in its unit."""
SAMPLE_ROWS, SAMPLE_SIZE, SAMPLE_SHARE = 4096, 1 << 17, 16
"""Most rows, most elements, and fraction of the rows of the sample from which the box is found."""
LEAST_SAMPLE = 256
"""Fewest rows of the sample."""
FEWEST_ROWS, FEWEST_SEEDS = 4096, 24
"""Encoding takes as long as three passes, and before about 12 seeds codes exclude few rows.

Measured with 5,000 to 100,000 rows of 16 to 64 features: with 20 seeds a run takes less time
without codes, with 32 seeds with them.
"""
OUTSIDE = 0.002
"""Fraction of the rows that may be far from all others and do not count."""
CUT_PARTS, CUT_SIZE = 2.0 ** (-np.arange(9) / 4), 1 << 15
"""Half-widths of the box that are compared, and the elements of the sample for that, about."""


@dataclass(frozen=True, eq=False)
class SeedCodes:
    """Codes of the first features of the rows; `_reference.seeding.seed_encode_rows` writes them.

    Codes are relative to ``middle`` and in units of ``1 / inverse``. The largest radius of all is
    added to each of ``radii``, because a candidate has a radius too. A run of k-means++ changes two
    arrays: it lowers ``halves``, and counts in ``skip`` how many further steps do not use the codes
    of a block of rows.
    """

    middle: Doubles
    inverse: float
    codes: NDArray[np.uint8]
    halves: NDArray[np.int32]
    radii: NDArray[np.float32]
    skip: NDArray[np.uint8]

    def fresh(self) -> SeedCodes:
        """The same codes for another run; call it on codes that no run has used."""
        return replace(self, halves=self.halves.copy(), skip=np.zeros_like(self.skip))


def make_seed_codes(x: Matrix, scale: float, n_clusters: int, n_threads: int) -> SeedCodes | None:
    """Codes of the rows ``scale * x``; None where making them takes longer than they save."""
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
    largest = _backend.seeding.seed_encode_rows(
        x, scale, middle, inverse, codes, halves, radii, n_threads
    )
    radii += np.float32(largest * (1 + 2.0**-20))
    skip = np.zeros(-(-n // _backend.BLOCK_ROWS), np.uint8)
    return SeedCodes(middle, inverse, codes, halves, radii, skip)


def _coded_features(d: int, itemsize: int) -> int:
    """Number of features that get a byte, so that memory beyond x stays within its budget.

    The budget is a quarter of a row, at least `LEAST_BUDGET`. The first features alone bound
    distances from below as well, and well enough if their variances are the largest.
    """
    # `closest`, `halves`, marks of 12 candidates, and for each of two the rows that come closer
    taken = itemsize + 4 + 2 + (itemsize + 2) / 4
    room = min(MOST_FEATURES, int(max(LEAST_BUDGET, d * itemsize // 4) - taken))
    return min(d, room // GROUP * GROUP)  # groups are filled up


def _box(x: Matrix, scale: float) -> tuple[Doubles, float]:
    """Middle and half-width of a cube that contains most values of a sample."""
    n, d = x.shape
    count = max(LEAST_SAMPLE, min(SAMPLE_ROWS, SAMPLE_SIZE // d, n // SAMPLE_SHARE))
    places = np.linspace(0, n - 1, min(n, count)).astype(np.int64)
    columns = x[places].T.astype(np.float64, order="C") * scale
    outside = int(OUTSIDE * len(places))
    ends = [0, outside // 2, -1 - outside // 2, -1]
    low, inner_low, inner_high, high = np.partition(columns, ends).T[ends]
    # The extremes give the better middle, unless a few rows are far from all others.
    spread = (inner_high - inner_low).max()
    middle = (low + high) / 2 if (high - low).max() <= 2 * spread else (inner_low + inner_high) / 2
    values = np.abs(columns - middle[:, None])
    width, most = np.partition(values.max(axis=0), [-1 - outside, -1])[[-1 - outside, -1]]
    return middle, _cut(values, 1.05 * float(width if most > 2 * width else most))


def _cut(values: Doubles, width: float) -> float:
    """The half-width up to ``width`` whose codes take least from distances, about.

    Distances are bounded less well by the radii of row and point, whose squares are those of
    rounding, and by what the box cuts off. ``values`` (d, rows) are distances from the middle;
    those above ``width`` are of rows far from all others, which do not count.
    """
    d = len(values)
    values = np.minimum(values[:, :: -(-values.size // CUT_SIZE)], width)
    best = (np.inf, width)
    for part in CUT_PARTS:
        beyond = np.maximum(values - part * width, 0)
        square = 2 * float(np.vdot(beyond, beyond)) / values.shape[1]
        taken = 2 * sqrt(d / 12) * part * width / LARGEST_CODE + sqrt(square)
        best = min(best, (taken, part * width))
    return best[1]
