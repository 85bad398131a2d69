"""The state of a fit between two iterations: all that a fit needs to go on, except the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .._typing import Matrix, Rng
from .history import Record
from .stopping import StopReason


@dataclass(eq=False)
class Progress:
    """A run between two iterations, which each iteration brings forward.

    Rows were assigned to the centers ``before`` last, and will be to ``centers`` next; ``before``
    is None before the first iteration.
    """

    centers: Matrix
    before: Matrix | None = None
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Ended:
    """A run that has ended, without its labels.

    ``n_found`` is the number of clusters that have a row of positive weight.
    """

    centers: Matrix
    inertia: float
    stop_reason: StopReason
    n_found: int
    decisions: tuple[str, ...]
    number: int
    records: Sequence[Record]


@dataclass(eq=False)
class State:
    """A fit between two iterations, which each run brings forward.

    ``run`` is the number of the present run, and ``progress`` is None until it has start centers.
    ``rng`` is the present random state, ``generators`` are those before each run.
    """

    run: int
    rng: Rng
    generators: Sequence[Rng] = ()
    progress: Progress | None = None
    best: Ended | None = None
