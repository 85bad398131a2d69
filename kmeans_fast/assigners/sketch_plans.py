"""The choice of a sketch: how many directions, as float32 values or as 8-bit codes.

A probe counts, for a few hundred rows, the centers that each sketch would not exclude, and weighs
them with the time of its scan. Work is in multiply-adds of Lloyd's assignment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .. import _backend
from .._typing import Doubles, Matrix
from .frame import Frame
from .rows import Rows, Shape
from .sketches import (
    MOST_CODED_FEATURES,
    FeatureCodes,
    Floats,
    PrincipalSketch,
    Sketcher,
    code_bytes,
    principal_directions,
)

VALUE_WIDTHS = (4, 8, 16, 32)
CODE_WIDTHS = (32, 64, 128, 256)
LEAST_FEATURES = 2
"""A sketch has at most 1/2 of the features, or codes of all of them."""
DIRECTION_ROWS, PROBED_ROWS = 1024, 256
"""Rows from which directions are found, and rows on which sketches are compared."""
SCAN_WORK, CODE_WORK = 2, 5
"""Work of a scan per row and center besides the products."""
READ_WORK, DISTANCE_WORK = 20, 2
"""Work per feature of reading a row that the scan does not settle, and of a distance to a survivor.

A scan works on 16 rows at a time, a distance on one, so both are that many times dearer.
"""
SURVIVOR_WORK = 640
"""Work of a survivor besides."""
CODE_ERROR = 0.03
"""What codes add to a bound, about, as a share of the lengths of row and center: twice the steps
of both over the root of 12, at 127 steps for the largest of some hundred rotated features."""


class Plan(NamedTuple):
    """A sketch of ``width`` numbers, one of them for what its directions leave.

    ``width`` None stands for codes of all features. ``survivors`` is the mean number of centers
    that the sketch does not exclude, ``share`` the predicted part of Lloyd's work.
    """

    width: int | None
    coded: bool
    survivors: float = 0.0
    share: float = 1.0

    @property
    def kind(self) -> tuple[int | None, bool]:
        """What sketch it is."""
        return self.width, self.coded

    def row_bytes(self, n_features: int) -> int:
        """Bytes of the sketch of a row: its numbers, squared length and, of codes, step."""
        width = self.width or n_features
        return code_bytes(width) + 8 if self.coded else 4 * width + 4

    def described(self, n_clusters: int) -> str:
        """The plan and what it promises, in words."""
        kind = "8-bit codes" if self.coded else "float32"
        of = "all features" if self.width is None else f"{self.width - 1} directions and the rest"
        return (
            f"{of} as {kind}: {self.survivors:.3g} of {n_clusters:,} centers remain, about "
            f"{self.share:.1%} of Lloyd's work"
        )


def plans_for(shape: Shape, row_budget: float) -> Iterator[Plan]:
    """Plans that take at most ``row_budget`` bytes per row."""
    d = shape.n_features
    every = [Plan(width, False) for width in VALUE_WIDTHS if width * LEAST_FEATURES <= d]
    every += [Plan(width, True) for width in CODE_WIDTHS if width * LEAST_FEATURES <= d]
    if d <= MOST_CODED_FEATURES:
        every.append(Plan(None, True))
    for plan in every:
        if plan.row_bytes(d) <= row_budget:
            yield plan


class Directions(NamedTuple):
    """Principal directions (m, d) of some rows, and how far they are from orthonormal."""

    vectors: Floats
    error: float

    @classmethod
    def of(cls, rows: Rows, frame: Frame, scale: float, count: int) -> Directions:
        """Leading directions of the scaled rows."""
        return cls(*principal_directions(_scaled(_some(rows.x, DIRECTION_ROWS), frame, scale), count))


def sketcher_of(plan: Plan, frame: Frame, scale: float, directions: Directions | None) -> Sketcher:
    """The maker of the sketches of a plan."""
    if plan.width is None or directions is None:
        return FeatureCodes(frame, scale)
    vectors = np.ascontiguousarray(directions.vectors[: plan.width - 1])
    return PrincipalSketch(frame, scale, vectors, directions.error, plan.coded)


def _some(x: Matrix, count: int) -> Matrix:
    """At most ``count`` rows at equal distances."""
    return x[:: -(-len(x) // count)]


def _scaled(x: Matrix, frame: Frame, scale: float) -> Doubles:
    scaled: Doubles = (x.astype(np.float64) - frame.mean) * scale
    return scaled


def probe(
    rows: Rows,
    frame: Frame,
    scale: float,
    directions: Directions | None,
    plans: list[Plan],
    centers: Matrix,
) -> list[Plan]:
    """The plans with what they promise for rows like a sample of these."""
    y = _scaled(_some(rows.x, PROBED_ROWS), frame, scale)
    b = _scaled(centers, frame, scale)
    y_square, b_square = (y * y).sum(axis=1), (b * b).sum(axis=1)
    products = y @ b.T
    nearest = (b_square - 2 * products).min(axis=1)
    lengths = np.sqrt(np.outer(y_square, b_square))
    if directions is not None:
        vectors = directions.vectors.astype(np.float64)
        y_parts, b_parts = y @ vectors.T, b @ vectors.T
    found = []
    for plan in plans:
        if plan.width is None:
            bound = products
        else:
            m = plan.width - 1
            a, e = y_parts[:, :m], b_parts[:, :m]
            rests = [
                np.sqrt(np.maximum(square - (part * part).sum(axis=1), 0))
                for square, part in ((y_square, a), (b_square, e))
            ]
            bound = a @ e.T + np.outer(*rests)
        if plan.coded:
            bound = bound + CODE_ERROR / 2 * lengths
        survivors = (b_square - 2 * bound <= nearest[:, None]).sum(axis=1)
        found.append(
            plan._replace(
                survivors=float(survivors.mean()), share=_share(plan, survivors, y.shape[1], len(b))
            )
        )
    return found


def _share(plan: Plan, survivors: Doubles, d: int, k: int) -> float:
    """Predicted work of an iteration, as a part of that of Lloyd's assignment."""
    width = plan.width or d
    scan: float
    if not plan.coded:
        scan = width + SCAN_WORK
    elif _backend.sketches.fast_codes():
        scan = width / 4 + CODE_WORK
    else:
        scan = width + CODE_WORK
    others = np.maximum(survivors - 1, 0)
    work = k * scan + READ_WORK * d * (others > 0) + others * (DISTANCE_WORK * d + SURVIVOR_WORK)
    return float(work.mean()) / (k * d)
