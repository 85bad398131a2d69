"""The choice of an assigner: by shape and memory before the first step, by timing after it.

The first choice is the best one that shape, processor and memory allow. If it is a sketch, a probe
of the rows after the first step tells whether it stays. The gain of a choice depends on the data,
so the time of its steps is compared with the time of Lloyd's assignment on a part of the same
rows. If the steps are slower, the fit continues with Lloyd's assignment, and the choice is tried
again when far fewer rows move. Every assigner gives the same labels: the choice changes time only.
"""

from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np

from .. import _backend
from .._typing import Labels, Matrix
from .base import Assigner, Work, unassigned
from .frame import Frame
from .lloyd import Lloyd
from .rows import Rows, Shape
from .sketch import MOST_RANK, Sketch
from .sums import Sums

REVIEWS = (2, 4, 8, 16, 32, 64, 128, 256)
"""Steps after which timings are compared."""
SLOWER = 1.15
"""A choice is left when it is this many times slower than Lloyd's: timings are noisy."""
FEWER_MOVES = 4
"""A choice that was left is tried again when this many times fewer rows move."""
LATEST = 3
"""Number of last steps whose fastest counts: other programs only make steps slower."""
CLEARLY = 1.5
"""If a choice beats Lloyd's assignment by this factor, Lloyd's is timed only once."""
SAMPLE_SHARE, LEAST_SAMPLE = 16, 1024
"""Lloyd's assignment is timed on 1/16 of the rows, but on at least 1,024."""
SURE = ("sorted",)
"""Assigners that are always faster than Lloyd's: they are not timed."""
PROMISING, PROMISING_BESIDE_CODES = 0.4, 0.25
"""A sketch is made when its probe promises less than this part of Lloyd's work, and less than codes
of all features take where these come next."""
SMALL_WORK = 1 << 21
"""Below this many multiply-adds per iteration, bookkeeping takes longer than it can save."""

Make = Callable[[Rows, Frame, int, Labels], Assigner]


def described(shape: Shape, n_clusters: int, budget: int) -> str:
    """The sizes on which the choice depends, in words."""
    n, d, itemsize = shape
    return (
        f"{n:,} x {d} float{8 * itemsize}, {n_clusters:,} clusters; up to {budget:,} bytes for "
        "bounds and codes of rows"
    )


