"""A matrix in memory of a type narrower than float32, whose rows are widened a block at a time.

float16, bfloat16 (of ml_dtypes) and integers of one or two bytes are exact in float64, so labels,
centers and inertia are those of ``X.astype(float64)``, which would take four to eight times the
memory of X.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import is_real
from .matrix import MatrixSource
from .widened import WIDE, WidenedRows

MOST_ITEMSIZE = 2
"""Bytes of the widest type that is widened in blocks."""


def is_narrow(x: Any) -> bool:
    """Whether x is a matrix in memory of a narrow type."""
    return (
        type(x) is np.ndarray
        and x.ndim == 2
        and x.size > 0
        and x.dtype.itemsize <= MOST_ITEMSIZE
        and is_real(x.dtype)
    )


class NarrowSource(MatrixSource):
    """A matrix of a narrow type; ``array`` is the user's."""

    def __init__(self, array: NDArray[Any]) -> None:
        super().__init__(array, f"X ({array.dtype} in memory)")

    def raw(self) -> WidenedRows:
        """The rows, widened as they are read."""
        return WidenedRows(self.array)

    def widened(self) -> NDArray[np.float64]:
        """All rows at once."""
        return np.ascontiguousarray(self.array, dtype=WIDE)
