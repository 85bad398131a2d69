"""Process rows in chunks, so that temporaries stay in cache and Ctrl-C is handled in between."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ._typing import Doubles, Indices

CHUNK_ROWS = 1 << 16


def chunks(n_rows: int) -> Iterator[slice]:
    """Slices that make up 0 ... n_rows."""
    return (slice(start, min(start + CHUNK_ROWS, n_rows)) for start in range(0, n_rows, CHUNK_ROWS))


def filled(n_rows: int, value: float, dtype: DTypeLike) -> NDArray[Any]:
    """An array (n_rows,) of one value, written in chunks: first use of its memory takes time."""
    array = np.empty(n_rows, dtype=dtype)
    for rows in chunks(n_rows):
        array[rows] = value
    return array


def weights(sample_weight: Doubles | None, rows: slice | Indices) -> Doubles | float:
    """Weights of some rows; 1.0 where there are none."""
    return 1.0 if sample_weight is None else sample_weight[rows]
