"""Headers of .npy files, and which file an `np.memmap` shows: where the values of a matrix lie."""

import math
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from .._sizes import size_text
from .checks import absolute, check_real, one_line
from .raw import Version, version_of


class Stored(NamedTuple):
    """A matrix in a file: its values begin at ``offset``, row by row or column by column.

    ``version`` is that of the file when this was found.
    """

    path: Path
    offset: int
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    by_columns: bool
    version: Version


def read_header(path: Path) -> Stored:
    """Read where the matrix of an .npy file lies; everything but its values is checked."""
    name = f"file {path}"
    with path.open("rb") as file:
        try:
            version = npy_format.read_magic(file)
            short = version == (1, 0)
            read = npy_format.read_array_header_1_0 if short else npy_format.read_array_header_2_0
            shape, by_columns, dtype = read(file)
        except OSError:
            raise
        except Exception as error:  # NumPy's parser raises anything on damaged headers
            raise ValueError(
                f"{name} is not an .npy file, or is damaged: {one_line(error)}"
            ) from error
        offset = file.tell()
        file_version = version_of(os.fstat(file.fileno()))
        size = file.seek(0, 2)
    # NumPy before 2.3 reads a negative length as if it were a number of values.
    if any(isinstance(length, bool) or length < 0 for length in shape):
        raise ValueError(f"{name} is damaged: its header gives the shape {shape}.")
    check_real(dtype, name)
    if len(shape) != 2:
        raise ValueError(
            f"{name} holds an array of shape {shape}, expected 2 dimensions: rows and columns."
        )
    if 0 in shape:
        raise ValueError(f"{name} has shape {shape}, expected at least 1 row and 1 column.")
    expected = offset + math.prod(shape) * dtype.itemsize
    if size < expected:
        raise ValueError(
            f"{name} is cut off: it has {size} bytes, expected {expected} "
            f"({size_text(expected)}) for shape {shape} of {dtype}."
        )
    is_transposed = by_columns and shape[0] > 1 and shape[1] > 1
    return Stored(path, offset, shape, dtype, is_transposed, file_version)


def mapped_file(array: NDArray[Any]) -> Stored | None:
    """Where the rows of a memory map lie in its file; None where that is not certain.

    The map's own ``offset`` is that of the map which it is a view of, and another file may have
    taken the place of the one that is mapped: only the system knows, and Linux says it.
    """
    path = getattr(array, "filename", None)
    by_rows, by_columns = array.flags.c_contiguous, array.flags.f_contiguous
    if path is None or not (by_rows or by_columns) or not sys.platform.startswith("linux"):
        return None
    address = array.__array_interface__["data"][0]
    try:
        status = Path(path).stat()
        maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for line in maps.splitlines():
        span, permissions, offset, _, inode, *_ = line.split(maxsplit=5)
        start, stop = (int(end, 16) for end in span.split("-"))
        if start <= address < stop:
            # A private map may have changes that are not in the file.
            if permissions[3] != "s" or int(inode) != status.st_ino:
                return None
            first = int(offset, 16) + address - start
            n, d = array.shape
            version = version_of(status)
            return Stored(Path(path), first, (n, d), array.dtype, not by_rows, version)
    return None


def mapped_paths(array: Any) -> tuple[Path, ...]:
    """Files whose memory maps an array shows, also if it is a view of a map."""
    paths = []
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap) and array.filename is not None:
            paths.append(absolute(Path(array.filename)))
        array = array.base
    return tuple(dict.fromkeys(paths))
