"""Mini-batch k-means (Sculley 2010): batches drawn at random move the centers.

Start centers, batches and rules are those of scikit-learn for the same random state, but for
weights: start rows, batches and the rows of reassigned clusters are drawn in proportion to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from .. import _validate as check
from .._typing import Doubles, Matrix, Rng
from ..assigners.frame import Frame, Ranges, find_ranges
from ..assigners.rows import Rows
from ..executors.seeding_part import Part
from ..executors.seeding_rows import Parts
from . import prediction
from .batch_centers import Batch, BatchCenters
from .batch_draws import Draws
from .batch_options import BatchOptions
from .batch_stopping import TEXTS, BatchRules
from .fitting import frame_of
from .nested_batches import fit_nested
from .seeding import seed_centers

INIT_BATCHES, INIT_ROWS = 3, 3
"""Batches, or rows per cluster, from which start centers are picked."""
SOME_RUNS = 3
"""Runs of n_init="auto" where the picks differ much."""


@dataclass(frozen=True, eq=False)
class BatchFit:
    """The centers after the last batch, how many batches and passes over the rows there were.

    ``inertia`` is the smoothed inertia of the batches, for all rows.
    """

    centers: BatchCenters
    n_steps: int
    n_iter: int
    inertia: float


def init_size(options: BatchOptions, batch_size: int, n_rows: int) -> int:
    """Number of rows from which start centers are picked."""
    size, k = options.init_size, options.n_clusters
    if size is None:
        size = INIT_BATCHES * batch_size
    if size < k:
        size = INIT_ROWS * k
    return min(size, n_rows)


def start_warnings(options: BatchOptions, caller: str) -> Iterator[str]:
    """Texts of warnings about the parameters of the start."""
    size, k = options.init_size, options.n_clusters
    if size is not None and size < k:
        yield (
            f"init_size={size} should be larger than n_clusters={k}. Setting it to "
            "min(3*n_clusters, n_samples)"
        )
    is_given = not isinstance(options.init, str) and not callable(options.init)
    if is_given and options.n_init not in ("auto", 1):
        yield (
            "Explicit initial center position passed: performing only one init in "
            f"{caller} instead of n_init={options.n_init}."
        )


class Starts:
    """Start centers picked from a few of the rows, drawn by their weights."""

    def __init__(
        self,
        x: Matrix,
        weight: Doubles | None,
        draws: Draws,
        ranges: Ranges,
        options: BatchOptions,
    ) -> None:
        self.x = x
        self.weight = weight
        self.draws = draws
        self.ranges = ranges
        self.options = options

    def pick(self, size: int, rng: Rng) -> Matrix:
        """Start centers from ``size`` of the rows."""
        x, weight, options = self.x, self.weight, self.options
        init, k = options.init, options.n_clusters
        if size < self.draws.count:  # scikit-learn draws these rows for given centers, too
            x, weight = np.take(x, self.draws.sample(size, rng), axis=0), None
        if not isinstance(init, str) and not callable(init):
            centers: Matrix = check.as_start(init, k, self.ranges, x.dtype)
            return centers
        if callable(init):
            readonly = x.view()
            readonly.flags.writeable = False
            picked: Matrix = check.as_start(init(readonly, k, rng), k, self.ranges, x.dtype)
            return picked
        ranges = find_ranges(x, weight, options.n_threads)
        batch = Batch.of(x, weight, ranges)
        part = Part(x, batch.weight, options.n_threads)
        rows = Parts([part], float(ranges.max_abs.max()), ranges.heaviest / batch.unit)
        return seed_centers(rows, batch.grid, init, k, rng)

    def best(self, size: int, rng: Rng) -> Matrix:
        """The best of ``n_init`` starts, by their inertia on ``size`` rows."""
        options, init = self.options, self.options.init
        x = np.take(self.x, self.draws.sample(size, rng), axis=0)
        best, lowest = None, np.inf
        runs = n_starts(options)
        for run in range(runs):
            if options.verbose:
                print(f"Init {run + 1}/{runs} with method {init}")
            centers = self.pick(size, rng)
            if runs == 1 and not options.verbose:
                return centers
            labels = prediction.nearest_centers(x, centers, options.n_threads)
            inertia = prediction.inertia(x, None, centers, labels, options.n_threads)
            if options.verbose:
                print(f"Inertia for init {run + 1}/{runs}: {inertia}")
            if best is None or inertia < lowest:
                best, lowest = centers, inertia
        assert best is not None
        return best


def n_starts(options: BatchOptions) -> int:
    """Number of starts, as in scikit-learn."""
    init, n_init = options.init, options.n_init
    if not isinstance(init, str) and not callable(init):
        return 1
    if isinstance(n_init, str):  # "auto"
        return 1 if init in ("k-means++", "k-means||", "afk-mc2", "density") else SOME_RUNS
    return int(n_init)


def fit_batches(
    x: Matrix, weight: Doubles | None, ranges: Ranges, options: BatchOptions, rng: Rng
) -> BatchFit:
    """Fit checked ``options`` to rows in memory with these ranges."""
    draws = Draws(len(x), weight)
    n_rows, threads = draws.count, options.n_threads
    batch_size = min(options.batch_size, n_rows)
    starts = Starts(x, weight, draws, ranges, options)
    start = starts.best(init_size(options, batch_size, n_rows), rng)
    if options.method == "nested":
        return _fit_nested(x, weight, ranges, start, options, batch_size, rng)
    adaptive = options.learning_rate == "adaptive"
    centers = BatchCenters(start, adaptive=adaptive, n_threads=threads)
    unweighted = find_ranges(x[:batch_size], None, threads, ranges.max_present)
    grid = Batch.of(x[:0], None, unweighted).grid
    tol = options.tol
    if tol > 0:
        tol *= _all_rows(x, weight, ranges, threads)[1].variance
    rules = BatchRules(n_rows, batch_size, tol, options.max_no_improvement)
    n_steps = options.max_iter * n_rows // batch_size
    kept = options.kept(batch_size)
    own = Draws(batch_size, None)
    inertia = np.inf
    for step in range(n_steps):
        drawn = np.take(x, draws.batch(batch_size, rng), axis=0)
        batch = Batch(drawn, None, grid, float(batch_size))
        before = centers.centers.copy() if tol > 0 else None
        labels = centers.assign(batch)
        inertia = batch.inertia(centers.centers, labels, threads) / batch_size
        due = centers.is_due(batch_size)
        centers.follow(batch, kept)
        if due:
            _reassign(centers, drawn, own, rng, options)
        shift = 0.0 if before is None else _squared(centers.centers, before)
        reason = rules.reason(step, inertia, shift)
        if options.verbose:
            _print_step(step, n_steps, inertia, rules.inertia)
        if reason is not None:
            if options.verbose:
                print(f"Converged ({TEXTS[reason]}) at step {step + 1}/{n_steps}")
            break
    smoothed = inertia if rules.inertia is None else rules.inertia
    return BatchFit(
        centers, step + 1, ceil((step + 1) * batch_size / n_rows), smoothed * draws.total
    )


def _all_rows(
    x: Matrix, weight: Doubles | None, ranges: Ranges, n_threads: int | None
) -> tuple[Rows, Frame]:
    """Rows and frame of a fit to all of them."""
    whole = Batch.of(x, weight, ranges)
    rows = Rows(x, whole.weight, requested_threads=n_threads)
    return rows, frame_of(rows, ranges, whole.grid)


def _fit_nested(
    x: Matrix,
    weight: Doubles | None,
    ranges: Ranges,
    start: Matrix,
    options: BatchOptions,
    batch_size: int,
    rng: Rng,
) -> BatchFit:
    rows, frame = _all_rows(x, weight, ranges, options.n_threads)
    first = min(len(x), max(batch_size, options.n_clusters))
    points, n_steps, n_iter = fit_nested(rows, frame, start, options, first, rng)
    labels = prediction.nearest_centers(x, points, options.n_threads)
    inertia = prediction.inertia(x, weight, points, labels, options.n_threads)
    counts = np.bincount(labels, weight, len(points)).astype(np.float64)
    centers = BatchCenters(points, counts=counts, n_threads=options.n_threads)
    return BatchFit(centers, n_steps, n_iter, inertia)


def add_batch(
    centers: BatchCenters,
    batch: Batch,
    draws: Draws,
    rng: Rng,
    options: BatchOptions,
) -> None:
    """Let centers follow a batch that the caller chose; ``draws`` are those of its rows."""
    centers.assign(batch)
    due = centers.is_due(draws.count)
    centers.follow(batch, options.kept(batch.total_weight))
    if due:
        _reassign(centers, batch.x, draws, rng, options)


def _reassign(
    centers: BatchCenters, x: Matrix, draws: Draws, rng: Rng, options: BatchOptions
) -> None:
    if options.reassignment_ratio > 0:
        count = centers.reassign(x, draws, rng, options.reassignment_ratio)
        if count and options.verbose:
            print(f"[MiniBatchKMeans] Reassigning {count} cluster centers.")


def _squared(a: Matrix, b: Matrix) -> float:
    """Squared distance of two arrays, summed in float64."""
    difference = a.astype(np.float64) - b
    return float(np.vdot(difference, difference))


def _print_step(step: int, n_steps: int, inertia: float, smoothed: float | None) -> None:
    text = f"Minibatch step {step + 1}/{n_steps}: mean batch inertia: {inertia}"
    print(text if smoothed is None else f"{text}, ewa inertia: {smoothed}")
