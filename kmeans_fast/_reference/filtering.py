"""One iteration on rows ordered in space, a box of neighbors at a time.

For a box of rows, the core keeps the centers that can be nearest to one of its points (Kanungo et
al. 2002). This reference compares every row with every center.
"""

import numpy as np

from .assign import assign_rows
from .sums import accumulate_rows


def morton_keys(x, low, scale, bits, keys, n_threads):
    """Write ``keys`` (n,): place of the row on a space-filling curve, above 32 bits of its index.

    Feature f lies in cell ``(x_f - low_f) * scale_f`` of ``2 ** bits``; values outside lie in the
    first or last cell. The bits of the cells are interleaved.
    """
    d = x.shape[1]
    cells = np.clip((x.astype(np.float64) - low) * scale, 0, 2.0**bits - 1).astype(np.uint64)
    keys[:] = 0
    for bit in range(bits):
        for f in range(d):
            keys |= (cells[:, f] >> np.uint64(bit) & np.uint64(1)) << np.uint64(bit * d + f)
    keys[:] = keys << np.uint64(32) | np.arange(len(x), dtype=np.uint64)


def reorder_rows(x, order, out, n_threads):
    """Write ``x[order]`` to ``out``."""
    out[:] = x[order]


def bounding_boxes(x, rows, boxes, n_threads):
    """Write lows and highs of each run of ``rows`` rows to ``boxes`` (boxes, 2, d)."""
    for i in range(len(boxes)):
        part = x[i * rows : (i + 1) * rows]
        boxes[i] = part.min(axis=0), part.max(axis=0)


def filtering_step(
    x,
    order,
    block_boxes,
    tile_boxes,
    sample_weight,
    centers,
    labels,
    ordered_labels,
    tile_labels,
    sums,
    grid,
    n_threads,
):
    """As `lloyd_step`, for rows ``x`` that stand in ``order`` in the user's array.

    ``labels`` and ``sample_weight`` are in the user's order, ``ordered_labels`` in that of ``x``;
    ``tile_labels`` is the label that all rows of a tile have, -1 where it is not known. Returns how
    many rows moved, how many distances (of rows or boxes) that took, and how many rows were settled
    by their box.
    """
    chosen = np.empty_like(ordered_labels)
    assign_rows(x, centers, chosen, n_threads)
    weight = None if sample_weight is None else sample_weight[order]
    n_moved = accumulate_rows(x, weight, ordered_labels, chosen, sums, grid)
    ordered_labels[:] = chosen
    labels[order] = chosen
    return n_moved, len(x) * len(centers), 0
