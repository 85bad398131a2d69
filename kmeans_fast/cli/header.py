"""Whether the first row of a text table has the names of the columns.

Text over a column of numbers is a name. Numbers are names (years, wavelengths, positions) only if
they rise or fall steadily and differ from the numbers below them.
"""

import re
from collections.abc import Sequence

import numpy as np

from .messages import UserError
from .number_text import is_missing, is_number, is_text, value

MOST_CELLS = 400_000
MOST_NUMBERS = 0.8
_BASE = (
    "m|g|s|A|K|mol|Hz|N|Pa|J|W|Wh|C|V|VA|F|\u2126|\u03a9|[Oo]hms?|S|T|lx|lm|cd|Bq|Gy|Sv|L|l|M|bar|eV|B|"
    "sec|min|h|hr|d|days?|yr|years?|\u00b0[CF]?|\u2103|deg[CFNE]?|deg_[CF]|%|\u2030|ppm|ppb|rad|sr|dB|dBm|"
    "ft|in|inch|mi|mph|kts?|knots|lbs?|oz|psi|atm|cal|rpm|counts?|USD|EUR|GBP"
)
_ONE = rf"[numkcdhMG\u00b5\u03bc]?({_BASE})(\^?[-\u2212]?[0-9]|[\u00b2\u00b3])?"
_UNIT = re.compile(rf"{_ONE}([ ./*\u00b7]+{_ONE})*")
_FORMAT = re.compile(r"[YyMmDdHhSs:/. -]+|UTC|text|string|date|time|datetime", re.IGNORECASE)


def has_names(first: Sequence[str], body: Sequence[Sequence[str]], quoted: bool) -> bool:
    """Whether ``first`` has the names of ``body``, the next rows.

    ``quoted``: all fields of ``first`` are in quotes, and none of ``body``.

    Raises
    ------
    UserError
        If it has as many names as values.
    """
    if not body:
        return not any(map(is_number, first))
    if quoted:
        return True
    body = [row for row in body[: max(3, MOST_CELLS // len(first))] if len(row) == len(first)]
    numeric = [j for j in range(len(first)) if _is_numeric([row[j] for row in body])]
    names = [j for j in numeric if is_text(first[j])]
    numbers = [j for j in numeric if is_number(first[j])]
    if not numeric:
        return any(map(is_text, first))
    if not numbers or len(names) > len(numbers):
        return bool(names)
    if _are_names([first[j] for j in numbers], [[row[j] for j in numbers] for row in body]):
        return True
    if len(names) == len(numbers):
        raise UserError(
            f"{first[names[0]]!r} in the first row is a name, {first[numbers[0]]!r} a number; "
            "--header or --no-header says what the row is"
        )
    return False


def has_units(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the first of the rows below the names has the units of the columns.

    Each column of numbers has a unit or nothing there, at least one of them a unit that is no
    letter; the other columns have no words.
    """
    if len(rows) < 2 or len(rows[0]) != width:
        return False
    first = [re.sub(r"^\[(.*)\]$|^\((.*)\)$", r"\1\2", cell.strip()) for cell in rows[0]]
    body = [row for row in rows[1 : 1 + max(2, MOST_CELLS // width)] if len(row) == width]
    clear = False
    for j, cell in enumerate(first):
        if is_missing(cell):
            continue
        numeric = _is_numeric([row[j] for row in body])
        is_unit = _UNIT.fullmatch(cell) is not None
        if not is_unit and (numeric or not _FORMAT.fullmatch(cell)):
            return False
        clear |= numeric and is_unit and not (len(cell) == 1 and cell.isalpha())
    return clear


def _is_numeric(cells: list[str]) -> bool:
    """Whether nearly all cells that are not missing are numbers."""
    found = [is_number(cell) for cell in cells if not is_missing(cell)]
    return bool(found) and sum(found) >= MOST_NUMBERS * len(found)


def _are_names(first: list[str], body: list[list[str]]) -> bool:
    """Whether numbers are names of the columns of numbers below them."""
    n = len(first)
    x = np.array([[value(c) if is_number(c) else np.nan for c in row] for row in (first, *body)])
    names, x = x[0], x[1:]
    steps = np.diff(names)
    if not ((steps > 0).all() or (steps < 0).all()):
        return False
    whole = all(name.strip().isdigit() for name in first)
    decimals = whole and all("." in c or "," in c for row in body for c in row if is_number(c))
    outside = bool(((names < np.nanmin(x, axis=0)) | (names > np.nanmax(x, axis=0))).all())
    if first == [str(j) for j in range(n)]:
        counts = x[0, 0] == 1 and bool((np.diff(x[:, 0]) == 1).all())
        return n > 1 and not counts and (outside or decimals or n > 3)
    if whole and _are_years(names) and not _are_years(x) and (n > 1 or outside):
        return True
    far = bool(names.min() > 2 * np.nanmax(np.abs(x)))
    if n > 2 and decimals and far:
        return True
    differences = np.diff(x, axis=1)
    monotone = (differences > 0).all(axis=1) | (differences < 0).all(axis=1)
    if n < 3 or monotone.mean() >= 0.5:
        return False
    even = bool(np.isclose(steps, steps[0]).all())
    enough = len(x) >= 10
    return (even and (far or n >= 8)) or (enough and outside) or (decimals and x.size >= 12)


def _are_years(x: np.ndarray) -> bool:
    """Whether all values may be years."""
    return bool(((x >= 1800) & (x <= 2200)).all())
