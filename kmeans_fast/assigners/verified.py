"""A check for developers: compares every label of every iteration with the reference."""

from collections.abc import Sequence

import numpy as np

from .. import _backend
from .._typing import Labels, Matrix
from .base import Assigner, Work
from .rows import Rows
from .sums import Sums


class Verified:
    """An assigner that raises where the one that it wraps is not exact."""

    def __init__(self, assigner: Assigner, rows: Rows) -> None:
        self.assigner = assigner
        self.rows = rows

    @property
    def labels(self) -> Labels:
        """Labels of the assigner itself."""
        return self.assigner.labels

    @property
    def name(self) -> str:
        """See `Assigner`."""
        return self.assigner.name

    @property
    def decisions(self) -> Sequence[str]:
        """See `Assigner`."""
        return self.assigner.decisions

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.assigner.restart(labels)

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        work = self.assigner.step(centers, sums)
        labels = self.labels
        expected = np.empty_like(labels)
        _backend.oracle.assign_rows(self.rows.x, centers, expected, 1)
        wrong = np.flatnonzero(labels != expected)
        if len(wrong):
            row = wrong[0]
            raise AssertionError(
                f"algorithm {self.name!r} gives {len(wrong)} rows another label than Lloyd's: row "
                f"{self.rows.first + row} {labels[row]} instead of {expected[row]}. Please report "
                "this."
            )
        return work
