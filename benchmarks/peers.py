"""The same work done by each library through its own interface. Runs in the peers' processes."""

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
    """The peers that are installed and accept the element type."""
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
    """Compiler of our core, and the instruction set that it uses."""
    from kmeans_fast._core import config

    return f"instruction set {config.isa()}, {config.compiler()}"


@lru_cache(maxsize=2)
def load(path):
    """The array of a .npy file, cached for the next request."""
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
    """k-means by faiss on all rows, without subsampling, for exactly ``n_iter`` iterations."""
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
    """Seconds of a whole fit from the centers in ``start``; the new centers are saved to ``out``.

    The fit of every other library includes labels. faiss returns centers only, so its labels are
    timed separately.
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
    """Seconds that the labels of all rows take."""
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
    """Median seconds of several calls of our assignment kernel on all rows.

    In the first calls after a pause threads still sleep, or two of them share one CPU.
    """
    from kmeans_fast._core.assign import assign_rows

    x, centers = load(data), load(start)
    labels = np.empty(len(x), dtype=np.int32)
    call = partial(assign_rows, x, centers, labels, threads)
    return median(timeit.repeat(call, number=1, repeat=CALLS))


def seed(peer, data, k, random_state):
    """Seconds of greedy k-means++, and the indices of the chosen rows."""
    if peer == OURS:
        from kmeans_fast import kmeans_plusplus
    else:
        from sklearn.cluster import kmeans_plusplus
    x = load(data)
    begin = time.perf_counter()
    _, indices = kmeans_plusplus(x, k, random_state=random_state)
    return {"seconds": time.perf_counter() - begin, "indices": np.asarray(indices).tolist()}


def fit_and_predict(peer, data, start):
    """Labels of a fit to convergence, and the labels that predict gives the same rows."""
    x, centers = load(data), load(start)
    if peer == FAISS:
        model = faiss_kmeans(x, centers, 100)
        model.train(x, init_centroids=centers)
        labels = predicted = model.index.search(x, 1)[1].ravel()
    else:
        model = estimator(peer, centers, 100).fit(x)
        labels, predicted = model.labels_, model.predict(x)
    return {"fit": labels.tolist(), "predict": predicted.tolist()}
