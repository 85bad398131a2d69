"""What all sources share: checked blocks of equal size, and passes that must agree.

A source gives pieces of any length and layout. Everything that a reader may rely on is done here.
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .assemble import Piece, in_blocks
from .checks import check_finite, check_weight
from .protocol import Block
from .raw import RawRows, as_bytes
from .widened import WidenedRows

CHECKSUM_BYTES = 16 << 20
"""Size of the blocks that a pass reads when only the checksum of all rows is wanted."""


class RowSource(ABC):
    """A source that decodes pieces of any length; checks, block sizes and counts are done here."""

    n_rows: int | None = None
    paths: tuple[Path, ...] = ()
    is_query = False
    """Whether a pass computes its rows anew, so that a later pass could see other rows."""

    def __init__(
        self,
        description: str,
        names: Sequence[str] | Sequence[int],
        dtype: np.dtype[Any],
        weight_name: str | int | None = None,
        *,
        weighted: bool = False,
    ) -> None:
        self.description = description
        self.names: Sequence[str] | Sequence[int] = names
        self.dtype = dtype
        self.weight_name = weight_name
        self.weighted = weighted or weight_name is not None
        self._seen: int | None = None  # checksum of the first whole pass that took one

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.names)

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the columns of a table."""
        names = tuple(name for name in self.names if isinstance(name, str))
        return names or None

    @property
    def n_bytes(self) -> int | None:
        """Bytes of all rows without weights."""
        return None if self.n_rows is None else self.n_rows * self.n_features * self.dtype.itemsize

    @abstractmethod
    def _pieces(self, rows: int) -> Iterator[Piece]:
        """Rows in pieces of any length, and their weights; ``rows`` is a hint."""

    @abstractmethod
    def fingerprint(self) -> dict[str, Any]:
        """Facts of plain JSON types that change if the data change."""

    def raw(self) -> RawRows | WidenedRows | None:
        """None: these rows must be decoded."""
        return None

    def _unchecked_blocks(self, rows: int) -> Iterator[Block]:
        """`blocks` before its checks."""
        size = rows if self.n_rows is None else min(rows, self.n_rows)
        return in_blocks(self._pieces(rows), size, self.n_features, self.dtype, self.weighted)

    def blocks(self, rows: int) -> Iterator[Block]:
        """Yield the rows and their weights, ``rows`` at a time, checked."""
        return self._pass(rows, self.is_query)

    def _pass(self, rows: int, has_checksum: bool) -> Iterator[Block]:
        """One pass over the rows."""
        if rows < 1:
            raise ValueError(f"rows must be at least 1, got {rows}.")
        count = checksum = weights_checksum = 0
        for x, weight in self._unchecked_blocks(rows):
            check_finite(x, count, self.names, self.description)
            if weight is not None:
                check_weight(weight, count, self.weight_name, self.description)
            if has_checksum:
                checksum = zlib.crc32(as_bytes(x), checksum)
                if weight is not None:
                    weights_checksum = zlib.crc32(as_bytes(weight), weights_checksum)
            count += len(x)
            if self.n_rows is not None and count > self.n_rows:
                break  # without an end, perhaps
            yield x, weight
            del x, weight  # the caller's alone: they must not live while the next block is made
        self._finish_pass(count, checksum ^ weights_checksum if has_checksum else None)

    def _finish_pass(self, count: int, checksum: int | None) -> None:
        """Note what a whole pass has seen, and refuse what differs from the passes before."""
        if count == 0:
            raise ValueError(f"{self.description} has no rows, expected at least 1.")
        if self.n_rows is not None and count != self.n_rows:
            raise ValueError(
                f"{self.description} gave {count} rows in this pass, expected {self.n_rows}: every "
                "pass must give the same rows in the same order."
            )
        if None not in (self._seen, checksum) and self._seen != checksum:
            raise ValueError(
                f"{self.description} gave other values in this pass than in the first one (the "
                "checksums differ): every pass must give the same rows in the same order."
            )
        self.n_rows = count
        self._seen = self._seen if checksum is None else checksum

    def _checksum(self) -> int:
        """Checksum of all rows; makes a pass unless one has been made with it."""
        if self._seen is None:
            rows = max(1, CHECKSUM_BYTES // (self.n_features * self.dtype.itemsize))
            for _ in self._pass(rows, True):
                pass
        if self._seen is None:
            raise RuntimeError("a pass that ended without an error leaves its checksum")
        return self._seen

    def _facts(self, kind: str) -> dict[str, Any]:
        """The part of `fingerprint` that all sources have."""
        return {
            "kind": kind,
            "columns": list(self.names),
            "weight_column": self.weight_name,
            "weighted": self.weighted,
            "dtype": self.dtype.name,
        }
