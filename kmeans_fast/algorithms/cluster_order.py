"""Numbers of clusters that mean something: by size, or those of earlier centers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _validate as check
from .._typing import Indices, Matrix
from ..assigners.sums import Sums
from ..executors.base import Executor, inertia_of
from .iterations import Run
from .options import Options

MOST_PASSES = 8
"""Passes that order clusters by size. Rows that are equally near to two centers change cluster
with the order, so one pass may leave sizes out of order; more than two are rare."""


def as_reference(options: Options, caller: str, n_features: int) -> Matrix | None:
    """``align_to`` as checked centers, or None."""
    if options.align_to is None:
        return None
    centers: Matrix = check.as_centers(options.align_to, "align_to", caller, options.n_threads)
    if centers.shape[1] != n_features:
        raise ValueError(
            f"align_to has {centers.shape[1]} features, but X has {n_features} features."
        )
    return centers


def number_clusters(
    executor: Executor,
    run: Run,
    label_order: str | None,
    reference: Matrix | None,
    begin: Callable[[int], None],
) -> Run:
    """The run with its clusters in another order, and labels that are the nearest of its centers.

    Rows are assigned again: of equally near centers the first one counts, and the order changes
    which one this is.
    """
    if reference is not None:
        unit = executor.frame.value_unit
        order = aligned(run.centers.astype(np.float64), reference.astype(np.float64) / unit)
        return _reordered(executor, run, order, begin)[0]
    if label_order != "size":
        return run
    run, weights = _reordered(executor, run, np.arange(len(run.centers)), begin)
    for _ in range(MOST_PASSES):
        order = np.argsort(-weights, kind="stable")
        if np.array_equal(order, np.arange(len(order))):
            break
        run, weights = _reordered(executor, run, order, begin)
    return run


def aligned(centers: NDArray[Any], reference: NDArray[Any]) -> Indices:
    """Order of ``centers`` that brings each to the place of the ``reference`` that it matches.

    The pairs have the least sum of squared distances (Kuhn 1955, "The Hungarian method"). Centers
    without a pair follow in their own order.
    """
    from scipy.optimize import linear_sum_assignment

    squared = np.stack([((centers - point) ** 2).sum(axis=1) for point in reference])
    _, matched = linear_sum_assignment(squared)
    rest = np.setdiff1d(np.arange(len(centers)), matched)
    return np.concatenate([matched, rest]).astype(np.int64)


def _reordered(
    executor: Executor, run: Run, order: Indices, begin: Callable[[int], None]
) -> tuple[Run, NDArray[np.float64]]:
    """The run with centers in this order, and the weights of the clusters."""
    centers = np.ascontiguousarray(run.centers[order])
    begin(len(centers))
    sums = Sums.zeros(len(centers), executor.frame.grid)
    executor.step(centers, sums)
    inertia = inertia_of(executor, centers)
    weights = sums.means()[1]
    n_found = int(np.count_nonzero(weights))
    labels = executor.labels()
    return replace(run, centers=centers, labels=labels, inertia=inertia, n_found=n_found), weights
