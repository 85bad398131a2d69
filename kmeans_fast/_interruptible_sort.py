"""Sorting and gathering of many values in pieces, between which Ctrl-C is heard.

Pieces are sorted one by one and cut at values drawn from all of them; what lies between two cuts
is gathered from all pieces and sorted. A value that is a cut makes up a range of its own, however
often it occurs, in which there is nothing left to do.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

T = TypeVar("T", bound=np.generic)

PIECE = 1 << 21
"""Values that take some tenths of a second."""
RANGES, SAMPLED = 2, 64
"""Ranges for each piece, and values drawn for each of these: they come out a little uneven."""


def sort_values(values: NDArray[T]) -> NDArray[T]:
    """The values (n,) in ascending order; ``values`` itself may be left in another order."""
    if len(values) <= PIECE:
        values.sort()
        return values
    starts = range(0, len(values), PIECE)
    pieces = [values[start : start + PIECE] for start in starts]
    for piece in pieces:
        piece.sort()
    out = np.empty_like(values)
    for place, parts, constant in _ranges(pieces, _cuts(values)):
        found = [piece[part] for piece, part in zip(pieces, parts, strict=True)]
        np.concatenate(found, out=out[place])
        if not constant:
            out[place].sort()
    return out


def sort_rows(
    values: NDArray[T], kind: Literal["stable"] | None = None
) -> tuple[NDArray[T], NDArray[np.signedinteger[Any]]]:
    """The values (n,) in ascending order, and their rows; with ``kind="stable"`` ties keep theirs.

    Rows are int32 where that is enough.
    """
    index_type = np.int32 if len(values) < 1 << 31 else np.int64
    if len(values) <= PIECE:
        order = np.argsort(values, kind=kind)
        return values.take(order), order.astype(index_type, copy=False)
    in_pieces, rows = np.empty_like(values), np.empty(len(values), dtype=index_type)
    pieces = []
    for start in range(0, len(values), PIECE):
        part = slice(start, start + PIECE)
        order = np.argsort(values[part], kind=kind)
        np.take(values[part], order, out=in_pieces[part])
        np.add(order, start, out=rows[part], casting="same_kind")
        pieces.append((in_pieces[part], rows[part]))
    out, rows_out = np.empty_like(values), np.empty_like(rows)
    for place, parts, constant in _ranges([piece for piece, _ in pieces], _cuts(values)):
        found, own = (
            np.concatenate([piece[i][part] for piece, part in zip(pieces, parts, strict=True)])
            for i in range(2)
        )
        if not constant:
            order = np.argsort(found, kind=kind)
            found, own = found[order], own[order]
        out[place], rows_out[place] = found, own
    return out, rows_out


def take_rows(
    values: NDArray[Any], rows: NDArray[np.integer[Any]], dtype: DTypeLike | None = None
) -> NDArray[Any]:
    """``values[rows]``, which takes seconds where many of them are all over the memory."""
    out = np.empty((len(rows), *values.shape[1:]), dtype=dtype or values.dtype)
    step = max(1, PIECE * len(out) // max(1, out.size))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        out[part] = values[rows[part]]
    return out


def _cuts(values: NDArray[T]) -> NDArray[T]:
    """Ascending distinct values that cut all of them into ranges no longer than a piece, about."""
    count = RANGES * SAMPLED * -(-len(values) // PIECE)
    drawn = np.sort(values[np.random.default_rng(0).integers(0, len(values), count)])
    return np.unique(drawn[SAMPLED // 2 :: SAMPLED])


def _ranges(
    pieces: Sequence[NDArray[T]], cuts: NDArray[T]
) -> Iterator[tuple[slice, list[slice], bool]]:
    """Yield (slice of all values, its slices of the sorted pieces, whether it is one value)."""
    bounds = np.zeros((len(pieces), 2 * len(cuts) + 2), dtype=np.int64)
    for bound, piece in zip(bounds, pieces, strict=True):
        bound[1:-1:2] = np.searchsorted(piece, cuts, side="left")
        bound[2:-1:2] = np.searchsorted(piece, cuts, side="right")
        bound[-1] = len(piece)
    ends = bounds.sum(axis=0)
    for i in range(len(ends) - 1):
        if ends[i] < ends[i + 1]:
            parts = [slice(bound[i], bound[i + 1]) for bound in bounds]
            yield slice(ends[i], ends[i + 1]), parts, i % 2 == 1
