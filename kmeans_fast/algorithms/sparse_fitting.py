"""A fit of sparse rows: as `fitting.fit_rows`, without a dense copy of the rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from .. import _validate as check
from .._csr import Csr
from .._magnitudes import in_value_units, value_unit
from .._threads import computing
from .._typing import Doubles, Rng
from ..assigners.frame import Ranges, in_units, make_frame, ranges_of
from ..assigners.sparse import ALGORITHMS
from ..executors.sparse import Sparse, sparse_moments
from .fitting import Fit, as_start, check_all_rows, fit_executor, rescaled, watching
from .options import Options

DENSE_INITS = ("density",)
"""Seedings that need all rows as one dense array."""


def check_options(options: Options) -> None:
    """Refuse what sparse rows do not have."""
    if options.algorithm not in ALGORITHMS:
        names = ", ".join(map(repr, ALGORITHMS))
        raise ValueError(
            f"algorithm={options.algorithm!r} is not available for sparse X; expected one of "
            f"{names}."
        )
    if isinstance(options.init, str) and options.init in DENSE_INITS:
        raise ValueError(f"init={options.init!r} is not available for sparse X.")


def sparse_ranges(
    x: Csr, weight: Doubles | None, max_abs: Doubles, n_threads: int | None
) -> Ranges:
    """Ranges of finite sparse rows and of their weights."""
    max_present = max_abs
    if weight is not None and not weight.all():
        present = np.repeat(weight > 0, np.diff(x.indptr))
        max_present = x.with_data(np.where(present, x.data, 0)).max_abs()
    return ranges_of(len(x), weight, max_abs, max_present, n_threads)


def fit_csr(caller: str, x: Csr, given: Any, sample_weight: Any, options: Options, rng: Rng) -> Fit:
    """Fit checked ``options`` to sparse rows; ``given`` is X as a callable ``init`` gets it."""
    check_options(options)
    threads = options.n_threads
    max_abs = check.sparse_range(x, "X")
    weight = check.as_sample_weight(sample_weight, len(x))
    unit = value_unit(float(max_abs.max()))
    scaled = x.in_units(unit)
    ranges = sparse_ranges(scaled, weight, in_value_units(max_abs, unit), threads)
    grid = check_all_rows(ranges, options.n_clusters)
    start = as_start(options, ranges, x.dtype, given, unit)
    with computing(x.work(options.n_clusters)), watching(options, start) as watcher:
        own = in_units(weight, ranges.weight_exponent)
        frame = make_frame(
            ranges,
            grid,
            scaled.take(np.arange(1))[0].astype(np.float64),
            lambda point, grid: sparse_moments(scaled, own, point, grid, threads),
            unit,
        )
        executor = Sparse(scaled, own, frame, threads)
        fit = fit_executor(caller, executor, start, options, rng, watcher)
        if unit == 1:
            return fit
        return replace(fit, run=rescaled(fit.run, scaled, weight, unit, threads))
