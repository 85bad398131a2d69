"""Labels, distances and inertia of rows that are read in blocks: files, tables, blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from os import PathLike
from typing import Any

import numpy as np

from .. import _validate as check
from .._magnitudes import square_from_units
from .._typing import Doubles, Labels, Matrix
from ..assigners.frame import in_units, weight_exponent
from ..exact import as_float
from ..executors.given_weights import given_weights, with_weights
from ..sources import Block, Source, distance_writer, label_writer, read_ahead
from . import prediction

BLOCK_BYTES = 64 << 20


def _blocks(source: Source, centers: Matrix) -> Iterator[Block]:
    """Blocks to compare with the centers, of which one is read ahead."""
    row_bytes = source.n_features * max(source.dtype.itemsize, centers.itemsize)
    rows = max(1, BLOCK_BYTES // row_bytes)
    with (
        closing(source.blocks(rows)) as decoded,  # type: ignore[type-var]
        closing(read_ahead(decoded)) as blocks,
    ):
        yield from blocks


def _labels(source: Source, centers: Matrix, n_threads: int | None) -> Iterator[Labels]:
    """Index of the nearest center of each row of each block."""
    for block, _ in _blocks(source, centers):
        x, points, _ = check.as_query(block, centers, "X", n_threads)
        yield prediction.nearest_centers(x, points, n_threads)


def _distances(source: Source, centers: Matrix, n_threads: int | None) -> Iterator[Matrix]:
    """Euclidean distances of the rows of each block to all centers."""
    for block, _ in _blocks(source, centers):
        x, points, unit = check.as_query(block, centers, "X", n_threads)
        yield prediction.all_distances(x, points, n_threads, unit)


def source_labels(source: Source, centers: Matrix, n_threads: int | None) -> Labels:
    """Index of the nearest center of each row, int32 (n,)."""
    return np.concatenate([*_labels(source, centers, n_threads)])


def source_distances(source: Source, centers: Matrix, n_threads: int | None) -> Matrix:
    """Euclidean distances of all rows to all centers, (n, k)."""
    found: Matrix = np.concatenate([*_distances(source, centers, n_threads)])
    return found


def source_inertia(
    source: Source, sample_weight: Any, centers: Matrix, n_threads: int | None
) -> float:
    """Weighted sum of squared distances of the rows to their nearest centers.

    The unit of the weights is that of the heaviest of all rows, so a first pass finds it. Blocks
    whose values have the same unit are summed exactly.
    """
    given = given_weights(source, sample_weight)
    exponent = weight_exponent(_heaviest(source, given, centers))
    totals: Counter[float] = Counter()
    for block, weight in with_weights(_blocks(source, centers), given):
        x, points, unit = check.as_query(block, centers, "X", n_threads)
        labels = prediction.nearest_centers(x, points, n_threads)
        weight = in_units(weight, exponent)
        totals[unit] += prediction.exact_inertia(x, weight, points, labels, n_threads)
    return sum(
        square_from_units(as_float(total) * 2.0**exponent, unit) for unit, total in totals.items()
    )


def _heaviest(source: Source, given: Doubles | None, centers: Matrix) -> float:
    """Largest weight of all rows; 1 where there are none."""
    if given is not None:
        return float(given.max())
    if not source.weighted:
        return 1.0
    weights = (weight for _, weight in _blocks(source, centers) if weight is not None)
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
        for labels in _labels(source, centers, n_threads):
            writer.append(labels)


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
        for distances in _distances(source, centers, n_threads):
            writer.append(distances)
