"""The names that ``algorithm=`` takes, and the assigner each of them stands for.

All give the same labels, centers and number of iterations and differ in time only.
"""

from .assigners import filtering
from .assigners.filtering import Filtering
from .assigners.hamerly import Hamerly
from .assigners.lloyd import Lloyd

_ASSIGNERS = {
    "auto": Lloyd,
    "lloyd": Lloyd,
    "elkan": Lloyd,
    "filtering": Filtering,
    "hamerly": Hamerly,
}
_MOST_FEATURES = {"filtering": filtering.MOST_FEATURES}

ALGORITHMS = tuple(_ASSIGNERS)


def takes(algorithm, n_features):
    """Whether an algorithm is for rows of so many features."""
    return n_features <= _MOST_FEATURES.get(algorithm, n_features)


def check_features(algorithm, n_features):
    """Refuse an algorithm that is not for rows of so many features."""
    if not takes(algorithm, n_features):
        raise ValueError(
            f"algorithm={algorithm!r} takes at most {_MOST_FEATURES[algorithm]} features, "
            f"X has {n_features}."
        )


def make_assigner(name, problem, n_clusters):
    """The assigner of one run."""
    return _ASSIGNERS[name](problem, n_clusters)
