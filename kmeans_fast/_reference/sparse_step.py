"""One iteration on sparse rows."""

import numpy as np

from .sparse_assign import assign_rows


def sparse_step(
    data,
    indices,
    indptr,
    squares,
    centers,
    moved,
    longest,
    labels,
    labels_new,
    own,
    upper,
    lower,
    travelled,
    half,
    fall,
    fall_before,
    known,
    n_threads,
):
    """Write the index of each row's nearest center to ``labels_new``; ``labels`` are those before.

    ``moved`` (k,) tells which centers have moved since the last step, after which the bounds were
    at ``fall_before``; it is not read unless ``known``. ``own`` (n,), of the dtype of the rows, has
    scores for the next step. Returns how many rows were compared with centers, how many products
    of a row and a center that took, and the longest norm of any center so far, rounded up.
    """
    assign_rows(data, indices, indptr, squares, centers, labels_new, n_threads)
    norms = np.sqrt((centers.astype(np.float64) ** 2).sum(axis=1))
    n, k = len(labels), len(centers)
    return n, n * k, max(longest, float(norms.max()) * (1 + 2.0**-20))
