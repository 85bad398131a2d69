"""Exact sums of float64 terms: an integer in units of 2^-1080, rounded once when it is read.

Every finite float64 number is a multiple of the unit, and integers add in any order: the sum of all
rows is the same however they are cut into blocks, parts and threads. It is `math.fsum` that merges.
"""

from math import inf

UNIT_EXPONENT = -1080
"""A sum is an int times two to this power."""


def as_float(total: int) -> float:
    """The float64 number nearest to an exact sum; infinite where it is out of range."""
    try:
        return total / (1 << -UNIT_EXPONENT)
    except OverflowError:
        return inf if total > 0 else -inf
