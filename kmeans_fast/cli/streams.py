"""Standard output and error that never end the command: they may be closed, broken or missing.

The files of a fit must be written whatever happens to the text about it.
"""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any

GONE = {errno.EPIPE, errno.EBADF} | ({errno.EINVAL} if os.name == "nt" else set())
"""Errors of a stream that nobody reads any more, as after ``| head -1``: they are no failure."""


class Output(io.TextIOBase):
    """Writes to a stream until it fails; ``error`` is the failure, if it is one.

    Parameters
    ----------
    stream : object with ``write``, or None
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self.error: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Encoding of the stream."""
        return self._encoding

    def writable(self) -> bool:
        """True."""
        return True

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        try:
            return bool(self._stream.isatty())
        except (AttributeError, ValueError):  # no such method, or closed
            return False

    def fileno(self) -> int:
        """The number of the open file, where there is one."""
        try:
            return int(self._stream.fileno())
        except (AttributeError, ValueError):
            raise io.UnsupportedOperation("fileno") from None

    def write(self, text: str) -> int:
        """Write text; a letter that the stream does not have becomes "?"."""
        if not isinstance(text, str):
            raise TypeError(f"expected str, got {type(text).__name__}")
        try:
            self._write(text)
        except UnicodeEncodeError:
            self._write(text.encode(self._encoding, "replace").decode(self._encoding))
        return len(text)

    def _write(self, text: str) -> None:
        try:
            if self._stream is not None:
                self._stream.write(text)
        except UnicodeEncodeError:
            raise
        except (OSError, ValueError) as error:
            self._give_up(error)

    def flush(self) -> None:
        """Flush the stream."""
        try:
            if hasattr(self._stream, "flush"):
                self._stream.flush()
        except (OSError, ValueError) as error:
            self._give_up(error)

    def _give_up(self, error: OSError | ValueError) -> None:
        """Write no more: also at exit, when Python flushes what the stream still holds."""
        stream, self._stream = self._stream, None
        if isinstance(error, OSError) and error.errno not in GONE:
            self.error = error
        with suppress(OSError, ValueError, AttributeError):
            number = stream.fileno()
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, number)
            os.close(null)


@contextmanager
def safe_streams() -> Iterator[tuple[Output, Output]]:
    """Standard output and error as `Output`; those from before are back after the block."""
    occupy_closed()
    out, err = Output(sys.stdout), Output(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            yield out, err
        finally:
            out.flush()
            err.flush()


def occupy_closed() -> None:
    """Give closed files 0 to 2 a meaning: the next file opened would be standard output."""
    with suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(number)
