"""Labels and distances of rows for given centers."""

from kmeans_fast import KMeans, assign

from .data import DTYPES, REPEAT, SHAPES, blobs


class Predict:
    """Many rows at once."""

    params = (list(SHAPES), DTYPES)
    param_names = ("shape", "dtype")
    repeat = REPEAT

    def setup(self, shape, dtype):
        self.x, self.centers = blobs(shape, dtype)
        self.model = KMeans(len(self.centers), init=self.centers, n_init=1, max_iter=1).fit(self.x)

    def time_assign(self, shape, dtype):
        assign(self.x, self.centers)

    def time_predict(self, shape, dtype):
        self.model.predict(self.x)

    def time_transform(self, shape, dtype):
        self.model.transform(self.x[:5000])

    def time_score(self, shape, dtype):
        self.model.score(self.x)
