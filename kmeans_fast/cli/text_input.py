"""The bytes of text files as UTF-8: decompressed and decoded, with no more copies than needed."""

import bz2
import codecs
import gzip
import lzma
import mmap
import sys
from pathlib import Path
from typing import Any, NamedTuple

from .messages import UserError

TEXT = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data")
COMPRESSED = {".gz": b"\x1f\x8b", ".bz2": b"BZh", ".xz": b"\xfd7zXZ\0", ".zst": b"\x28\xb5\x2f\xfd"}
BINARY = {
    b"PAR1": "Parquet, not text: its name must end in .parquet",
    b"\x93NUMPY": "a NumPy array, not text: its name must end in .npy",
    b"PK\x03\x04": "a zip archive (also Excel's .xlsx), not text: unpack it or export it as .csv",
    b"\xd0\xcf\x11\xe0": "an Excel workbook, not text: export it as .csv",
    b"\x04\x22\x4d\x18": "compressed by lz4: only .gz, .bz2, .xz and .zst are read",
    b"\x1f\x9d": "compressed by compress: only .gz, .bz2, .xz and .zst are read",
    b"7z\xbc\xaf": "a 7z archive, not text: unpack it",
    b"Rar!": "a rar archive, not text: unpack it",
}
# The mark of UTF-32 starts with that of UTF-16, so it comes first.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
PIECE = 1 << 20


class Text(NamedTuple):
    """The text of a file as UTF-8 without a byte order mark, and the encoding of the file."""

    data: Any
    encoding: str


def is_stream(path: Path) -> bool:
    """Whether the path is standard input or a pipe."""
    return str(path) == "-" or path.is_fifo() or path.parts[:2] == ("/", "dev")


def text_suffix(path: Path) -> bool:
    """Whether the name is that of a text file, perhaps compressed."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in TEXT


def text_files(path: Path) -> list[Path]:
    """The text files of a folder or a pattern; empty if it has others, too."""
    if path.is_dir():
        files = [file for file in path.iterdir() if file.is_file()]
    elif not path.exists() and any(mark in str(path) for mark in "*?["):
        files = list(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    else:
        return []
    parts = sorted(file for file in files if not file.name.startswith((".", "_")))
    return parts if all(map(text_suffix, parts)) else []


def read_bytes(path: Path) -> Any:
    """All bytes of a file, decompressed; a file that is not compressed is mapped."""
    if str(path) == "-":
        data: Any = sys.stdin.buffer.read()
    elif path.is_file() and path.stat().st_size > 0:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    else:
        data = path.read_bytes()
    for mark, kind in BINARY.items():
        if data[: len(mark)] == mark:
            raise UserError(f"is {kind}")
    for suffix, mark in COMPRESSED.items():
        if data[: len(mark)] == mark:
            return decompress(data, suffix)
    return data


def decompress(data: Any, suffix: str) -> bytes:
    """Decompressed bytes."""
    if suffix == ".gz":
        return gzip.decompress(data)
    if suffix == ".bz2":
        return bz2.decompress(data)
    if suffix == ".xz":
        return lzma.decompress(data)
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        read: bytes = stream.read()
    return read


def decode(data: Any, encoding: str | None) -> Text:
    """Decode bytes of the given encoding, or of the one that the bytes show."""
    if encoding is not None:
        try:
            name = codecs.lookup(encoding).name
        except LookupError:
            raise UserError(f"--encoding {encoding!r} is unknown") from None
    else:
        name = ""
    for mark, marked in MARKS:
        if data[: len(mark)] == mark and (not name or marked.startswith(name)):
            data, name = data[len(mark) :], marked
            break
    name = name or guess_encoding(data)
    if name in {"utf-8", "ascii"}:
        try:
            for _ in decoded(data, name):
                pass
        except UnicodeDecodeError:
            if encoding is not None:
                raise
            name = "cp1252"
        else:
            return Text(data, name)
    try:
        return Text(b"".join(piece.encode() for piece in decoded(data, name)), name)
    except UnicodeDecodeError:
        if encoding is not None:
            raise
        return Text(b"".join(piece.encode() for piece in decoded(data, "latin-1")), "latin-1")


def decoded(data: Any, encoding: str) -> Any:
    """Yield the text in pieces."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data), PIECE):
        yield decoder.decode(bytes(data[start : start + PIECE]))
    yield decoder.decode(b"", final=True)


def guess_encoding(data: Any) -> str:
    """UTF-16 without a mark has zero bytes at every second place, as its separators are ASCII."""
    head = bytes(data[:4096])
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 8 and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    return "utf-8"
