"""Sparse rows: TF-IDF of documentation, to convergence from the same start, against scikit-learn.

    python benchmarks/sparse_text.py 20 200     (OMP_NUM_THREADS sets the threads of both)

Rows are three neighboring paragraphs each, about 60 terms.
"""

import sys
import time

import numpy as np
from sklearn.cluster import KMeans as Other
from sklearn.feature_extraction.text import TfidfVectorizer

import documentation
from kmeans_fast import KMeans

N_ROWS = 20_000


def rows():
    """TF-IDF of text, float32."""
    paragraphs = documentation.read_paragraphs()
    joined = [" ".join(paragraphs[i : i + 3]) for i in range(len(paragraphs) - 2)]
    chosen = np.random.default_rng(0).permutation(len(joined))[:N_ROWS]
    return TfidfVectorizer(dtype=np.float32).fit_transform([joined[i] for i in chosen])


def timed(model, x):
    """Seconds by the clock and of the processors, and the fitted model."""
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(x)
    return time.perf_counter() - wall, time.process_time() - cpu, model


def main():
    x = rows()
    print(x.shape, f"{x.nnz / x.shape[0]:.0f} terms per row")
    KMeans(2, max_iter=1).fit(x)
    for k in map(int, sys.argv[1:]):
        start = x[np.random.default_rng(k).permutation(x.shape[0])[:k]].toarray()
        for model in (KMeans, Other):
            wall, cpu, fitted = timed(model(k, init=start, tol=0), x)
            where = model.__module__.partition(".")[0]
            print(f"k {k} {where}: {wall:.2f} s, CPU {cpu:.2f} s, {fitted.n_iter_} iterations")


if __name__ == "__main__":
    main()
