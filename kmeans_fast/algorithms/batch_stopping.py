"""When mini-batch k-means stops: small moves of the centers, or no lower smoothed inertia."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

BatchReason: TypeAlias = Literal["center_shift", "no_improvement"]
TEXTS = {
    "center_shift": "small centers change",
    "no_improvement": "lack of improvement in inertia",
}


@dataclass(eq=False)
class BatchRules:
    """The rules of scikit-learn, which see the batches in turn.

    ``inertia`` is the smoothed mean inertia per row: an exponentially weighted average in which
    the last ``n_rows / 2`` rows have most of the weight. The first batch does not count, because
    its inertia is that of the start centers.
    """

    n_rows: int
    batch_size: int
    tol: float
    max_no_improvement: int | None
    inertia: float | None = None
    lowest: float | None = None
    n_without: int = 0

    def reason(self, step: int, batch_inertia: float, shift: float) -> BatchReason | None:
        """Name of the rule that holds after ``step`` (from 0); None to continue.

        ``batch_inertia`` is that of the batch before the centers moved, per row; ``shift`` is
        the squared shift of all centers.
        """
        if step == 0:
            return None
        if self.inertia is None:
            self.inertia = batch_inertia
        else:
            part = min(1.0, self.batch_size * 2.0 / (self.n_rows + 1))
            self.inertia = self.inertia * (1 - part) + batch_inertia * part
        if self.tol > 0 and shift <= self.tol:
            return "center_shift"
        if self.lowest is None or self.inertia < self.lowest:
            self.n_without = 0
            self.lowest = self.inertia
        else:
            self.n_without += 1
        if self.max_no_improvement is not None and self.n_without >= self.max_no_improvement:
            return "no_improvement"
        return None
