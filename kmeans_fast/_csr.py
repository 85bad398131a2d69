"""Sparse rows as the kernels take them: compressed rows whose indices ascend, without duplicates.

Zeros that are stored explicitly are values like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import DTypeLike, NDArray

from . import _backend
from ._magnitudes import in_value_units
from ._threads import effective_threads
from ._typing import Doubles, Indices, Labels, Matrix

MOST_FEATURES = np.iinfo(np.int32).max
FLOAT_TYPES = (np.dtype(np.float64), np.dtype(np.float32))


@dataclass(frozen=True, eq=False)
class Csr:
    """The values of row i are ``data[indptr[i] : indptr[i + 1]]``, at the features ``indices``."""

    data: NDArray[np.floating[Any]]
    indices: Labels
    indptr: Indices
    n_features: int

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and features."""
        return len(self), self.n_features

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values: float32 or float64."""
        return self.data.dtype

    @property
    def arrays(self) -> tuple[NDArray[np.floating[Any]], Labels, Indices]:
        """What kernels take."""
        return self.data, self.indices, self.indptr

    @cached_property
    def squares(self) -> Doubles:
        """Squared norms of the rows, within rounding."""
        found: Doubles = _backend.sparse_rows.row_squares(self.data, self.indptr)
        return found

    def with_data(self, data: NDArray[np.floating[Any]]) -> Csr:
        """Rows with other values in the same places."""
        return Csr(data, self.indices, self.indptr, self.n_features)

    def in_units(self, unit: float) -> Csr:
        """Values divided by ``unit`` (see `_magnitudes`); the same rows for 1."""
        return self if unit == 1 else self.with_data(in_value_units(self.data, unit))

    def astype(self, dtype: DTypeLike) -> Csr:
        """Values of another type; the same rows where they have it."""
        return self if self.dtype == dtype else self.with_data(self.data.astype(dtype))

    def work(self, n_points: int) -> int:
        """Multiply-adds of a pass that compares each row with ``n_points`` points."""
        return (len(self.data) + len(self)) * n_points

    def max_abs(self) -> Doubles:
        """Largest magnitude of each feature; not finite where a value is not."""
        found: Doubles = _backend.sparse_rows.feature_range(
            self.data, self.indices, self.n_features
        )
        return found

    def places(self, rows: Indices) -> Indices:
        """Where the values of some rows are, one row after the other."""
        counts = np.diff(self.indptr)[rows]
        ends = np.cumsum(counts)
        starts = np.repeat(self.indptr[rows] - (ends - counts), counts)
        found: Indices = starts + np.arange(len(starts))
        return found

    def take(self, rows: Indices | slice) -> Matrix:
        """Copies of some rows, dense."""
        rows = np.atleast_1d(np.arange(len(self))[rows])
        places = self.places(rows)
        out: Matrix = np.zeros((len(rows), self.n_features), dtype=self.dtype)
        owner = np.repeat(np.arange(len(rows)), np.diff(self.indptr)[rows])
        out[owner, self.indices[places]] = self.data[places]
        return out

    def part(self, start: int, end: int) -> Csr:
        """Rows from ``start`` up to ``end``."""
        first, last = self.indptr[start], self.indptr[end]
        return Csr(
            self.data[first:last],
            self.indices[first:last],
            self.indptr[start : end + 1] - first,
            self.n_features,
        )

    def squared_distances(self, points: Matrix, labels: Labels, n_threads: int | None) -> Doubles:
        """The defining sum of each row and the point that its label names, float64 (n,)."""
        out = np.empty(len(self))
        rows = np.argsort(labels, kind="stable").astype(np.int32)
        starts = np.searchsorted(labels[rows], np.arange(len(points) + 1)).astype(np.int64)
        work = self.work(1) + self.n_features * (len(self) // 8 + len(points))
        _backend.sparse_rows.squared_distances(
            *(*self.arrays, np.ascontiguousarray(points, dtype=np.float64), rows, starts, out),
            effective_threads(n_threads, work),
        )
        return out


def is_sparse(value: Any) -> TypeGuard[Any]:
    """Whether a value is a matrix or an array of `scipy.sparse`."""
    return (
        callable(getattr(value, "toarray", None))
        and callable(getattr(value, "tocsr", None))
        and type(value).__module__.partition(".")[0] == "scipy"
    )


def as_csr(value: Any, name: str, caller: str) -> Csr:
    """Checked sparse rows; arrays that the kernels can use are not copied. Values are not read."""
    if len(value.shape) != 2:
        raise ValueError(f"Expected 2D array for {name}, got {len(value.shape)} sparse dimensions.")
    if value.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} has dtype {value.dtype}.")
    if value.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be an array of real numbers, got dtype {value.dtype}.")
    for axis, item in enumerate(("sample", "feature")):
        if value.shape[axis] == 0:
            raise ValueError(
                f"Found array with 0 {item}(s) (shape={value.shape}) for {name} while a minimum "
                f"of 1 is required by {caller}."
            )
    n, d = value.shape
    if max(n, d) > MOST_FEATURES:
        raise ValueError(
            f"{name} has shape {value.shape}; sparse rows and features must be at most "
            f"{MOST_FEATURES:,} each."
        )
    csr = value if value.format == "csr" else value.tocsr()
    _check_structure(csr, name)
    if not _ascends(csr.indices, csr.indptr):
        # a stable sort: duplicates are added in their order, as `toarray` does
        csr = csr.tocsc().tocsr()
        csr.sum_duplicates()
    dtype = csr.dtype if csr.dtype in FLOAT_TYPES else np.dtype(np.float64)
    return Csr(
        np.require(csr.data, dtype, ("C", "A")),
        np.require(csr.indices, np.int32, ("C", "A")),
        np.require(csr.indptr, np.int64, ("C", "A")),
        d,
    )


def _check_structure(csr: Any, name: str) -> None:
    """Require indices with which no kernel reads outside of its arrays."""
    (n, d), indices, indptr = csr.shape, csr.indices, csr.indptr
    lengths = len(csr.data), len(indices)
    if len(indptr) != n + 1 or indptr[0] != 0 or (np.diff(indptr) < 0).any():
        raise ValueError(f"{name} is no CSR matrix: indptr must ascend from 0 over {n + 1} places.")
    if indptr[-1] > min(lengths) or (
        indptr[-1] > 0 and not 0 <= indices.min() <= indices.max() < d
    ):
        raise ValueError(
            f"{name} is no CSR matrix: {indptr[-1]} indices and values must be there, and indices "
            f"must lie in the range [0, {d})."
        )


def _ascends(indices: NDArray[Any], indptr: NDArray[Any]) -> bool:
    """Whether the indices of each row ascend strictly."""
    ascends = np.empty(len(indices) + 1, dtype=bool)
    np.greater(indices[1:], indices[:-1], out=ascends[1:-1])
    ascends[indptr] = True
    return bool(ascends[: indptr[-1]].all())
