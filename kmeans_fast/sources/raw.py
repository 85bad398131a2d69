"""Rows of one type that lie in a file one after another, read straight into the caller's memory.

A row's place is computed, so rows are read in any order. The system would keep all that is read in
its page cache at the cost of other programs' files; pages are dropped once they have been read.
"""

import os
import weakref
from pathlib import Path
from threading import Lock
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._sizes import size_text

PORTION = 8 << 20
"""Bytes of one system call through the page cache: Ctrl-C is handled between two."""

LARGEST_PAGES = 4 << 20
"""At least the bytes of what the page cache keeps in one piece: a piece is dropped whole or not."""

DROP_BYTES = 8 << 20
"""Bytes read after which pages are dropped: each call makes Linux drain lists of all processors."""

PAGE = 4096
"""Direct reads begin and end at multiples of this, in the file and in memory."""

Version = tuple[int, int, int, int]
"""Device, number, size and time of change of a file."""


def version_of(status: os.stat_result) -> Version:
    """What changes when a file is written to, or another one takes its name."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


_seek_lock = Lock()


class OpenFile:
    """A file descriptor that is closed once, with 64-bit offsets and without a position."""

    def __init__(self, descriptor: int, name: str) -> None:
        self.name = name
        self._descriptor = descriptor
        self._close = weakref.finalize(self, os.close, descriptor)

    @property
    def descriptor(self) -> int:
        """The number of the open file; after `close` it may be another file's, so it is refused."""
        if not self._close.alive:
            raise ValueError(f"{self.name} is closed.")
        return self._descriptor

    @property
    def is_open(self) -> bool:
        """Whether `close` has not been called."""
        return self._close.alive

    def close(self) -> None:
        """Close the file; nothing happens the second time."""
        self._close()

    def read(self, out: memoryview, offset: int) -> None:
        """Fill ``out`` from the file."""
        done = 0
        while done < len(out):
            got = read_at(self.descriptor, out[done : done + PORTION], offset + done)
            if got == 0:
                raise OSError(
                    f"{self.name} ends after {offset + done} bytes, expected at least "
                    f"{offset + len(out)}: it was cut off while it was read."
                )
            done += got

    def write(self, data: memoryview, offset: int) -> None:
        """Write all of ``data`` to the file."""
        done = 0
        while done < len(data):
            done += write_at(self.descriptor, data[done : done + PORTION], offset + done)

    def drop_pages(self, start: int, stop: int) -> None:
        """Take clean pages out of the page cache, and let the system begin to write dirty ones.

        Linux leaves alone what reaches beyond the range. So each range begins before ``start``,
        to take what the range before it has left, if rows are read in their order.
        """
        if hasattr(os, "posix_fadvise"):
            start = max(start - LARGEST_PAGES, 0)
            os.posix_fadvise(self.descriptor, start, stop - start, os.POSIX_FADV_DONTNEED)


if hasattr(os, "preadv"):

    def read_at(descriptor: int, out: memoryview, offset: int) -> int:
        """Read into ``out``; fewer bytes than it holds are possible, 0 is the end of the file."""
        return os.preadv(descriptor, [out], offset)

    def write_at(descriptor: int, data: memoryview, offset: int) -> int:
        """Write a part of ``data``; the number of bytes written."""
        return os.pwrite(descriptor, data, offset)

else:  # Windows: a file has one position, so threads take turns

    def read_at(descriptor: int, out: memoryview, offset: int) -> int:
        """Read into ``out``; fewer bytes than it holds are possible, 0 is the end of the file."""
        with _seek_lock:
            os.lseek(descriptor, offset, os.SEEK_SET)
            data = os.read(descriptor, len(out))
        out[: len(data)] = data
        return len(data)

    def write_at(descriptor: int, data: memoryview, offset: int) -> int:
        """Write a part of ``data``; the number of bytes written."""
        with _seek_lock:
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.write(descriptor, data)


