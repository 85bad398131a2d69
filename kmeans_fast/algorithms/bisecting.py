"""Bisecting k-means (Steinbach, Karypis and Kumar 2000): one cluster at a time is split in two.

Each split is a k-means of two clusters on the rows of the cluster, by the code of every other fit,
on the grid of all rows. The splits take random numbers from one generator, one after the other, as
in scikit-learn, so that the same random state gives the same tree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from heapq import heappop, heappush
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .. import _backend
from .. import _validate as check
from .._magnitudes import in_value_units, square_from_units, value_unit
from .._threads import computing
from .._typing import Doubles, Indices, Labels, Matrix, Rng
from ..assigners.frame import Frame, Ranges, find_ranges, in_units
from ..assigners.rows import Rows
from ..exact import as_float
from ..executors.memory import Memory
from . import prediction
from .bisecting_tree import BisectingTree, follow
from .empty_clusters import EmptyClusters
from .fitting import check_all_rows, frame_of
from .iterations import Run, iterate
from .observer import Observer
from .seeding import seed_centers
from .state import Progress, State
from .stopping import StopRules

STRATEGIES = ("biggest_inertia", "largest_cluster")
BETTER = 1 - 1e-6
"""A further run of a split is kept if its inertia is below this part of the best, as in
scikit-learn."""
UPPER_BITS = np.int64(-(1 << 27))
"""Mask of the upper 26 bits of the significand of a float64 number."""

Init: TypeAlias = str | Callable[[Matrix, int, Rng], ArrayLike]
"""Name of a seeding, or a callable (x, n_clusters, rng) that gives the centers."""


@dataclass(frozen=True)
class Splitting:
    """How clusters are chosen and split; ``tol`` bounds the squared shift of the two centers."""

    init: Init
    n_init: int
    max_iter: int
    tol: float
    algorithm: str
    strategy: str
    verbose: bool


@dataclass(frozen=True, eq=False)
class BisectingFit:
    """The tree, and the labels and the inertia of its leaves; ``n_found`` of these have weight."""

    tree: BisectingTree
    labels: Labels
    inertia: float
    n_found: int


@dataclass(eq=False)
class Node:
    """A cluster: its rows (None: all), and where it is in the tree (see `_Growth`)."""

    rows: Indices | None
    center: Matrix
    size: float
    inertia: float
    path: str
    children: tuple[int, int] = (-1, -1)


def fit_bisecting(
    x: Matrix,
    sample_weight: Any,
    max_abs: Doubles,
    n_clusters: int,
    splitting: Splitting,
    rng: Rng,
    n_threads: int | None,
) -> BisectingFit:
    """Split the rows of a checked matrix until there are ``n_clusters`` leaves.

    ``max_abs`` (d,) are the largest magnitudes of the features.
    """
    weight = check.as_sample_weight(sample_weight, len(x))
    unit = value_unit(float(max_abs.max()))
    scaled = in_value_units(x, unit)
    ranges = find_ranges(scaled, weight, n_threads, in_value_units(max_abs, unit))
    grid = check_all_rows(ranges, n_clusters)
    rows = Rows(scaled, in_units(weight, ranges.weight_exponent), requested_threads=n_threads)
    with computing(2 * x.size):
        growth = _Growth(x, rows, ranges, frame_of(rows, ranges, grid, unit), splitting, rng)
        while len(growth.nodes) < 2 * n_clusters - 1:
            growth.split()
        tree = growth.tree()
        centers = tree.centers if unit == 1 else tree.centers * unit
        labels = growth.labels(tree)
        points = in_value_units(centers, unit)
        if unit != 1 and not np.array_equal(points, tree.centers):
            # denormal centers are rounded, and rows may have another nearest one
            labels = follow(tree, scaled, points, None, n_threads)
        own = points[tree.leaves()]
        inertia = prediction.inertia(scaled, weight, own, labels, n_threads, unit)
    tree = replace(
        tree,
        centers=centers,
        sizes=tree.sizes * growth.frame.weight_unit,
        inertias=np.array(
            [square_from_units(value * growth.frame.weight_unit, unit) for value in tree.inertias]
        ),
    )
    n_found = int(np.count_nonzero(tree.sizes[tree.leaves()]))
    return BisectingFit(tree, labels, inertia, n_found)


@dataclass(eq=False)
class _Growth:
    """The tree while it grows, in the units of ``frame``.

    ``heap`` has the leaves that can be split, the next one first. Among equals that is the leftmost
    one: paths from the root, in letters L and R, are ordered like the leaves.
    """

    given: Matrix
    rows: Rows
    ranges: Ranges
    frame: Frame
    splitting: Splitting
    rng: Rng
    nodes: list[Node] = field(default_factory=list)
    heap: list[tuple[float, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        center = self.frame.mean.astype(self.rows.x.dtype)
        labels = np.zeros(len(self.rows), dtype=np.int32)
        squares = self._squares(self.rows, center[np.newaxis], labels)
        size = self.frame.total_weight
        self._add(Node(None, center, size, self._total(squares, self.rows.weight), ""))

    def _add(self, node: Node) -> None:
        if node.inertia > 0:
            by_inertia = self.splitting.strategy == "biggest_inertia"
            score = node.inertia if by_inertia else node.size
            heappush(self.heap, (-score, node.path, len(self.nodes)))
        self.nodes.append(node)

    def split(self) -> None:
        """Split the next leaf in two.

        Where each leaf has equal rows only, the left child of one gets them all. Its center is that
        of the right child, and a tie goes to the left.
        """
        if not self.heap:
            self._split_equal_rows()
            return
        node = self.nodes[heappop(self.heap)[2]]
        rows = self._rows_of(node)
        run = self._best_run(node, rows)
        squares = self._squares(rows, run.centers, run.labels)
        first = len(self.nodes)
        for side, letter in enumerate("LR"):
            own = np.flatnonzero(run.labels == side)
            weight = None if rows.weight is None else rows.weight[own]
            child = Node(
                rows=own if node.rows is None else node.rows[own],
                center=run.centers[side],
                size=float(len(own)) if weight is None else _exact_sum(weight),
                inertia=self._total(squares[own], weight),
                path=node.path + letter,
            )
            self._add(child)
        node.rows, node.children = None, (first, first + 1)
        if self.splitting.verbose:
            print(f"New centroids from bisection: {run.centers * self.frame.value_unit}")

    def _split_equal_rows(self) -> None:
        node, first = self.nodes[-2:][0], len(self.nodes)
        nothing = np.empty(0, dtype=np.int64)
        self.nodes += [replace(node), Node(nothing, node.center, 0.0, 0.0, "")]
        node.rows, node.children = nothing, (first, first + 1)

    def _rows_of(self, node: Node) -> Rows:
        if node.rows is None:
            return self.rows
        x, weight, threads = self.rows.x, self.rows.weight, self.rows.requested_threads
        own = None if weight is None else weight[node.rows]
        return Rows(x.take(node.rows, axis=0), own, requested_threads=threads)

    def _best_run(self, node: Node, rows: Rows) -> Run:
        """Best of ``n_init`` fits of two clusters to the rows of a node."""
        # Any point is an origin of the squares (see `iterate`): the center of the node is known.
        frame = replace(
            self.frame,
            n_rows=len(rows),
            total_weight=node.size,
            mean=node.center.astype(np.float64),
            total_squares=node.inertia,
        )
        how, unit = self.splitting, self.frame.value_unit
        rules = StopRules(how.max_iter, how.tol / unit / unit)
        executor = Memory(rows, frame)
        best = None
        for number in range(how.n_init):
            centers = self._start(node, executor)
            observer = Observer(State(number, self.rng), verbose=how.verbose, unit=unit)
            observer.seeded()
            begin = partial(self._begin, executor)
            begin(2)
            empty = EmptyClusters("relocate", begin)
            run = iterate(executor, Progress(centers), rules, observer, empty)
            if best is None or run.inertia < best.inertia * BETTER:
                best = run
        assert best is not None
        return best

    def _begin(self, executor: Memory, n_clusters: int) -> None:
        how = self.splitting
        executor.begin(how.algorithm, n_clusters, None, how.n_init * how.max_iter)

    def _start(self, node: Node, executor: Memory) -> Matrix:
        init, frame = self.splitting.init, executor.frame
        if isinstance(init, str):
            return seed_centers(executor.seeding_rows(), frame.grid, init, 2, self.rng)
        given = self.given if node.rows is None else self.given.take(node.rows, axis=0)
        readonly = given.view()
        readonly.flags.writeable = False
        centers: Matrix = check.as_start(
            init(readonly, 2, self.rng), 2, self.ranges, given.dtype, frame.value_unit
        )
        return centers

    def _squares(self, rows: Rows, centers: Matrix, labels: Labels) -> Doubles:
        """Squared distance of each row to the center of its label."""
        out = np.empty(len(rows))
        _backend.distances.squared_distances(rows.x, centers, labels, out, rows.n_threads(1))
        return out

    def _total(self, squares: Doubles, weight: Doubles | None) -> float:
        """Weighted sum of ``squares``, rounded once.

        The upper and the lower half of a square times a weight of up to 26 bits are exact, so that
        an integer weight counts as repeated rows to the last bit, also where leaves are compared.
        """
        if weight is None:
            return _exact_sum(squares)
        upper = (squares.view(np.int64) & UPPER_BITS).view(np.float64)
        return as_float(_exact(upper * weight) + _exact((squares - upper) * weight))

    def tree(self) -> BisectingTree:
        """The tree as arrays."""
        nodes = self.nodes
        return BisectingTree(
            children=np.array([node.children for node in nodes], dtype=np.int32),
            centers=np.array([node.center for node in nodes]),
            sizes=np.array([node.size for node in nodes]),
            inertias=np.array([node.inertia for node in nodes]),
        )

    def labels(self, tree: BisectingTree) -> Labels:
        """Label of each row."""
        labels = np.zeros(len(self.rows), dtype=np.int32)
        for label, leaf in enumerate(tree.leaves().tolist()):
            rows = self.nodes[leaf].rows
            labels[slice(None) if rows is None else rows] = label
        return labels


def _exact(terms: Doubles) -> int:
    total: int = _backend.exact_sums.exact_sum(terms, None, 1) if len(terms) else 0
    return total


def _exact_sum(terms: Doubles) -> float:
    return as_float(_exact(terms))
