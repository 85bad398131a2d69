"""Parse the rows of text with a known dialect, by Arrow."""

import re
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv

from .dialect import Dialect
from .messages import UserError, one_line
from .number_text import MISSING, NO_DECIMAL
from .text_options import TextOptions

MOST_BYTES = (1 << 31) - 1


class Rows(NamedTuple):
    """UTF-8 text and its dialect; ``name`` is that of one of several files."""

    data: Any
    dialect: Dialect
    name: str


def body(text: Rows, options: TextOptions) -> Any:
    """Bytes of the rows as Arrow parses them: without footer, comments and superfluous spaces."""
    data, dialect = text.data, text.dialect
    end = len(data)
    left = options.skip_footer or 0
    while left and end > dialect.start:
        last = max(dialect.start, data.rfind(b"\n", dialect.start, end - 1) + 1)
        left -= bool(data[last:end].strip())
        end = last
    rows: Any = pa.py_buffer(data).slice(dialect.start, end - dialect.start)
    if dialect.comment is not None:
        rows = without_comments(bytes(rows), dialect.comment.encode())
    if dialect.delimiter == " ":
        rows = re.sub(rb"(?m)^ +| +(?=\r?$)", b"", bytes(rows))
        rows = re.sub(rb" +", b" ", rows)
    elif data[dialect.start : dialect.start + 1] == b" " or data.find(b"\n ", dialect.start) >= 0:
        rows = re.sub(rb"(?m)^ +\r?(\n|\Z)", b"", bytes(rows))  # lines of spaces
    if dialect.padded:  # Arrow sees a quote only next to the delimiter
        mark = dialect.delimiter.encode()
        rows = bytes(rows).replace(mark + b' "', mark + b'"')
    return pa.py_buffer(rows)


def without_comments(data: bytes, mark: bytes) -> bytes:
    """Text without the lines that start with the mark outside quotes."""
    kept, at, quotes, counted = [], 0, 0, 0
    for found in re.finditer(rb"(?m)^" + re.escape(mark) + rb"[^\r\n]*\r?\n?", data):
        quotes += data.count(b'"', counted, found.start())
        counted = found.end()
        if quotes % 2 == 0:
            kept.append(data[at : found.start()])
            at = found.end()
        else:
            quotes += data.count(b'"', found.start(), found.end())
    return b"".join([*kept, data[at:]])


def parse(text: Rows, numbers: frozenset[int], decimal: str, options: TextOptions) -> Any:
    """Arrow table with columns "0", "1", ...: float64 for those in ``numbers``, else text.

    Raises
    ------
    UserError
        If a row has another number of fields.
    pyarrow.ArrowInvalid
        If a column in ``numbers`` has a field that is not a plain number.
    """
    names = [str(j) for j in range(text.dialect.width)]
    types = {name: pa.float64() if j in numbers else pa.string() for j, name in enumerate(names)}
    rows = body(text, options)
    if not bytes(rows[: 1 << 16]).strip() and not bytes(rows).strip():
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    wrong: list[Any] = []

    def keep(row: Any) -> str:
        wrong.append(row)
        return "error"

    # A quoted field may have line breaks; without quotes, blocks are found faster.
    parse_options = pa.csv.ParseOptions(
        delimiter=text.dialect.delimiter,
        newlines_in_values=text.data.find(b'"', text.dialect.start) >= 0,
        invalid_row_handler=keep,
    )
    convert_options = pa.csv.ConvertOptions(
        column_types=types,
        decimal_point=decimal or NO_DECIMAL,
        null_values=[*MISSING, *options.na_values],
        strings_can_be_null=False,
        check_utf8=False,
    )
    # A block is a piece of each column: wide tables need large blocks.
    size = max(1 << 20, min(1 << 28, text.dialect.width << 11))
    while True:
        # Arrow's threads do not end if a row is longer than a block.
        read_options = pa.csv.ReadOptions(column_names=names, use_threads=False, block_size=size)
        try:
            source = pa.BufferReader(rows)
            return pa.csv.read_csv(source, read_options, parse_options, convert_options)
        except pa.ArrowInvalid as error:
            if wrong:
                raise UserError(wrong_row(wrong[0])) from None
            if "straddl" not in str(error) or size == MOST_BYTES:
                raise
            size = min(MOST_BYTES, size << 5)


def wrong_row(row: Any) -> str:
    """Words for a row with too few or too many fields."""
    return (
        f"row {row.number} (counted from 1) has {row.actual_columns} fields where "
        f"{row.expected_columns} are expected: {one_line(row.text)[:60]!r}; --skip-rows, "
        "--skip-footer and --comment leave out lines that are no rows, --delimiter says what "
        "separates fields"
    )
