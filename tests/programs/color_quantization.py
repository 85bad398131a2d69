"""Reduce the colors of an image to eight."""

import numpy as np
from sklearn.utils import shuffle

from kmeans_fast import KMeans, kmeans_plusplus

y, x = np.mgrid[0:1:90j, 0:1:120j]
waves = 0.5 + 0.5 * np.sin(9 * x + 4 * y)
image = np.stack([waves, y, 1 - waves * x], axis=2)

pixels = image.reshape(-1, 3)
sample = shuffle(pixels, random_state=0, n_samples=1000)
model = KMeans(n_clusters=8, random_state=0).fit(sample)
quantized = model.cluster_centers_[model.predict(pixels)].reshape(image.shape)
error = np.sqrt(((image - quantized) ** 2).mean())

palette, _ = kmeans_plusplus(sample, n_clusters=8, random_state=0)
nearest = KMeans(n_clusters=8, init=palette, n_init=1, max_iter=1).fit(sample).predict(pixels)
found = error
print(f"{len(np.unique(quantized.reshape(-1, 3), axis=0))} colors, error {error:.4f}")
print(f"pixels per color of the palette: {np.bincount(nearest)}")
