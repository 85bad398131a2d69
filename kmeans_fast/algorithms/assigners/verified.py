"""A guard for developers: every label of every iteration held against the reference."""

import numpy as np

from ..._reference.assign import assign_rows


class Verified:
    """An assigner that raises where the one it wraps is not exact."""

    def __init__(self, assigner, problem):
        self.assigner = assigner
        self.problem = problem

    def __getattr__(self, name):
        return getattr(self.assigner, name)

    def step(self, centers, labels, sums):
        """See `assigners`."""
        name = self.name
        work = self.assigner.step(centers, labels, sums)
        expected = np.empty_like(labels)
        assign_rows(self.problem.x, centers, expected, 1)
        wrong = np.flatnonzero(labels != expected)
        if len(wrong):
            row = wrong[0]
            raise AssertionError(
                f"algorithm {name!r} gives {len(wrong)} rows another label than Lloyd's: row {row} "
                f"{labels[row]} instead of {expected[row]}. Please report this."
            )
        return work
