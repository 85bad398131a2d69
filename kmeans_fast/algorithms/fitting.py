"""The one door of a fit: input is checked here, once, and everything that can be said of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from .. import _validate as check
from .._csr import Csr
from .._magnitudes import in_value_units, square_from_units, value_unit
from .._threads import computing
from .._typing import Doubles, Matrix, Rng
from ..assigners.frame import (
    Frame,
    Ranges,
    find_moments,
    find_ranges,
    grid_of,
    in_units,
    make_frame,
)
from ..assigners.grid import Grid
from ..assigners.registry import check_algorithm
from ..assigners.rows import Rows, Shape
from ..executors.base import Executor
from ..executors.memory import Memory
from ..progress import Watcher, displayed
from . import prediction
from .cluster_order import as_reference, number_clusters
from .iterations import Run
from .options import Options
from .restarts import Restarts, Start, begin_run, best_run, resolve_n_init

COARSE = 2.0**-10
"""Part of the distance between rows and centers that the grid of the sums may round away."""


@dataclass(frozen=True, eq=False)
class Fit:
    """The best run, all restarts, and the warnings for the caller."""

    run: Run
    restarts: Restarts
    warned: tuple[tuple[str, bool], ...]

    def warnings(self, convergence: type[Warning]) -> Iterator[tuple[str, type[Warning]]]:
        """Texts and categories; ``convergence`` is that of runs cut off and of too few clusters."""
        for text, is_convergence in self.warned:
            yield text, convergence if is_convergence else RuntimeWarning


def fit_rows(
    caller: str,
    x: Matrix,
    sample_weight: Any,
    options: Options,
    rng: Rng,
    max_abs: Doubles | None = None,
) -> Fit:
    """Fit checked ``options`` to a matrix in memory (see `_validate.as_matrix`).

    ``sample_weight`` is as the user gave it. ``max_abs`` (d,) are the largest magnitudes of the
    features, where they are known; otherwise x is searched for NaN and infinity here.
    """
    check_algorithm(options.algorithm, Shape.of(x), options.n_clusters, options.max_memory)
    if max_abs is None:
        max_abs = check.feature_range(x, "X", options.n_threads)
    weight = check.as_sample_weight(sample_weight, len(x))
    unit = value_unit(float(max_abs.max()))
    scaled = in_value_units(x, unit)
    ranges = find_ranges(scaled, weight, options.n_threads, in_value_units(max_abs, unit))
    grid = check_all_rows(ranges, options.n_clusters)
    start = as_start(options, ranges, x.dtype, x, unit)
    with computing(x.size * options.n_clusters), watching(options, start) as watcher:
        rows = Rows(
            scaled, in_units(weight, ranges.weight_exponent), requested_threads=options.n_threads
        )
        executor = Memory(rows, frame_of(rows, ranges, grid, unit))
        fit = fit_executor(caller, executor, start, options, rng, watcher)
        if unit == 1:
            return fit
        return replace(fit, run=rescaled(fit.run, scaled, weight, unit, options.n_threads))


def frame_of(rows: Rows, ranges: Ranges, grid: Grid, unit: float = 1.0) -> Frame:
    """Frame of rows in memory, which are in units of ``unit``."""
    origin = rows.x[0].astype(np.float64)
    return make_frame(
        ranges, grid, origin, lambda point, grid: find_moments(rows, point, grid), unit
    )


def rescaled(
    run: Run, x: Matrix | Csr, weight: Doubles | None, unit: float, n_threads: int | None
) -> Run:
    """A run on rows ``x`` in units of ``unit``, for the values as they were given.

    Denormal centers are rounded; labels and inertia are then those of the rounded centers.
    """
    centers, labels, inertia = run.centers * unit, run.labels, run.inertia
    points = in_value_units(centers, unit)
    if not np.array_equal(points, run.centers):
        labels = prediction.nearest_centers(x, points, n_threads)
        inertia = prediction.inertia(x, weight, points, labels, n_threads)
    return replace(
        run,
        centers=centers,
        labels=labels,
        inertia=square_from_units(inertia, unit),
        records=[record.rescaled(unit) for record in run.records],
    )


def check_all_rows(ranges: Ranges, n_clusters: int) -> Grid:
    """Require enough rows, for which sums are precise; give the grid of the sums."""
    check.check_ranges(ranges)
    check.check_n_clusters(n_clusters, ranges)
    return grid_of(ranges)


def as_start(options: Options, ranges: Ranges, dtype: Any, x: Any, unit: float = 1.0) -> Start:
    """Name of a seeding, checked centers, or what draws and checks them from rows in memory.

    Ranges and centers are in units of ``unit``, ``x`` is as it was given.
    """
    init, k = options.init, options.n_clusters
    if isinstance(init, str):
        return init
    if not callable(init):
        centers: Matrix = check.as_start(init, k, ranges, dtype, unit)
        return centers
    if x is None:
        raise ValueError("init must be a name or centers where X is not in memory, got a callable.")
    readonly = x
    if isinstance(x, np.ndarray):
        readonly = x.view()
        readonly.flags.writeable = False
    return lambda rng: check.as_start(init(readonly, k, rng), k, ranges, dtype, unit)


def watching(options: Options, start: Start | str) -> AbstractContextManager[Watcher]:
    """Context of a `Watcher` of the fit."""
    if not options.progress:
        return nullcontext(Watcher(options.callback))
    n_init = resolve_n_init(options.n_init, start)
    return displayed(options.callback, n_init, options.max_iter)


def fit_executor(
    caller: str,
    executor: Executor,
    start: Start,
    options: Options,
    rng: Rng,
    watcher: Watcher,
) -> Fit:
    """Fit rows wherever they are."""
    n_init = resolve_n_init(options.n_init, start)
    warned = []
    if isinstance(start, np.ndarray) and options.n_init not in ("auto", 1):
        text = "Explicit initial center position passed: performing only one init in "
        warned.append((f"{text}{caller} instead of n_init={options.n_init}.", False))
    watched = options.watched_by(watcher.iterated)
    checkpoint = None
    if options.checkpoint is not None:
        from .checkpoint import checkpoint_of

        checkpoint = checkpoint_of(options.checkpoint, options, executor, start, n_init, rng)
    reference = as_reference(options, caller, len(executor.frame.mean))
    run, restarts, last = best_run(executor, start, n_init, watched, rng, checkpoint)
    begin = partial(begin_run, executor, options, n_init)
    run = number_clusters(executor, run, options.label_order, reference, begin)
    warned += [(text, True) for text in _cut_off(last, options, n_init)]
    warned += [(text, False) for text in _coarse_sums(executor.frame, run.inertia)]
    if run.n_found < options.n_clusters and options.empty_cluster != "drop":
        text = (
            f"Number of distinct clusters ({run.n_found}) found smaller than n_clusters "
            f"({options.n_clusters}). Possibly due to duplicate points in X."
        )
        warned.append((text, True))
    return Fit(run, restarts, tuple(warned))


def _cut_off(last: Run, options: Options, n_init: int) -> Iterator[str]:
    """Warn where a time limit or an interrupt has ended the last run before it converged."""
    causes = {"time_limit": f"time_limit={options.time_limit}", "interrupt": "An interrupt"}
    if last.stop_reason in causes:
        number = f"run {last.number + 1} of {n_init}" if n_init > 1 else "the fit"
        iterations = "1 iteration" if last.n_iter == 1 else f"{last.n_iter} iterations"
        cause = causes[last.stop_reason]
        yield f"{cause} stopped {number} after {iterations}, before it converged."


def _coarse_sums(frame: Frame, inertia: float) -> Iterator[str]:
    """Warn where sums round away much of the distance between rows and their centers."""
    spread = float(np.sqrt(inertia / frame.weight_unit / frame.total_weight))
    lost = frame.grid.resolution()
    f, unit = int(lost.argmax()), frame.value_unit
    if lost[f] > COARSE * spread > 0:
        yield (
            f"Feature {f} of X has magnitudes up to {frame.max_abs[f] * unit:.3g}; beside them its "
            f"means are rounded to {lost[f] * unit:.3g}, while rows are {spread * unit:.3g} from "
            "their centers (root mean square). Is that a fill value? Replace it, or scale the "
            "feature."
        )
