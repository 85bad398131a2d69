"""Slices of many rows: what NumPy makes of one stays in cache, and Ctrl-C is heard in between."""

import numpy as np

CHUNK_ROWS = 1 << 16


def chunks(n_rows):
    """Slices that make up 0 ... n_rows."""
    return (slice(start, min(start + CHUNK_ROWS, n_rows)) for start in range(0, n_rows, CHUNK_ROWS))


def filled(n_rows, value, dtype):
    """An array (n_rows,) of one value: the first touch of its memory is what takes time."""
    array = np.empty(n_rows, dtype=dtype)
    for rows in chunks(n_rows):
        array[rows] = value
    return array


def weights(sample_weight, rows):
    """Those of the rows, 1 where no weights are given."""
    return 1.0 if sample_weight is None else sample_weight[rows]


def running_sums(terms, n_rows, out=None):
    """Sum of the terms of all rows, added one by one as ``np.cumsum`` does.

    ``terms(rows)`` are those of a slice, in an array that may be overwritten. ``out`` (n_rows,)
    becomes the sums up to each row.
    """
    total = 0.0
    for rows in chunks(n_rows):
        sums = terms(rows)
        sums[0] += total
        np.cumsum(sums, out=sums)
        total = float(sums[-1])
        if out is not None:
            out[rows] = sums
    return total
