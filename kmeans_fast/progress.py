"""A live display of a fit, in terminals and notebooks; it uses rich (extra ``cli``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Watcher:
    """What a fit reports to: iterations to ``iterated``, passes over a file to ``passed``."""

    def __init__(self, callback: Callable[[Any], object] | None) -> None:
        self.iterated = callback

    def passed(self, what: str, n_done: int, n_all: int | None, row_bytes: int) -> None:
        """Some blocks of a pass are done: ``n_done`` of ``n_all`` rows (None while unknown)."""


class Display(Watcher):
    """A watcher that also shows what it is told."""

    def __init__(
        self, callback: Callable[[Any], object] | None, bars: Any, n_init: int, max_iter: int
    ) -> None:
        super().__init__(callback)
        self.bars = bars
        self.n_init, self.max_iter = n_init, max_iter
        self.task = bars.add_task("k-means", total=n_init * max_iter, unit="iterations", note="")
        self.pass_task: Any = None
        self.callback = callback
        self.iterated = self._iterated

    def _iterated(self, iteration: Any) -> object:
        self.bars.update(
            self.task,
            description=f"k-means, run {iteration.run + 1} of {self.n_init}",
            completed=iteration.run * self.max_iter + iteration.iteration + 1,
            note=f"inertia {iteration.inertia:.6g}, {iteration.n_moved:,} rows moved",
        )
        return self.callback(iteration) if self.callback is not None else False

    def passed(self, what: str, n_done: int, n_all: int | None, row_bytes: int) -> None:
        """See `Watcher`."""
        if self.pass_task is None:
            self.pass_task = self.bars.add_task(what, total=n_all, unit="rows", note="")
        done = self.bars.tasks[self.pass_task]
        if n_done < done.completed or done.description != what:
            self.bars.reset(self.pass_task, total=n_all, description=what)
        self.bars.update(
            self.pass_task,
            completed=n_done,
            total=n_all,
            note=f"{n_done * row_bytes / 1e9:.2f} GB",
        )

    def end(self) -> None:
        """The fit has ended."""
        self.bars.update(self.task, completed=self.n_init * self.max_iter)


@contextmanager
def displayed(
    callback: Callable[[Any], object] | None, n_init: int, max_iter: int
) -> Iterator[Watcher]:
    """Yield a watcher that shows a fit, and calls ``callback`` as well.

    Raises ImportError if rich is missing.
    """
    with _bars() as bars:
        display = Display(callback, bars, n_init, max_iter)
        yield display
        display.end()


def _bars() -> Any:
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
    except ImportError as error:
        raise ImportError(
            "progress=True needs rich, which the extra 'cli' installs: "
            "pip install 'kmeans-fast[cli]'."
        ) from error
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} {task.fields[unit]}"),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