def open_file(path: Path) -> OpenFile:
    """Open a file for reading."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    return OpenFile(os.open(path, flags), str(path))


def open_direct(file: OpenFile) -> OpenFile | None:
    """The same file, to be read past the page cache; None where the system cannot."""
    if not hasattr(os, "O_DIRECT") or not Path("/proc/self/fd").is_dir():
        return None
    try:  # by the open file: another one may have its name by now, or it has none
        path = f"/proc/self/fd/{file.descriptor}"
        return OpenFile(os.open(path, os.O_RDONLY | os.O_DIRECT), file.name)
    except OSError:
        return None


def as_bytes(array: NDArray[Any]) -> memoryview:
    """The memory of a C-contiguous array."""
    return array.reshape(-1).view(np.uint8).data


class RawRows:
    """Rows (n, d), or values (n,) where ``n_features`` is None, in a file from ``offset`` on.

    Threads and forked processes may read at the same time: no file position is shared.

    Parameters
    ----------
    file : OpenFile or Path
    n_rows : int
    n_features : int or None
    dtype : dtype
        Any type of fixed size, also of the other byte order.
    offset : int
        Bytes before the first row.
    version : Version, optional
        What the file must be, and stay: a file that has changed is refused by each `read`. By
        default that of a ``file`` given as a path, when it is opened.
    drop_cache : bool
        Leave the page cache to others: `read_into` reads past it where the system can, and other
        pages that were read are dropped. False is faster where the file fits into free memory and
        is read again.
    """

    def __init__(
        self,
        file: OpenFile | Path,
        n_rows: int,
        n_features: int | None,
        dtype: DTypeLike,
        *,
        offset: int = 0,
        version: Version | None = None,
        drop_cache: bool = True,
    ) -> None:
        self.version = version
        if isinstance(file, Path):
            file = open_file(file)
            self.version = version or version_of(os.fstat(file.descriptor))
        self.file = file
        self.n_rows = n_rows
        self.n_features = n_features
        self.dtype = np.dtype(dtype)
        self.offset = offset
        self.drop_cache = drop_cache
        self.row_bytes = (1 if n_features is None else n_features) * self.dtype.itemsize
        is_aligned = offset % self.dtype.itemsize == 0
        self._direct = open_direct(file) if drop_cache and is_aligned else None
        self._read = (0, 0, 0)  # since the last `drop`: first byte, last byte, number of bytes

    def __repr__(self) -> str:
        size = size_text(self.n_rows * self.row_bytes)
        return f"<RawRows {self.file.name}: {self.n_rows} rows, {self.dtype}, {size}>"

    def empty(self, rows: int) -> NDArray[Any]:
        """A new buffer for `read`."""
        return np.empty(rows if self.n_features is None else (rows, self.n_features), self.dtype)

    def read(self, start: int, stop: int, out: NDArray[Any]) -> NDArray[Any]:
        """Read rows start to stop into the first rows of ``out``, and return those.

        ``out`` is C-contiguous, of this dtype, with the columns of `empty`.
        """
        if not 0 <= start <= stop <= self.n_rows:
            raise ValueError(f"rows {start} to {stop} are not among the {self.n_rows} rows.")
        view = out[: stop - start]
        if (
            len(view) != stop - start
            or out.dtype != self.dtype
            or out.shape[1:] != (() if self.n_features is None else (self.n_features,))
            or not out.flags.c_contiguous
        ):
            raise ValueError(
                f"out must be C-contiguous {self.dtype} with {stop - start} rows of "
                f"{self.n_features} features, got {out.dtype} {out.shape}."
            )
        first = self.offset + start * self.row_bytes
        self.file.read(as_bytes(view), first)
        self._check_version()
        if self.drop_cache:
            self._note_read(first, first + view.nbytes)
        return view

    def buffer(self, rows: int) -> NDArray[np.uint8]:
        """Memory for `read_into`."""
        memory = np.empty(rows * self.row_bytes + 3 * PAGE, np.uint8)
        return memory[-memory.ctypes.data % PAGE :]

    def read_into(self, start: int, stop: int, buffer: NDArray[np.uint8]) -> NDArray[Any]:
        """Read rows start to stop into memory of `buffer`, and return them as an array in it.

        The processor has nothing to copy if the rows are read past the page cache.
        """
        first, length = self.offset + start * self.row_bytes, (stop - start) * self.row_bytes
        before = 0 if self._direct is None else first % PAGE
        data = buffer[before : before + length].view(self.dtype)
        x = data if self.n_features is None else data.reshape(stop - start, self.n_features)
        if self._direct is None or not self._read_direct(first - before, before + length, buffer):
            return self.read(start, stop, x)
        self._check_version()
        return x

    def _read_direct(self, offset: int, length: int, buffer: NDArray[np.uint8]) -> bool:
        """Read whole pages until the buffer has ``length`` bytes; False if that did not work.

        In one system call where the system gives all that is asked for: between two calls the disk
        would wait until this thread gets a processor again.
        """
        assert self._direct is not None
        out, done = buffer[: -(-length // PAGE) * PAGE].data, 0
        while done < length:
            try:
                got = read_at(self._direct.descriptor, out[done:], offset + done)
            except OSError:  # the file system refuses, or the disk fails: `read` will tell
                return False
            done += got
            if got % PAGE and done < length:  # the file ends
                return False
        return True

    def _check_version(self) -> None:
        """Require that the file is the one whose facts are known, after something was read."""
        found = version_of(os.fstat(self.file.descriptor))
        if self.version is not None and found != self.version:
            raise ValueError(
                f"{self.file.name} has changed since it was opened (its size or time of change); "
                "the rows must stay the same while they are read."
            )

    def _note_read(self, start: int, stop: int) -> None:
        """Drop pages once enough have been read."""
        first, last, count = self._read
        self._read = (min(first, start) if count else start, max(last, stop), count + stop - start)
        if self._read[2] >= DROP_BYTES:
            self.drop()

    def drop(self) -> None:
        """Take what was read out of the page cache."""
        (start, stop, count), self._read = self._read, (0, 0, 0)
        if count:
            self.file.drop_pages(start, stop)

    def close(self) -> None:
        """Close the file. It is closed without this when the object is collected."""
        if self.file.is_open:
            self.drop()
        if self._direct is not None:
            self._direct.close()
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
