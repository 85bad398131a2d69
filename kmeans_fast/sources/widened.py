"""Rows of a narrow type in memory, widened where `RawRows` would read them from a file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDE = np.dtype(np.float64)


class WidenedRows:
    """The interface of `RawRows` for rows of a narrow type in memory."""

    dtype = WIDE

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.n_rows, self.n_features = array.shape
        self.row_bytes = self.n_features * WIDE.itemsize

    def empty(self, rows: int) -> NDArray[np.float64]:
        """A new buffer for `read`."""
        return np.empty((rows, self.n_features))

    buffer = empty

    def read(self, start: int, stop: int, out: NDArray[np.float64]) -> NDArray[np.float64]:
        """Widen rows start to stop into the first rows of ``out``, and return those."""
        view = out[: stop - start]
        view[...] = self.array[start:stop]
        return view

    read_into = read

    def widened(self, start: int, stop: int) -> NDArray[np.float64]:
        """Rows start to stop in a new array."""
        return self.read(start, stop, self.empty(stop - start))

    def close(self) -> None:
        """Nothing is open."""
