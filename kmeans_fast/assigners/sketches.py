"""Sketches: short vectors of rows and centers whose distances bound those of the rows.

csrc/structs.h and csrc/exact/sketch_lengths.h have the bounds.
"""

from __future__ import annotations

from math import ceil, frexp, sqrt
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .. import _backend
from .._typing import Doubles, Matrix

Floats = NDArray[np.float32]

MOST_CODED_FEATURES = 1 << 16
"""Up to this many features, sums of products of codes fit int32."""
ENCODING_WORK = 20
"""Multiply-adds per feature that encoding a row takes, about."""
EXPONENTS = {"float32": (-126, 126), "float64": (-400, 400)}
"""Range of the binary exponent of the largest magnitude.

Within it, squares neither overflow nor lose digits to underflow in float64, and a power of two
scales the rows in their own precision.
"""
FLOAT32_UNIT = 2.0**-24
BLAS_BYTES = 1 << 27
"""More than the buffers of OpenBLAS, 32 MiB each, in two threads."""
CHAIN = 64
"""Features that a projection sums in one chain, as in csrc/fast/project.h."""


class RowSketch(NamedTuple):
    """Sketches of n rows: ``values`` (n, width), or ``codes`` (n, 4 ceil(width / 4)) and ``step``.

    ``square`` (n,) are lower bounds on the squared lengths of the sketches, ``spread`` is the
    largest distance of a sketch from its codes, in steps. For ``loose`` see csrc/structs.h.
    """

    width: int
    values: Floats | None
    codes: NDArray[np.uint8] | None
    step: Floats | None
    square: Floats
    spread: float
    loose: float


class Sketcher(Protocol):
    """Makes sketches of rows and of centers, with ``work`` multiply-adds per feature, about."""

    scale: float
    work: int

    def sketch(self, x: Matrix, n_threads: int) -> RowSketch | None:
        """Sketches of some rows; None where they are too far out."""


def scale_of(largest: float, dtype: np.dtype[Any]) -> float | None:
    """A power of two that brings values up to ``largest`` into the range of sketches, or None."""
    lowest, highest = EXPONENTS[dtype.name]
    exponent = frexp(largest)[1]
    if dtype == np.float64 and not lowest <= exponent <= highest:
        return None
    return float(2.0 ** -min(max(exponent, lowest), highest))


def code_bytes(width: int) -> int:
    """Bytes of the codes of a row: whole words."""
    return (width + 3) // 4 * 4


class FeatureCodes:
    """8-bit codes of all features."""

    work = ENCODING_WORK

    def __init__(self, mean: Doubles, scale: float) -> None:
        self.mean = mean
        self.scale = scale

    def sketch(self, x: Matrix, n_threads: int) -> RowSketch | None:
        """See `Sketcher`."""
        n, d = x.shape
        codes = np.empty((n, code_bytes(d)), dtype=np.uint8)
        step, square = np.empty((2, n), dtype=np.float32)
        spread = _backend.sketches.encode_rows(
            *(x, self.mean, self.scale, codes, step, square, n_threads)
        )
        return RowSketch(d, None, codes, step, square, spread, 0.0) if np.isfinite(spread) else None


class PrincipalSketch:
    """Coordinates along some directions, and the length of what they leave."""

    def __init__(
        self, mean: Doubles, scale: float, directions: Floats, error: float, coded: bool
    ) -> None:
        m, d = directions.shape
        self.mean = mean
        self.scale = scale
        self.directions = directions
        self.coded = coded
        self.width = m + 1
        self.work = m + ENCODING_WORK
        additions = CHAIN + ceil(d / CHAIN) + 2
        gamma = additions * FLOAT32_UNIT / (1 - additions * FLOAT32_UNIT)
        self.eta = error + (1 + error) * 1.01 * (sqrt(m) * gamma + FLOAT32_UNIT)
        self.loose = 4.3 * self.eta + 2.0**-21
        if not coded:  # rounding of the scan, csrc/fast/sketch_scan.h
            self.loose += 2 * (self.width + 3) * FLOAT32_UNIT

    def sketch(self, x: Matrix, n_threads: int) -> RowSketch | None:
        """See `Sketcher`."""
        n = len(x)
        values = codes = step = None
        if self.coded:
            codes = np.empty((n, code_bytes(self.width)), dtype=np.uint8)
            step = np.empty(n, dtype=np.float32)
        else:
            values = np.empty((n, self.width), dtype=np.float32)
        square = np.empty(n, dtype=np.float32)
        spread = _backend.sketches.sketch_rows(
            *(x, self.mean, self.scale, self.directions, self.eta),
            *(values, codes, step, square, n_threads),
        )
        if not np.isfinite(spread):
            return None
        return RowSketch(self.width, values, codes, step, square, spread, self.loose)


def inner_products(x: Floats, y: Floats, n_threads: int) -> Floats:
    """Inner products (n, m) of the rows of x (n, d) and y (m, d)."""
    out = np.empty((len(x), len(y)), dtype=np.float32)
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    _backend.sketches.inner_products(x, y, out, n_threads)
    return out


def require_blas() -> None:
    """Raise MemoryError where OpenBLAS could not allocate its buffers: it would end the process."""
    np.empty(BLAS_BYTES, dtype=np.uint8)


def principal_directions(sample: Floats, count: int, n_threads: int) -> tuple[Floats, float]:
    """Leading principal directions (count, d) of a centered sample, and their `basis_error`.

    By a randomised range finder with one power iteration (Halko, Martinsson and Tropp 2011,
    algorithm 4.4).
    """
    require_blas()
    n, d = sample.shape
    count = min(count, d)
    columns = min(count + 8, d, n)
    if columns < d:
        start = np.random.default_rng(0).standard_normal((columns, d), dtype=np.float32)
        parts = inner_products(sample, start, n_threads)
        powers = inner_products(parts.T, sample.T, n_threads)
        basis, _ = np.linalg.qr(powers.T)
    else:
        basis = np.eye(d, dtype=np.float32)
    parts = inner_products(sample, basis.T, n_threads)
    _, vectors = np.linalg.eigh(inner_products(parts.T, parts.T, n_threads))
    directions = inner_products(vectors[:, ::-1][:, :count].T, basis, n_threads)
    return directions, basis_error(directions, n_threads)


def basis_error(directions: Floats, n_threads: int) -> float:
    """A bound on the norm of V V' - I for the directions V (m, d), from their distances."""
    wide = directions.astype(np.float64)
    distances = np.empty((len(wide), len(wide)))
    _backend.distances.distance_rows(wide, wide, distances, n_threads)
    squares = (wide * wide).sum(axis=1)
    products = (squares[:, None] + squares - distances**2) / 2
    return float(np.linalg.norm(products - np.eye(len(wide)))) + 2.0**-40 * len(wide)
