"""Exact, fast k-means.

Functions on NumPy arrays (`kmeans`, `kmeans_1d`, `assign`, `kmeans_plusplus` and other seedings)
and scikit-learn estimators (`KMeans`, `MiniBatchKMeans`, `BisectingKMeans`). Names are loaded when
they are first used, so that importing the package is quick and scikit-learn is loaded only for
estimators.
"""

from importlib import import_module

_HOME = {
    "ALGORITHMS": "_names",
    "BisectingKMeans": "estimators.bisecting",
    "BisectingTree": "algorithms.bisecting_tree",
    "Blocks": "sources.blocks",
    "ConvergenceWarning": "exceptions",
    "History": "algorithms.history",
    "Iteration": "algorithms.history",
    "KMeans": "estimators.kmeans",
    "KMeans1DResult": "functions.kmeans_1d",
    "KMeansResult": "functions.kmeans",
    "MiniBatchKMeans": "estimators.mini_batch",
    "assign": "functions.assign",
    "get_include": "_config",
    "k_means": "estimators.k_means",
    "kmeans": "functions.kmeans",
    "kmeans_1d": "functions.kmeans_1d",
    "kmeans_afkmc2": "functions.seeding",
    "kmeans_parallel": "functions.seeding",
    "kmeans_plusplus": "functions.seeding",
    "show_config": "_config",
}

__all__ = [*_HOME, "__version__"]


def __getattr__(name):
    if name in _HOME:
        value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    elif name == "__version__":
        value = import_module("._config", __name__).package_version("kmeans-fast")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
