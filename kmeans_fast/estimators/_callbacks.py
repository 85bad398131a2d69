"""Callbacks of scikit-learn (1.9 and later), such as its progress bar, told of our iterations.

The tasks are the fit, its runs where there are several, and the iterations. A task of an iteration
begins and ends when the iteration has ended: that is when the fit calls back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..algorithms.history import Iteration
from ..algorithms.options import Callback, Options
from ..algorithms.restarts import resolve_n_init
from ._compat import sklearn_callbacks, start_callbacks


@contextmanager
def told_callbacks(
    estimator: Any, X: Any, y: Any, sample_weight: Any, options: Options
) -> Iterator[Options]:
    """Context of a fit: yield options whose callback also tells the callbacks of scikit-learn."""
    if not sklearn_callbacks(estimator):
        yield options
        return
    is_named = isinstance(options.init, str) or callable(options.init)
    n_init = resolve_n_init(options.n_init, options.init) if is_named else 1
    context = start_callbacks(estimator, options.max_iter if n_init == 1 else n_init)
    facts = {"estimator": estimator, "X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
    context.call_on_fit_task_begin(**facts)
    tasks = _Tasks(context, facts, n_init, options.max_iter, options.callback)
    yield options.watched_by(tasks.iterated)
    tasks.end_run()
    context.call_on_fit_task_end(**facts)


@dataclass
class _Tasks:
    """The tasks below that of the fit; ``run`` is the one of the present run, where it has one."""

    fit: Any
    facts: dict[str, Any]
    n_init: int
    max_iter: int
    callback: Callback | None
    run: Any = None

    def iterated(self, iteration: Iteration) -> bool:
        """Tell of an iteration; True stops the fit."""
        parent = self.fit
        if self.n_init > 1:
            if iteration.iteration == 0:
                self.end_run()
                self.run = self.fit.subcontext(task_name="run", max_subtasks=self.max_iter)
                self.run.call_on_fit_task_begin(**self.facts)
            parent = self.run
        centers = iteration.centers
        state = {"cluster_centers_": centers, "n_features_in_": centers.shape[1]}
        task = parent.subcontext(task_name="iteration")
        task.call_on_fit_task_begin(**self.facts)
        stops = task.call_on_fit_task_end(**self.facts, reconstruction_attributes=state)
        own = self.callback is not None and self.callback(iteration)
        return bool(stops or own)

    def end_run(self) -> None:
        """Tell of the end of the present run, where runs are tasks."""
        if self.run is not None:
            self.run.call_on_fit_task_end(**self.facts)
            self.run = None
