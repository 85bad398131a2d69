"""Magnitudes of values, and the unit in which values are measured whose squares would underflow.

If no value reaches 1e-90, all values are multiplied by 2^640. This is exact, also for denormal
numbers: they become multiples of 2^-434, whose differences have squares that do not underflow.
Labels are those of the given values, and distances and centers are multiplied by 2^-640 at the end.
Ordinary values are not multiplied.
"""

from math import frexp, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._typing import Matrix

TINY = 1e-140  # the square of 2^-53 times this is not zero in float64
MODERATE = 1e-90  # differences between this and its inverse have ordinary squares and sums
SAFE = 1e140  # 1e27 squares of twice this have a sum that is finite in float64
SMALL_UNIT = 2.0**-640
LARGEST_BESIDE_SMALL = 2.0**-170
"""Largest magnitude whose square is far from overflow in float64 in units of SMALL_UNIT."""


def value_unit(largest: float) -> float:
    """Unit of values up to ``largest`` in magnitude: a power of two, 1 for ordinary ones."""
    return SMALL_UNIT if 0 < largest < MODERATE else 1.0


def in_value_units(values: NDArray[Any], unit: float) -> NDArray[Any]:
    """Values divided by ``unit``; the same array for 1. Values in a smaller unit are float64."""
    if unit == 1:
        return values
    found: NDArray[Any] = np.multiply(values, 1 / unit, dtype=np.float64)
    return found


def square_from_units(square: float, unit: float) -> float:
    """A squared distance, or a sum of such, of values that were divided by ``unit``."""
    return square * unit * unit  # the square of the unit alone would be zero


def is_small(centers: Matrix) -> bool:
    """Whether squared distances between these centers and rows like them may underflow."""
    return float(np.vdot(centers, centers)) < MODERATE**2


def check_magnitude(ranges: Matrix, other_ranges: Matrix, total_weight: float, name: str) -> None:
    """Require that the inertia of rows and points in these ranges (d,) is finite in float64.

    The squares of the smallest differences that rounding leaves must not underflow.
    """
    largest = float(ranges.max()) + float(other_ranges.max())
    if MODERATE < largest < 1 / MODERATE and total_weight * len(ranges) < 1 / MODERATE:
        return
    with np.errstate(over="ignore"):
        differences = ranges + other_ranges
    if not isfinite(float(np.vdot(differences, differences)) * max(1.0, float(total_weight))):
        raise ValueError(
            f"{name} has values too large for squared distances in float64: differences up to "
            f"{differences.max():.3g} over {len(differences)} features and a total weight of "
            f"{total_weight:.3g} overflow. Scale {name} down."
        )
    if 0 < differences.max() < TINY:
        exponent = min(-frexp(differences.max())[1], 1023)
        raise ValueError(
            f"{name} has values too small for squared distances in float64: differences are at "
            f"most {differences.max():.3g}, and their squares underflow. Scale {name} up, for "
            f"example by 2.0**{exponent}, which rounds no value."
        )
