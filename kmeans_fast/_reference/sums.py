"""Order-free cluster sums and the centers they give.

``sums`` is int64 (k, 2 * layers, d + 1): for each cluster and each layer of weights a high and a
low word per feature, and in the last column those of the weight (a feature that is 1 in every row).
With ``grid`` (see `kmeans_fast.assigners.grid`) a term is split as
``x * scale = high + low / low_scale``, high and low integers. Integer additions are exact, so the
sums do not depend on order, threads or on how often rows moved in and out.
"""

import numpy as np

from .distances import CHUNK_ELEMENTS


def add_exactly(a, b):
    """The rounded sum and its error (Dekker 1971)."""
    total = a + b
    from_b = total - a
    return total, (a - (total - from_b)) + (b - from_b)


def upper_half(a):
    """The upper half of the digits."""
    shifted = a * (2.0**27 + 1)
    return shifted - (shifted - a)


def multiply_exactly(a, b):
    """The rounded product and its error (Dekker 1971)."""
    product, a_high, b_high = a * b, upper_half(a), upper_half(b)
    a_low, b_low = a - a_high, b - b_high
    error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, error


def value_of_words(high, low, unit):
    """``high + low * unit``, as rounded numbers and their errors."""
    digits = (1 << 30) - 1
    high, low = (
        add_exactly((word >> 30) * 2.0**30, (word & digits).astype(np.float64))
        for word in (high, low)
    )
    total, error = add_exactly(high[0], low[0] * unit)
    return add_exactly(total, error + (high[1] + low[1] * unit))


def value_of_layers(sums, grid):
    """Values of words (k, 2 * layers, d + 1), as rounded numbers and their errors."""
    unit = 1 / grid.low_scale
    total, error = value_of_words(sums[:, 0], sums[:, 1], unit)
    for layer in range(1, grid.layers):
        layer_unit = 2.0 ** (-layer * grid.layer_bits)
        value, own = value_of_words(sums[:, 2 * layer], sums[:, 2 * layer + 1], unit)
        total, rest = add_exactly(total, value * layer_unit)
        total, error = add_exactly(total, rest + (error + own * layer_unit))
    return total, error


def layers_of(weights, grid):
    """The layer of each scaled weight, int64 (n,)."""
    if grid.layers == 1:
        return np.zeros(len(weights), dtype=np.int64)
    steps = (grid.exponent + 1 - np.frexp(weights)[1].astype(np.int64)) // grid.layer_bits
    return np.minimum(steps, grid.layers - 1)


def split_terms(x, sample_weight, grid):
    """Layer of each row, and high and low words of its terms: two int64 (n, d + 1)."""
    layers = np.zeros(len(x), dtype=np.int64)
    ones = np.ones((x.shape[0], 1))
    value = np.hstack([x.astype(np.float64), ones]) * grid.scale
    high = np.rint(value)
    low = np.rint((value - high) * grid.low_scale)
    if sample_weight is not None:
        weight = sample_weight * grid.weight_scale
        layers = layers_of(weight, grid)
        weight = np.ldexp(weight, layers * grid.layer_bits)[:, None]
        product, error = multiply_exactly(weight, high)
        high = np.rint(product)
        low = np.rint((product - high) * grid.low_scale + (error * grid.low_scale + weight * low))
    return layers, (high.astype(np.int64), low.astype(np.int64))


def accumulate_rows(x, sample_weight, labels_old, labels_new, sums, grid):
    """Move rows between clusters in ``sums``; an old label of -1 only adds. Count those that moved.

    Rows of weight zero neither move nor count.
    """
    step = max(1, CHUNK_ELEMENTS // (x.shape[1] + 1))
    n_moved = 0
    for start in range(0, x.shape[0], step):
        end = min(start + step, x.shape[0])
        moved = labels_old[start:end] != labels_new[start:end]
        if sample_weight is not None:
            moved &= sample_weight[start:end] != 0
        rows = start + np.flatnonzero(moved)
        if len(rows) == 0:
            continue
        n_moved += len(rows)
        weight = None if sample_weight is None else sample_weight[rows]
        leaving = labels_old[rows] >= 0
        layers, words = split_terms(x[rows], weight, grid)
        for word, terms in enumerate(words):
            place = 2 * layers + word
            np.add.at(sums, (labels_new[rows], place), terms)
            np.subtract.at(sums, (labels_old[rows][leaving], place[leaving]), terms[leaving])
    return n_moved


def cluster_means(sums, grid):
    """Means (float64 (k, d), 0 where empty) and weights (float64 (k,)) of all clusters.

    csrc/exact/means.h explains the quotient.
    """
    values, errors = value_of_layers(sums, grid)
    weights = values[:, -1:]
    inverse = np.divide(1, weights, out=np.zeros_like(weights), where=weights > 0)
    quotients = values[:, :-1] * inverse
    product, error = multiply_exactly(quotients, weights)
    remainder = ((values[:, :-1] - product) - error) + (errors[:, :-1] - quotients * errors[:, -1:])
    means = (quotients + remainder * inverse) * (grid.scale[-1] / grid.scale[:-1])
    return means, weights[:, 0] / grid.scale[-1] / grid.weight_scale


def update_centers(sums, grid, mean, centers, centers_new):
    """Write the clusters' means to ``centers_new``, rounded to its dtype.

    An empty cluster gets the center of the heaviest one. ``mean`` (float64 (d,)) is the mean of
    all rows. Returns the number of empty clusters, the squared Frobenius norm of
    ``centers_new - centers``, and the part of the rows' sum of squares about ``mean`` that the
    assignment to ``centers`` explains, sum_j w_j (|m_j - mean|^2 - |m_j - c_j|^2): the rest is its
    inertia.
    """
    means, weights = cluster_means(sums, grid)
    empty = weights == 0
    filled = means.copy()
    filled[empty] = means[np.argmax(weights)]
    shift = float(((filled.astype(centers.dtype).astype(np.float64) - centers) ** 2).sum())
    gain = (means - mean) ** 2 - (means - centers) ** 2
    explained = float((weights[:, None] * gain).sum())
    centers_new[:] = filled
    return int(empty.sum()), shift, explained
