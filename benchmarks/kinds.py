"""Kinds of data: each function draws float32 rows of a given shape."""

import numpy as np

import language_model
import text

RANKS = (1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 320, 384)
DEVIATIONS = (0.209, 0.166, 0.148, 0.125, 0.100, 0.078, 0.060, 0.043, 0.033, 0.023, 0.013, 0.007)
"""Standard deviations of `sentences` along its principal directions of these ranks."""


def normal(rng, shape):
    """Isotropic normal rows, without clusters."""
    return rng.standard_normal((shape.n, shape.d), dtype=np.float32)


def uniform(rng, shape):
    """Rows spread evenly over the unit cube."""
    return rng.random((shape.n, shape.d), dtype=np.float32)


def blobs(rng, shape):
    """k normal groups of standard deviation 1, their means uniform in [-10, 10]."""
    means = rng.uniform(-10, 10, (shape.k, shape.d)).astype(np.float32)
    return means[rng.integers(0, shape.k, shape.n)] + normal(rng, shape)


def grid(rng, shape):
    """Overlapping normal groups of standard deviation 1 on a square grid, 4 apart (Birch 1)."""
    side = round(shape.k ** (1 / shape.d))
    means = 4 * rng.integers(0, side, (shape.n, shape.d)).astype(np.float32)
    return means + normal(rng, shape)


def mixture(rng, shape):
    """Fifty overlapping groups for any number of centers, so that k-means must divide them."""
    means = 2 * rng.standard_normal((50, shape.d), dtype=np.float32)
    return means[rng.integers(0, 50, shape.n)] + normal(rng, shape)


def clustered(rng, shape):
    """k groups of unequal sizes and spreads, their means in a subspace."""
    factors = rng.standard_normal((16, shape.d), dtype=np.float32) / 4
    means = 4 * rng.standard_normal((shape.k, 16), dtype=np.float32) @ factors
    sizes = rng.pareto(2, shape.k) + 0.2
    group = rng.choice(shape.k, shape.n, p=sizes / sizes.sum())
    spread = rng.uniform(0.5, 1.5, shape.k).astype(np.float32)[group, None]
    within = rng.standard_normal((shape.n, 16), dtype=np.float32) @ factors
    return means[group] + spread * (within + normal(rng, shape) / 4)


def embedding(rng, shape):
    """Similar to text embeddings: standard deviations i^-0.6 in a rotated basis, and 200 groups."""
    return _rotated_groups(rng, shape, np.arange(1, shape.d + 1) ** -0.6)


def modeled(rng, shape):
    """Similar to `sentences`: its standard deviations, interpolated to d ranks, and 200 groups."""
    ranks = np.arange(1, shape.d + 1) * (RANKS[-1] / shape.d)
    return _rotated_groups(rng, shape, np.exp(np.interp(ranks, RANKS, np.log(DEVIATIONS))))


def _rotated_groups(rng, shape, deviations):
    """200 groups with these standard deviations along the axes of a rotated basis.

    Half of the variance is between the groups.
    """
    scale = (deviations / np.sqrt(2)).astype(np.float32)
    means = rng.standard_normal((200, shape.d), dtype=np.float32)
    x = means[rng.integers(0, 200, shape.n)] + normal(rng, shape)
    rotation = np.linalg.qr(rng.standard_normal((shape.d, shape.d)))[0]
    return (x * scale) @ rotation.astype(np.float32)


def sentences(rng, shape):
    """Embeddings of real sentences by a language model, of length 1."""
    return language_model.rows()[: shape.n]


def tfidf(rng, shape):
    """Real paragraphs as TF-IDF, reduced to d features, of length 1."""
    return text.rows(shape.n, shape.d)


def pixels(rng, shape):
    """The pixel colors of scikit-learn's picture of China, repeated until there are n rows."""
    return np.resize(_picture("china.jpg").reshape(-1, 3), (shape.n, 3))


def patches(rng, shape):
    """Square colored patches at random places of scikit-learn's two pictures."""
    side = round((shape.d / 3) ** 0.5)
    pictures = np.stack([_picture("china.jpg"), _picture("flower.jpg")])
    _, height, width, _ = pictures.shape
    which = rng.integers(0, 2, shape.n)
    top = rng.integers(0, height - side + 1, shape.n)
    left = rng.integers(0, width - side + 1, shape.n)
    windows = np.lib.stride_tricks.sliding_window_view(pictures, (side, side), axis=(1, 2))
    return windows[which, top, left].reshape(shape.n, -1)


def digits(rng, shape):
    """Averages of two of scikit-learn's digits of the same class, with a little noise."""
    from sklearn.datasets import load_digits

    images, classes = load_digits(return_X_y=True)
    images = images[np.argsort(classes, kind="stable")].astype(np.float32)
    first = rng.integers(0, len(images), shape.n)
    second = np.clip(first + rng.integers(-80, 81, shape.n), 0, len(images) - 1)
    weight = rng.random((shape.n, 1), dtype=np.float32)
    return weight * images[first] + (1 - weight) * images[second] + normal(rng, shape) / 2


def _picture(name):
    from sklearn.datasets import load_sample_image

    return load_sample_image(name).astype(np.float32) / 255


KINDS = {
    maker.__name__: maker
    for maker in (
        normal,
        uniform,
        blobs,
        grid,
        mixture,
        clustered,
        embedding,
        modeled,
        sentences,
        tfidf,
        pixels,
        patches,
        digits,
    )
}
