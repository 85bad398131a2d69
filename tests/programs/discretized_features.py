"""Distances to cluster centers, and the clusters themselves, as features of a classifier."""

from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from kmeans_fast import KMeans, k_means

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

distances = make_pipeline(
    KMeans(n_clusters=50, random_state=0), StandardScaler(), LogisticRegression(max_iter=2000)
)
found = distances.fit(X_train, y_train).score(X_test, y_test)

centers, _, inertia = k_means(X_train, 50, random_state=0)
codebook = KMeans(n_clusters=50, init=centers, n_init=1).fit(X_train)
bins = make_pipeline(
    FunctionTransformer(lambda rows: codebook.predict(rows).reshape(-1, 1)),
    OneHotEncoder(handle_unknown="ignore"),
    LogisticRegression(max_iter=2000),
)
print(f"accuracy with distances: {found:.3f}")
print(f"accuracy with clusters alone: {cross_val_score(bins, X_train, y_train, cv=3).mean():.3f}")
