"""Names for the arrays and the random states that go through the package."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.floating[Any]]
"""float32 or float64, C-contiguous, (rows, features)."""
Doubles: TypeAlias = NDArray[np.float64]
Labels: TypeAlias = NDArray[np.int32]
Bounds: TypeAlias = NDArray[np.float32]
Indices: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.int64]
"""Integer words of sums on a grid: see `assigners.sums`."""

Rng: TypeAlias = np.random.Generator | np.random.RandomState
"""Draws random numbers."""
RngLike: TypeAlias = int | np.random.SeedSequence | np.random.BitGenerator | Rng | None
"""What users pass as ``rng``: an argument of `numpy.random.default_rng`, or a RandomState."""
RandomStateLike: TypeAlias = int | Rng | None
"""What users pass as ``random_state``, as in scikit-learn, or a Generator."""
