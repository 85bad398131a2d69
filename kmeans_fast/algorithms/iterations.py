"""The iterations of a run: assign rows, update centers, until a rule stops it.

The sums of the clusters are order-free (see `grid`), so they are carried from one iteration to the
next and only rows that moved are added and subtracted; the result is the same to the last bit.
"""

from dataclasses import dataclass
from math import sqrt
from time import perf_counter

import numpy as np

from .. import _backend
from .chunks import filled
from .history import History, Iteration, Record, make_history
from .relocation import relocate_empty_clusters


@dataclass(frozen=True, eq=False)
class Run:
    """Result of run ``number``; ``labels`` are the nearest of ``centers``, always."""

    centers: np.ndarray
    labels: np.ndarray
    inertia: float
    n_iter: int
    stop_reason: str
    history: History
    decisions: tuple[str, ...]
    number: int


def iterate(problem, centers, rules, assigner, *, groups=None, run=0, verbose=False, callback=None):
    """Run from ``centers`` (overwritten) until one of ``rules`` holds.

    With ``groups`` of identical rows (see `grouping`), the assigner is one for the groups.
    """
    x, grid, mean = problem.x, problem.grid, problem.mean
    update_centers = _backend.lloyd.update_centers
    labels = filled(len(x) if groups is None else len(groups.counts), -1, np.int32)
    sums = np.zeros((len(centers), 2, x.shape[1] + 1), dtype=np.int64)
    centers_new = np.empty_like(centers)
    records, inertia, reason = [], np.inf, None
    begin = perf_counter()
    while reason is None:
        work = assigner.step(centers, labels, sums)
        n_empty, shift, explained = update_centers(sums, grid, mean, centers, centers_new)
        if n_empty:
            relocated = relocate_empty_clusters(*(problem, centers, _of_rows(labels, groups), sums))
            _, shift, _ = update_centers(relocated, grid, mean, centers, centers_new)
        previous = inertia
        inertia = max(0.0, problem.total_squares - explained) * problem.weight_unit
        end = perf_counter()
        i = len(records)
        records.append(
            Record(
                inertia=inertia,
                center_shift=sqrt(shift),
                n_moved=work.n_moved,
                seconds=end - begin,
                algorithm=assigner.name,
                n_distances=work.n_distances,
                n_skipped=work.n_skipped,
            )
        )
        begin = end
        if verbose:
            own = _of_rows(labels, groups)
            print(f"Iteration {i}, inertia {problem.inertia(centers, own)}.")
        told = callback is not None and callback(
            Iteration(run, i, **records[-1]._asdict(), centers=centers_new.copy())
        )
        reason = rules.reason(i, work.n_moved, shift, inertia, previous, told)
        centers, centers_new = centers_new, centers
    if verbose:
        _print_convergence(reason, i, shift, rules.tol)
    if reason != "no_label_change" or not np.array_equal(centers, centers_new):
        assigner.step(centers, labels, sums)
    labels = _of_rows(labels, groups)
    return Run(
        centers=centers,
        labels=labels,
        inertia=problem.inertia(centers, labels),
        n_iter=len(records),
        stop_reason=reason,
        history=make_history(records),
        decisions=tuple(getattr(assigner, "decisions", ())),
        number=run,
    )


def _of_rows(labels, groups):
    return labels if groups is None else groups.expand(labels)


def _print_convergence(reason, iteration, shift, tol):
    if reason == "no_label_change":
        print(f"Converged at iteration {iteration}: strict convergence.")
    elif reason == "center_shift":
        print(f"Converged at iteration {iteration}: center shift {shift} within tolerance {tol}.")
