"""Choosing columns, by name in tables and by position in matrices. None is left out silently."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from numbers import Integral
from typing import Any, NamedTuple

from .checks import listed

Names = Sequence[str] | Sequence[int]

MOST_CHOICES = 4
"""Choices that a message offers."""


class Choice(NamedTuple):
    """Positions of the features, in the order that was asked for, and of the weights."""

    features: list[int]
    weight: int | None


def choose(
    names: Names,
    columns: Any,
    weight_column: Any,
    description: str,
    reasons: Mapping[int, str] | None = None,
    only_by_name: Mapping[int, str] | None = None,
    vectors: Collection[int] = (),
) -> Choice:
    """Choose the wanted columns, or all but the weights.

    Parameters
    ----------
    names : sequence of str, or range
        What the columns are called: names in a table, positions in a matrix.
    columns, weight_column
        What the user asked for.
    reasons : mapping of int to str, optional
        Positions of columns that cannot be used, and why.
    only_by_name : mapping of int to str, optional
        Positions of columns that are used only if they are asked for, and why.
    vectors : collection of int
        Positions of columns of lists; each of them is a choice of its own.

    Raises
    ------
    TypeError, ValueError
        If a column does not exist, is given twice or cannot be used; or if nothing was asked for
        and some column cannot be used as it is.
    """
    reasons, only_by_name = reasons or {}, only_by_name or {}
    weight = None
    if weight_column is not None:
        weight = find(names, weight_column, "weight_column", description)
        refuse(names, [weight], reasons, "weight_column", description)
    if columns is None:
        left = [i for i in range(len(names)) if i != weight]
        doubtful = {i: why for i, why in {**only_by_name, **reasons}.items() if i in left}
        if doubtful:
            good = [names[i] for i in left if i not in doubtful]
            why = "; ".join(f"{names[i]!r}: {reason}" for i, reason in sorted(doubtful.items()))
            choices = [good] if good else []
            choices += [[names[i]] for i in sorted(vectors) if i not in reasons and i in left]
            hint = " or ".join(f"columns=[{listed(choice)}]" for choice in choices[:MOST_CHOICES])
            hint = f"choose with {hint}" if choices else "it has no such column"
            raise ValueError(
                f"{description} has columns that are not features by themselves ({why}). "
                f"Expected only columns of numbers; {hint}."
            )
    else:
        left = [find(names, name, "columns", description) for name in as_list(columns)]
        refuse(names, left, reasons, "columns", description)
        if len(set(left)) < len(left):
            raise ValueError(f"columns must differ from each other, got {listed(columns)}.")
        if weight in left:
            raise ValueError(f"weight_column {weight_column!r} must not be one of columns.")
    if not left:
        found = f"columns={columns!r}" if columns is not None else f"{len(names)} columns"
        raise ValueError(f"{description} has no features left ({found}), expected at least 1.")
    return Choice(left, weight)


def as_list(columns: Any) -> list[Any]:
    """The wanted columns as a list; one text is a mistake."""
    if isinstance(columns, str) or not hasattr(columns, "__iter__"):
        raise TypeError(f"columns must be a list, got {columns!r}; write columns=[{columns!r}].")
    return list(columns)


def find(names: Names, name: Any, argument: str, description: str) -> int:
    """Position of a column."""
    positions = isinstance(names, range)
    if positions and (not isinstance(name, Integral) or isinstance(name, bool)):
        raise TypeError(
            f"{argument} of {description} must be positions from 0 to {len(names) - 1}, for its "
            f"columns have no names; got {name!r}."
        )
    if not positions and not isinstance(name, str):
        raise TypeError(f"{argument} of {description} must be names (str), got {name!r}.")
    found = [i for i, other in enumerate(names) if other == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{description} has {len(found)} columns {name!r}, expected one.")
    if positions:
        raise ValueError(f"{argument}: {description} has {len(names)} columns, got {name!r}.")
    close = get_close_matches(name, [str(other) for other in names])
    hint = f"did you mean {listed(close)}?" if close else f"it has {listed(names)}."
    raise ValueError(f"{argument}: {description} has no column {name!r}; {hint}")


def refuse(
    names: Names, chosen: list[int], reasons: Mapping[int, str], argument: str, description: str
) -> None:
    """Raise for the first chosen column that cannot be used."""
    for i in chosen:
        if i in reasons:
            raise ValueError(
                f"{argument}: column {names[i]!r} of {description} is not a column of numbers: "
                f"{reasons[i]}."
            )
