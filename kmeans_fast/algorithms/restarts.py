"""Several runs from different starts, of which the best is kept."""

import warnings
from copy import deepcopy
from dataclasses import dataclass
from numbers import Integral
from time import perf_counter

import numpy as np

from .chunks import chunks
from .grouping import GroupAssigner, group_identical
from .iterations import iterate
from .problem import make_problem
from .registry import make_assigner
from .seeding import RESTARTED, seed_centers
from .stopping import CUT_OFF, StopRules

COARSE = 2.0**-10


def resolve_n_init(n_init, init):
    """Number of runs: one where another run could only repeat the first; else as scikit-learn."""
    if isinstance(init, np.ndarray) or init == "density":
        return 1
    if n_init == "auto":
        return 10 if callable(init) or init in RESTARTED else 1
    return n_init


def best_run(
    x,
    sample_weight,
    ranges,
    n_clusters,
    *,
    init,
    n_init,
    max_iter,
    tol,
    inertia_tol,
    time_limit,
    algorithm,
    max_memory,
    rng,
    n_threads,
    verbose=False,
    callback=None,
):
    """Best of ``n_init`` runs on validated arrays, and how many of its clusters have rows.

    The third result are the generators as they were before each of several runs: see `Restarts`.

    ``init`` is a name, an array (k, d) of the dtype of x, for one run, which overwrites it, or a
    callable (x, k, rng) that returns such an array. ``ranges`` (d,) holds the largest magnitude of
    each feature. Another run is better if its inertia is lower and its clustering is not the same:
    the same partition with other labels may differ in the last bits. The clock and the callback
    stop the whole fit.
    """
    deadline = None if time_limit is None else perf_counter() + time_limit
    problem = make_problem(x, sample_weight, ranges, n_threads)
    rules = StopRules(max_iter, tol * problem.variance, inertia_tol, deadline)
    groups = group_identical(problem, n_clusters, n_init * max_iter, max_memory)
    best = None
    shared = None if n_init == 1 else {}
    generators = []
    for run in range(n_init):
        if n_init > 1:
            generators.append(deepcopy(rng))
        centers = _start(problem, n_clusters, init, rng, shared, deadline)
        if verbose:
            print("Initialization complete")
        assigner = _assigner(algorithm, problem, groups, n_clusters, max_memory)
        result = iterate(
            *(problem, centers, rules, assigner),
            groups=groups,
            run=run,
            verbose=verbose,
            callback=callback,
        )
        if best is None or (
            result.inertia < best.inertia
            and not same_clustering(result.labels, best.labels, n_clusters)
        ):
            best = result
        if result.stop_reason in CUT_OFF:
            break
    _warn_of_coarse_sums(problem, best.inertia)
    n_found = count_clusters(best.labels, sample_weight, n_clusters)
    return best, n_found, Restarts(best.number, tuple(generators))


@dataclass(frozen=True, eq=False)
class Restarts:
    """Which of several runs was kept, and the random state that each of them started from."""

    best: int
    generators: tuple[np.random.Generator | np.random.RandomState, ...]

    def rng(self, run):
        """A generator in the state in which ``run`` started."""
        n_runs = len(self.generators)
        if n_runs == 0:
            raise ValueError("A single run starts from the random state that was passed.")
        if not isinstance(run, Integral) or not 0 <= run < n_runs:
            raise ValueError(f"run must be an int from 0 to {n_runs - 1}, got {run!r}.")
        return deepcopy(self.generators[run])


def _warn_of_coarse_sums(problem, inertia):
    """Say so where sums round more than a part of what rows are away from their centers."""
    weight = len(problem.x) if problem.given_weight is None else problem.given_weight.sum()
    spread, lost = np.sqrt(inertia / weight), problem.grid.resolution()
    f = int(lost.argmax())
    if lost[f] > COARSE * spread > 0:
        warnings.warn(
            f"Feature {f} of X has magnitudes up to {problem.max_abs[f]:.3g}; beside them its "
            f"means are rounded to {lost[f]:.3g}, while rows are {spread:.3g} from their centers "
            "(root mean square). Is that a fill value? Replace it, or scale the feature.",
            RuntimeWarning,
            stacklevel=4,  # whoever called the function or the method that called best_run
        )


def _assigner(algorithm, problem, groups, n_clusters, max_memory):
    if groups is None:
        return make_assigner(algorithm, problem, n_clusters, max_memory)
    if max_memory is not None:
        max_memory -= groups.n_bytes
    return GroupAssigner(make_assigner(algorithm, groups.problem, n_clusters, max_memory), groups)


def _start(problem, n_clusters, init, rng, shared, deadline):
    if isinstance(init, str):
        return seed_centers(problem, init, n_clusters, rng, shared, deadline)
    if callable(init):
        readonly = problem.x.view()
        readonly.flags.writeable = False
        return init(readonly, n_clusters, rng)
    return init


def same_clustering(labels, other, n_clusters):
    """Whether each cluster of ``labels`` lies in one cluster of ``other``."""
    image = np.full(n_clusters, -1, dtype=np.int32)
    for rows in chunks(len(labels)):
        new = image[labels[rows]] < 0
        image[labels[rows][new]] = other[rows][new]
        if not np.array_equal(image[labels[rows]], other[rows]):
            return False
    return True


def count_clusters(labels, sample_weight, n_clusters):
    """Number of clusters that have a row of positive weight."""
    used = np.zeros(n_clusters, dtype=bool)
    for rows in chunks(len(labels)):
        present = labels[rows] if sample_weight is None else labels[rows][sample_weight[rows] > 0]
        used[present] = True
    return int(np.count_nonzero(used))
