"""When a run stops, and why."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Literal, TypeAlias

StopReason: TypeAlias = Literal[
    "no_label_change",
    "center_shift",
    "inertia_change",
    "callback",
    "time_limit",
    "max_iter",
    "interrupt",
]

CONVERGED = ("no_label_change", "center_shift", "inertia_change")
CUT_OFF = ("callback", "time_limit", "interrupt")


def is_past(deadline: float | None) -> bool:
    """Whether the time ``deadline`` has passed; False for None."""
    return deadline is not None and perf_counter() >= deadline


@dataclass(frozen=True)
class StopRules:
    """The limits of a fit.

    ``tol`` bounds the squared shift of the centers, in the units of the data; ``inertia_tol`` is
    the relative decrease of the inertia below which to stop (0: never); ``deadline`` is a time
    of `time.perf_counter`, or None.
    """

    max_iter: int
    tol: float
    inertia_tol: float = 0.0
    deadline: float | None = None

    def reason(
        self,
        iteration: int,
        n_moved: int,
        shift: float,
        inertia: float,
        previous: float,
        told: bool,
    ) -> StopReason | None:
        """Name of the first rule that holds after ``iteration`` (from 0); None to continue."""
        if n_moved == 0:
            return "no_label_change"
        if shift <= self.tol:
            return "center_shift"
        too_little = self.inertia_tol > 0 and previous - inertia < self.inertia_tol * previous
        if iteration > 0 and too_little:
            return "inertia_change"
        if told:
            return "callback"
        if is_past(self.deadline):
            return "time_limit"
        return "max_iter" if iteration + 1 == self.max_iter else None
