"""What users write, for a type checker: `test_usage.py` checks it in strict mode and runs it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, assert_type

import numpy as np
from numpy.typing import NDArray

import kmeans_fast
from kmeans_fast import (
    BisectingKMeans,
    BisectingTree,
    Blocks,
    History,
    Iteration,
    KMeans,
    KMeans1DResult,
    KMeansResult,
    assign,
    kmeans,
    kmeans_1d,
    kmeans_afkmc2,
    kmeans_parallel,
    kmeans_plusplus,
    show_config,
)

X = np.random.default_rng(0).standard_normal((100, 3))


def stop_early(iteration: Iteration) -> bool:
    """A callback that stops the fit."""
    assert_type(iteration.inertia, float)
    assert_type(iteration.centers, NDArray[np.floating[Any]])
    return iteration.iteration == 2


def use_functions() -> None:
    result = kmeans(X, 4, rng=np.random.default_rng(1), n_init=3, callback=stop_early)
    assert_type(result, KMeansResult)
    assert_type(result.centers, NDArray[np.floating[Any]])
    assert_type(result.labels, NDArray[np.int32])
    assert_type(result.inertia, float)
    assert_type(result.converged, bool)
    assert_type(result.history, History)
    assert_type(result.history.n_moved, NDArray[np.int64])
    assert_type(result.explain(), str)
    best = result.restarts.rng(result.restarts.best)
    assert_type(best, np.random.Generator | np.random.RandomState)
    kmeans(X, 4, rng=best, n_init=1, callback=lambda iteration: iteration.seconds > 1)
    kmeans(X.tolist(), 4, init=result.centers, algorithm="hamerly", max_memory=1 << 20)
    kmeans(X, 4, init="density", rng=np.random.SeedSequence(1), sample_weight=np.ones(len(X)))
    kmeans(X, 4, init=lambda x, n_clusters, rng: rng.choice(x, n_clusters, replace=False))

    assert_type(assign(X, result.centers), NDArray[np.int32])
    labels, distances = assign(X, result.centers, return_distance=True)
    assert_type(labels, NDArray[np.int32])
    assert_type(distances, NDArray[np.float64])
    with_distances = len(X) > 10
    assert_type(
        assign(X, result.centers, return_distance=with_distances),
        NDArray[np.int32] | tuple[NDArray[np.int32], NDArray[np.float64]],
    )

    line = kmeans_1d(X[:, 0], 2)
    assert_type(line, KMeans1DResult)
    assert_type(line.inertia, float)

    for draw in (kmeans_plusplus, kmeans_parallel, kmeans_afkmc2):
        centers, indices = draw(X, 4, random_state=0)
        assert_type(centers, NDArray[Any])
        assert_type(indices, NDArray[np.int64])


def use_estimator() -> None:
    model = KMeans(n_clusters=4, random_state=0, callback=stop_early, n_init="auto").fit(X)
    assert_type(model, KMeans)
    assert_type(model.cluster_centers_, NDArray[np.floating[Any]])
    assert_type(model.labels_, NDArray[np.int32])
    assert_type(model.inertia_, float)
    assert_type(model.n_iter_, int)
    assert_type(model.predict(X), NDArray[np.int32])
    assert_type(model.fit_predict(X), NDArray[np.int32])
    assert_type(model.transform(X), NDArray[np.floating[Any]])
    assert_type(model.score(X, sample_weight=np.ones(len(X))), float)
    assert_type(model.history_, History)
    assert_type(model.explain(), str)


def use_tree() -> None:
    model = BisectingKMeans(n_clusters=4, bisecting_strategy="largest_cluster").fit(X)
    assert_type(model, BisectingKMeans)
    assert_type(model.tree_, BisectingTree)
    assert_type(model.tree_.children, NDArray[np.int32])
    assert_type(model.cut(2), NDArray[np.int32])
    assert_type(model.predict(X, n_clusters=2), NDArray[np.int32])
    assert_type(model.to_linkage(), NDArray[np.float64])


def use_sources(folder: Path) -> None:
    path = folder / "rows.npy"
    np.save(path, X)
    blocks = Blocks(lambda: [X[:50], X[50:]], n_features=3)
    for source in (path, str(path), blocks):
        result = kmeans(source, 4, rng=0, memory_limit="10MB", scratch_dir=folder)
        assert_type(result, KMeansResult)
        model = KMeans(4, random_state=0).fit(source)
        assert_type(model.predict(source), NDArray[np.int32])
        model.predict_to(source, folder / "labels.npy", overwrite=True)
    state = folder / "run.ckpt"
    kmeans(path, 4, rng=0, columns=[0, 1], weight_column=None, checkpoint=state, resume=True)


def use_configuration() -> None:
    assert_type(kmeans_fast.__version__, str | None)
    assert_type(show_config(mode="dicts")["available_isas"], tuple[str, ...])
    assert_type(kmeans_fast.get_include(), str)
    for name in kmeans_fast.ALGORITHMS:
        kmeans(X[:, :1], 4, algorithm=name)


if TYPE_CHECKING:
    # An error that a checker does not find is an unused "ignore", which is an error too.
    kmeans(X, 4, algorithm="lloyds")  # type: ignore[arg-type]
    kmeans(X, 4, 10)  # type: ignore[call-arg]
    kmeans(X, "4")  # type: ignore[arg-type]
    kmeans(X, 4, callback=lambda: True)  # type: ignore[arg-type,misc]
    print(kmeans(X, 4).labels_)  # type: ignore[attr-defined]
    kmeans(X, 4).inertia = 0.0  # type: ignore[misc]
    KMeans(n_cluster=4)  # type: ignore[call-arg]
    show_config(mode="json")  # type: ignore[call-overload]
    print(kmeans_fast.Kmeans)  # type: ignore[attr-defined]

if __name__ == "__main__":
    use_functions()
    use_estimator()
    use_tree()
    use_configuration()
    with TemporaryDirectory() as folder:
        use_sources(Path(folder))
