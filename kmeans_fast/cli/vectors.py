"""Columns of lists, such as embeddings: a vector per row of a table in memory."""

import shlex
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ..sources.vectors import as_matrix, feature_names, find_flaw, find_width
from .messages import UserError

MOST_NAMES = 4


def ask_which(names: Sequence[str], usable: Sequence[int], vectors: Collection[int]) -> None:
    """Raise a `UserError` with the choices if columns of lists are not the only usable column."""
    lists = [names[i] for i in usable if i in vectors]
    if not lists or len(usable) == 1:
        return
    numbers = [names[i] for i in usable if i not in vectors]
    choices = [as_arguments([name]) for name in lists[:MOST_NAMES]]
    choices += [as_arguments(numbers)] if numbers else []
    raise UserError(
        f"has {len(lists)} column{'s' if len(lists) > 1 else ''} of lists and {len(numbers)} of "
        f"numbers; choose what to cluster: {' or '.join(choices)}"
    )


def as_arguments(names: Sequence[str]) -> str:
    """What to add to the command to choose these columns."""
    more = " ..." if len(names) > MOST_NAMES else ""
    return " ".join(f"-c {shlex.quote(name)}" for name in names[:MOST_NAMES]) + more


def vector_width(name: str, column: Any) -> int:
    """Length of the lists of an Arrow column."""
    try:
        return find_width(column.type, lambda: column[0])
    except ValueError as error:
        raise no_vector(name, error, 0) from None


def vector_names(name: str, column: Any) -> list[str]:
    """Names of the features of an Arrow column of lists."""
    return feature_names(name, vector_width(name, column))


def fill_vectors(out: np.ndarray[Any, Any], name: str, column: Any) -> int:
    """Write the lists of an Arrow column to the first columns of ``out``; return their number."""
    width = vector_width(name, column)
    start = 0
    for chunk in column.chunks:
        flaw = find_flaw(chunk, width)
        if flaw is not None:
            raise no_vector(name, flaw[1], start + flaw[0])
        out[start : start + len(chunk), :width] = as_matrix(chunk, width)
        start += len(chunk)
    return width


def no_vector(name: str, what: object, row: int) -> UserError:
    """The error for a row without a list of the expected length."""
    return UserError(
        f"row {row + 1} (counted from 1), column {name!r}: {what}; "
        "expected lists of numbers, all of the same length"
    )
