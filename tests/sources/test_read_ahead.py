"""Reading ahead: the same blocks in the same order, little memory, and no thread left behind."""

import gc
import os
import threading
import time
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmeans_fast.sources import RawRows, open_source, read_ahead, read_ranges
from kmeans_fast.sources.raw import PAGE
from processes import run_script

X = np.arange(600.0).reshape(200, 3)


def readers():
    return [thread for thread in threading.enumerate() if "read-ahead" in thread.name]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    assert readers() == []
    yield
    gc.collect()
    assert readers() == []


@given(items=st.lists(st.integers() | st.none(), max_size=20), depth=st.integers(1, 5))
def test_the_items_in_their_order(items, depth):
    assert list(read_ahead(items, depth)) == items


@given(
    cuts=st.lists(st.integers(0, 200), max_size=12),
    depth=st.integers(1, 4),
    weighted=st.booleans(),
)
def test_ranges(tmp_path_factory, cuts, depth, weighted):
    path = tmp_path_factory.mktemp("raw") / "x.raw"
    path.write_bytes(X.tobytes())
    ranges = list(zip(cuts, sorted(cuts), strict=True))
    ranges = [(min(pair), max(pair)) for pair in ranges]
    with RawRows(path, 200, 3, np.float64) as rows, RawRows(path, 600, None, np.float64) as values:
        found = read_ranges(rows, ranges, values if weighted else None, depth)
        buffers = set()
        for (start, stop), (x, weight) in zip(ranges, found, strict=True):
            np.testing.assert_array_equal(x, X[start:stop])
            assert (weight is not None) == weighted
            if weighted:
                np.testing.assert_array_equal(weight, X.ravel()[start:stop])
            buffers.add(x.__array_interface__["data"][0] // PAGE)  # a block may begin within it
        assert len(buffers) <= depth + 1


def test_a_block_stays_as_it_is_until_the_next_is_asked_for(tmp_path):
    (tmp_path / "x.raw").write_bytes(X.tobytes())
    ranges = [(start, start + 10) for start in range(0, 200, 10)]
    with RawRows(tmp_path / "x.raw", 200, 3, np.float64) as rows:
        for (start, stop), (x, _) in zip(ranges, read_ranges(rows, ranges), strict=True):
            time.sleep(0.002)
            np.testing.assert_array_equal(x, X[start:stop])


@pytest.mark.parametrize("depth", [1, 3])
def test_no_more_than_depth_items_are_read_ahead(depth):
    taken = []

    def items():
        for i in range(20):
            taken.append(i)
            yield i

    with closing(read_ahead(items(), depth)) as blocks:
        for i in blocks:
            time.sleep(0.01)
            assert len(taken) <= i + 1 + depth
    assert len(taken) == 20


def test_reading_and_computing_overlap():
    begun = [threading.Event() for _ in range(10)]

    def items():
        for event in begun:
            event.set()
            yield

    for _, event in zip(read_ahead(items()), begun[1:], strict=False):
        assert event.wait(10), "the next block is read only when it is asked for"


def test_errors_are_raised_here():
    def items():
        yield 1
        raise OSError("no disk")

    blocks = read_ahead(items())
    assert next(blocks) == 1
    with pytest.raises(OSError, match="no disk"):
        next(blocks)
    with pytest.raises(StopIteration):
        next(blocks)


def test_closing_ends_the_thread_and_the_reader():
    ended = threading.Event()

    def items():
        try:
            while True:
                yield np.zeros(10)
        finally:
            ended.set()

    blocks = read_ahead(items())
    next(blocks)
    assert len(readers()) == 1
    blocks.close()
    assert readers() == []
    assert ended.is_set()


def test_an_error_of_the_caller_ends_the_thread(tmp_path):
    np.save(tmp_path / "x.npy", X)

    def compute():
        with closing(read_ahead(open_source(tmp_path / "x.npy").blocks(3))) as blocks:
            for _ in blocks:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        compute()
    assert readers() == []


def test_a_forgotten_generator_ends_its_thread():
    blocks = read_ahead(iter(range(100)))
    next(blocks)
    del blocks
    gc.collect()
    assert readers() == []


ENDLESS = """
import itertools, os, signal, sys, threading, time
from kmeans_fast.sources import read_ahead
"""


def test_the_interpreter_ends_while_a_thread_waits():
    run_script(ENDLESS + "blocks = read_ahead(itertools.count()); next(blocks)")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_ends_the_thread():
    run_script(
        ENDLESS
        + """
from contextlib import closing
signal.signal(signal.SIGINT, signal.default_int_handler)
def slow():
    while True:
        time.sleep(0.05)
        yield 1
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
start = time.monotonic()
try:
    with closing(read_ahead(slow())) as blocks:
        for _ in blocks:
            pass
except KeyboardInterrupt:
    assert time.monotonic() - start < 2.3
    assert threading.active_count() == 1, threading.enumerate()
else:
    sys.exit("no interrupt")
"""
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_is_told_to_begin_anew():
    run_script(
        ENDLESS
        + """
blocks = read_ahead(itertools.count())
next(blocks)
child = os.fork()
if child == 0:
    try:
        next(blocks)
    except RuntimeError as error:
        assert "forked child" in str(error)
        assert list(read_ahead(range(5))) == [0, 1, 2, 3, 4]
        os._exit(0)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert next(blocks) == 1
child = os.fork()
if child == 0:
    sys.exit(0)  # with all that an interpreter does at its end
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert next(blocks) == 2
"""
    )
