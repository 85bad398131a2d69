"""Principal sketches: an exact filter for rows whose variance lies in a few directions.

Rows are compared with centers in a few principal directions, and by the length of what these leave.
See `sketches` for the bound and `sketch_plans` for the choice of directions.
"""

from collections.abc import Sequence
from math import inf

import numpy as np

from .._typing import Labels, Matrix
from .base import Work, unassigned
from .frame import Frame
from .lloyd import Lloyd
from .rows import Rows, Shape
from .sketch_plans import Directions, Plan, effective_rank, plans_for, probe, sketcher_of
from .sketched_rows import SketchedRows
from .sketches import scale_of
from .sums import Sums

BOUNDS_BYTES = 8
REVIEWS = (2, 5)
"""Steps after which the sketch is chosen again, for the centers of that time."""
BETTER = 0.8
"""Another sketch is made when it promises less than this part of the work: making it takes time."""

WIDTHS = (32, inf)
"""Widths up to which sketches are probed, one after the other; codes of all features come last."""
GOOD = 0.2
"""Wider sketches are not probed when one promises less than this part of Lloyd's work."""
MOST_RANK = 32
"""With more directions than these, about, sketches are so wide that codes of all features, which
need no directions, pay as much."""


def _centers_bytes(shape: Shape, n_clusters: int) -> int:
    d = shape.n_features
    return n_clusters * (8 * 256 + 2 * d * shape.itemsize)


def least_bytes(shape: Shape, n_clusters: int) -> int:
    """Bytes of bounds and of the smallest sketch."""
    row = BOUNDS_BYTES + min(plan.row_bytes(shape.n_features) for plan in plans_for(shape, inf))
    return shape.n_rows * row + _centers_bytes(shape, n_clusters)


def n_bytes(shape: Shape, n_clusters: int) -> int:
    """Bytes of bounds and of the largest sketch."""
    row = BOUNDS_BYTES + max(plan.row_bytes(shape.n_features) for plan in plans_for(shape, inf))
    return shape.n_rows * row + _centers_bytes(shape, n_clusters)


class Sketch:
    """Sketches of all rows, chosen after Lloyd's first step and reviewed soon after.

    The first centers are often rows, which are harder to exclude than means.
    """

    def __init__(
        self,
        rows: Rows,
        frame: Frame,
        n_clusters: int,
        labels: Labels | None = None,
        max_memory: int | None = None,
    ) -> None:
        self.rows = rows
        self.frame = frame
        self.n_clusters = n_clusters
        self.scale = scale_of(frame.farthest, rows.x.dtype)
        self.row_budget = inf
        if max_memory is not None:
            rest = max_memory - _centers_bytes(rows.shape, n_clusters)
            self.row_budget = rest / len(rows) - BOUNDS_BYTES
        self.directions: Directions | None = None
        self.plan: Plan | None = None
        self.current: SketchedRows | Lloyd = Lloyd(rows, frame, n_clusters, labels)
        self.restart(unassigned(len(rows)) if labels is None else labels)

    @property
    def name(self) -> str:
        """Name of the algorithm of the last step."""
        return self.current.name

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        self.current.restart(labels)
        self.steps = 0
        self.decisions: Sequence[str] = ()

    def _probed(self, centers: Matrix) -> list[Plan]:
        """Sketches that fit, with what they promise for these centers.

        Wide ones are left out where a narrow one promises much: their directions take longer.
        """
        found: list[Plan] = []
        plans = plans_for(self.rows.shape, self.row_budget)
        if self.scale is None or not plans:
            return found
        threads = self.rows.n_threads(len(centers))
        given = (self.rows.x, self.frame.mean, self.scale)
        for widest in WIDTHS:
            some = [plan for plan in plans if (plan.width or inf) <= widest]
            count = max((plan.width or 1 for plan in some), default=1) - 1
            if count > len(self.directions.vectors if self.directions else ()):
                self.directions = Directions.of(*given, count, threads)
            with np.errstate(all="ignore"):  # centers may be far out
                found = probe(*given, self.directions, some, centers, threads)
            if min((plan.share for plan in found), default=1) < GOOD:
                break
        return found

    def rank(self) -> float:
        """About how many directions the variance of the rows lies in; infinite if unknown."""
        if self.scale is None:
            return inf
        threads = self.rows.n_threads(1)
        return effective_rank(self.rows.x, self.frame.mean, self.scale, threads)

    def prepare(self, centers: Matrix) -> Plan | None:
        """Choose the sketch if there is none, but do not make it.

        None where rows cannot be sketched.
        """
        if self.plan is None:
            self.plan = min(self._probed(centers), key=lambda plan: plan.share, default=None)
        return self.plan

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        if not isinstance(self.current, SketchedRows):
            plan = self.prepare(centers) if self.labels[0] >= 0 else None
            if plan is not None:
                self._use(plan)
        elif self.steps in REVIEWS:
            self._review(centers)
        self.steps += 1
        return self.current.step(centers, sums)

    def _use(self, plan: Plan) -> None:
        if self.scale is None:
            return
        self.plan = plan
        self.decisions = (*self.decisions, f"sketch: {plan.described(self.n_clusters)}")
        sketcher = sketcher_of(plan, self.frame.mean, self.scale, self.directions)
        if isinstance(self.current, SketchedRows):
            self.current.use(sketcher)
        else:
            self.current = SketchedRows(
                self.rows, self.frame, self.n_clusters, sketcher, "sketch", self.labels
            )

    def _review(self, centers: Matrix) -> None:
        """Change to another sketch if it is clearly better for the present centers."""
        if self.plan is None:
            return
        plans = {plan.kind: plan for plan in self._probed(centers)}
        best = min(plans.values(), key=lambda plan: plan.share)
        if best.share < BETTER * plans.get(self.plan.kind, self.plan).share:
            self._use(best)
