"""The names that ``algorithm=`` takes, and the assigner each of them stands for.

All give the same labels, centers and number of iterations and differ in time only.
"""

from .assigners.hamerly import Hamerly
from .assigners.lloyd import Lloyd

_ASSIGNERS = {
    "auto": Lloyd,
    "lloyd": Lloyd,
    "elkan": Lloyd,
    "hamerly": Hamerly,
}

ALGORITHMS = tuple(_ASSIGNERS)


def make_assigner(name, problem, n_clusters):
    """The assigner of one run."""
    return _ASSIGNERS[name](problem, n_clusters)
