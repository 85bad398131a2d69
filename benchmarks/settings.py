"""The choices of the command line, and a folder for the arrays that processes share."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from table import row_of

QUICK_PART = 10
"""A quick run uses one row in ten."""


@dataclass(frozen=True)
class Settings:
    """Choices that apply to every part."""

    folder: Path
    threads: int
    dtypes: list
    long_dtypes: list
    repeats: int
    seeds: int
    quick: bool
    shape: str
    peers: list
    algorithms: list
    budget: float
    limit: float
    plot: Path

    def chosen(self, shapes):
        """The shapes whose name contains the text of --shape, in full or quick size."""
        return [self.sized(shape) for shape in shapes if self.shape in str(shape)]

    def sized(self, shape):
        """The shape in full size, or in quick size with --quick."""
        return replace(shape, n=shape.n // QUICK_PART) if self.quick else shape

    def path(self, name):
        """Path of an array."""
        return str(self.folder / f"{name}.npy")

    def save(self, name, array):
        """Save an array where the other processes find it."""
        path = self.path(name)
        np.save(path, array)
        return path

    def warn(self, message):
        """Print a message to standard error, which is not part of the table."""
        print(message, file=sys.stderr, flush=True)

    def tell(self, cells):
        """Print a row of a table as soon as it is measured; return it."""
        self.warn(row_of(cells))
        return cells
