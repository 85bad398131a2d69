"""The passes of each seeding over rows in a file, which read one block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, NoReturn

import numpy as np

from .. import _backend
from .._typing import Indices, Labels, Matrix, Words
from ..assigners.grid import Grid
from .row_file import RowFile
from .seeding_part import Part


class FilePart(Part):
    """A `Part` whose rows are in a file, and whose weights are in memory."""

    def __init__(self, file: RowFile) -> None:
        self.file = file
        self.sample_weight = file.weight
        self.n_threads = file.n_threads

    def __len__(self) -> int:
        return len(self.file)

    @property
    def dtype(self) -> np.dtype[Any]:
        """See `Part`."""
        return self.file.raw.dtype

    def take(self, rows: Indices) -> Matrix:
        """See `Part`."""
        return self.file.take(np.asarray(rows))

    def all_rows(self) -> NoReturn:
        """Rows in a file are not one array."""
        raise NotImplementedError("the rows are in a file")

    def blocks(self) -> Iterator[tuple[int, Matrix]]:
        """See `Part`."""
        with closing(self.file.blocks("seeding")) as blocks:
            for rows in blocks:
                yield rows.first, rows.x

    def plus_plus(self, scale: float, n_clusters: int, n_candidates: int) -> NoReturn:
        """Greedy k-means++ would read the file once per seed; use k-means|| instead."""
        raise NotImplementedError("the rows are in a file")

    def accumulate(self, rows: slice, labels: Labels, sums: Words, grid: Grid) -> None:
        """See `Part`."""
        nowhere = np.full_like(labels, -1)
        with closing(self.file.blocks("seeding", [(rows.start, rows.stop)])) as blocks:
            for block in blocks:
                part = slice(block.first - rows.start, block.first - rows.start + len(block))
                _backend.sums.accumulate_rows(
                    block.x, block.weight, nowhere[part], labels[part], sums, grid
                )
