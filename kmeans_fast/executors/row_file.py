"""Rows of a fit in a file, read in blocks: the rows pass through memory, they do not stay."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._typing import Doubles, Indices, Matrix
from ..assigners.frame import Frame, Ranges, find_moments, find_ranges, in_units, make_frame
from ..assigners.grid import Grid
from ..assigners.rows import Rows
from ..sources import (
    RawRows,
    Scratch,
    Source,
    WidenedRows,
    default_directory,
    read_ahead,
    read_ranges,
)
from ..sources.checks import file_facts
from .given_weights import given_weights, with_weights
from .memory import checksum

Watch = Callable[[str, int, int | None], None]
"""Told of a pass: what it does, rows read so far, and rows of the pass (None while unknown)."""


def unwatched(_what: str, _done: int, _all: int | None) -> None:
    """Nobody watches."""


@dataclass(frozen=True, eq=False)
class RowFile:
    """Rows in a raw file and their weights in memory, in units of `Frame.weight_unit`, or None.

    A pass reads ``block_rows`` rows at a time. ``note`` says in words where the rows are.
    """

    raw: RawRows | WidenedRows
    weight: Doubles | None
    ranges: Ranges
    block_rows: int
    n_threads: int | None
    note: str
    watch: Watch
    scratch: Scratch | None

    def __len__(self) -> int:
        return self.raw.n_rows

    def close(self) -> None:
        """Close the file, and remove it where it is a scratch file."""
        self.raw.close()
        if self.scratch is not None:
            self.scratch.close()

    def blocks(
        self, what: str, ranges: Iterable[tuple[int, int]] | None = None
    ) -> Generator[Rows, None, None]:
        """Yield all rows, or those of some ranges, in blocks; each is valid until the next.

        The next two are read while the caller works on this one. Close the iterator.
        """
        pieces = [
            (first, min(first + self.block_rows, stop))
            for start, stop in ([(0, len(self))] if ranges is None else ranges)
            for first in range(start, stop, self.block_rows)
        ]
        n_all, n_done = sum(stop - start for start, stop in pieces), 0
        with closing(read_ranges(self.raw, pieces)) as reader:
            for (start, stop), (x, _) in zip(pieces, reader, strict=True):
                weight = None if self.weight is None else self.weight[start:stop]
                yield Rows(x, weight, start, self.n_threads)
                n_done += stop - start
                self.watch(what, n_done, n_all)

    def take(self, places: Indices) -> Matrix:
        """Copies of the rows at these places."""
        out = self.raw.empty(len(places))
        for i in np.argsort(places, kind="stable"):  # in the order of the file
            place = int(places[i])
            self.raw.read(place, place + 1, out[i : i + 1])
        return out

    def checksum(self) -> int:
        """CRC-32 of all rows, then of their weights, in a pass of its own."""
        found = 0
        with closing(self.blocks("checksum")) as blocks:
            for rows in blocks:
                found = checksum(rows.x, None, found)
        return found if self.weight is None else checksum(self.weight, None, found)

    def frame(self, grid: Grid) -> Frame:
        """Facts of all rows, in one pass, or two where the first row is far from all others."""

        def measure(point: Doubles, grid: Grid) -> Any:
            moments = None
            with closing(self.blocks("moments")) as blocks:
                for rows in blocks:
                    own = find_moments(rows, point, grid)
                    moments = own if moments is None else moments.merge(own)
            return moments

        origin = self.take(np.zeros(1, dtype=np.int64))[0].astype(np.float64)
        return make_frame(self.ranges, grid, origin, measure)


def keep_raw(
    source: Source,
    sample_weight: Any,
    block_rows: int,
    n_threads: int | None,
    scratch_dir: Path | None,
    watch: Watch,
) -> RowFile:
    """Read a source once: check it, find its ranges, and keep its rows raw.

    A source whose bytes are the rows is read from its own file from then on; any other is decoded
    this once, into a scratch file.
    """
    raw, scratch = source.raw(), None
    if raw is None:
        directory = scratch_dir or default_directory()
        scratch = Scratch(directory, source.n_features, source.dtype, n_rows=source.n_rows)
    try:
        ranges, weight = _first_pass(source, sample_weight, block_rows, n_threads, scratch, watch)
        how = "widened" if isinstance(raw, WidenedRows) else "read from the file"
        note = f"{source.description}: {ranges.n_rows:,} rows, {how} in each pass"
        if scratch is not None:
            raw, _ = scratch.finish()
            note = (
                f"{source.description}: {ranges.n_rows:,} rows, decoded once into a scratch file "
                f"of {scratch.n_bytes:,} bytes in {scratch.directory}"
            )
    except BaseException:
        if scratch is not None:
            scratch.close()
        raise
    assert raw is not None
    weight = in_units(weight, ranges.weight_exponent)
    return RowFile(raw, weight, ranges, block_rows, n_threads, note, watch, scratch)


def _first_pass(
    source: Source,
    sample_weight: Any,
    block_rows: int,
    n_threads: int | None,
    scratch: Scratch | None,
    watch: Watch,
) -> tuple[Ranges, Doubles | None]:
    """Ranges and weights (as given) of all rows.

    Files that have changed when the pass ends are refused: rows before and after do not go
    together.
    """
    files = [path for path in source.paths if path.is_file()]
    facts = file_facts(files)
    given = given_weights(source, sample_weight)
    ranges, weights, n_done = None, [], 0
    with (
        closing(source.blocks(block_rows)) as decoded,  # type: ignore[type-var]
        closing(read_ahead(decoded)) as blocks,
    ):
        for x, weight in with_weights(blocks, given):
            own = find_ranges(x, weight, n_threads)
            ranges = own if ranges is None else ranges.merge(own)
            if weight is not None:
                weights.append(weight)
            if scratch is not None:
                scratch.append(x)
            n_done += len(x)
            watch("reading", n_done, source.n_rows)
    if file_facts(files) != facts:
        raise ValueError(f"{source.description} has changed while it was read.")
    if ranges is None:
        raise ValueError(f"X has 0 rows ({source.description}), expected at least 1.")
    if not weights:
        return ranges, None
    return ranges, np.concatenate(weights)
