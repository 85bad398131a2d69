"""The choice of an assigner: by shape and memory before the first step, by the clock after it.

The first choice is the best that shape, processor and memory allow. How much it saves depends on
the data, so its steps are timed against what Lloyd's assignment takes on a part of the same rows;
where they are slower, Lloyd's goes on, and the choice is tried again when far fewer rows move.
Every assigner gives the same labels: the choice changes time only.
"""

from time import perf_counter

import numpy as np

from ... import _backend
from .lloyd import Lloyd

REVIEWS = (2, 4, 8, 16, 32, 64, 128, 256)
"""Steps after which the clock is asked."""
SLOWER = 1.15
"""How much slower than Lloyd's assignment a choice must be to be left: timings are noisy."""
FEWER_MOVES = 4
"""A choice that was left is tried again when so many times fewer rows move."""
LATEST = 3
"""Steps of which the fastest counts: what else runs on the machine only makes them slower."""
CLEARLY = 1.5
"""How much faster than Lloyd's assignment a choice must be for one measurement of that to do."""
SAMPLE_SHARE, LEAST_SAMPLE = 16, 4096
SURE = ("sorted",)
"""Assigners so much faster than Lloyd's that asking the clock would take longer than they do."""
SMALL_WORK = 1 << 21
"""Multiply-adds of an iteration below which bookkeeping takes longer than it can save."""


class Auto:
    """Changes over between assigners; ``name`` is that of the one that took the last step."""

    def __init__(self, problem, n_clusters, candidates, budget):
        """``candidates`` are (name, maker, bytes), best first; ``budget`` is for the rows' part."""
        self.problem = problem
        self.lloyd = Lloyd(problem, n_clusters)
        self.steps = 0
        self.seconds = []
        self.lloyd_seconds = 0.0
        self.moved_when_left = None
        self.next = None
        work = problem.x.size * n_clusters
        n, d = problem.x.shape
        shape = f"{n:,} x {d} {problem.x.dtype}, {n_clusters:,} clusters"
        self.decisions = [f"{shape}; up to {budget:,} bytes for bounds and sketches of rows"]
        if work < SMALL_WORK or not candidates:
            self.fixed = True
            self.choice = self.current = self.lloyd
            reason = "so little work" if candidates else "nothing else fits"
            self._decide(f"lloyd: {reason}")
        else:
            name, maker, size = candidates[0]
            self.choice = self.current = maker(problem, n_clusters)
            others = ", ".join(candidate[0] for candidate in candidates[1:]) or "lloyd"
            self._decide(f"{name}: first choice for this shape, {size:,} bytes; then {others}")
            self.fixed = name in SURE

    @property
    def name(self):
        """Name of the assigner that took the last step."""
        return self.current.name

    def _decide(self, text):
        self.decisions.append(f"iteration {self.steps}: {text}")

    def step(self, centers, labels, sums):
        """See `assigners`."""
        if self.next is not None:
            self.current, self.next, self.seconds = self.next, None, []
            if self.current is self.choice:
                self.choice.restart()
        begin = perf_counter()
        work = self.current.step(centers, labels, sums)
        self.seconds.append(perf_counter() - begin)
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

    def _review(self, centers, work):
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

    def _time_lloyd(self, centers, own):
        """What assigning all rows would take, from a part of them."""
        x = self.problem.x
        n = min(len(x), max(LEAST_SAMPLE, len(x) // SAMPLE_SHARE))
        labels = np.empty(n, dtype=np.int32)
        threads = self.problem.n_threads(len(centers))
        least = np.inf
        for _ in range(LATEST):
            begin = perf_counter()
            _backend.assign.assign_rows(x[:n], centers, labels, threads)
            least = min(least, (perf_counter() - begin) * len(x) / n)
            if own * CLEARLY <= least:
                break
        return least
