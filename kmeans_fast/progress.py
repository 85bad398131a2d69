"""A live display of a fit, in terminals and notebooks; it uses rich (extra ``cli``)."""

from contextlib import contextmanager


@contextmanager
def observed(callback, *, progress, n_init, max_iter):
    """Yield the callback for a fit: ``callback`` itself, or one that also updates a display.

    Raises ImportError if the display is requested and rich is missing.
    """
    if not progress:
        yield callback
        return
    with _display() as display:
        task = display.add_task("k-means", total=n_init * max_iter, inertia="", moved="")

        def show(iteration):
            display.update(
                task,
                description=f"k-means, run {iteration.run + 1} of {n_init}",
                completed=iteration.run * max_iter + iteration.iteration + 1,
                inertia=f"inertia {iteration.inertia:.6g}",
                moved=f"{iteration.n_moved:,} rows moved",
            )
            return callback(iteration) if callback is not None else False

        yield show
        display.update(task, completed=n_init * max_iter)


def _display():
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError as error:
        raise ImportError(
            "progress=True needs rich, which the extra 'cli' installs: "
            "pip install 'kmeans-fast[cli]'."
        ) from error
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} iterations"),
        TextColumn("{task.fields[inertia]}"),
        TextColumn("{task.fields[moved]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
