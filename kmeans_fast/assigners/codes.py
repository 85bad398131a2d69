"""An exact filter for many features: 8-bit codes exclude most centers, at four times the rate."""

from collections.abc import Sequence
from math import frexp
from typing import Any

import numpy as np

from .. import _backend
from .._typing import Labels, Matrix
from .base import Assigner, Work, total_work, unassigned
from .drift import Drift
from .frame import Frame
from .hamerly import Hamerly
from .lloyd import Lloyd
from .rows import Rows, Shape
from .sums import Sums

MOST_FEATURES = 1 << 16
"""Up to this many features, sums of products of codes fit int32."""
CODED_BYTES, BOUNDS_BYTES = 8, 8
"""Bytes per row: step and squared norm of a coded row; two bounds."""
ENCODING_WORK = 20
"""Multiply-adds per feature that encoding a row takes, about."""
EXPONENTS = {"float32": (-126, 126), "float64": (-400, 400)}
"""Range of the binary exponent of the largest magnitude.

Within it, squares neither overflow nor lose digits to underflow in float64, and a power of two
scales the rows in their own precision.
"""


def _row_bytes(d: int) -> int:
    """Bytes of the codes of a row: whole words."""
    return (d + 3) // 4 * 4


def _centers_bytes(shape: Shape, n_clusters: int) -> int:
    d = shape.n_features
    return n_clusters * (_row_bytes(d) + 8 + 2 * d * shape.itemsize)


def n_bytes(shape: Shape, n_clusters: int) -> int:
    """Codes, step and squared norm of each row and center, and two bounds per row."""
    row = _row_bytes(shape.n_features) + CODED_BYTES + BOUNDS_BYTES
    return shape.n_rows * row + _centers_bytes(shape, n_clusters)


def least_bytes(shape: Shape, n_clusters: int) -> int:
    """Bytes of the bounds alone, without codes of any row."""
    return shape.n_rows * BOUNDS_BYTES + _centers_bytes(shape, n_clusters)


class Codes:
    """Codes for as many rows as memory allows; Hamerly's bounds for all rows."""

    def __init__(
        self,
        rows: Rows,
        frame: Frame,
        n_clusters: int,
        labels: Labels | None = None,
        max_memory: int | None = None,
    ) -> None:
        n, d, _ = rows.shape
        coded = n
        if max_memory is not None and max_memory < n_bytes(rows.shape, n_clusters):
            rest = int(max_memory) - least_bytes(rows.shape, n_clusters)
            coded = max(0, rest // (_row_bytes(d) + CODED_BYTES))
        self.labels = unassigned(n) if labels is None else labels
        self.decisions: Sequence[str] = ()
        self.parts: list[tuple[slice, Assigner]] = []
        if coded > 0:
            part = slice(0, coded)
            coder = CodedRows(rows.part(0, coded), frame, n_clusters, self.labels[part])
            self.parts.append((part, coder))
        if coded < n:
            part = slice(coded, n)
            bounds = Hamerly(rows.part(coded, n), frame, n_clusters, self.labels[part])
            self.parts.append((part, bounds))
            self.decisions = (f"codes for {coded:,} of {n:,} rows, hamerly's bounds for the rest",)

    @property
    def name(self) -> str:
        """Name of the algorithm that assigned the first rows."""
        return self.parts[0][1].name

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        for rows, part in self.parts:
            part.restart(labels[rows])

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        return total_work(part.step(centers, sums) for _, part in self.parts)


class CodedRows:
    """Codes of all rows and bounds, d + 16 bytes per row; see `_core.codes`."""

    decisions = ()

    def __init__(
        self, rows: Rows, frame: Frame, n_clusters: int, labels: Labels | None = None
    ) -> None:
        self.rows = rows
        self.frame = frame
        self.n_clusters = n_clusters
        self.plain = Lloyd(rows, frame, n_clusters, labels)
        self.codes = self._encode_all() if n_clusters > 1 else None
        if self.codes is not None:
            self.upper, self.lower = np.empty((2, len(rows)), dtype=np.float32)
        self.restart(self.plain.labels)

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        self.plain.restart(labels)
        self.drift = Drift(len(self.rows), self.n_clusters, self.rows.requested_threads)
        self.known = False
        self.name = "codes"

    def _encode_all(self) -> tuple[Any, ...] | None:
        """Codes of all rows; None where the rows cannot be encoded."""
        x, frame = self.rows.x, self.frame
        lowest, highest = EXPONENTS[x.dtype.name]
        exponent = frexp(float((frame.max_abs + np.abs(frame.mean)).max()))[1]
        if x.dtype == np.float64 and not lowest <= exponent <= highest:
            return None
        self.scale = 2.0 ** -min(max(exponent, lowest), highest)
        return self._encode(x) if x.shape[1] <= MOST_FEATURES else None

    def _encode(self, x: Matrix) -> tuple[Any, ...] | None:
        n, d = x.shape
        threads = self.rows.n_threads(ENCODING_WORK)
        codes = np.empty((n, _row_bytes(d)), dtype=np.uint8)
        step, square = np.empty((2, n), dtype=np.float32)
        spread = _backend.codes.encode_rows(
            *(x, self.frame.mean, self.scale, codes, step, square, threads)
        )
        return (codes, step, square, spread) if np.isfinite(spread) else None

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        rows, drift = self.rows, self.drift
        center_codes = None if self.codes is None else self._encode(centers)
        if center_codes is None:
            self.name, self.known = "lloyd", False
            return self.plain.step(centers, sums)
        drift.follow(centers)
        n_moved, n_full, n_scanned = _backend.codes.codes_step(
            *(rows.x, rows.weight, centers, self.labels, sums.words, sums.grid),
            *(self.codes, center_codes, self.scale, self.upper, self.lower),
            *(drift.travelled, drift.half, drift.fall, self.known),
            rows.n_threads(len(centers)),
        )
        self.name, self.known = "codes", True
        n, k = len(rows), len(centers)
        return Work(n_moved, n_full + n_scanned * k, max(0, n - n_scanned))
