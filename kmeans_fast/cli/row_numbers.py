"""Columns of numbers that count or name the rows: they are left out unless they are chosen."""

import re
from typing import Any

import numpy as np

UNNAMED = re.compile(r"|__index_level_0__|Unnamed: 0(\.\d+)*")
"""Names that pandas gives to an index without a name, also when it is read and written again."""
COUNTING = frozenset(
    ("index", "idx", "row", "rowid", "row_id", "row number", "row_number", "rownames", "#")
)
BY_NAME = "row numbers, by its name"
CLUSTERS = "cluster numbers, by its name"
COUNTS = "row numbers: it counts"
REASONS = frozenset((BY_NAME, CLUSTERS, COUNTS))


def why_not_by_name(name: str) -> str | None:
    """Reason why a numeric column of this name is no feature; None if it may be one."""
    if UNNAMED.fullmatch(name):
        return BY_NAME
    return CLUSTERS if name == "cluster" else None


def may_count(name: str) -> bool:
    """Whether a column of this name is left out if it counts the rows."""
    return name.casefold() in COUNTING


def why_not_by_values(x: np.ndarray[Any, Any]) -> str | None:
    """Reason why a column for which `may_count` holds is no feature."""
    counts = len(x) > 1 and x[0] in (0, 1) and bool((np.diff(x) == 1).all())
    return COUNTS if counts else None
