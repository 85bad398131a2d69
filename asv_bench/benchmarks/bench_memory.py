"""Peak memory of a process that holds the rows and fits them."""

from kmeans_fast import KMeans

from .data import DTYPES, blobs


class Memory:
    """1.6 million numbers, with and without a fit: the difference is the memory of the fit."""

    params = DTYPES
    param_names = ("dtype",)

    def setup(self, dtype):
        self.x, self.centers = blobs("100k, 16, 64", dtype)

    def peakmem_rows_alone(self, dtype):
        self.x.sum()

    def peakmem_fit(self, dtype):
        KMeans(len(self.centers), init=self.centers, n_init=1, max_iter=5).fit(self.x)

    def peakmem_transform(self, dtype):
        model = KMeans(len(self.centers), init=self.centers, n_init=1, max_iter=1)
        model.fit(self.x).transform(self.x)
