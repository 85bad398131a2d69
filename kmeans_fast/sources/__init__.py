"""Rows from wherever they lie, in blocks: reading, keeping on disk, writing results in pieces."""

from .blocks import Blocks
from .narrow import NarrowSource, is_narrow
from .opening import RowsLike, open_source
from .protocol import Block, Source
from .raw import RawRows
from .read_ahead import read_ahead, read_ranges
from .scratch import Scratch, default_directory
from .widened import WidenedRows
from .writers import RowWriter, distance_writer, label_writer

__all__ = [
    "Block",
    "Blocks",
    "NarrowSource",
    "RawRows",
    "RowWriter",
    "RowsLike",
    "Scratch",
    "Source",
    "WidenedRows",
    "default_directory",
    "distance_writer",
    "is_narrow",
    "label_writer",
    "open_source",
    "read_ahead",
    "read_ranges",
]
