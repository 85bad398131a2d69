from ._config import get_include as get_include
from ._config import show_config as show_config
from ._names import ALGORITHMS as ALGORITHMS
from .algorithms.bisecting_tree import BisectingTree as BisectingTree
from .algorithms.history import History as History
from .algorithms.history import Iteration as Iteration
from .estimators.bisecting import BisectingKMeans as BisectingKMeans
from .estimators.k_means import k_means as k_means
from .estimators.kmeans import KMeans as KMeans
from .estimators.mini_batch import MiniBatchKMeans as MiniBatchKMeans
from .exceptions import ConvergenceWarning as ConvergenceWarning
from .functions.assign import assign as assign
from .functions.kmeans import KMeansResult as KMeansResult
from .functions.kmeans import kmeans as kmeans
from .functions.kmeans_1d import KMeans1DResult as KMeans1DResult
from .functions.kmeans_1d import kmeans_1d as kmeans_1d
from .functions.seeding import kmeans_afkmc2 as kmeans_afkmc2
from .functions.seeding import kmeans_parallel as kmeans_parallel
from .functions.seeding import kmeans_plusplus as kmeans_plusplus
from .sources.blocks import Blocks as Blocks

__version__: str | None

__all__ = [
    "ALGORITHMS",
    "BisectingKMeans",
    "BisectingTree",
    "Blocks",
    "ConvergenceWarning",
    "History",
    "Iteration",
    "KMeans",
    "KMeans1DResult",
    "KMeansResult",
    "MiniBatchKMeans",
    "__version__",
    "assign",
    "get_include",
    "k_means",
    "kmeans",
    "kmeans_1d",
    "kmeans_afkmc2",
    "kmeans_parallel",
    "kmeans_plusplus",
    "show_config",
]
