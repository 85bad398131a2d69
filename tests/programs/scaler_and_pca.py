"""Customers in groups: a pipeline of a scaler, PCA and k-means."""

import pandas as pd
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kmeans_fast import KMeans

data = load_wine(as_frame=True)
pipeline = make_pipeline(
    StandardScaler(), PCA(n_components=5), KMeans(n_clusters=3, n_init=10, random_state=0)
)
labels = pd.Series(pipeline.fit_predict(data.data), index=data.data.index, name="cluster")
found = adjusted_rand_score(data.target, labels)
print(data.data.groupby(labels)[["alcohol", "proline"]].mean().round(1))
print(f"adjusted Rand index: {found:.3f}")
