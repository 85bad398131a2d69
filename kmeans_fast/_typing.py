"""Names for the arrays that go through the package."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.floating[Any]]
"""float32 or float64, C-contiguous, (rows, features)."""
Doubles: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int32]
Indices: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.int64]
"""Integer words of sums on a grid: see `assigners.sums`."""
