"""Numbers that mean a missing value: those that the user names, and -999 and the like."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .number_text import is_number, value

CODES = frozenset((-99.0, -999.0, -9999.0, -99999.0, -99.9, -999.9, -9999.9, -99.99, -999.99))


def without_codes(x: np.ndarray[Any, Any], na_values: Sequence[str]) -> np.ndarray[Any, Any]:
    """Numbers with NaN for those that the user names, in whatever notation: -999 is -999.00."""
    for code in (value(text) for text in na_values if is_number(text)):
        if (x == code).any():
            x = np.where(x == code, np.nan, x)
    return x


def may_be_missing(x: np.ndarray[Any, Any]) -> float | None:
    """A code such as -999, if all other values are far above it; None if there is none."""
    if len(x) == 0 or (least := float(x.min())) not in CODES:
        return None
    others = x[x > least]
    return least if others.size and others.min() > least / 2 else None
