from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias, TypedDict, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
)

__version__: str | None

ALGORITHMS: tuple[str, ...]

Algorithm: TypeAlias = Literal["auto", "filtering", "hamerly", "lloyd", "sketch", "elkan", "sorted"]
Init: TypeAlias = (
    Literal["k-means++", "k-means||", "afk-mc2", "random", "random-partition", "density"]
    | ArrayLike
    | Callable[..., ArrayLike]
)
Callback: TypeAlias = Callable[[Iteration], bool | None]
Labels: TypeAlias = NDArray[np.int32]
StopReason: TypeAlias = Literal[
    "no_label_change", "center_shift", "inertia_change", "callback", "time_limit", "max_iter"
]

class ConvergenceWarning(UserWarning): ...

class Blocks:
    factory: Callable[[], Iterable[Any]]
    n_features: int | None
    dtype: np.dtype[Any] | None
    n_rows: int | None
    weighted: bool

    def __init__(
        self,
        factory: Callable[[], Iterable[Any]],
        n_features: int | None = None,
        dtype: DTypeLike | None = None,
        n_rows: int | None = None,
        *,
        weighted: bool = False,
    ) -> None: ...

@dataclass(frozen=True, eq=False)
class Iteration:
    run: int
    iteration: int
    inertia: float
    center_shift: float
    n_moved: int
    seconds: float
    algorithm: str
    n_distances: int
    n_skipped: int
    centers: NDArray[np.floating]

@dataclass(frozen=True, eq=False)
class History:
    inertia: NDArray[np.float64]
    center_shift: NDArray[np.float64]
    n_moved: NDArray[np.int64]
    seconds: NDArray[np.float64]
    algorithm: NDArray[np.str_]
    n_distances: NDArray[np.int64]
    n_skipped: NDArray[np.int64]

    def __len__(self) -> int: ...

@dataclass(frozen=True, eq=False)
class Restarts:
    best: int
    generators: tuple[np.random.Generator | np.random.RandomState, ...]

    def rng(self, run: int) -> np.random.Generator | np.random.RandomState: ...

@dataclass(frozen=True, eq=False)
class KMeansResult:
    centers: NDArray[np.floating]
    labels: Labels
    inertia: float
    n_iter: int
    converged: bool
    stop_reason: StopReason
    history: History
    decisions: tuple[str, ...]
    restarts: Restarts

    def explain(self) -> str: ...

@dataclass(frozen=True, eq=False)
class KMeans1DResult:
    centers: NDArray[np.floating]
    labels: Labels
    inertia: float

class Config(TypedDict):
    backend: Literal["core", "reference"]
    isa: str | None
    available_isas: tuple[str, ...]
    openmp: bool
    compiler: str | None
    threads: int
    versions: dict[str, str | None]

def kmeans(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    init: Init = "k-means++",
    n_init: int | Literal["auto"] = "auto",
    max_iter: int = 300,
    tol: float = 1e-4,
    inertia_tol: float = 0.0,
    time_limit: float | None = None,
    algorithm: Algorithm = "auto",
    max_memory: int | None = None,
    rng: int | np.random.Generator | np.random.RandomState | None = None,
    n_threads: int | None = None,
    callback: Callback | None = None,
    progress: bool = False,
) -> KMeansResult: ...
def kmeans_1d(
    x: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    n_threads: int | None = None,
) -> KMeans1DResult: ...
@overload
def assign(
    X: ArrayLike,
    centers: ArrayLike,
    *,
    return_distance: Literal[False] = False,
    n_threads: int | None = None,
) -> Labels: ...
@overload
def assign(
    X: ArrayLike,
    centers: ArrayLike,
    *,
    return_distance: Literal[True],
    n_threads: int | None = None,
) -> tuple[Labels, NDArray[np.float64]]: ...
def kmeans_plusplus(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    x_squared_norms: ArrayLike | None = None,
    random_state: int | np.random.RandomState | np.random.Generator | None = None,
    n_local_trials: int | None = None,
    n_threads: int | None = None,
) -> tuple[NDArray[Any], NDArray[np.int64]]: ...
def kmeans_parallel(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    random_state: int | np.random.RandomState | np.random.Generator | None = None,
    n_rounds: int = 5,
    oversampling_factor: float = 2.0,
    n_threads: int | None = None,
) -> tuple[NDArray[Any], NDArray[np.int64]]: ...
def kmeans_afkmc2(
    X: ArrayLike,
    n_clusters: int,
    *,
    sample_weight: ArrayLike | None = None,
    random_state: int | np.random.RandomState | np.random.Generator | None = None,
    chain_length: int = 200,
    n_threads: int | None = None,
) -> tuple[NDArray[Any], NDArray[np.int64]]: ...
def get_include() -> str: ...
@overload
def show_config(mode: Literal["stdout"] = "stdout") -> None: ...
@overload
def show_config(mode: Literal["dicts"]) -> Config: ...

class KMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):
    cluster_centers_: NDArray[np.floating]
    labels_: Labels
    inertia_: float
    n_iter_: int
    stop_reason_: StopReason
    history_: History
    decisions_: tuple[str, ...]
    restarts_: Restarts
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Init = "k-means++",
        n_init: int | Literal["auto"] = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        copy_x: bool = True,
        algorithm: Algorithm = "auto",
        n_threads: int | None = None,
        max_memory: int | None = None,
        inertia_tol: float = 0.0,
        time_limit: float | None = None,
        warm_start: bool = False,
        callback: Callback | None = None,
        progress: bool = False,
    ) -> None: ...
    def fit(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> Self: ...
    def explain_(self) -> str: ...
    def fit_predict(
        self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> Labels: ...
    def predict(self, X: ArrayLike) -> Labels: ...
    def fit_transform(
        self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> Any: ...
    def transform(self, X: ArrayLike) -> Any: ...
    def score(
        self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None
    ) -> float: ...
