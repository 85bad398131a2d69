"""The main colors of an image: a function of another package that uses kmeans_fast."""

import numpy as np


def palette(pixels, n_colors, *, n_threads=None, seed=0):
    """Representative colors, the most frequent first, and the index of the color of each pixel."""
    from kmeans_fast import kmeans

    flat = np.ascontiguousarray(pixels, dtype=np.float32).reshape(-1, pixels.shape[-1])
    result = kmeans(flat, n_colors, n_threads=n_threads, rng=seed)
    counts = np.bincount(result.labels, minlength=n_colors)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(n_colors, dtype=np.intp)
    rank[order] = np.arange(n_colors)
    return result.centers[order], rank[result.labels].reshape(pixels.shape[:-1])
