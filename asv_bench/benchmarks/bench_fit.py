"""Whole fits, from given centers and from our own seeding."""

from kmeans_fast import KMeans

from .data import DTYPES, REPEAT, SHAPES, blobs


class Fit:
    """Ten iterations of Lloyd from the same start."""

    params = (list(SHAPES), DTYPES)
    param_names = ("shape", "dtype")
    repeat = REPEAT

    def setup(self, shape, dtype):
        self.x, centers = blobs(shape, dtype)
        self.model = KMeans(len(centers), init=centers, n_init=1, max_iter=10, tol=0)

    def time_ten_iterations(self, shape, dtype):
        self.model.fit(self.x)

    def track_inertia(self, shape, dtype):
        return self.model.fit(self.x).inertia_


class Converge:
    """Seeding, then iterations until the default tolerance is reached."""

    params = ["100k, 16, 64"]
    param_names = ("shape",)

    def setup(self, shape):
        self.x, centers = blobs(shape, "float32")
        self.model = KMeans(len(centers), n_init=1, random_state=0)

    def time_until_converged(self, shape):
        self.model.fit(self.x)
