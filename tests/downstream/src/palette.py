"""Colors of an image: a function of another package that clusters on the way."""

import numpy as np


def palette(pixels, n_colors, *, n_threads=None, seed=0):
    """The colors that stand for the pixels best, most frequent first, and which each pixel gets."""
    from kmeans_fast import kmeans

    flat = np.ascontiguousarray(pixels, dtype=np.float32).reshape(-1, pixels.shape[-1])
    result = kmeans(flat, n_colors, n_threads=n_threads, rng=seed)
    counts = np.bincount(result.labels, minlength=n_colors)
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(n_colors, dtype=np.intp)
    rank[order] = np.arange(n_colors)
    return result.centers[order], rank[result.labels].reshape(pixels.shape[:-1])
