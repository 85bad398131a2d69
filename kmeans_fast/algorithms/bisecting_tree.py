"""The tree of a bisecting fit: which cluster was split into which two, and the cuts through it.

Nodes are numbered in the order of the splits: 0 has all rows, split ``i`` makes the nodes
``2 i + 1`` and ``2 i + 2``. So the nodes below ``2 m - 1`` are the tree of the fit with ``m``
clusters, and a cut needs no search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._typing import Doubles, Indices, Labels, Matrix
from . import prediction


@dataclass(frozen=True, eq=False)
class BisectingTree:
    """A binary tree of clusters; the root, node 0, has all rows.

    Attributes
    ----------
    children : ndarray of shape (n_nodes, 2), int32
        The two nodes into which a node was split, -1 for a leaf. The split with the number ``i``,
        from 0, made the nodes ``2 i + 1`` and ``2 i + 2``.
    centers : ndarray of shape (n_nodes, n_features)
        Center of each node, of the dtype of ``cluster_centers_``.
    sizes : ndarray of shape (n_nodes,), float64
        Total weight of the rows of each node: their number where rows have no weights.
    inertias : ndarray of shape (n_nodes,), float64
        Weighted sum of squared distances of the rows of each node to its center.
    """

    children: Labels
    centers: Matrix
    sizes: Doubles
    inertias: Doubles

    @property
    def n_clusters(self) -> int:
        """Number of leaves."""
        return (len(self.children) + 1) // 2

    def leaves(self, n_clusters: int | None = None) -> Indices:
        """Nodes that are the clusters after ``n_clusters - 1`` splits, in the order of the labels.

        Parameters
        ----------
        n_clusters : int, default=None
            Number of clusters, from 1 to that of the fit; None means all.

        Returns
        -------
        nodes : ndarray of shape (n_clusters,), int64
            The leaves from left to right: label ``j`` is node ``nodes[j]``.

        Raises
        ------
        ValueError, TypeError
            ``n_clusters`` is no such number.
        """
        end = self._end(n_clusters)
        found, waiting = [], [0]
        while waiting:
            node = waiting.pop()
            left, right = self.children[node].tolist()
            if 0 < left < end:
                waiting += [right, left]
            else:
                found.append(node)
        return np.array(found, dtype=np.int64)

    def labels_of_leaves(self, n_clusters: int) -> Labels:
        """Label that each leaf has after ``n_clusters - 1`` splits.

        Parameters
        ----------
        n_clusters : int
            Number of clusters, from 1 to that of the fit.

        Returns
        -------
        labels : ndarray of shape (n_leaves,), int32
            Never decreasing: a cluster is split into neighbors.

        Raises
        ------
        ValueError, TypeError
            ``n_clusters`` is no such number.
        """
        label = np.full(len(self.children), -1, dtype=np.int32)
        label[self.leaves(n_clusters)] = np.arange(n_clusters)
        end = self._end(n_clusters)
        later = np.flatnonzero(self.children[:, 0] >= end)
        for node in later[np.argsort(self.children[later, 0])].tolist():
            label[self.children[node]] = label[node]
        return label[self.leaves()]

    def to_linkage(self) -> NDArray[np.float64]:
        """The tree as a linkage matrix of `scipy.cluster.hierarchy`, with clusters as observations.

        Returns
        -------
        Z : ndarray of shape (n_clusters - 1, 4), float64
            Two clusters that are joined, their distance, and the number of leaves in both. The
            distance is Ward's, the square root of twice the inertia that the split removed, or
            that of a split further down where this is larger: heights never decrease.

        Raises
        ------
        ValueError
            The tree has a single cluster.
        """
        k = self.n_clusters
        if k == 1:
            raise ValueError("to_linkage needs a tree of at least 2 clusters, got 1.")
        heights, counts = self._heights()
        splits = np.flatnonzero(self.children[:, 0] > 0)
        # Of equal heights the later split comes first: it may be below the earlier one.
        order = splits[np.lexsort((-self.children[splits, 0], heights[splits]))]
        numbers = np.empty(len(self.children), dtype=np.int64)
        numbers[self.leaves()] = np.arange(k)
        numbers[order] = np.arange(k, 2 * k - 1)
        joined = np.sort(numbers[self.children[order]], axis=1)
        return np.column_stack([joined, heights[order], counts[order]])

    def _heights(self) -> tuple[Doubles, Indices]:
        """Height of each node, 0 of a leaf, and the number of leaves below it."""
        heights = np.zeros(len(self.children))
        counts = np.ones(len(self.children), dtype=np.int64)
        left, right = self.children.T
        removed = self.inertias - self.inertias[left] - self.inertias[right]
        own = np.sqrt(2 * np.maximum(removed, 0))
        for node in np.flatnonzero(left > 0)[np.argsort(-left[left > 0])].tolist():
            below = self.children[node]
            heights[node] = max(own[node], heights[below].max())
            counts[node] = counts[below].sum()
        return heights, counts

    def _end(self, n_clusters: int | None) -> int:
        """Number of nodes of the tree with ``n_clusters`` leaves."""
        if n_clusters is None:
            return len(self.children)
        if isinstance(n_clusters, bool) or not isinstance(n_clusters, (int, np.integer)):
            raise TypeError(f"n_clusters must be an int or None, got {n_clusters!r}.")
        if not 1 <= n_clusters <= self.n_clusters:
            raise ValueError(
                f"n_clusters must be from 1 to {self.n_clusters}, the number of clusters of the "
                f"fit, got {n_clusters}."
            )
        return 2 * int(n_clusters) - 1


def follow(
    tree: BisectingTree, x: Matrix, centers: Matrix, n_clusters: int | None, n_threads: int | None
) -> Labels:
    """Label of each row: from the root on, the nearer child decides, ties to the left one.

    ``centers`` are those of the tree, in the unit of ``x``.
    """
    leaves = tree.leaves(n_clusters)
    label = dict(zip(leaves.tolist(), range(len(leaves)), strict=True))
    labels = np.empty(len(x), dtype=np.int32)
    waiting: list[tuple[int, Indices | None]] = [(0, None)]
    while waiting:
        node, rows = waiting.pop()
        if node in label:
            labels[slice(None) if rows is None else rows] = label[node]
            continue
        left, right = tree.children[node].tolist()
        own = x if rows is None else x.take(rows, axis=0)
        for child, part in ((left, 0), (right, 1)):
            if part == 0:
                sides = prediction.nearest_centers(own, centers[left : right + 1], n_threads)
            below = np.flatnonzero(sides == part)
            if len(below):
                waiting.append((child, below if rows is None else rows[below]))
    return labels
