"""An exact filter: sketches of rows exclude most centers, bounds settle rows without them.

The first step, when rows have no labels, is Lloyd's: sketches exclude centers that are farther than
a known one.
"""

import numpy as np

from .. import _backend
from .._threads import effective_threads
from .._typing import Labels, Matrix
from .base import Work
from .drift import Drift
from .frame import Frame
from .lloyd import Lloyd
from .rows import Rows
from .sketches import RowSketch, Sketcher
from .sums import Sums


class SketchedRows:
    """Sketches of all rows and Hamerly's bounds; see `_core.survivors`."""

    decisions = ()

    def __init__(
        self,
        rows: Rows,
        frame: Frame,
        n_clusters: int,
        sketcher: Sketcher | None,
        name: str,
        labels: Labels | None = None,
    ) -> None:
        self.rows = rows
        self.n_clusters = n_clusters
        self.own_name = name
        self.plain = Lloyd(rows, frame, n_clusters, labels)
        self.upper, self.lower = np.empty((2, len(rows)), dtype=np.float32)
        self.use(sketcher)
        self.restart(self.plain.labels)

    def use(self, sketcher: Sketcher | None) -> None:
        """Sketch all rows anew; labels and bounds stay."""
        self.sketcher = sketcher
        self.sketch: RowSketch | None = None
        if sketcher is not None and self.n_clusters > 1:
            self.sketch = sketcher.sketch(self.rows.x, self.rows.n_threads(sketcher.work))

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels
        self.plain.restart(labels)
        self.drift = Drift(len(self.rows), self.n_clusters, self.rows.requested_threads)
        self.known = False
        self.name = self.own_name

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        rows, drift, sketcher = self.rows, self.drift, self.sketcher
        of_centers = None
        labelled = len(rows) > 0 and self.labels[0] >= 0
        if labelled and self.sketch is not None and sketcher is not None:
            work = centers.size * sketcher.work
            threads = effective_threads(rows.requested_threads, work)
            of_centers = sketcher.sketch(centers, threads)
        if of_centers is None or sketcher is None:
            self.name, self.known = "lloyd", False
            return self.plain.step(centers, sums)
        drift.follow(centers)
        n_moved, n_full, n_scanned = _backend.survivors.survivors_step(
            *(rows.x, rows.weight, centers, self.labels, sums.words, sums.grid),
            *(self.sketch, of_centers, sketcher.scale, self.upper, self.lower),
            *(drift.travelled, drift.half, drift.fall, self.known),
            rows.n_threads(len(centers)),
        )
        self.name, self.known = self.own_name, True
        n, k = len(rows), len(centers)
        return Work(n_moved, n_full + n_scanned * k, max(0, n - n_scanned))
