"""Choose the number of clusters by a grid search over the silhouette."""

from sklearn.datasets import make_blobs
from sklearn.metrics import silhouette_score
from sklearn.model_selection import GridSearchCV

from kmeans_fast import KMeans


def silhouette(model, X, y=None):
    return silhouette_score(X, model.predict(X))


X, _ = make_blobs(n_samples=600, centers=5, cluster_std=0.7, random_state=3)
search = GridSearchCV(
    KMeans(random_state=0, n_init=5),
    {"n_clusters": range(2, 9), "algorithm": ["lloyd", "elkan"]},
    scoring=silhouette,
    cv=3,
)
search.fit(X)
found = search.best_params_["n_clusters"]
print(f"best number of clusters: {found}, silhouette {search.best_score_:.3f}")
