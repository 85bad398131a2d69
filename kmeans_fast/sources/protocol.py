"""Source: rows that are given in blocks, as often as one asks, always the same in the same order.

Whoever reads rows needs no more than this protocol.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .raw import RawRows
from .widened import WidenedRows

Block = tuple[NDArray[Any], NDArray[np.float64] | None]


class Source(Protocol):
    """Rows in blocks. What is not known before the first pass is None until then."""

    @property
    def n_features(self) -> int:
        """Number of features, d."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the rows that `blocks` yields: float32 or float64."""

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the columns, in the order of the features; None where there are no names."""

    @property
    def n_rows(self) -> int | None:
        """Number of rows; None until it is known, at the latest after the first whole pass."""

    @property
    def n_bytes(self) -> int | None:
        """Bytes of all rows as `blocks` yields them, without weights; None until it is known."""

    @property
    def weighted(self) -> bool:
        """Whether `blocks` yields weights."""

    @property
    def description(self) -> str:
        """What the rows come from, for messages: ``"Parquet folder x, 12 files, 4.0 GB"``."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Absolute paths of the files and folders that are read. No result may overwrite them."""

    def fingerprint(self) -> dict[str, Any]:
        """Facts of plain JSON types that change if the data change, taken when called.

        Files: their paths, sizes and times of change. Rows in memory and `Blocks`: a checksum,
        which costs a pass where no whole pass has been made yet.
        """

    def raw(self) -> RawRows | WidenedRows | None:
        """The file itself, where its bytes are the rows; None where rows must be decoded first.

        Each call opens the file anew, and the caller closes it. Nobody has checked these rows:
        see `checks.check_finite`.
        """

    def blocks(self, rows: int) -> Iterator[Block]:
        """Yield ``(x, weight)``: x C-contiguous (rows, d) of ``dtype``, weight float64 or None.

        Every block but the last has exactly ``rows`` rows. Each is a new array that the caller
        may keep. All values are finite and no weight is negative: otherwise a `ValueError` names
        the row and the column. Closing the iterator closes the files.
        """
