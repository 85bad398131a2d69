"""Observers of a run: the user's callback, the checkpoint, and the lines of ``verbose``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._magnitudes import square_from_units
from ..executors.base import Executor, inertia_of
from .history import Iteration
from .state import Progress, State
from .stopping import CUT_OFF

if TYPE_CHECKING:
    from .checkpoint import Checkpoint


@dataclass(frozen=True, eq=False)
class Observer:
    """Watches the present run of ``state``, the state of the fit.

    The rows are in units of ``unit``; what is told is of the rows as they were given.
    """

    state: State
    callback: Callable[[Iteration], object] | None = None
    verbose: bool = False
    checkpoint: Checkpoint | None = None
    unit: float = 1.0

    def seeded(self) -> None:
        """The start centers are known: print and save."""
        if self.verbose:
            print("Initialization complete")
        self._save()

    def iterated(self, executor: Executor, progress: Progress) -> bool:
        """Report an iteration that ended; True stops the fit."""
        iteration = len(progress.records) - 1
        if self.verbose:
            assert progress.before is not None
            inertia = square_from_units(inertia_of(executor, progress.before), self.unit)
            print(f"Iteration {iteration}, inertia {inertia}.")
        if self.callback is None:
            return False
        record = progress.records[-1].rescaled(self.unit)
        centers = progress.centers * self.unit
        return bool(
            self.callback(Iteration(self.state.run, iteration, **record._asdict(), centers=centers))
        )

    def decided(self, reason: str | None) -> None:
        """A rule has ended the run after an iteration, or none has.

        A run that is cut off is saved, so that a fit that resumes goes on with it.
        """
        is_due = reason is None and self.checkpoint is not None and self.checkpoint.is_due
        if is_due or reason in CUT_OFF:
            self._save()

    def _save(self) -> None:
        if self.checkpoint is not None:
            self.checkpoint.save(self.state)

    def stopped(self, reason: str, iteration: int, shift: float, tol: float) -> None:
        """Print the rule that ended the run."""
        if not self.verbose:
            return
        if reason == "no_label_change":
            print(f"Converged at iteration {iteration}: strict convergence.")
        elif reason == "center_shift":
            shift, tol = square_from_units(shift, self.unit), square_from_units(tol, self.unit)
            print(
                f"Converged at iteration {iteration}: center shift {shift} within tolerance {tol}."
            )
