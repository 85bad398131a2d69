"""The rows from which the package SuperKMeans starts, so that every library can start from them.

The package takes no start centers: it draws rows, and the draw depends on the number of rows and
the seed only. One iteration on rows of our own shows which ones. Their directions are random, and
far from parallel in many dimensions; their lengths rise, so that rows that were not drawn are
nearest to the shortest drawn rows. A longer drawn row is alone in its cluster and becomes the
center. A second set of rows, whose lengths fall, shows the others.
"""

import numpy as np

from super_fits import of_the_package

FEATURES = 384
LONGEST = 4
"""Length of the longest row; the shortest has length 1."""
SAME = 1e-3
"""Squared distance below which a center is a row: rows are about 1 apart, rounding about 1e-5."""


def save(n, k, seed, threads, out):
    """Save the k indices of the rows that the package draws from n rows."""
    np.save(out, drawn(n, k, seed, threads))


def drawn(n, k, seed, threads):
    """Indices (k,) of the rows that the package draws from n rows with this seed."""
    directions = np.random.default_rng(0).standard_normal((n, FEATURES), dtype=np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = np.linspace(1, LONGEST, n, dtype=np.float32)[:, None]
    indices = np.full(k, -1)
    for rows in (directions * lengths, directions * lengths[::-1]):
        centers = of_the_package(rows, k, n_iter=1, seed=seed, threads=threads)
        nearest, distances = nearest_rows(rows, centers)
        alone = distances < SAME
        indices[alone] = nearest[alone]
    if len(np.unique(indices[indices >= 0])) < k:
        raise RuntimeError(f"found {np.count_nonzero(indices >= 0)} of {k} start rows")
    return indices


def nearest_rows(rows, centers):
    """For each center its nearest row, and the squared distance."""
    nearest = np.empty(len(centers), dtype=np.intp)
    norms = np.einsum("ij,ij->i", rows, rows) / 2
    for start in range(0, len(centers), 64):
        part = slice(start, start + 64)
        nearest[part] = (norms - centers[part] @ rows.T).argmin(axis=1)
    return nearest, ((rows[nearest] - centers) ** 2).sum(axis=1)
