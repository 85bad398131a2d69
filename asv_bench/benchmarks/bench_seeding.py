"""Seeding: the choice of the start centers."""

from kmeans_fast import KMeans, kmeans_plusplus

from .data import DTYPES, REPEAT, SHAPES, blobs


class Plusplus:
    """Greedy k-means++."""

    params = (list(SHAPES), DTYPES)
    param_names = ("shape", "dtype")
    repeat = REPEAT

    def setup(self, shape, dtype):
        self.x, centers = blobs(shape, dtype)
        self.k = len(centers)

    def time_kmeans_plusplus(self, shape, dtype):
        kmeans_plusplus(self.x, self.k, random_state=0)


class Init:
    """Each named ``init``, followed by a single iteration."""

    params = ["k-means++", "k-means||", "afk-mc2", "random", "random-partition", "density"]
    param_names = ("init",)

    def setup(self, init):
        self.x, centers = blobs("100k, 16, 64", "float32")
        self.model = KMeans(len(centers), init=init, n_init=1, max_iter=1, random_state=0)

    def time_one_iteration(self, init):
        self.model.fit(self.x)
