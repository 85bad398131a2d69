"""Reading the next block in a thread while the caller computes with this one.

At most ``depth + 1`` blocks exist: the caller's, and those that are read or ready. The caller is
done with a block when it asks for the next.
"""

import atexit
import os
from collections.abc import Generator, Iterable, Iterator
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any, Generic, Protocol, TypeVar

from numpy.typing import NDArray

from .raw import RawRows

Item = TypeVar("Item")


class Rows(Protocol):
    """What is read by ranges: `RawRows`, or rows in memory that are widened."""

    def buffer(self, rows: int, /) -> NDArray[Any]:
        """Memory for `read_into`."""

    def read_into(self, start: int, stop: int, buffer: NDArray[Any], /) -> NDArray[Any]:
        """Rows start to stop, as an array in the buffer."""


class Shared(Generic[Item]):
    """What the thread and the caller share."""

    def __init__(self, depth: int) -> None:
        self.room = Semaphore(depth)  # how many blocks may be read now
        self.ready: SimpleQueue[tuple[Item | None, BaseException | None]] = SimpleQueue()
        self.is_stopped = False

    def stop(self) -> None:
        """Let the thread end after the block that it reads now."""
        self.is_stopped = True
        self.room.release()


class Ended(Exception):  # noqa: N818 - no error: the last thing that the thread sends
    """There are no more blocks."""


def read(blocks: Iterator[Item], shared: Shared[Item]) -> None:
    """What the thread does: read while there is room; send whatever goes wrong to the caller."""
    try:
        while True:
            shared.room.acquire()
            if shared.is_stopped:
                return
            shared.ready.put((next(blocks), None))
    except StopIteration:
        shared.ready.put((None, Ended()))
    except BaseException as error:  # noqa: BLE001 - it is raised again in the caller
        shared.ready.put((None, error))
    finally:
        close = getattr(blocks, "close", None)
        if close is not None:
            close()


def read_ahead(blocks: Iterable[Item], depth: int = 1) -> Generator[Item, None, None]:
    """Yield the items of ``blocks``, which a thread takes up to ``depth`` items ahead.

    Close the generator (`contextlib.closing`) where it may not be exhausted: the thread ends then,
    and closes ``blocks``. An exception in ``blocks`` is raised here.

    Parameters
    ----------
    blocks : iterable
    depth : int
        At least 1. One is enough where reading and computing take a steady time per block.
    """
    shared: Shared[Item] = Shared(depth)
    process = os.getpid()
    thread = Thread(
        target=read, args=(iter(blocks), shared), name="kmeans_fast-read-ahead", daemon=True
    )

    def end() -> None:
        # In a forked child there is no such thread, and its locks may be held for ever.
        if os.getpid() == process:
            shared.stop()
            if thread.ident is not None:
                thread.join()

    # A thread that still runs C++ code when the interpreter is taken down can abort the process.
    atexit.register(end)
    try:
        thread.start()
        while True:
            if os.getpid() != process:
                raise RuntimeError(
                    "Blocks are read in a thread of the parent process, which a forked child "
                    "does not have: begin a new pass in the child."
                )
            item, error = shared.ready.get()
            if isinstance(error, Ended):
                return
            if error is not None:
                raise error
            shared.room.release()
            yield item  # type: ignore[misc]  # without an error there is an item
            del item  # the caller's alone
    finally:
        atexit.unregister(end)
        end()


def read_ranges(
    rows: Rows,
    ranges: Iterable[tuple[int, int]],
    weights: RawRows | None = None,
    depth: int = 2,
) -> Generator[tuple[NDArray[Any], NDArray[Any] | None], None, None]:
    """Yield ``(x, weight)`` of each range of rows, read ahead into ``depth + 1`` buffers.

    A block is valid until the next one is asked for: then its memory is read into again.

    Parameters
    ----------
    rows, weights : RawRows
    ranges : iterable of (start, stop)
        In the order in which they are wanted.
    depth : int
        As in `read_ahead`. With two, the disk has work also while the thread or the caller waits
        for a processor; more did not make passes faster.
    """
    ranges = list(ranges)
    most = max((stop - start for start, stop in ranges), default=0)

    def blocks() -> Iterator[tuple[NDArray[Any], NDArray[Any] | None]]:
        count = min(depth + 1, len(ranges))
        buffers = [
            (rows.buffer(most), None if weights is None else weights.buffer(most))
            for _ in range(count)
        ]
        for i, (start, stop) in enumerate(ranges):
            x, weight = buffers[i % count]
            yield (
                rows.read_into(start, stop, x),
                None
                if weights is None or weight is None
                else weights.read_into(start, stop, weight),
            )

    return read_ahead(blocks(), depth)
