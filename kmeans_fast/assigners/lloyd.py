"""Lloyd's assignment (Lloyd 1982): every row is compared with every center."""

from collections.abc import Sequence

from .. import _backend
from .._typing import Labels, Matrix
from .base import Work, unassigned
from .frame import Frame
from .rows import Rows, Shape
from .sums import Sums


def n_bytes(_shape: Shape, _n_clusters: int) -> int:
    """0: only the labels are kept between steps."""
    return 0


class Lloyd:
    """Compares all rows in each step; keeps nothing but the labels."""

    name = "lloyd"
    decisions: Sequence[str] = ()

    def __init__(
        self, rows: Rows, frame: Frame, n_clusters: int, labels: Labels | None = None
    ) -> None:
        self.rows = rows
        self.labels = unassigned(len(rows)) if labels is None else labels

    def restart(self, labels: Labels) -> None:
        """See `Assigner`."""
        self.labels = labels

    def step(self, centers: Matrix, sums: Sums) -> Work:
        """See `Assigner`."""
        rows = self.rows
        n_moved = _backend.lloyd.lloyd_step(
            *(rows.x, rows.weight, centers, self.labels, sums.words, sums.grid),
            rows.n_threads(len(centers)),
        )
        return Work(n_moved, len(rows) * len(centers), 0)
