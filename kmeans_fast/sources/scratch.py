"""Scratch: rows that were expensive to decode, kept raw in a file while a fit needs them.

The file is removed on every way out. It is opened and then removed from its folder at once, where
the system lets an open file go on without a name: then even ``kill -9`` leaves nothing. Elsewhere
the file keeps its name and an exclusive lock while its process lives; a file of such a name whose
lock can be had belongs to nobody, and the next scratch file in the same folder removes it.
"""

import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._sizes import size_text
from .raw import OpenFile, RawRows, as_bytes

try:
    import fcntl
except ImportError:  # Windows: O_TEMPORARY below removes the file when its process ends
    fcntl = None  # type: ignore[assignment]

NAME = re.compile(r"kmeans_fast-[0-9a-f]{16}\.scratch")
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) if fcntl else (errno.ENOSPC, errno.EFBIG)
FLUSH_BYTES = 64 << 20
"""Written bytes after which the file's pages are flushed and dropped from the page cache."""

HIDE_AT_ONCE = fcntl is not None


def default_directory() -> Path:
    """Where scratch files go: TMPDIR, or /var/tmp, because /tmp is often in memory."""
    large = Path("/var/tmp")  # noqa: S108 - the names of scratch files are random
    if "TMPDIR" not in os.environ and large.is_dir() and os.access(large, os.W_OK):
        return large
    return Path(tempfile.gettempdir())


class ScratchFile(OpenFile):
    """A new file that disappears when it is closed, collected, or its process ends."""

    def __init__(self, directory: Path) -> None:
        remove_stale(directory)
        descriptor, path = create_locked(directory)
        super().__init__(descriptor, f"scratch file in {directory}")
        self._remove = weakref.finalize(self, remove_own, path, os.getpid())
        self.written = 0
        self.flushed = 0
        if HIDE_AT_ONCE:
            with suppress(OSError):  # some network file systems refuse it
                path.unlink()
                self._remove.detach()

    def append(self, data: memoryview, offset: int) -> None:
        """Write ``data`` at the end, and keep written pages out of the page cache."""
        self.write(data, offset)
        self.written = offset + len(data)
        if self.written - self.flushed >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write dirty pages to disk and drop them: only clean pages can be dropped.

        Dropping begins to write dirty pages without waiting for them, and the pages of the last
        call are on disk by now in most cases, so that the wait is short.
        """
        self.drop_pages(self.flushed, self.written)
        if hasattr(os, "fdatasync"):
            os.fdatasync(self.descriptor)
            self.drop_pages(self.flushed, self.written)
        self.flushed = self.written

    def close(self) -> None:
        """Remove the file, then give up its lock."""
        self._remove()
        super().close()


def create_locked(directory: Path) -> tuple[int, Path]:
    """Create a scratch file under an exclusive lock; its descriptor and path."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_TEMPORARY", 0)
    while True:
        path = directory / f"kmeans_fast-{secrets.token_hex(8)}.scratch"
        descriptor = os.open(path, flags, 0o600)
        try:
            if fcntl is None:
                return descriptor, path
            with suppress(OSError):  # a file system without locks: nobody else has one, either
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Before the lock was had, another process may have taken the file for a stale one.
            if is_same(descriptor, path):
                return descriptor, path
        except BaseException:
            os.close(descriptor)
            with suppress(OSError):
                path.unlink()
            raise
        os.close(descriptor)


def is_same(descriptor: int, path: Path) -> bool:
    """Whether the path still names the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def remove_own(path: Path, process: int) -> None:
    """Remove a scratch file of this process; a forked child leaves its parent's alone."""
    if os.getpid() == process:
        with suppress(OSError):
            path.unlink()


def remove_stale(directory: Path) -> None:
    """Remove scratch files whose process has ended without doing so."""
    for path in directory.iterdir():
        if NAME.fullmatch(path.name):
            with suppress(OSError):
                remove_if_stale(path)