class Auto:
    """Changes between assigners; ``name`` is the name of the assigner of the last step.

    ``candidates`` are (name, maker, bytes), best first; ``budget`` is the number of bytes that
    bounds and codes of the rows may take.
    """

    def __init__(
        self,
        rows: Rows,
        frame: Frame,
        n_clusters: int,
        candidates: Sequence[tuple[str, Make, int]],
        budget: int,
    ) -> None:
        self.rows = rows
        self.candidates = candidates
        self.shape = described(rows.shape, n_clusters, budget)
        self.labels = unassigned(len(rows))
        self.lloyd = Lloyd(rows, frame, n_clusters, self.labels)
        self.frame, self.n_clusters = frame, n_clusters
        self._take(0)
        self._begin()

    def _take(self, candidate: int) -> None:
        """Make the candidate of this number the choice; Lloyd's assignment after the last."""
        self.candidate = candidate
        self.choice: Assigner = self.lloyd
        if candidate < len(self.candidates):
            make = self.candidates[candidate][1]
            self.choice = make(self.rows, self.frame, self.n_clusters, self.labels)

    def _begin(self) -> None:
        self.steps = 0
        self.seconds: list[float] = []
        self.lloyd_seconds = 0.0
        self.moved_when_left = 0
        self.next: Assigner | None = None
        self.decisions = [self.shape]
        if self.candidates:
            name, _, size = self.candidates[self.candidate]
            others = ", ".join(other[0] for other in self.candidates[self.candidate + 1 :])
            self._decide(
                f"{name}: first choice for this shape, {size:,} bytes; then {others or 'lloyd'}"
            )
        self._use_choice()

    def _use_choice(self) -> None:
        self.current: Assigner = self.choice
        self.noted = 0
        self.fixed = self.choice is self.lloyd or self.choice.name in SURE
        if self.choice is self.lloyd:
            self._decide("lloyd: nothing else fits")

    @property
    def name(self) -> str:
        """Name of the assigner that took the last step."""
        return self.current.name

    def _decide(self, text: str) -> None:
        self.decisions.append(f"iteration {self.steps}: {text}")

    def _ask_sketch(self, sketch: Sketch, centers: Matrix) -> None:
        """Take the next candidate unless a probe of centers that are means promises much."""
        self.seconds = []
        others = [name for name, _, _ in self.candidates[self.candidate + 1 :]]
        beside_codes = others[:1] == ["codes"]
        plan = None
        try:
            rank = sketch.rank() if beside_codes else 0
            if rank > MOST_RANK:
                promise = f"variance lies in {rank:.0f} directions, about"
            else:
                plan = sketch.prepare(centers)
                promise = plan.described(self.n_clusters) if plan else "values too far out"
        except MemoryError:
            promise = "too little memory to find directions"
        enough = PROMISING_BESIDE_CODES if beside_codes else PROMISING
        if plan is not None and plan.share < enough:
            return
        self._decide(f"no sketch: {promise}")
        self._take(self.candidate + 1)
        self._use_choice()

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        self.lloyd.restart(labels)
        if self.choice is not self.lloyd:
            self.choice.restart(labels)
        self._begin()

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        if self.next is not None:
            self.current, self.next, self.seconds = self.next, None, []
            if self.current is self.choice:
                self.choice.restart(self.labels)
        if self.steps == 1 and isinstance(self.choice, Sketch):
            self._ask_sketch(self.choice, centers)
        begin = perf_counter()
        work = self.current.step(centers, sums)
        self.seconds.append(perf_counter() - begin)
        for text in self.choice.decisions[self.noted :]:
            self._decide(text)
        self.noted = len(self.choice.decisions)
        self.steps += 1
        if self.fixed:
            return work
        if self.current is self.lloyd:
            if 0 < work.n_moved * FEWER_MOVES <= self.moved_when_left:
                self._decide(f"{work.n_moved:,} rows moved: try again")
                self.next = self.choice
        elif self.steps in REVIEWS and len(self.seconds) >= 2:
            self._review(centers, work)
        return work

    def _review(self, centers: Matrix, work: Work) -> None:
        own = min(self.seconds[1:][-LATEST:])
        if own * CLEARLY > self.lloyd_seconds:
            self.lloyd_seconds = self._time_lloyd(centers, own)
        lloyd = self.lloyd_seconds
        if own > SLOWER * lloyd:
            self._decide(
                f"lloyd: {self.name} takes {own * 1e3:.3g} ms, Lloyd's assignment "
                f"{lloyd * 1e3:.3g} ms"
            )
            self.moved_when_left = work.n_moved
            self.next = self.lloyd
        else:
            self._decide(
                f"{self.name} goes on: {own * 1e3:.3g} ms, {work.n_skipped:,} rows settled by "
                f"bounds; Lloyd's assignment would take {lloyd * 1e3:.3g} ms"
            )

    def _time_lloyd(self, centers: Matrix, own: float) -> float:
        """Estimated seconds of an assignment of all rows, measured on a part of them."""
        x = self.rows.x
        n = min(len(x), max(LEAST_SAMPLE, len(x) // SAMPLE_SHARE))
        labels = np.empty(n, dtype=np.int32)
        threads = self.rows.n_threads(len(centers))
        least = np.inf
        for _ in range(LATEST):
            begin = perf_counter()
            _backend.assign.assign_rows(x[:n], centers, labels, threads)
            least = min(least, (perf_counter() - begin) * len(x) / n)
            if own * CLEARLY <= least:
                break
        return float(least)
