"""Labels, distances and inertia of rows that are read in blocks: files, tables, blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from os import PathLike
from typing import Any

import numpy as np

from .. import _validate as check
from .._typing import Doubles, Labels, Matrix
from ..assigners.frame import in_units, weight_exponent
from ..exact import as_float
from ..executors.given_weights import given_weights, with_weights
from ..sources import Source, distance_writer, label_writer, read_ahead
from . import prediction

BLOCK_BYTES = 64 << 20


def _blocks(
    source: Source, centers: Matrix, n_threads: int | None
) -> Iterator[tuple[Matrix, Doubles | None]]:
    """Checked blocks, of which one is read ahead."""
    row_bytes = source.n_features * max(source.dtype.itemsize, centers.itemsize)
    rows = max(1, BLOCK_BYTES // row_bytes)
    with (
        closing(source.blocks(rows)) as decoded,  # type: ignore[type-var]
        closing(read_ahead(decoded)) as blocks,
    ):
        for x, weight in blocks:
            check.check_query(x, centers, "X", n_threads)
            yield x, weight


def source_labels(source: Source, centers: Matrix, n_threads: int | None) -> Labels:
    """Index of the nearest center of each row, int32 (n,)."""
    return np.concatenate(
        [
            prediction.nearest_centers(x, centers, n_threads)
            for x, _ in _blocks(source, centers, n_threads)
        ]
    )


def source_distances(source: Source, centers: Matrix, n_threads: int | None) -> Matrix:
    """Euclidean distances of all rows to all centers, (n, k)."""
    found: Matrix = np.concatenate(
        [
            prediction.all_distances(x, centers, n_threads)
            for x, _ in _blocks(source, centers, n_threads)
        ]
    )
    return found


def source_inertia(
    source: Source, sample_weight: Any, centers: Matrix, n_threads: int | None
) -> float:
    """Weighted sum of squared distances of the rows to their nearest centers.

    The unit of the weights is that of the heaviest of all rows, so a first pass finds it.
    """
    given = given_weights(source, sample_weight)
    exponent = weight_exponent(_heaviest(source, given, centers, n_threads))
    total = 0
    for x, weight in with_weights(_blocks(source, centers, n_threads), given):
        labels = prediction.nearest_centers(x, centers, n_threads)
        weight = in_units(weight, exponent)
        total += prediction.exact_inertia(x, weight, centers, labels, n_threads)
    return as_float(total) * 2.0**exponent


def _heaviest(
    source: Source, given: Doubles | None, centers: Matrix, n_threads: int | None
) -> float:
    """Largest weight of all rows; 1 where there are none."""
    if given is not None:
        return float(given.max())
    if not source.weighted:
        return 1.0
    weights = (weight for _, weight in _blocks(source, centers, n_threads) if weight is not None)
    return max(float(weight.max()) for weight in weights)


def write_labels(
    source: Source,
    centers: Matrix,
    n_threads: int | None,
    path: str | PathLike[str],
    overwrite: bool,
) -> None:
    """Write the labels of all rows, a block at a time; the file appears when it is whole."""
    facts = {"n_rows": source.n_rows, "overwrite": overwrite, "inputs": source.paths}
    with label_writer(path, **facts) as writer:  # type: ignore[arg-type]
        for x, _ in _blocks(source, centers, n_threads):
            writer.append(prediction.nearest_centers(x, centers, n_threads))


def write_distances(
    source: Source,
    centers: Matrix,
    n_threads: int | None,
    path: str | PathLike[str],
    overwrite: bool,
) -> None:
    """Write the distances of all rows to all centers, as `write_labels` does."""
    dtype = np.result_type(source.dtype, centers)
    facts = {"n_rows": source.n_rows, "overwrite": overwrite, "inputs": source.paths}
    with distance_writer(path, len(centers), dtype, **facts) as writer:  # type: ignore[arg-type]
        for x, _ in _blocks(source, centers, n_threads):
            writer.append(prediction.all_distances(x, centers, n_threads))
