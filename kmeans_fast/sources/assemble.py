"""Blocks of equal size from pieces of any length and layout.

The result depends on the rows alone, never on how a file or a generator cuts them into pieces.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TILE_BYTES = 1 << 18
"""Columns are copied into this much of a block at a time, so that it stays in cache meanwhile."""


class Piece(NamedTuple):
    """Some rows: one array (m, d), or d columns of m values each; weights (m,) or None."""

    values: NDArray[Any] | Sequence[NDArray[Any]]
    weight: NDArray[Any] | None
    length: int


def in_blocks(
    pieces: Iterator[Piece], rows: int, n_features: int, dtype: np.dtype[Any], weighted: bool
) -> Iterator[tuple[NDArray[Any], NDArray[np.float64] | None]]:
    """Copy the pieces into new arrays (rows, d) of ``dtype``; the last may have fewer rows."""
    filled = 0
    for piece in pieces:
        start = 0
        while start < piece.length:
            if filled == 0:
                x = np.empty((rows, n_features), dtype)
                weight = np.empty(rows) if weighted else None
            count = min(rows - filled, piece.length - start)
            copy(piece, slice(start, start + count), x, weight, slice(filled, filled + count))
            start += count
            filled += count
            if filled == rows:
                filled = 0
                yield x, weight
                del x, weight  # the caller's alone
    if filled:
        yield x[:filled], None if weight is None else weight[:filled]


def copy(
    piece: Piece,
    from_rows: slice,
    x: NDArray[Any],
    weight: NDArray[np.float64] | None,
    to_rows: slice,
) -> None:
    """Copy rows of a piece into rows of a block; what overflows becomes infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        if isinstance(piece.values, np.ndarray):
            x[to_rows] = piece.values[from_rows]
        else:
            copy_columns([column[from_rows] for column in piece.values], x[to_rows])
        if weight is not None and piece.weight is not None:
            weight[to_rows] = piece.weight[from_rows]


def copy_columns(columns: Sequence[NDArray[Any]], x: NDArray[Any]) -> None:
    """Write columns side by side into x (m, d)."""
    step = max(1, TILE_BYTES // (x.shape[1] * x.itemsize))
    for start in range(0, len(x), step):
        tile = x[start : start + step]
        for f, column in enumerate(columns):
            tile[:, f] = column[start : start + step]
