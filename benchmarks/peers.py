"""The same work by each library, in the library's own words. Runs in the peers' processes."""

import importlib
import importlib.util
import time
import timeit
from functools import lru_cache, partial
from importlib import metadata
from statistics import median

import numpy as np

OURS = "kmeans_fast"
SKLEARN = "scikit-learn"
FAISS = "faiss"
INTELEX = "scikit-learn-intelex"
SUPERKMEANS = "SuperKMeans"
MODULES = {
    OURS: "kmeans_fast",
    SKLEARN: "sklearn",
    FAISS: "faiss",
    INTELEX: "sklearnex",
    SUPERKMEANS: "superkmeans",
}

CALLS = 9


def available(peers, dtype=np.float32):
    """Those of the peers that are installed and take the element type."""
    return [
        peer
        for peer in peers
        if importlib.util.find_spec(MODULES[peer])
        and (peer not in {FAISS, SUPERKMEANS} or np.dtype(dtype) == np.float32)
    ]


def version(peer):
    """Version of a library."""
    try:
        return metadata.version(peer)
    except metadata.PackageNotFoundError:
        return importlib.import_module(MODULES[peer]).__version__


def build():
    """What our core was built with and chose."""
    from kmeans_fast._core import config

    return f"instruction set {config.isa()}, {config.compiler()}"


@lru_cache(maxsize=2)
def load(path):
    """The array of a .npy file, kept for the next request."""
    return np.load(path)


def kmeans_class(peer):
    """The class `KMeans` of a library with scikit-learn's interface."""
    if peer == OURS:
        from kmeans_fast import KMeans
    elif peer == INTELEX:
        from sklearnex.cluster import KMeans
    else:
        from sklearn.cluster import KMeans
    return KMeans


def estimator(peer, centers, n_iter, algorithm="lloyd"):
    """k-means from ``centers``, until no label changes or for ``n_iter`` iterations."""
    arguments = {"init": centers, "n_init": 1, "max_iter": n_iter, "tol": 0}
    return kmeans_class(peer)(n_clusters=len(centers), algorithm=algorithm, **arguments)


def faiss_kmeans(x, centers, n_iter):
    """The same with faiss: on all rows, without its subsampling, and for all iterations."""
    import faiss

    model = faiss.Kmeans(
        x.shape[1],
        len(centers),
        niter=n_iter,
        min_points_per_centroid=1,
        max_points_per_centroid=len(x),
    )
    if hasattr(model.cp, "early_stop_threshold"):
        model.cp.early_stop_threshold = -1
    return model


def fit(peer, data, start, n_iter, out, algorithm="lloyd"):
    """Seconds of a whole fit from the centers in ``start``; the new ones go to ``out``.

    faiss gives centers only; the labels, which every other fit includes, are timed apart.
    """
    x, centers = load(data), load(start)
    labels_seconds = 0.0
    if peer == FAISS:
        model = faiss_kmeans(x, centers, n_iter)
        begin = time.perf_counter()
        model.train(x, init_centroids=centers)
        seconds = time.perf_counter() - begin
        begin = time.perf_counter()
        model.index.search(x, 1)
        labels_seconds = time.perf_counter() - begin
        result, done = model.centroids, len(model.obj)
    else:
        model = estimator(peer, centers, n_iter, algorithm)
        begin = time.perf_counter()
        model.fit(x)
        seconds = time.perf_counter() - begin
        result, done = model.cluster_centers_, model.n_iter_
    np.save(out, result)
    return {"seconds": seconds, "labels_seconds": labels_seconds, "n_iter": int(done)}


def predict_seconds(peer, data, start):
    """Seconds of the labels of all rows."""
    x, centers = load(data), load(start)
    if peer == FAISS:
        import faiss

        index = faiss.IndexFlatL2(x.shape[1])
        index.add(centers)
        call = partial(index.search, x, 1)
    else:
        model = estimator(peer, centers, 1).fit(x[: 2 * len(centers)])
        call = partial(model.predict, x)
    return timeit.timeit(call, number=1)


def assign_seconds(data, start, threads):
    """Seconds of our assignment of all rows, the kernel alone: the median of several calls.

    The first calls after a pause find threads asleep, or two of them on one CPU.
    """
    from kmeans_fast._core.assign import assign_rows

    x, centers = load(data), load(start)
    labels = np.empty(len(x), dtype=np.int32)
    call = partial(assign_rows, x, centers, labels, threads)
    return median(timeit.repeat(call, number=1, repeat=CALLS))


def seed(peer, data, k, random_state):
    """Seconds of greedy k-means++, and the rows it chose."""
    if peer == OURS:
        from kmeans_fast import kmeans_plusplus
    else:
        from sklearn.cluster import kmeans_plusplus
    x = load(data)
    begin = time.perf_counter()
    _, indices = kmeans_plusplus(x, k, random_state=random_state)
    return {"seconds": time.perf_counter() - begin, "indices": np.asarray(indices).tolist()}


def fit_and_predict(peer, data, start):
    """Labels of a fit to convergence, and those of predict on the same rows."""
    x, centers = load(data), load(start)
    if peer == FAISS:
        model = faiss_kmeans(x, centers, 100)
        model.train(x, init_centroids=centers)
        labels = predicted = model.index.search(x, 1)[1].ravel()
    else:
        model = estimator(peer, centers, 100).fit(x)
        labels, predicted = model.labels_, model.predict(x)
    return {"fit": labels.tolist(), "predict": predicted.tolist()}
