"""Who watches a run: the user's callback, and the lines that scikit-learn's ``verbose`` prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .._typing import Matrix
from ..executors.base import Executor
from .history import Iteration, Record


@dataclass(frozen=True)
class Observer:
    """Watches run ``run``."""

    run: int = 0
    callback: Callable[[Iteration], object] | None = None
    verbose: bool = False

    def seeded(self) -> None:
        """The start centers are there."""
        if self.verbose:
            print("Initialization complete")

    def iterated(
        self,
        executor: Executor,
        iteration: int,
        record: Record,
        centers: Matrix,
        centers_new: Matrix,
    ) -> bool:
        """An iteration has updated ``centers`` to ``centers_new``; True asks to stop."""
        if self.verbose:
            print(f"Iteration {iteration}, inertia {executor.inertia(centers)}.")
        if self.callback is None:
            return False
        return bool(
            self.callback(
                Iteration(self.run, iteration, **record._asdict(), centers=centers_new.copy())
            )
        )

    def stopped(self, reason: str, iteration: int, shift: float, tol: float) -> None:
        """A rule has ended the run."""
        if not self.verbose:
            return
        if reason == "no_label_change":
            print(f"Converged at iteration {iteration}: strict convergence.")
        elif reason == "center_shift":
            print(
                f"Converged at iteration {iteration}: center shift {shift} within tolerance {tol}."
            )
