"""Scale columns to mean 0 and variance 1, always in float64.

float16 and float32 hold neither the sums nor the means that are subtracted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..sources import Blocks
from .file_rows import FileRows
from .messages import UserError
from .tables import Table

BLOCK_BYTES = 16 << 20


def scaled_table(table: Table) -> tuple[np.ndarray[Any, Any], Any]:
    """Values of a table scaled, and the scaler."""
    from sklearn.preprocessing import StandardScaler

    x = table.values.astype(np.float64)
    scaler = StandardScaler(copy=False).fit(x, sample_weight=table.weight)
    check_variance(scaler, table.columns)
    return scaler.transform(x), scaler


def scaled_rows(rows: FileRows) -> tuple[FileRows, Any]:
    """Rows in a file scaled as they are read, and the scaler; it takes a pass."""
    from sklearn.preprocessing import StandardScaler

    source, scaler = rows.source, StandardScaler(copy=False)
    size = max(1, BLOCK_BYTES // (source.n_features * 8))
    for x, weight in source.blocks(size):
        scaler.partial_fit(x.astype(np.float64), sample_weight=weight)
    check_variance(scaler, rows.columns)

    def blocks() -> Iterator[Any]:
        for x, weight in source.blocks(size):
            z = scaler.transform(x.astype(np.float64))
            yield (z, weight) if source.weighted else z

    made = Blocks(blocks, n_features=source.n_features, dtype=np.float64, weighted=source.weighted)
    return replace(rows, x=made, columns_wanted=None, weight_column=None), scaler


def check_variance(scaler: Any, columns: Sequence[str]) -> None:
    """Require that the variances are numbers; the scaler leaves infinite ones as they are."""
    finite = np.isfinite(scaler.var_)
    if not finite.all():
        name = columns[int(np.argmin(finite))]
        raise UserError(f"--scale: the variance of column {name!r} is too large for float64")
