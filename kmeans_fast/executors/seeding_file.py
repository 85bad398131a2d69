"""What the rows in a file do in seeding: as `seeding_part.Part`, a block of rows at a time."""

from contextlib import closing

import numpy as np

from .. import _backend
from .row_file import RowFile
from .seeding_part import Part


class FilePart(Part):
    """Rows in a file, and their weights in memory."""

    def __init__(self, file: RowFile):
        self.file = file
        self.sample_weight = file.weight
        self.n_threads = file.n_threads

    def __len__(self):
        return len(self.file)

    @property
    def dtype(self):
        """See `Part`."""
        return self.file.raw.dtype

    def take(self, rows):
        """See `Part`."""
        return self.file.take(np.asarray(rows))

    def all_rows(self):
        """Only in memory are rows one array."""
        raise NotImplementedError("the rows are in a file")

    def blocks(self):
        """See `Part`."""
        with closing(self.file.blocks("seeding")) as blocks:
            for rows in blocks:
                yield rows.first, rows.x

    def plus_plus(self, scale, n_clusters, n_candidates):
        """k-means++ would read the file once per seed."""
        raise NotImplementedError("the rows are in a file")

    def accumulate(self, rows, labels, sums, grid):
        """See `Part`."""
        nowhere = np.full_like(labels, -1)
        with closing(self.file.blocks("seeding", [(rows.start, rows.stop)])) as blocks:
            for block in blocks:
                part = slice(block.first - rows.start, block.first - rows.start + len(block))
                _backend.lloyd.accumulate_rows(
                    block.x, block.weight, nowhere[part], labels[part], sums, grid
                )
