"""The command line: read the options, run one fit, print and write the results."""

import sys
import time
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

import kmeans_fast

from .._names import INITS, InitName
from .display import print_clusters, print_data
from .examples import EXAMPLES, load_example
from .messages import UserError, one_line
from .results import result_folder, write_results
from .tables import Table, read_table

app = typer.Typer(
    name="kmeans-fast", help="Exact, fast k-means.", add_completion=False, rich_markup_mode=None
)


def run(arguments: list[str]) -> int:
    """Run the command; errors that the user can correct give one line on stderr and exit code 2."""
    try:
        code = app(args=arguments, prog_name="kmeans-fast", standalone_mode=False)
    except UserError as error:
        message = str(error)
    except typer.TyperException as error:
        message = error.format_message()
    except OSError as error:
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except MemoryError as error:
        message = f"not enough memory: {error}" if str(error) else "not enough memory"
    else:
        if code == 130:
            print("kmeans-fast: interrupted", file=sys.stderr)
        return code or 0
    print(f"kmeans-fast: error: {one_line(message)}", file=sys.stderr)
    return 2


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Exact, fast k-means."""
    if version:
        print(f"kmeans-fast {kmeans_fast.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def config() -> None:
    """Print the configuration of this installation; please include it in bug reports."""
    try:
        kmeans_fast.show_config()
    except ValueError as error:
        raise UserError(str(error)) from error


@app.command()
def fit(
    n_clusters: Annotated[
        int, typer.Option("--clusters", "-k", metavar="K", min=1, help="Number of clusters.")
    ],
    data: Annotated[
        Path | None, typer.Argument(metavar="DATA", help="A .npy, .npz, .csv or .parquet file.")
    ] = None,
    example: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"Cluster an example instead: {', '.join(EXAMPLES)}."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", "-c", metavar="NAME", help="Use only this column (repeatable)."),
    ] = None,
    array: Annotated[
        str | None, typer.Option(metavar="NAME", help="The array to read from an .npz file.")
    ] = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="Scale columns to mean 0 and variance 1 first.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write labels.csv, centers.csv and summary.json to this folder."
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            metavar="S", min=0, max=2**32 - 1, help="The same seed gives the same clusters."
        ),
    ] = 0,
    init: Annotated[
        InitName,
        typer.Option(
            metavar="HOW",
            help=f"Seeding: {', '.join(INITS)}.",
        ),
    ] = "k-means++",
    n_init: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Number of runs; the best is kept.")
    ] = None,
    max_iter: Annotated[
        int, typer.Option(metavar="N", min=1, help="Maximum number of iterations per run.")
    ] = 300,
    tol: Annotated[
        float, typer.Option(metavar="TOL", min=0, help="Tolerance on the shift of the centers.")
    ] = 1e-4,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of threads; default: all CPUs.")
    ] = None,
) -> None:
    """Cluster the numeric columns of a file.

    Centers are in the units of the file, also with --scale. The inertia is that of the clustered
    data, which --scale changes.
    """
    console = Console()
    source, table = load(data, example, columns or [], array)
    print_data(console, source, table)
    parameters = {
        "n_clusters": n_clusters,
        "init": init,
        "n_init": n_init or "auto",
        "max_iter": max_iter,
        "tol": tol,
        "random_state": seed,
    }
    with result_folder(out) if out else nullcontext() as staging:
        model, centers, seconds = cluster(table, scale, {**parameters, "n_threads": threads})
        summary = {
            "kmeans_fast": kmeans_fast.__version__,
            "data": source,
            "n_rows": len(table.values),
            "columns": list(table.columns),
            "left_out": {item.name: item.reason for item in table.left_out},
            "scaled": scale,
            **parameters,
            "inertia": float(model.inertia_),
            "n_iter": int(model.n_iter_),
            "stop_reason": model.stop_reason_,
            "sizes": np.bincount(model.labels_, minlength=n_clusters).tolist(),
        }
        if staging is not None:
            write_results(staging, model.labels_, centers, table.columns, summary)
    print_clusters(console, summary, centers, seconds)
    if out is not None:
        console.print(f"written to {one_line(out)}", markup=False, soft_wrap=True)


def load(
    data: Path | None, example: str | None, columns: list[str], array: str | None
) -> tuple[str, Table]:
    """Read the file or the example, whichever is given; return its name and the table."""
    if (data is None) == (example is None):
        raise UserError("give a file or --example, not both")
    if data is not None:
        return str(data), read_table(data, columns, array)
    if columns or array:
        raise UserError("--column and --array are for files, not for --example")
    return f"example {example}", load_example(str(example))


def cluster(table: Table, scale: bool, parameters: dict[str, Any]) -> tuple[Any, Any, float]:
    """Fit a `KMeans`; return it, its centers in the units of the table, and the seconds it took."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            from sklearn.preprocessing import StandardScaler

            from kmeans_fast import KMeans

            scaler = StandardScaler().fit(table.values) if scale else None
            values = scaler.transform(table.values) if scaler else table.values
            began = time.perf_counter()
            model = KMeans(progress=sys.stderr.isatty(), **parameters).fit(values)
            seconds = time.perf_counter() - began
            centers = model.cluster_centers_
            centers = scaler.inverse_transform(centers) if scaler else centers
        except (ValueError, TypeError) as error:
            raise UserError(str(error)) from error
    for message in dict.fromkeys(
        one_line(item.message)
        for item in caught
        if issubclass(item.category, (UserWarning, RuntimeWarning))
    ):
        print(f"kmeans-fast: warning: {message}", file=sys.stderr)
    return model, centers, seconds
