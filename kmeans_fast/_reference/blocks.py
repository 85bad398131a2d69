"""The fixed grid of row blocks over which sums that are not order-free are taken.

A block sum keeps eight partial sums (row i adds to partial i mod 8, rows ascending), then adds
the partials in order; block sums are added in block order. The result depends on the data alone.
"""

import numpy as np

BLOCK_ROWS = 1024
LANES = 8


def block_slices(n_rows):
    """Slices of the row blocks of ``n_rows`` rows."""
    return [slice(i, min(i + BLOCK_ROWS, n_rows)) for i in range(0, n_rows, BLOCK_ROWS)]


def block_sum(terms):
    """Sum of the float64 terms of one block, in the order stated above."""
    padded = np.zeros(-(-len(terms) // LANES) * LANES)
    padded[: len(terms)] = terms
    lanes = np.cumsum(padded.reshape(-1, LANES), axis=0)[-1]
    return ordered_sum(lanes)


def ordered_sum(values):
    """Sum of float64 values from first to last."""
    return float(np.cumsum(values)[-1]) if len(values) else 0.0
