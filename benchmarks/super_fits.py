"""Fits by two SuperKMeans, the package and faiss's, set to be as close to k-means as possible.

Runs in the peers' processes.
"""

import time

import numpy as np

from peers import FAISS, load

QUANTIZERS = ("f32", "sq8", "lvq4", "rabitq")
"""Element types on which the package can prune: float32, 8 bits, 4 bits, and 1 bit."""


def fit(peer, data, k, n_iter, seed, threads, out, quantizer="f32"):
    """Seconds of a fit on all rows; the centers are saved to ``out``."""
    x = load(data)
    begin = time.perf_counter()
    if peer == FAISS:
        centers = of_faiss(x, k, n_iter, seed)
    else:
        centers = of_the_package(x, k, n_iter, seed, threads, quantizer)
    seconds = time.perf_counter() - begin
    np.save(out, centers)
    return {"seconds": seconds, "labels_seconds": 0.0, "n_iter": n_iter}


def of_faiss(x, k, n_iter, seed):
    """Centers by faiss's SuperKmeans; environment variables set the number of its threads."""
    import faiss

    model = faiss.SuperKmeans(
        x.shape[1],
        k,
        niter=n_iter,
        seed=seed + 1,
        min_points_per_centroid=1,
        max_points_per_centroid=len(x),
    )
    model.train(x)
    return model.centroids


def of_the_package(x, k, n_iter, seed, threads, quantizer="f32"):
    """Centers by the package `superkmeans`: means of the rows, not of their codes."""
    from superkmeans import SuperKMeans

    model = SuperKMeans(
        k,
        x.shape[1],
        quantizer=quantizer,
        iters=n_iter,
        seed=seed,
        n_threads=threads,
        hierarchical=False,
        sampling_fraction=1.0,
        max_points_per_cluster=len(x),
        early_termination=False,
        full_precision_final_centroids=True,
    )
    return model.train(x)
