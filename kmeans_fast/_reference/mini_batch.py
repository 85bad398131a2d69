"""Centers that follow batches of rows: weighted means that go on from batch to batch.

``running`` is float64 (k, 2, d + 1): for each cluster the weighted sums of its rows in all batches,
and last their weight, as numbers of two parts, the rounded one and its error. A batch adds its
exact sums (see `sums`), so the order of the rows in a batch changes no bit.
"""

from .sums import add_exactly, multiply_exactly, value_of_layers


def add_two_doubles(a, b):
    """The sum of two numbers of two parts."""
    total, error = add_exactly(a[0], b[0])
    return add_exactly(total, error + (a[1] + b[1]))


def scale_two_doubles(a, factor):
    """A number of two parts times a number."""
    product, error = multiply_exactly(a[0], factor)
    return add_exactly(product, error + a[1] * factor)


def follow_batch(sums, grid, unit, factors, running, added, centers):
    """Multiply ``running`` by ``factors`` (k,), add a batch, and set the centers to the means.

    ``sums`` are the words of the batch, zeros afterwards; ``unit`` is that of its weights. A
    center to which no row of the batch belongs stays. Writes the weight of the batch in each
    cluster to ``added`` (k,).
    """
    values, errors = value_of_layers(sums, grid)
    added[:] = values[:, -1] / grid.scale[-1] / grid.weight_scale * unit
    changed = (added > 0) | (factors != 1)
    size = unit / grid.weight_scale / grid.scale
    before = scale_two_doubles((running[changed, 0], running[changed, 1]), factors[changed, None])
    total = add_two_doubles(before, (values[changed] * size, errors[changed] * size))
    running[changed, 0], running[changed, 1] = total
    hit = added > 0
    high, low = running[hit, 0], running[hit, 1]
    weight = high[:, -1:]
    inverse = 1 / weight
    quotients = high[:, :-1] * inverse
    product, error = multiply_exactly(quotients, weight)
    remainder = ((high[:, :-1] - product) - error) + (low[:, :-1] - quotients * low[:, -1:])
    centers[hit] = quotients + remainder * inverse
    sums[hit] = 0
