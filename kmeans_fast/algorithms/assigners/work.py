"""What a step of an assigner did."""

from typing import NamedTuple


class Work(NamedTuple):
    """Rows that changed cluster, distances evaluated, rows whose bounds settled them untouched."""

    n_moved: int
    n_distances: int
    n_skipped: int
