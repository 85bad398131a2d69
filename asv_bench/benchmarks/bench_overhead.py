"""Calls so small that only their overhead counts."""

import subprocess
import sys

import numpy as np

from kmeans_fast import KMeans, assign

from .data import DTYPES


class Small:
    """One row, and a data set of 150 rows."""

    params = DTYPES
    param_names = ("dtype",)

    def setup(self, dtype):
        rng = np.random.default_rng(0)
        self.row = rng.random((1, 8)).astype(dtype)
        self.centers = rng.random((8, 8)).astype(dtype)
        self.x = rng.random((150, 4)).astype(dtype)
        many = rng.random((1000, 8)).astype(dtype)
        self.model = KMeans(8, init=self.centers, n_init=1).fit(many)

    def time_assign_one_row(self, dtype):
        assign(self.row, self.centers)

    def time_predict_one_row(self, dtype):
        self.model.predict(self.row)

    def time_fit_150_rows(self, dtype):
        KMeans(3, n_init=1, random_state=0).fit(self.x)


class Import:
    """A new process that imports the library and ends."""

    params = ["import numpy", "import kmeans_fast; kmeans_fast.kmeans"]
    param_names = ("statement",)

    def time_import(self, statement):
        subprocess.run([sys.executable, "-P", "-c", statement], check=True)
