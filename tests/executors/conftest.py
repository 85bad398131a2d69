"""Fixtures for rows in files: blocks and parts of few rows."""

import pytest

from kmeans_fast.algorithms import source_fitting
from kmeans_fast.executors import stream


@pytest.fixture
def cut_small(monkeypatch):
    """Function that sets the rows of a block, and of a part that is read as a whole."""

    def cut(row_bytes, block_rows, part_rows):
        monkeypatch.setattr(source_fitting, "LEAST_BLOCK_BYTES", 1)
        monkeypatch.setattr(source_fitting, "MOST_BLOCK_BYTES", block_rows * row_bytes)
        monkeypatch.setattr(stream, "PART_BYTES", part_rows * row_bytes)

    return cut


@pytest.fixture
def streams(monkeypatch):
    """List of the executors of all fits to files; each lists the ranges that its steps read."""
    made = []

    class Watched(stream.Stream):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.steps = []
            made.append(self)

        def step(self, centers, sums):
            self.ranges = []
            work = super().step(centers, sums)
            self.steps.append(self.ranges)
            return work

        def _read(self, what, ranges=None):
            for rows in super()._read(what, ranges):
                if what == "assigning":
                    self.ranges.append((rows.first, rows.first + len(rows)))
                yield rows

    monkeypatch.setattr(source_fitting, "Stream", Watched)
    return made
