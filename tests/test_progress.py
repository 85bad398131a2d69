"""The display of a fit: what is shown, when, and in how many columns."""

import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("rich", reason="the display needs the extra cli")
from rich.console import Console

from kmeans_fast import kmeans, progress
from kmeans_fast.progress import Display, Watcher, clock_text, displayed

FULL = Path("/dev/full")
ITERATION = SimpleNamespace(run=0, iteration=11, inertia=1.2345678e7, n_moved=1_234_567)
MILLION = 1_000_000


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test moves: ``clock.now``."""
    own = SimpleNamespace(now=100.0)
    monkeypatch.setattr(progress, "perf_counter", lambda: own.now)
    return own


@pytest.fixture
def display():
    """A display of two runs."""
    bars = progress._bars()
    return Display(None, bars, 2, 300)


def lines(display, width):
    """What the display shows in a window of this width."""
    out = io.StringIO()
    Console(file=out, width=width).print(display.bars.get_renderable())
    return [line.rstrip() for line in out.getvalue().splitlines()]


def broken_pipe():
    """A pipe that nobody reads, as after ``| head -1``."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


def closed_stream():
    stream = io.StringIO()
    stream.close()
    return stream


def full_device():
    return FULL.open("w")


@pytest.mark.skipif(os.name != "posix", reason="streams of POSIX")
@pytest.mark.parametrize("make", [broken_pipe, closed_stream, full_device, lambda: None])
def test_a_fit_goes_on_where_standard_error_fails(make, monkeypatch):
    if make is full_device and not FULL.exists():
        pytest.skip(f"no {FULL}")
    stream = make()
    rows = [[0.0], [1.0], [9.0]]
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        result = kmeans(rows, 2, rng=0, progress=True)
        assert sys.stderr is stream
    assert result.inertia == 0.5
    with suppress(OSError, AttributeError):
        stream.close()


def test_short_passes_are_not_shown(display, clock):
    for _ in range(3):
        for n_done in (1, 2, 4):
            display.passed("assigning", n_done * MILLION, 4 * MILLION, 64)
            clock.now += 0.2
            assert len(lines(display, 80)) == 1


def test_a_long_pass_is_shown_until_a_short_one_has_ended(display, clock):
    for n_done in (1, 2, 3, 4):
        display.passed("assigning", n_done * MILLION, 4 * MILLION, 64)
        assert len(lines(display, 80)) == (1 if n_done < 3 else 2)
        clock.now += 0.6
    display.passed("inertia", MILLION, 4 * MILLION, 64)  # the next pass: no flicker
    shown = lines(display, 100)[1]
    assert shown.startswith("inertia")
    assert shown.endswith("64.0 MB of 256.0 MB, 1,000,000 of 4,000,000 rows")
    display.passed("inertia", 4 * MILLION, 4 * MILLION, 64)
    assert len(lines(display, 80)) == 1


def test_a_pass_over_unknown_rows(display, clock):
    display.passed("reading", MILLION, None, 64)
    clock.now += 2
    display.passed("reading", 2 * MILLION, None, 64)
    assert lines(display, 100)[1].endswith("128.0 MB, 2,000,000 rows")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_it_fits_into_the_window(display, clock, width):
    display.iterated(ITERATION)
    for n_done in (1, 2):
        display.passed("farthest rows", n_done * MILLION, 4 * MILLION, 64)
        clock.now += 2
    shown = lines(display, width)
    assert len(shown) == 2
    assert max(map(len, shown)) <= width
    assert shown[0].startswith("run 1 of 2 ")
    assert "0:00, iter" in shown[0]
    if width >= 120:
        assert shown[0].endswith("iteration 12/300, inertia 1.23457e+07, 1,234,567 rows moved")
        assert shown[1].endswith("128.0 MB of 256.0 MB, 2,000,000 of 4,000,000 rows")


def test_the_callback_is_called_and_may_stop(capsys):
    seen = []

    def callback(iteration):
        seen.append(iteration)
        return True

    with displayed(callback, 1, 300) as watcher:
        assert watcher.iterated(ITERATION) is True
    assert seen == [ITERATION]
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.count("\n") == 1  # of what is no terminal: the last state alone
    assert "iteration 12/300" in streams.err
    assert Watcher(callback).iterated is callback


def test_times():
    assert [clock_text(t) for t in (0, 59.9, 61, 3661)] == ["0:00", "0:59", "1:01", "1:01:01"]
