"""Several runs from different starts, of which the best is kept."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from numbers import Integral
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from .._chunks import chunks
from .._typing import Labels, Matrix, Rng
from ..assigners.sums import Sums
from ..executors.base import Executor
from .empty_clusters import EmptyClusters
from .iterations import Run, cut_short, iterate
from .observer import Observer
from .options import Options
from .seeding import RESTARTED, seed_centers
from .state import Ended, Progress, State
from .stopping import CUT_OFF, StopRules

if TYPE_CHECKING:
    from .checkpoint import Checkpoint

Start: TypeAlias = str | Matrix | Callable[[Rng], Matrix]
"""Name of a seeding, centers (overwritten), or what draws them."""


def resolve_n_init(n_init: int | str, start: Start) -> int:
    """Number of runs: one where another run could only repeat the first; else as scikit-learn."""
    if isinstance(start, np.ndarray) or start == "density":
        return 1
    if isinstance(n_init, str):  # "auto"
        return 10 if callable(start) or start in RESTARTED else 1
    return n_init


@dataclass(frozen=True, eq=False)
class Restarts:
    """Which of several runs was kept, and the random state that each of them started from.

    Attributes
    ----------
    best : int
        Number of the run that was kept, from 0.
    generators : tuple of Generator or RandomState
        Random state before each run; empty for a single run.
    """

    best: int
    generators: tuple[Rng, ...]

    def rng(self, run: int) -> Rng:
        """Give a generator in the state in which ``run`` started.

        Parameters
        ----------
        run : int
            Number of the run, from 0.

        Returns
        -------
        rng : Generator or RandomState
            A copy: using it leaves the result as it is.

        Raises
        ------
        ValueError
            There was a single run, or no run of this number.
        """
        n_runs = len(self.generators)
        if n_runs == 0:
            raise ValueError("A single run starts from the random state that was passed.")
        if not isinstance(run, Integral) or not 0 <= run < n_runs:
            raise ValueError(f"run must be an int from 0 to {n_runs - 1}, got {run!r}.")
        return deepcopy(self.generators[run])


def best_run(
    executor: Executor,
    start: Start,
    n_init: int,
    options: Options,
    rng: Rng,
    checkpoint: Checkpoint | None = None,
) -> tuple[Run, Restarts, Run]:
    """Best of ``n_init`` runs, all of them, and the last one.

    Another run is better if its inertia is lower and its clustering is not the same: the same
    partition with other labels may differ in the last bits. A time limit and the callback stop
    the whole fit, as an interrupt does with ``on_interrupt="keep"``. Where there is a
    ``checkpoint`` file, the fit goes on from it.
    """
    limit = options.time_limit
    deadline = None if limit is None else perf_counter() + limit
    tol = options.tol * executor.frame.variance
    rules = StopRules(options.max_iter, tol, options.inertia_tol, deadline)
    n_clusters = options.n_clusters

    def begin(n_clusters: int) -> None:
        begin_run(executor, options, n_init, n_clusters)

    empty = EmptyClusters(options.empty_cluster, begin)
    state, best = State(0, rng), None
    if checkpoint is not None and checkpoint.path.exists():
        state = checkpoint.load(rng)
        best = _run_of(state.best, executor, begin)
    result = best
    while state.run < n_init:
        try:
            if state.progress is None:
                if n_init > 1:
                    state.generators = [*state.generators, deepcopy(state.rng)]
                centers = _start_centers(executor, start, n_clusters, state.rng, deadline)
                state.progress = Progress(centers)
            unit = executor.frame.value_unit
            observer = Observer(state, options.callback, bool(options.verbose), checkpoint, unit)
            observer.seeded()
            begin(len(state.progress.centers))
            result = iterate(executor, state.progress, rules, observer, empty)
        except KeyboardInterrupt:
            progress = state.progress
            has_iterated = progress is not None and progress.before is not None
            if options.on_interrupt == "raise" or not (has_iterated or best):
                raise
            if not has_iterated:
                assert best is not None
                result = replace(best, stop_reason="interrupt")
                break
            assert progress is not None
            result = cut_short(executor, progress, state.run, empty)
        if best is None or (
            result.inertia < best.inertia
            and not same_clustering(result.labels, best.labels, n_clusters)
        ):
            best = result
        state.run, state.progress, state.best = state.run + 1, None, best
        if result.stop_reason in CUT_OFF:
            break
        if checkpoint is not None:
            checkpoint.save(state)
    assert best is not None
    assert result is not None
    return best, Restarts(best.number, tuple(state.generators)), result


def begin_run(executor: Executor, options: Options, n_init: int, n_clusters: int) -> None:
    """Make the executor ready for a run, of all runs of a fit, with this number of clusters."""
    most = n_init * options.max_iter
    executor.begin(options.algorithm, n_clusters, options.max_memory, most)


def _start_centers(
    executor: Executor, start: Start, n_clusters: int, rng: Rng, deadline: float | None
) -> Matrix:
    if isinstance(start, str):
        rows, grid = executor.seeding_rows(), executor.frame.grid
        return seed_centers(rows, grid, start, n_clusters, rng, deadline)
    return start(rng) if callable(start) else start


def _run_of(ended: Ended | None, executor: Executor, begin: Callable[[int], None]) -> Run | None:
    """A run of a checkpoint, with the labels that belong to its centers."""
    if ended is None:
        return None
    begin(len(ended.centers))
    executor.step(ended.centers, Sums.zeros(len(ended.centers), executor.frame.grid))
    return Run.of(ended, executor.labels())


def same_clustering(labels: Labels, other: Labels, n_clusters: int) -> bool:
    """Whether each cluster of ``labels`` lies in one cluster of ``other``."""
    image = np.full(n_clusters, -1, dtype=np.int32)
    for rows in chunks(len(labels)):
        new = image[labels[rows]] < 0
        image[labels[rows][new]] = other[rows][new]
        if not np.array_equal(image[labels[rows]], other[rows]):
            return False
    return True
