"""The iterations of a run: assign rows, update centers, until a rule stops it.

The sums of the clusters do not depend on the order of addition (see `assigners.sums`), so they are
carried from one iteration to the next: rows that moved are subtracted and added, and the result is
the same to the last bit as a sum over all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from time import perf_counter

import numpy as np

from .._typing import Labels, Matrix
from ..assigners.sums import Sums
from ..executors.base import Executor, inertia_of
from .empty_clusters import EmptyClusters
from .history import History, Record, make_history
from .observer import Observer
from .relocation import relocate_empty_clusters
from .state import Ended, Progress
from .stopping import StopReason, StopRules


@dataclass(frozen=True, eq=False)
class Run(Ended):
    """A run with its ``labels``, which are always the nearest of its ``centers``."""

    labels: Labels

    @classmethod
    def of(cls, ended: Ended, labels: Labels) -> Run:
        """A run from its state without labels, and its labels."""
        return cls(**vars(ended), labels=labels)

    @property
    def n_iter(self) -> int:
        """Number of iterations."""
        return len(self.records)

    @property
    def history(self) -> History:
        """Records of the iterations, in columns."""
        return make_history(self.records)


def iterate(
    executor: Executor,
    progress: Progress,
    rules: StopRules,
    observer: Observer,
    empty: EmptyClusters,
) -> Run:
    """Bring ``progress`` forward (its centers are overwritten) until one of ``rules`` holds."""
    frame, centers, records = executor.frame, progress.centers, progress.records
    sums = Sums.zeros(len(centers), frame.grid)
    if progress.before is not None:  # labels and sums as the last iteration left them
        executor.step(progress.before, sums)
    centers_new = np.empty_like(centers)
    inertia = records[-1].inertia if records else np.inf
    reason: StopReason | None = None
    begin = perf_counter()
    while reason is None:
        work = executor.step(centers, sums)
        update = sums.update(centers, frame.mean, out=centers_new)
        if update.n_empty and empty.rule != "relocate":
            centers, sums = empty.leave_out(executor, centers, sums)
            centers_new = np.empty_like(centers)
            update = sums.update(centers, frame.mean, out=centers_new)
        elif update.n_empty:
            relocated = relocate_empty_clusters(executor, centers, sums)
            shift = relocated.update(centers, frame.mean, out=centers_new).shift
            update = update._replace(shift=shift)
        previous = inertia
        inertia = max(0.0, frame.total_squares - update.explained) * frame.weight_unit
        end = perf_counter()
        records.append(
            Record(
                inertia=inertia,
                center_shift=sqrt(update.shift),
                n_moved=work.n_moved,
                seconds=end - begin,
                algorithm=executor.name,
                n_distances=work.n_distances,
                n_skipped=work.n_skipped,
            )
        )
        begin = end
        iteration = len(records) - 1
        progress.centers, progress.before = centers_new, centers
        told = observer.iterated(executor, progress)
        reason = rules.reason(iteration, work.n_moved, update.shift, inertia, previous, told)
        observer.decided(reason)
        centers, centers_new = centers_new, centers
    observer.stopped(reason, len(records) - 1, update.shift, rules.tol)
    if reason != "no_label_change" or not np.array_equal(centers, centers_new):
        executor.step(centers, sums)
    return _ended(executor, centers, sums, reason, records, observer.state.run, empty)


def cut_short(executor: Executor, progress: Progress, number: int, empty: EmptyClusters) -> Run:
    """The run that an interrupt has stopped, with the centers of its last whole iteration.

    The interrupt may have left labels and sums half done, so all rows are assigned again.
    """
    centers = progress.centers
    empty.begin(len(centers))
    sums = Sums.zeros(len(centers), executor.frame.grid)
    executor.step(centers, sums)
    return _ended(executor, centers, sums, "interrupt", progress.records, number, empty)


def _ended(
    executor: Executor,
    centers: Matrix,
    sums: Sums,
    reason: StopReason,
    records: Sequence[Record],
    number: int,
    empty: EmptyClusters,
) -> Run:
    """A run whose labels and sums are those of its centers."""
    if empty.rule != "relocate":
        centers, sums = empty.leave_out(executor, centers, sums)
    return Run(
        centers=centers,
        labels=executor.labels(),
        inertia=inertia_of(executor, centers),
        stop_reason=reason,
        records=records,
        decisions=tuple(executor.decisions),
        n_found=int(np.count_nonzero(sums.means()[1])),
        number=number,
    )
