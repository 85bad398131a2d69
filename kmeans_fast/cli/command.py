"""The command line: read the options, run one fit, print and write the results."""

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console

import kmeans_fast

from .._names import INITS, InitName
from .._sizes import as_bytes
from .clustering import cluster, load
from .display import print_clusters, print_data, write
from .examples import EXAMPLES
from .file_rows import FileRows
from .messages import StoppedError, UserError, as_options, one_line
from .results import result_folder, write_results
from .tables import Selection, Table
from .targets import check_targets, data_path
from .text_arguments import (
    Comment,
    Decimal,
    Delimiter,
    Encoding,
    Header,
    NaValues,
    SkipFooter,
    SkipRows,
    Thousands,
)
from .text_options import TextOptions

app = typer.Typer(
    name="kmeans-fast", help="Exact, fast k-means.", add_completion=False, rich_markup_mode=None
)


def run(arguments: list[str]) -> int:
    """Run the command; errors that the user can correct give one line on stderr and exit code 2."""
    try:
        if any("\0" in argument for argument in arguments):  # no system has such paths
            raise UserError("an argument has a NUL character")
        code = app(args=arguments, prog_name="kmeans-fast", standalone_mode=False)
    except UserError as error:
        message = str(error)
    except typer.TyperException as error:
        message = error.format_message()
    except StoppedError as error:
        print(f"kmeans-fast: interrupted; {one_line(error)}", file=sys.stderr)
        return 130
    except OSError as error:
        text = as_options(error.strerror or error)
        message = f"{error.filename}: {text}" if error.filename else text
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


def size(text: str) -> str:
    """Check a size of memory, such as 1GiB."""
    if as_bytes(text) is None:
        raise typer.BadParameter(f"{text!r} is not a size such as 500MB or 1GiB.")
    return text


def check_folder(path: Path | None) -> Path | None:
    """Check that a file can be written, before there is work to lose."""
    if path is not None and path.parent.is_dir() and not os.access(path.parent, os.W_OK):
        raise typer.BadParameter(f"{path.parent} is not writable.")
    return path


@app.command()
def fit(
    n_clusters: Annotated[
        int, typer.Option("--clusters", "-k", metavar="K", min=1, help="Number of clusters.")
    ],
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATA",
            help="A .npy, .npz, .parquet or text file (.csv, .tsv, .txt, .csv.gz, ...), a folder "
            "of Parquet or text files, or - for text of standard input.",
        ),
    ] = None,
    example: Annotated[
        str | None,
        typer.Option(metavar="NAME", help=f"Cluster an example instead: {', '.join(EXAMPLES)}."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            *("--column", "--columns", "-c"),
            metavar="NAME",
            help="Use only this column (repeatable); a column of lists has a vector per row.",
        ),
    ] = None,
    weight_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="The column with the weights of the rows.")
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
            metavar="DIR",
            help="Write labels.csv, centers.csv and summary.json to this folder. Results of the "
            "same DATA are replaced.",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also replace files of these names of other data in --out."),
    ] = False,
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
    memory_limit: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            callback=lambda text: None if text is None else size(text),
            help="Leave the rows on disk; hold at most this much (such as 1GiB) in memory.",
        ),
    ] = None,
    scratch_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            exists=True,
            file_okay=False,
            writable=True,
            help="Folder for decoded rows of Parquet files that stay on disk.",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            callback=check_folder,
            help="Keep the state of the fit in this file.",
        ),
    ] = None,
    checkpoint_seconds: Annotated[
        float, typer.Option(metavar="S", min=0, help="Seconds between two checkpoints, at least.")
    ] = 60.0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the checkpoint, if the file exists.")
    ] = False,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    thousands: Thousands = None,
    header: Header = None,
    encoding: Encoding = None,
    skip_rows: SkipRows = None,
    skip_footer: SkipFooter = None,
    comment: Comment = None,
    na_values: NaValues = None,
) -> None:
    """Cluster the numeric columns of a file.

    Centers are in the units of the file, also with --scale. The inertia is that of the clustered
    data, which --scale changes.

    The rows stay on disk and are read in blocks with --memory-limit, if DATA is a folder of Parquet
    files, or if they need more than a quarter of the memory that is available. k-means|| seeds such
    rows. Text is read into memory.

    The format of a text file is found in the file; one line on standard error says what was
    found. The options for text settle what the file leaves open.
    """
    if resume and checkpoint is None:
        raise UserError("--resume needs the file of --checkpoint")
    check_targets(data, example, out, checkpoint, force)
    console = Console()
    text = TextOptions(
        delimiter,
        decimal,
        thousands,
        header,
        encoding,
        skip_rows,
        skip_footer,
        comment,
        tuple(na_values or ()),
    )
    selection = Selection(tuple(columns or ()), weight_column, array, text)
    source, rows = load(data, example, selection, memory_limit)
    if isinstance(rows, Table) and rows.assumed:
        print(f"kmeans-fast: {one_line(source)}: {one_line(rows.assumed)}", file=sys.stderr)
    print_data(console, source, rows, weight_column)
    if isinstance(rows, FileRows) and init == "k-means++":
        init = "k-means||"  # what the fit would do; the summary must say it
        write(console, "seeding: k-means||, for k-means++ reads all rows once per cluster")
    parameters = {
        "n_clusters": n_clusters,
        "init": init,
        "n_init": n_init or "auto",
        "max_iter": max_iter,
        "tol": tol,
        "random_state": seed,
    }
    means = {
        "n_threads": threads,
        "memory_limit": memory_limit,
        "scratch_dir": scratch_dir,
        "checkpoint": checkpoint,
        "checkpoint_seconds": checkpoint_seconds,
        "resume": resume,
    }
    with result_folder(out) if out else nullcontext() as staging:
        model, centers, seconds = cluster(rows, scale, {**parameters, **means})
        summary = {
            "kmeans_fast": kmeans_fast.__version__,
            "data": source,
            "data_path": data_path(data),
            "n_rows": rows.n_rows,
            "columns": list(rows.columns),
            "weight_column": weight_column,
            "left_out": {item.name: item.reason for item in rows.left_out},
            "scaled": scale,
            **parameters,
            "inertia": float(model.inertia_),
            "n_iter": int(model.n_iter_),
            "stop_reason": model.stop_reason_,
            "sizes": np.bincount(model.labels_, minlength=n_clusters).tolist(),
        }
        if staging is not None:
            write_results(staging, model.labels_, centers, rows.columns, summary)
    print_clusters(console, summary, centers, seconds)
    if out is not None:
        console.print(f"written to {one_line(out)}", markup=False, soft_wrap=True)
