"""The choice of a sketch: how many directions, as float32 values or as 8-bit codes.

A probe counts, for a few dozen rows, the centers that each sketch would not exclude, and weighs
them with the time of its scan. Work is in multiply-adds of Lloyd's assignment.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import _backend
from .._typing import Doubles, Indices, Matrix
from .rows import Shape
from .sketches import (
    MOST_CODED_FEATURES,
    FeatureCodes,
    Floats,
    PrincipalSketch,
    Sketcher,
    code_bytes,
    inner_products,
    principal_directions,
)

VALUE_WIDTHS = (4, 8, 16, 32)
CODE_WIDTHS = (32, 64, 96, 128, 192)
MOST_OF_FEATURES = 2 / 3
"""A sketch has at most this part of the features, or codes of all of them."""
DIRECTION_ROWS, RANK_ROWS, PROBED_ROWS = 1024, 128, 64
"""Rows from which directions and their number are found, and on which sketches are compared."""
SCAN_WORK, CODE_WORK = 2, 5
"""Work of a scan per row and center besides the products."""
READ_WORK, DISTANCE_WORK = 20, 4
"""Work per feature of reading a row that the scan does not settle, and of a distance to a survivor.

A scan works on 16 rows at a time, a distance on one, so both are that many times dearer.
"""
SURVIVOR_WORK = 2400
"""Work of a survivor besides."""
CODE_ERROR = 0.016
"""What codes take from a bound, about, in units of the lengths of row and center, multiplied."""


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


def plans_for(shape: Shape, row_budget: float) -> list[Plan]:
    """Plans that take at most ``row_budget`` bytes per row."""
    d = shape.n_features
    widest = MOST_OF_FEATURES * d
    every = [Plan(width, False) for width in VALUE_WIDTHS if width <= widest]
    every += [Plan(width, True) for width in CODE_WIDTHS if width <= widest]
    if d <= MOST_CODED_FEATURES:
        every.append(Plan(None, True))
    return [plan for plan in every if plan.row_bytes(d) <= row_budget]


class Directions(NamedTuple):
    """Principal directions (m, d) of some rows, and how far they are from orthonormal."""

    vectors: Floats
    error: float

    @classmethod
    def of(cls, x: Matrix, mean: Doubles, scale: float, count: int, n_threads: int) -> Directions:
        """Leading directions of the scaled rows less their mean."""
        sample = _sample(x, mean, scale, DIRECTION_ROWS)
        return cls(*principal_directions(sample, count, n_threads))


def effective_rank(x: Matrix, mean: Doubles, scale: float, n_threads: int) -> float:
    """About how many directions the variance of some rows lies in; infinite if there is none.

    It is tr(C)^2 / tr(C^2) for the covariance C, from inner products of different rows, whose
    squares have the mean tr(C^2).
    """
    sample = _sample(x, mean, scale, RANK_ROWS)
    products = inner_products(sample, sample, n_threads).astype(np.float64)
    n, trace = len(sample), float(np.trace(products))
    pairs = float(np.square(products).sum() - np.square(np.diag(products)).sum())
    return trace * trace * (n - 1) / (n * pairs) if pairs > 0 else float("inf")


def sketcher_of(plan: Plan, mean: Doubles, scale: float, directions: Directions | None) -> Sketcher:
    """The maker of the sketches of a plan."""
    if plan.width is None or directions is None:
        return FeatureCodes(mean, scale)
    vectors = np.ascontiguousarray(directions.vectors[: plan.width - 1])
    return PrincipalSketch(mean, scale, vectors, directions.error, plan.coded)


def _sample(x: Matrix, mean: Doubles, scale: float, count: int) -> Floats:
    """About ``count`` rows at equal distances, scaled; without those far out, which weigh nothing.

    `scale_of` brings all others, less their mean, to at most 1.
    """
    y = _scaled(x[:: -(-len(x) // count)], mean, scale)
    near = (np.abs(y) <= 1).all(axis=1)
    return y if near.all() else y[near] if near.any() else np.zeros_like(y[:1])


def _scaled(x: Matrix, mean: Doubles, scale: float) -> Floats:
    with np.errstate(over="ignore"):
        scaled: Floats = ((x.astype(np.float64) - mean) * scale).astype(np.float32)
    return scaled


def probe(
    x: Matrix,
    mean: Doubles,
    scale: float,
    directions: Directions | None,
    plans: list[Plan],
    centers: Matrix,
    n_threads: int,
) -> list[Plan]:
    """The plans, narrow ones first, with what they promise for rows like a sample of these."""
    y, b = _sample(x, mean, scale, PROBED_ROWS), _scaled(centers, mean, scale)
    y_rest, b_rest = ((x * x).sum(axis=1) for x in (y, b))
    b_square, lengths = b_rest.copy(), np.sqrt(y_rest[:, None] * b_rest)
    products = inner_products(y, b, n_threads)
    nearest = (b_square - 2 * products).min(axis=1)[:, None]
    if directions is not None:
        y_parts, b_parts = (inner_products(x, directions.vectors, n_threads) for x in (y, b))
    known, inside = 0, np.zeros_like(products)
    found = []
    for plan in sorted(plans, key=lambda plan: plan.width or len(y.T)):
        bound = products
        if plan.width is not None:
            a, e = (parts[:, known : plan.width - 1] for parts in (y_parts, b_parts))
            known = plan.width - 1
            inside += inner_products(a, e, n_threads)
            y_rest -= (a * a).sum(axis=1)
            b_rest -= (e * e).sum(axis=1)
            rests = np.maximum(y_rest, 0)[:, None] * np.maximum(b_rest, 0)
            bound = inside + np.sqrt(rests)
        if plan.coded:
            bound = bound + np.float32(CODE_ERROR) * lengths
        survivors = (b_square - 2 * bound <= nearest).sum(axis=1)
        share = _share(plan, survivors, y.shape[1], len(b))
        found.append(plan._replace(survivors=float(survivors.mean()), share=share))
    return found


def _share(plan: Plan, survivors: Indices, d: int, k: int) -> float:
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
