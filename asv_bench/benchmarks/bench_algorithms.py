"""Every algorithm on data where bounds save distances."""

import kmeans_fast
from kmeans_fast import KMeans

from .data import OVERLAPPING, REPEAT, overlapping

ALGORITHMS = list(getattr(kmeans_fast, "ALGORITHMS", ["lloyd"]))
"""Older commits, without this list, had one algorithm."""

N_ITER = 30


def model(algorithm, centers):
    """Estimator for 30 iterations, or fewer if no label changes before."""
    arguments = {"init": centers, "n_init": 1, "max_iter": N_ITER, "tol": 0}
    return KMeans(len(centers), algorithm=algorithm, **arguments)


class Algorithms:
    """Whole fits: time, memory, and the share of all distances that was computed."""

    params = (list(OVERLAPPING), ALGORITHMS)
    param_names = ("shape", "algorithm")
    repeat = REPEAT

    def setup(self, shape, algorithm):
        self.x, self.centers = overlapping(shape)
        self.model = model(algorithm, self.centers)
        try:
            self.model.fit(self.x[: 2 * len(self.centers)])
        except ValueError as error:
            raise NotImplementedError(f"{algorithm} does not take this shape") from error

    def time_fit(self, shape, algorithm):
        self.model.fit(self.x)

    def track_part_of_distances(self, shape, algorithm):
        fitted = self.model.fit(self.x)
        return fitted.history_.n_distances.sum() / (
            fitted.n_iter_ * len(self.x) * len(self.centers)
        )

    def peakmem_fit(self, shape, algorithm):
        self.model.fit(self.x)
