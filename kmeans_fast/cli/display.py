"""Print the data and the clusters."""

from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from .._sizes import size_text
from .file_rows import FileRows
from .messages import one_line
from .tables import Table, listed

MOST_CLUSTERS = 30
FEATURE_WIDTH = 14


def print_data(
    console: Console, source: str, rows: Table | FileRows, weight_column: str | None
) -> None:
    """Print the columns that are clustered, and the other columns with the reason."""
    n_columns = len(rows.columns)
    columns = f"{n_columns} column{'s' if n_columns > 1 else ''}: {listed(rows.columns)}"
    write(console, f"{source}: {rows.n_rows:,} rows, {columns}")
    if weight_column is not None:
        write(console, f"weights: {weight_column}")
    if rows.left_out:
        left_out = listed(f"{item.name} ({item.reason})" for item in rows.left_out)
        write(console, f"left out: {left_out}")
    if isinstance(rows, FileRows):
        size = size_text(rows.n_bytes)
        write(console, f"read in blocks: {size} of rows; {rows.reason}")


def print_clusters(
    console: Console,
    summary: dict[str, Any],
    centers: np.ndarray[Any, Any],
    seconds: float,
) -> None:
    """Print the largest clusters with their sizes and the first features of their centers."""
    sizes = np.array(summary["sizes"])
    columns = summary["columns"]
    n_shown = max(1, min(len(columns), (console.width - 28) // FEATURE_WIDTH))
    grid = Grid()
    for heading in ("cluster", "size", "share", *map(one_line, columns[:n_shown])):
        grid.add_column(Text(heading), justify="right", no_wrap=True)
    for cluster in np.argsort(-sizes, kind="stable")[:MOST_CLUSTERS]:
        size = sizes[cluster]
        features = [f"{value:.5g}" for value in centers[cluster, :n_shown]]
        grid.add_row(str(cluster), f"{size:,}", f"{size / sizes.sum():.1%}", *features)
    console.print(grid)
    hidden = [
        f"{count} more {what}"
        for count, what in (
            (len(sizes) - MOST_CLUSTERS, "clusters"),
            (len(columns) - n_shown, "features"),
        )
        if count > 0
    ]
    if hidden:
        write(console, f"not shown: {', '.join(hidden)}")
    units = " (of the scaled data)" if summary["scaled"] else ""
    write(
        console,
        f"inertia {summary['inertia']:.6g}{units}, {summary['n_iter']} iterations "
        f"({summary['stop_reason'].replace('_', ' ')}), {seconds:.3g} s",
    )


def write(console: Console, text: str) -> None:
    """Print one line of plain text of any length."""
    console.print(Text(one_line(text)), soft_wrap=True)
