"""Fits of several contenders on the same rows from the same start, their repeats interleaved."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from data import true_inertia
from peers import FAISS, OURS, SUPERKMEANS
from process import PeerProcess

FOLLOWERS = (FAISS, SUPERKMEANS)
"""Peers that do not compare labels: they run as many iterations as the first contender needed."""

SEED = 0
"""Seed of the package SuperKMeans, which takes no start centers (`super_start` finds its own)."""

OUR_REPEATS = 3
"""Least number of repeats of our own fits, however slow: we compare them to within 10 %."""


@dataclass(frozen=True)
class Contender:
    """A library, and the algorithm that it shall use."""

    peer: str
    algorithm: str = "lloyd"

    def __str__(self):
        plain = self.peer != OURS and self.algorithm == "lloyd"
        return self.peer if plain else f"{self.peer} {self.algorithm}"


AUTO = Contender(OURS, "auto")


@dataclass
class Result:
    """Times and result of a contender's fits; ``late`` if a fit was ended at the time limit."""

    times: list = field(default_factory=list)
    labels_seconds: float = 0.0
    n_iter: int = 0
    inertia: float = float("nan")
    centers: np.ndarray | None = None
    late: bool = False

    @property
    def seconds(self):
        """Median of the repeats."""
        return median(self.times)

    def __str__(self):
        return f"over {self.seconds:.0f}" if self.late else f"{self.seconds:.3g} ({self.n_iter})"


def race(settings, x, start, contenders, max_iter):
    """The result of each contender; the first contender must be one that detects convergence.

    A contender that rejects the data is left out. Slow contenders run only once.
    """
    paths = {"data": settings.save("x", x), "start": settings.save("start", start)}
    paths["out"] = settings.path("centers")
    first = contenders[0]
    results = {}
    with ExitStack() as stack:
        processes = {}
        for contender in contenders:
            process = stack.enter_context(PeerProcess(settings.threads))
            if not takes(settings, process, contender, paths):
                continue
            processes[contender], results[contender] = process, Result()
        for repeat in range(settings.repeats):
            for contender, process in processes.items():
                result = results[contender]
                if finished(settings, contender, result, repeat):
                    continue
                n_iter = results[first].n_iter if contender.peer in FOLLOWERS else max_iter
                run(settings, process, contender, result, n_iter, paths)
                if result.centers is not None and repeat == 0:
                    result.inertia = true_inertia(x, result.centers)
    return results


def takes(settings, process, contender, paths):
    """Whether the contender accepts the data; the iteration also warms up its process."""
    call, arguments = request(settings, contender, paths)
    try:
        process.call(*call, n_iter=1, **arguments)
    except RuntimeError as error:
        settings.warn(f"{contender} is left out: {str(error).strip().splitlines()[-1]}")
        return False
    return True


def request(settings, contender, paths):
    """Module and function that fits the contender, and the function's arguments."""
    if contender.peer != SUPERKMEANS:
        return ("peers", "fit"), paths | {"peer": contender.peer, "algorithm": contender.algorithm}
    k = len(np.load(paths["start"], mmap_mode="r"))
    arguments = {"peer": SUPERKMEANS, "quantizer": contender.algorithm, "k": k, "seed": SEED}
    arguments |= {"data": paths["data"], "out": paths["out"], "threads": settings.threads}
    return ("super_fits", "fit"), arguments


def finished(settings, contender, result, repeat):
    """Whether another repeat of the contender would take too long."""
    if repeat == 0:
        return False
    if contender.peer == OURS and repeat < OUR_REPEATS:
        return False
    return result.late or sum(result.times) + result.seconds > settings.budget


def run(settings, process, contender, result, n_iter, paths):
    """Run one fit of the contender and add it to the result."""
    limit = None if contender.peer == OURS else settings.limit
    call, arguments = request(settings, contender, paths)
    try:
        done = process.call_within(limit, *call, n_iter=n_iter, **arguments)
    except TimeoutError:
        result.times, result.late = [limit], True
        return
    result.times.append(done["seconds"])
    result.labels_seconds = done["labels_seconds"]
    result.n_iter = done["n_iter"]
    result.centers = np.load(paths["out"])
