"""A live display of a fit, in terminals and notebooks; it uses rich (extra ``cli``)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter
from typing import Any

from ._sizes import size_text

LONG_PASS = 1.0
"""Seconds from which on a pass over a file is shown."""


class Watcher:
    """What a fit reports to: iterations to ``iterated``, passes over a file to ``passed``."""

    def __init__(self, callback: Callable[[Any], object] | None) -> None:
        self.iterated = callback

    def passed(self, what: str, n_done: int, n_all: int | None, row_bytes: int) -> None:
        """Some blocks of a pass are done: ``n_done`` of ``n_all`` rows (None while unknown)."""


class Display(Watcher):
    """A watcher that also shows what it is told: a line for the fit, one for a long pass."""

    def __init__(
        self, callback: Callable[[Any], object] | None, bars: Any, n_init: int, max_iter: int
    ) -> None:
        super().__init__(callback)
        self.bars = bars
        self.n_init, self.max_iter = n_init, max_iter
        self.fit_line = bars.add_task("k-means", total=n_init * max_iter, left=False, text="")
        self.pass_line = bars.add_task("", left=True, text="", visible=False)
        self.began: float | None = None  # time of the first block of the present pass
        self.callback = callback
        self.iterated = self._iterated

    def _iterated(self, iteration: Any) -> object:
        number = iteration.iteration + 1
        self.bars.update(
            self.fit_line,
            description="k-means"
            if self.n_init == 1
            else f"run {iteration.run + 1} of {self.n_init}",
            completed=iteration.run * self.max_iter + number,
            text=f"iteration {number}/{self.max_iter}, inertia {iteration.inertia:.6g}, "
            f"{iteration.n_moved:,} rows moved",
        )
        return self.callback(iteration) if self.callback is not None else False

    def passed(self, what: str, n_done: int, n_all: int | None, row_bytes: int) -> None:
        """See `Watcher`."""
        now, line = perf_counter(), self.bars.tasks[self.pass_line]
        if self.began is None or line.description != what or n_done < line.completed:
            self.began = now
            self.bars.reset(self.pass_line, total=n_all, visible=line.visible, description=what)
        is_long, is_over = now - self.began >= LONG_PASS, n_done == n_all
        if is_over:
            self.began = None
        size, rows = size_text(n_done * row_bytes), f"{n_done:,}"
        if n_all is not None:
            size, rows = f"{size} of {size_text(n_all * row_bytes)}", f"{rows} of {n_all:,}"
        # a line that is shown stays until a short pass has ended, so that it does not flicker
        visible = is_long or (line.visible and not is_over)
        self.bars.update(
            self.pass_line, completed=n_done, text=f"{size}, {rows} rows", visible=visible
        )

    def end(self) -> None:
        """The fit has ended."""
        self.bars.update(self.pass_line, visible=False)
        self.bars.update(self.fit_line, completed=self.n_init * self.max_iter)


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
        from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
        from rich.table import Column
        from rich.text import Text
    except ImportError as error:
        raise ImportError(
            "progress=True needs rich, which the extra 'cli' installs: "
            "pip install 'kmeans-fast[cli]'."
        ) from error

    class Line(ProgressColumn):
        """The seconds since the begin or to the end, and the text; cut where the window ends."""

        def render(self, task: Any) -> Text:
            seconds = task.time_remaining if task.fields["left"] else task.elapsed
            time = "" if seconds is None else clock_text(seconds)
            if time and task.fields["left"]:
                time += " left"
            return Text(", ".join(filter(None, (time, task.fields["text"]))))

    stream = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    file: Any = None if stream is None else _Stream(stream)
    console = Console(file=file, stderr=True)
    return Progress(
        TextColumn("{task.description}", table_column=Column(min_width=9, no_wrap=True)),
        BarColumn(bar_width=max(6, min(40, console.width - 80))),
        Line(table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
        console=console,
        expand=True,
    )


class _Stream:
    """Standard error that may be closed or broken: a fit goes on without its display."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text, or nothing where that fails."""
        with suppress(OSError, ValueError):  # ValueError: the stream is closed
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, where that is possible."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def clock_text(seconds: float) -> str:
    """Seconds as on a clock: ``"1:02:03"`` or ``"2:03"``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
