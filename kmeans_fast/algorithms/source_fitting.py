"""The door of a fit to rows that are not an array in memory: files, tables, blocks."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .. import _validate as check
from .._sizes import as_bytes
from .._threads import computing, default_threads
from .._typing import Rng
from ..executors.row_file import RowFile, keep_raw
from ..executors.stream import ALGORITHMS, Stream
from ..sources import NarrowSource, Source, is_narrow, open_source
from ..sources.writers import check_no_input
from .fitting import Fit, as_start, check_all_rows, fit_executor, fit_rows, watching
from .options import Options
from .restarts import resolve_n_init
from .seeding import n_dealt

MOST_BLOCK_BYTES, LEAST_BLOCK_BYTES = 32 << 20, 1 << 20
"""Smaller blocks cost more hand-overs between threads, larger ones more of the caches."""

BLOCKS_HELD = 5
"""Blocks in memory at a time: one at work, two read ahead, and room for what is made of them."""
BLOCK_ROW_BYTES = 16
"""Bytes per row of a block beside its values: distances, labels, lists of rows."""
DEALT_ROW_BYTES = 52
"""Bytes of each row that is dealt out: its place, its label, and what shuffling them takes."""
SUM_BYTES = 16
"""Two words of a sum."""
CENTER_COPIES = 24
"""Copies of the centers (old, new, packed, saved), and the candidates of k-means||, 11 per seed."""


def as_source(X: Any, columns: Any, weight_column: Any, memory_limit: Any) -> Source | None:
    """Source of rows that are not an array in memory, else None, and then without ``columns``."""
    is_chosen = columns is not None or weight_column is not None
    is_array = isinstance(X, np.ndarray)
    source = find_source(X, columns, weight_column, memory_limit)
    if is_chosen and (source is None or isinstance(source, NarrowSource)):
        name = "an array" if is_array else f"a {type(X).__name__}"
        raise ValueError(
            f"columns and weight_column are for tables and files; X is {name}: give "
            f"X[{':, ' if is_array else ''}columns], and sample_weight."
        )
    return source


def find_source(X: Any, columns: Any, weight_column: Any, memory_limit: Any) -> Source | None:
    """Source of rows that are not an array or a data frame in memory, else None.

    A memory map is an array, read by the system as it is used, unless there is a memory limit. A
    frame of polars is a table where columns are chosen or there is a limit. An array of a narrow
    type is widened in blocks where all of it as floats would be larger than a block.
    """
    if is_narrow(X) and X.size * np.dtype(np.float64).itemsize > MOST_BLOCK_BYTES:
        return NarrowSource(X)
    if type(X) is np.ndarray or (isinstance(X, np.memmap) and memory_limit is None):
        return None
    library = type(X).__module__.partition(".")[0]
    is_frame = library in ("pandas", "polars") and type(X).__name__ == "DataFrame"
    if is_frame and columns is None and weight_column is None and memory_limit is None:
        return None
    return open_source(X, columns=columns, weight_column=weight_column)


def is_in_memory(source: Source) -> bool:
    """Whether the rows of a source take memory already: tables of Arrow and polars."""
    return not source.paths and source.fingerprint().get("kind") == "table"


def fit_source(caller: str, source: Source, sample_weight: Any, options: Options, rng: Rng) -> Fit:
    """Fit checked ``options`` to rows in a file, a table or blocks.

    A table in memory becomes a matrix, unless there is a memory limit. Everything else is read in
    blocks in every pass.
    """
    is_narrow_array = isinstance(source, NarrowSource)
    if isinstance(source, NarrowSource) and not _is_streamed(options):
        return fit_rows(caller, source.widened(), sample_weight, options, rng)
    if options.memory_limit is None and not is_narrow_array and is_in_memory(source):
        x, weight = load(source)
        if weight is not None and sample_weight is not None:
            raise ValueError("sample_weight must be None where the rows have their own weights.")
        return fit_rows(caller, x, sample_weight if weight is None else weight, options, rng)
    if options.algorithm not in ("auto", *ALGORITHMS):
        expected = f"one of 'auto', {', '.join(map(repr, ALGORITHMS))} for rows that stay in a file"
        check.reject(caller, "algorithm", options.algorithm, expected)
    if options.checkpoint is not None:
        _check_apart(Path(options.checkpoint), source)
    start = options.init if is_narrow_array else _start_name(options.init)
    with watching(options, start) as watcher:
        file = _keep_raw(source, sample_weight, options, watcher)
        with closing(file):
            grid = check_all_rows(file.ranges, options.n_clusters)
            if not isinstance(start, str):
                start = as_start(options, file.ranges, source.dtype, None)
            with computing(len(file) * source.n_features * options.n_clusters):
                stream = Stream(file, file.frame(grid))
                if isinstance(start, str):
                    stream.note(f"seeding: {start}")
                return fit_executor(caller, stream, start, options, rng, watcher)


def _is_streamed(options: Options) -> bool:
    """Whether rows of a narrow type can stay as they are: other fits need all of them as floats."""
    init = options.init
    is_seeded = init != "density" if isinstance(init, str) else not callable(init)
    return is_seeded and options.algorithm in ("auto", *ALGORITHMS)


def _check_apart(checkpoint: Path, source: Source) -> None:
    """Refuse a checkpoint that is read, or would be one of the files of a folder next time."""
    for path in source.paths:
        try:
            check_no_input(checkpoint, path)
        except ValueError as error:
            raise ValueError(f"checkpoint={str(checkpoint)!r}: {error}") from None


def _start_name(init: Any) -> Any:
    """Seeding for rows in a file: k-means++ would read all of them once per cluster."""
    if isinstance(init, str):
        if init == "k-means++":
            return "k-means||"
        if init == "density":
            raise ValueError("init='density' needs X in memory; 'k-means||' and 'random' do not.")
    return init


def load(source: Source) -> tuple[Any, Any]:
    """All rows of a source as one matrix, and their weights or None."""
    blocks = list(source.blocks(max(1, MOST_BLOCK_BYTES // _row_bytes(source))))
    x = np.concatenate([x for x, _ in blocks])
    return x, np.concatenate([w for _, w in blocks]) if source.weighted else None


def _row_bytes(source: Source) -> int:
    return int(source.n_features * source.dtype.itemsize)


def _keep_raw(source: Source, sample_weight: Any, options: Options, watcher: Any) -> RowFile:
    """The rows of a source as a file, and blocks that fit into the memory limit."""
    weighted = source.weighted or sample_weight is not None
    limit = as_bytes(options.memory_limit)
    if source.n_rows is not None:  # a limit that is too small is refused before all rows are read
        _block_rows(source, source.n_rows, weighted, options)
    row = _row_bytes(source)
    most = MOST_BLOCK_BYTES if limit is None else min(MOST_BLOCK_BYTES, limit // (2 * BLOCKS_HELD))
    file = keep_raw(
        source,
        sample_weight,
        max(1, max(most, LEAST_BLOCK_BYTES) // row),
        options.n_threads,
        None if options.scratch_dir is None else Path(options.scratch_dir),
        partial(watcher.passed, row_bytes=row),
    )
    try:
        return replace(file, block_rows=_block_rows(source, len(file), weighted, options))
    except ValueError:
        file.close()
        raise


def _block_rows(source: Source, n_rows: int, weighted: bool, options: Options) -> int:
    """Rows of a block such that all that is held fits into the memory limit."""
    row, limit = _row_bytes(source), as_bytes(options.memory_limit)
    most, least = max(1, MOST_BLOCK_BYTES // row), max(1, LEAST_BLOCK_BYTES // row)
    if limit is None:
        return most
    needed = bytes_of_rows(options, n_rows, weighted)
    needed += bytes_of_centers(options, source.n_features, source.dtype.itemsize)
    block_row = BLOCKS_HELD * row + BLOCK_ROW_BYTES
    if limit < needed + least * block_row:
        raise ValueError(
            f"memory_limit={options.memory_limit!r} is too small for {n_rows:,} rows: at least "
            f"{needed + least * block_row:,} bytes are needed."
        )
    return min((limit - needed) // block_row, most)


def bytes_of_rows(options: Options, n_rows: int, weighted: bool) -> int:
    """Bytes that stay in memory for the rows: at most 16 per row, and 8 for a weight.

    A label and two bounds; while seeding, the squared distance to the nearest seed and its number,
    with "afk-mc2" also the probability of being proposed, or the rows that "random-partition"
    deals out together. The labels of the best run where there are several.
    """
    init = options.init if isinstance(options.init, str) else ""
    several = resolve_n_init(options.n_init, init) > 1
    own = n_rows * (20 if init == "afk-mc2" else 12)
    if init == "random-partition":
        own = max(own, DEALT_ROW_BYTES * min(n_rows, n_dealt(options.n_clusters)))
    return own + n_rows * (4 * several + 8 * weighted)


def bytes_of_centers(options: Options, n_features: int, itemsize: int) -> int:
    """Bytes of what there is once per cluster: sums of each thread, centers, candidates."""
    n_threads: int = options.n_threads or default_threads()
    values = options.n_clusters * (n_features + 1)
    return values * (SUM_BYTES * (n_threads + 1) + CENTER_COPIES * itemsize)