def remove_if_stale(path: Path) -> None:
    """Remove a scratch file unless a living process holds its lock."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return
    if fcntl is None:
        path.unlink()  # fails while a process has it open
        return
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_same(descriptor, path):
            path.unlink()
    finally:
        os.close(descriptor)


class Scratch:
    """Rows, and their weights if ``weighted``, written once and then read from the disk.

    Parameters
    ----------
    directory : Path
        An existing folder on a disk with room for the rows.
    n_features : int
    dtype : float32 or float64
    weighted : bool
    n_rows : int, optional
        Number of rows to come, if known: what does not fit is refused before anything is written.
    drop_cache : bool
        As in `RawRows`.
    """

    def __init__(
        self,
        directory: Path,
        n_features: int,
        dtype: DTypeLike,
        weighted: bool = False,
        n_rows: int | None = None,
        *,
        drop_cache: bool = True,
    ) -> None:
        self.directory = Path(directory)
        if not self.directory.is_dir():
            raise ValueError(f"scratch_dir must be an existing folder, got {str(directory)!r}.")
        self.n_features = n_features
        self.dtype = np.dtype(dtype)
        self.weighted = weighted
        self.drop_cache = drop_cache
        self.n_rows = 0
        self._row_bytes = n_features * self.dtype.itemsize
        self._is_finished = False
        if n_rows is not None:
            self._check_room(n_rows * (self._row_bytes + 8 * weighted))
        self._rows = ScratchFile(self.directory)
        self._weights = ScratchFile(self.directory) if weighted else None

    @property
    def n_bytes(self) -> int:
        """Bytes written, weights included."""
        return self.n_rows * (self._row_bytes + 8 * self.weighted)

    def _check_room(self, needed: int) -> None:
        """Require that the disk has room for this many bytes more."""
        free = shutil.disk_usage(self.directory).free
        if free < needed:
            raise OSError(
                errno.ENOSPC,
                f"The scratch file needs {size_text(needed)} in {self.directory}, which has "
                f"{size_text(free)} free. Choose a folder on a larger disk with scratch_dir=",
            )

    @contextmanager
    def _removed_on_error(self) -> Iterator[None]:
        """Remove the files if the system cannot write; say so where the disk is full."""
        try:
            yield
        except OSError as error:
            self.close()
            if error.errno not in NO_ROOM:
                raise
            raise OSError(
                error.errno,
                f"The scratch file in {self.directory} found no more room after "
                f"{size_text(self.n_bytes)} ({error.strerror}), and has been removed. Choose a "
                "folder on a larger disk with scratch_dir=",
            ) from error

    def append(self, x: NDArray[Any], weight: NDArray[np.float64] | None = None) -> None:
        """Write rows (m, d), C-contiguous and of this dtype, and their weights (m,)."""
        if self._is_finished:
            raise ValueError("The scratch file is finished: no more rows can be appended.")
        if x.dtype != self.dtype or x.ndim != 2 or x.shape[1] != self.n_features:
            raise ValueError(
                f"Expected rows of {self.n_features} features of {self.dtype}, got {x.dtype} "
                f"{x.shape}."
            )
        if (weight is not None) != self.weighted or (weight is not None and len(weight) != len(x)):
            raise ValueError(f"Expected {'one weight per row' if self.weighted else 'no weights'}.")
        with self._removed_on_error():
            self._rows.append(as_bytes(x), self.n_rows * self._row_bytes)
            if self._weights is not None and weight is not None:
                self._weights.append(as_bytes(weight), self.n_rows * 8)
        self.n_rows += len(x)

    def finish(self) -> tuple[RawRows, RawRows | None]:
        """End writing; the rows and the weights, which live until `close`."""
        self._is_finished = True
        with self._removed_on_error():
            for file in filter(None, (self._rows, self._weights)):
                file.flush()
        n, drop = self.n_rows, self.drop_cache
        rows = RawRows(self._rows, n, self.n_features, self.dtype, drop_cache=drop)
        if self._weights is None:
            return rows, None
        return rows, RawRows(self._weights, n, None, np.float64, drop_cache=drop)

    def close(self) -> None:
        """Remove the files. This happens without it, too, when nobody can read them any more."""
        self._rows.close()
        if self._weights is not None:
            self._weights.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
