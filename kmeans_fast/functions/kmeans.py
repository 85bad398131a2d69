"""k-means as a function: arrays, files or tables in, a result out; arrays need NumPy only."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _validate as check
from .._csr import as_csr, is_sparse
from .._names import Algorithm, EmptyCluster, OnInterrupt
from .._typing import RngLike
from ..algorithms.fitting import Fit, fit_rows
from ..algorithms.history import History, explain
from ..algorithms.options import Callback, Init, Options
from ..algorithms.restarts import Restarts
from ..algorithms.stopping import CONVERGED, StopReason
from ..exceptions import ConvergenceWarning

if TYPE_CHECKING:
    from ..sources import RowsLike


@dataclass(frozen=True, eq=False)
class KMeansResult:
    """Result of `kmeans`.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        The means of the clusters, of the dtype of X (float64 where X was converted).
    labels : ndarray of shape (n_rows,), int32
        Index of the nearest of ``centers`` for each row: ``assign(X, centers)``, bit for bit.
    inertia : float
        Weighted sum of squared distances of the rows to their centers.
    n_iter : int
        Number of iterations.
    converged : bool
        Whether labels, centers or inertia settled, rather than a limit being reached.
    stop_reason : str
        "no_label_change", "center_shift", "inertia_change", "callback", "time_limit",
        "max_iter" or "interrupt".
    history : History
        Inertia, center shift, rows that moved, seconds, algorithm and work of each iteration.
    decisions : tuple of str
        What ``algorithm="auto"`` decided, and why; empty for a named algorithm. For rows that are
        read in blocks: where they are read from, and which seeding was used.
    restarts : Restarts
        ``restarts.best`` is the run that was kept; of several runs, each starts alone from the
        generator ``restarts.rng(run)``: ``kmeans(X, n_clusters, rng=..., n_init=1)``.
    """

    centers: NDArray[np.floating[Any]]
    labels: NDArray[np.int32]
    inertia: float
    n_iter: int
    converged: bool
    stop_reason: StopReason
    history: History
    decisions: tuple[str, ...]
    restarts: Restarts

    def explain(self) -> str:
        """Say which algorithm ran in which iteration, what it saved, and why it was chosen.

        Returns
        -------
        text : str
            The decisions, and a table with a line for each iteration.
        """
        return explain(self.history, self.decisions, len(self.labels), len(self.centers))


def kmeans(
    X: RowsLike,
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
    rng: RngLike = None,
    n_threads: int | None = None,
    callback: Callback | None = None,
    progress: bool = False,
    columns: Sequence[str] | Sequence[int] | None = None,
    weight_column: str | int | None = None,
    memory_limit: int | str | None = None,
    scratch_dir: str | PathLike[str] | None = None,
    checkpoint: str | PathLike[str] | None = None,
    checkpoint_seconds: float = 60.0,
    resume: bool = False,
    empty_cluster: EmptyCluster = "relocate",
    on_interrupt: OnInterrupt = "raise",
    label_order: Literal["size"] | None = None,
    align_to: ArrayLike | None = None,
) -> KMeansResult:
    """Exact k-means.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features), path, list of paths, table or Blocks
        The rows. A C-contiguous array of float32 or float64 is used in place, anything else is
        converted (float32 stays float32, all other types become float64, which rounds integers
        beyond 2^53). X is never modified. Dates, categories and missing values are errors.
        Matrices of `scipy.sparse` stay sparse and give the same result as dense rows.

        Rows need not be an array. X may also be

        - the path of an .npy file, of a Parquet file or of a folder of Parquet files, a pattern
          such as "folder/*.parquet", or a list of paths of Parquet files,
        - a pyarrow Table or Dataset, or a polars DataFrame or LazyFrame,
        - a zarr array,
        - `Blocks`, which take the rows from a callable of yours.

        The Notes tell how these are read.
    n_clusters : int
        Number of clusters.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights: 2 counts as the row twice, 0 as the row absent.
    init : str, array-like of shape (n_clusters, n_features) or callable, default="k-means++"
        Start centers: "k-means++" (greedy, as in scikit-learn [5]_), "k-means||" (a few passes
        over the rows pick candidates, k-means++ picks from these [6]_), "afk-mc2" (Markov chains,
        one pass over the rows [7]_), "random" (distinct rows), "random-partition" (means of a
        random partition), "density" (dense places far from each other, found with a kd-tree;
        deterministic [8]_), the centers themselves, or a callable
        ``init(X, n_clusters, rng=...)`` that returns them. For rows that are read in blocks,
        "k-means++" means "k-means||"; "density" and callables are errors.
    n_init : int or "auto", default="auto"
        Number of runs, of which the best is returned. "auto" is 10 for "random",
        "random-partition" and a callable, 1 otherwise.
    max_iter : int, default=300
        Most iterations of a run.
    tol : float, default=1e-4
        Stop when the squared shift of all centers is at most ``tol`` times the mean variance of
        the features.
    inertia_tol : float, default=0.0
        Stop when the inertia falls by less than this fraction; 0 turns the rule off.
    time_limit : float, default=None
        Seconds after which to stop. Seeds that are not picked by then are random rows, the
        current iteration is the last, and no further run begins. A fit takes at least one
        iteration and one pass that labels the rows.
    algorithm : str, default="auto"
        One of `ALGORITHMS`; all give the same answer and differ in time and memory. "auto" chooses
        by shape and changes its choice where timings show a faster one;
        `KMeansResult.explain` tells why. "filtering" is for up to four features, "sorted" for one;
        "sketch" compares rows with centers in a few principal directions first, for many features.
        For rows that are read in blocks, "auto" means "hamerly", and "lloyd" is the other choice.
    max_memory : int, default=None
        Bytes that bounds, sketches and sorted copies of the rows may take. With None a named
        algorithm has no limit; "auto" has the largest of 64 bytes per row, a quarter of X and
        1 MiB, and tables and copies of the centers besides. Not used for rows that are read in
        blocks.
    rng : None, int, Generator or RandomState, default=None
        Random numbers: any argument of `numpy.random.default_rng`, or a RandomState.
    n_threads : int, default=None
        Threads; None means all that the process may use, shared with calls in other Python
        threads. The result does not depend on it.
    callback : callable, default=None
        Called with an `Iteration` after each iteration; returning True stops the fit.
    progress : bool, default=False
        Show a display on standard error (needs the extra ``cli``).
    columns : list of str or list of int, default=None
        The features, in this order: names of the columns of a table, positions in an .npy file or a
        zarr array. A column of lists (embeddings) has one feature per position of the list. None
        means all columns except ``weight_column``; a column of lists beside other columns must be
        named. An error if X is an array or `Blocks`.
    weight_column : str or int, default=None
        The column of the weights, in place of ``sample_weight``. An error if X is an array or
        `Blocks`.
    memory_limit : int or str, default=None
        Most memory for rows that are read in blocks, in bytes or as a size such as "2GiB". With a
        limit, pyarrow tables, polars frames and memory maps are read in blocks as well. With None,
        a block has up to 32 MiB. Not used for other rows in memory.
    scratch_dir : str or path, default=None
        Folder of the scratch file, which has the size of X as an array. None means the folder that
        the environment variable TMPDIR names, or else /var/tmp, or else the system's folder for
        temporary files.
    checkpoint : str or path, default=None
        File to which the state of the fit is written, in a folder that exists. It is written after
        the seeding of each run, between iterations, and after each run that neither ``callback``
        nor ``time_limit`` stops, and it is kept when the fit ends. The file is replaced as a whole:
        if the process is killed while it writes, the earlier file remains.
    checkpoint_seconds : float, default=60.0
        Least time between two checkpoints within a run.
    resume : bool, default=False
        Whether to go on from ``checkpoint``. The fit then has the same centers, labels and inertia,
        bit for bit, as one that was not interrupted. If there is no such file, the fit begins anew.
    empty_cluster : str, default="relocate"
        What becomes of a cluster that loses all its rows: "relocate" gives it the row that is
        farthest from its center, as scikit-learn does; "drop" leaves it out, so that there are
        fewer centers; "error" raises a ValueError.
    on_interrupt : str, default="raise"
        What Ctrl-C does: with "raise" there is no result; "keep" returns the best run so far,
        which takes one more pass over the rows, with a ConvergenceWarning. Before the first
        iteration has ended, and in that last pass, the KeyboardInterrupt is raised.
    label_order : str, default=None
        "size" numbers the clusters from the heaviest to the lightest. With None, the numbers are
        those of the start centers.
    align_to : array-like of shape (n_centers, n_features), default=None
        Earlier centers: each cluster gets the number of the center that it is matched with, such
        that the sum of squared distances of all pairs is least. Clusters without a pair follow.

    Returns
    -------
    result : KMeansResult
        Centers, labels, inertia, the reason of the stop, and the history of the iterations.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; the message names it. ``checkpoint`` exists and ``resume`` is False;
        or the checkpoint is damaged, or is that of other data or other parameters.
    ImportError
        ``progress`` is True and rich is not installed.

    Warns
    -----
    ConvergenceWarning
        Fewer clusters than ``n_clusters`` have rows, for example where X has too few distinct rows.
        Or ``time_limit`` or Ctrl-C (``on_interrupt="keep"``) has stopped the fit.
    RuntimeWarning
        ``n_init`` is not used because ``init`` is an array, "elkan" is asked for a single cluster,
        or a feature has such large magnitudes that its means are rounded noticeably.

    Notes
    -----
    An iteration takes O(n_rows x n_clusters x n_features) time at most. "lloyd" [1]_ compares each
    row with each center; "hamerly" [2]_, "elkan" [3]_ and "filtering" [4]_ prove for most rows that
    they keep their cluster.

    Memory beyond X is 8 bytes per row for labels, at most ``max_memory``, and
    O(threads x n_clusters x n_features). Seeding takes more while it runs: "k-means++" the larger
    of 64 bytes per row and a quarter of X, "k-means||" and "afk-mc2" up to 25 bytes per row,
    "random-partition" 28 bytes for each of the first million rows, "density" 50 bytes per row and
    a copy of X in float64.

    Files, Datasets, LazyFrames, zarr arrays and `Blocks` are read in blocks in each pass over the
    rows; the next two are read while one is in use. Rows of an .npy file of float32 or float64 in
    C order, without ``columns`` and ``weight_column``, are read from that file. All other rows are
    decoded once, into a scratch file in ``scratch_dir``, which is removed when the fit ends. The
    bounds of "hamerly" also tell which parts of the file no iteration needs to read. Seeds come
    from "k-means||" in place of "k-means++", which would read all rows once per cluster;
    `KMeansResult.decisions` says so. A pyarrow Table or a polars DataFrame is converted to an array
    and fitted in memory unless there is a ``memory_limit``.

    Rows that are read in blocks take 12 bytes of memory per row, 16 if ``n_init`` is not 1, and 8
    more for weights. Blocks take the rest of ``memory_limit``; if less than about 6 MiB is left for
    them, an error tells how much is needed. The limit does not include the interpreter and its
    libraries, what other libraries need to decode a block, arrays of centers, and two seedings:
    "afk-mc2" takes 8 bytes more per row, "random-partition" 28 bytes for each of the first million
    rows.

    A checkpoint belongs to the data, ``n_clusters``, ``init``, ``n_init``, ``max_iter``, ``tol``,
    ``inertia_tol`` and, unless ``rng`` is None, the random state at the start; a checksum tells
    whether the rows and weights are the same. Everything else may change before a fit is resumed.

    A center is the mean of its rows, rounded once to float64 and then to the dtype of X: the sums
    of weighted rows are exact to 2^-80 of the largest magnitude of each feature, and where weights
    differ by more than 2^24, to 2^-56 of it for the lightest rows. From 2^20 rows on, each doubling
    of the number of rows costs 2 bits. Weights may differ by up to 2^100.

    If no value of X reaches 1e-90, X is multiplied by 2^640 while it is clustered, because squares
    of such values can underflow. Labels and centers are those of X; an inertia below 1e-308 has
    fewer digits, and one below 5e-324 is 0. Rows that are read in blocks are not multiplied: if all
    values are below 1e-140, a fit raises an error.

    References
    ----------
    .. [1] S. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory
       28, 1982.
    .. [2] G. Hamerly, "Making k-means even faster", SDM 2010.
    .. [3] C. Elkan, "Using the triangle inequality to accelerate k-means", ICML 2003.
    .. [4] T. Kanungo, D. Mount, N. Netanyahu, C. Piatko, R. Silverman and A. Wu, "An efficient
       k-means clustering algorithm: analysis and implementation", IEEE Transactions on Pattern
       Analysis and Machine Intelligence 24, 2002.
    .. [5] D. Arthur and S. Vassilvitskii, "k-means++: the advantages of careful seeding",
       SODA 2007.
    .. [6] B. Bahmani, B. Moseley, A. Vattani, R. Kumar and S. Vassilvitskii, "Scalable k-means++",
       VLDB 2012.
    .. [7] O. Bachem, M. Lucic, H. Hassani and A. Krause, "Fast and provably good seedings for
       k-means", NIPS 2016.
    .. [8] S. Redmond and C. Heneghan, "A method for initialising the K-means clustering algorithm
       using kd-trees", Pattern Recognition Letters 28, 2007.

    Examples
    --------
    >>> from kmeans_fast import kmeans
    >>> X = [[1, 2], [2, 3], [3, 3], [5, 5], [6, 6], [7, 7]]
    >>> result = kmeans(X, 2, init=[[1, 2], [5, 5]])
    >>> result.labels
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    >>> result.centers.round(2)
    array([[2.  , 2.67],
           [6.  , 6.  ]])
    """
    options = Options(
        n_clusters=n_clusters,
        init=_with_rng(init) if callable(init) else init,
        n_init=n_init,
        max_iter=max_iter,
        tol=tol,
        inertia_tol=inertia_tol,
        time_limit=time_limit,
        algorithm=algorithm,
        max_memory=max_memory,
        n_threads=n_threads,
        callback=callback,
        progress=progress,
        memory_limit=memory_limit,
        scratch_dir=scratch_dir,
        checkpoint=checkpoint,
        checkpoint_seconds=checkpoint_seconds,
        resume=resume,
        seeded=rng is not None,
        empty_cluster=empty_cluster,
        on_interrupt=on_interrupt,
        label_order=label_order,
        align_to=align_to,
    )
    options.check("kmeans")
    generator = check.as_rng(rng)
    if is_sparse(X) and columns is None and weight_column is None:
        from ..algorithms.sparse_fitting import fit_csr

        csr = as_csr(X, "X", "kmeans")
        fit = fit_csr("kmeans", csr, X, sample_weight, options, generator)
        return _result(fit)
    source = None
    if not check.is_plain(X) or columns is not None or weight_column is not None:
        from ..algorithms.source_fitting import as_source, fit_source

        source = as_source(X, columns, weight_column, memory_limit)
    if source is None:
        x = check.as_matrix(X, "X", "kmeans")
        fit = fit_rows("kmeans", x, sample_weight, options, generator)
    else:
        fit = fit_source("kmeans", source, sample_weight, options, generator)
    return _result(fit)


def _result(fit: Fit) -> KMeansResult:
    """The result of `kmeans`, called by it: warnings name its caller."""
    for text, category in fit.warnings(ConvergenceWarning):
        warnings.warn(text, category, stacklevel=3)
    run = fit.run
    return KMeansResult(
        centers=run.centers,
        labels=run.labels,
        inertia=run.inertia,
        n_iter=run.n_iter,
        converged=run.stop_reason in CONVERGED,
        stop_reason=run.stop_reason,
        history=run.history,
        decisions=run.decisions,
        restarts=fit.restarts,
    )


def _with_rng(init: Callable[..., ArrayLike]) -> Callable[..., ArrayLike]:
    return lambda x, n_clusters, rng: init(x, n_clusters, rng=rng)
