"""The dialect of a text table, from its first lines: delimiter, lines to skip, and names.

A delimiter is good if many rows have the same number of fields, and if the fields are numbers, or
words without other delimiters (after van den Burg, Nazabal and Sutton, "Wrangling messy CSV files
by detecting row and type patterns", 2019). Numbers with decimal commas are numbers here.
"""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from .header import has_names, has_units
from .messages import UserError, one_line
from .number_text import (
    GROUPED,
    MISSING,
    PLAIN,
    WITH_COMMA,
    is_missing,
    is_number,
    is_text,
    without_unit,
)
from .text_options import TextOptions

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
SAMPLE_BYTES = 1 << 18
SAMPLE_LINES = 50
SCORED_ROWS = 100
SCORED_CELLS = 20_000
PLAIN_CELLS = 1_000_000
NUMBERS_WEIGH = 10
"""Rows of text that weigh as much as one with a number."""


class Dialect(NamedTuple):
    """How to read a text.

    ``start`` is the place of its first row, in bytes; ``plain`` are the columns of plain numbers
    in the first rows, with the separator ``decimal``; ``padded`` is true if there are spaces
    before quotes.
    """

    delimiter: str
    names: tuple[str, ...] | None
    width: int
    start: int
    comment: str | None
    padded: bool
    plain: frozenset[int]
    decimal: str
    assumed: tuple[str, ...]


class Row(NamedTuple):
    """Fields of a row, and the number of lines to its end."""

    fields: list[str]
    end: int


def sniff(data: Any, options: TextOptions) -> Dialect:
    """Find the dialect of UTF-8 text; what the options say is not guessed.

    Raises
    ------
    UserError
        If there are no rows, or if the first row may be names or values.
    """
    offset = skipped_bytes(data, options.skip_rows or 0)
    lines, whole = sample(data, offset)
    assumed = []
    top = 0
    said = re.fullmatch(r'"?sep=(.?)"?\s*', lines[0]) if lines else None
    if said:
        top = 1
    comments, comment = leading_comments(lines[top:], options)
    top += comments
    delimiter = (
        options.delimiter
        or (said and said[1])
        or guess_delimiter(lines[top:], whole, options.decimal)
    )
    rows = split(lines[top:], delimiter, whole)
    if not rows:
        raise UserError("has no rows")
    width = usual_width(weighed_widths(rows))
    n_preamble = preamble(rows, width) if options.skip_rows is None else 0
    above, table = rows[:n_preamble], rows[n_preamble:]
    if delimiter == "," and width == 2 and options.delimiter is None:
        refuse_decimals(above, table)
    names, n_preamble, last = find_names(lines[top:], above, table, width, options)
    if names is None and above:
        refuse_uneven(above[-1], width, delimiter, top)
    if names is None and comments and options.header is None:
        marked = split([lines[top - 1].lstrip(f"{comment} ")], delimiter, True)
        if marked and len(marked[0].fields) == width > 1:
            names = marked[0].fields
    body = [row for row in table if row.end > last]
    if n_preamble:
        assumed.append(f"{n_preamble} line{'s' if n_preamble > 1 else ''} before the table skipped")
    if names is not None and has_units([row.fields for row in body], width):
        last = body.pop(0).end
        assumed.append("a row of units skipped")
    if comment is not None:
        assumed.append(f"lines with {comment} skipped")
    if names is not None and options.header is None and any(map(is_number, names)):
        assumed.append("a header with numbers")
    return Dialect(
        delimiter,
        None if names is None else clean(names),
        width if names is None else len(names),
        offset + len("".join(lines[: top + last]).encode()),
        comment,
        any(f'{delimiter} "' in line for line in lines),
        *plain_columns(body, width, delimiter),
        tuple(assumed),
    )


def find_names(
    lines: list[str], above: list[Row], table: list[Row], width: int, options: TextOptions
) -> tuple[list[str] | None, int, int]:
    """Names, if the text has them; number of rows above; number of lines to the end of the names.

    Raises
    ------
    UserError
        If the first row may be names or values.
    """
    last = above[-1].end if above else 0
    names = shifted_names(above, table, width) if options.header is not False else None
    if names is not None:
        return names, len(above) - 1, last
    if names_come_first(lines, table, last, options.header):
        return table[0].fields, len(above), table[0].end
    return None, len(above), last


def refuse_uneven(above: Row, width: int, delimiter: str, top: int) -> None:
    """Raise a `UserError` if the row above a table without names may be a row or names of it."""
    n = len(above.fields)
    if n > width or (n > 1 and (delimiter != " " or has_numbers(above.fields))):
        line = above.end + top
        raise UserError(
            f"line {line} has {n} fields, the rows below it {width}: "
            f"{one_line(delimiter.join(above.fields))[:60]!r}; --skip-rows {line} leaves it out"
        )


def clean(names: list[str]) -> tuple[str, ...]:
    """Names without spaces around them, and without single quotes if all have them."""
    names = [name.strip() for name in names]
    if all(re.fullmatch("'.+'", name) for name in names):
        names = [name[1:-1] for name in names]
    return tuple(names)


def skipped_bytes(data: Any, n_lines: int) -> int:
    """Length of the first lines."""
    at = 0
    for _ in range(n_lines):
        found = data.find(b"\n", at)
        if found < 0:
            raise UserError(f"has no lines after --skip-rows {n_lines}")
        at = found + 1
    return at


def sample(data: Any, offset: int) -> tuple[list[str], bool]:
    """The first complete lines, and whether these are all."""
    size = SAMPLE_BYTES
    while True:
        head = bytes(data[offset : offset + size])
        whole = offset + size >= len(data)
        lines = list(io.StringIO(head.decode(errors="ignore"), newline=""))
        enough = len(lines) > (SAMPLE_LINES if size < SAMPLE_BYTES << 4 else 4)
        if whole or enough:
            return lines if whole else lines[:-1], whole
        size *= 4


def leading_comments(lines: list[str], options: TextOptions) -> tuple[int, str | None]:
    """Number of comment lines at the top, and the mark that they start with."""
    mark = options.comment or "#"
    n = last = 0
    for n, line in enumerate(lines, 1):
        if line.startswith(mark):
            last = n
        elif line.strip():
            break
    return last, mark if last or options.comment else None


def split(lines: Sequence[str], delimiter: str, whole: bool) -> list[Row]:
    """Rows that are not blank; without the last one, which may be cut, if there are more lines."""
    csv.field_size_limit(sys.maxsize)
    if delimiter == " ":
        lines = [line.strip() + "\n" for line in lines]
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    rows = [Row(fields, reader.line_num) for fields in reader]
    if not whole and len(rows) > 1:
        rows.pop()
    return [row for row in rows if len(row.fields) > 1 or "".join(row.fields).strip()]


def guess_delimiter(lines: list[str], whole: bool, decimal: str | None) -> str:
    """The best delimiter; a space only if no other is as good."""
    scores = {}
    for delimiter in DELIMITERS:
        if delimiter == decimal:
            continue
        rows = split(lines, delimiter, whole)[:SCORED_ROWS]
        if not rows:
            continue
        widths = weighed_widths(rows)
        usual = usual_width(widths)
        pattern = sum(n * (width - 1) / width for width, n in widths.items()) / len(widths)
        body = [row.fields for row in rows[len(rows) > 1 :]]  # without names
        cells = [cell for row in body for cell in row if len(row) == usual]
        cells = cells[:: 1 + len(cells) // SCORED_CELLS]
        known = sum(is_known(cell, delimiter) for cell in cells) / max(1, len(cells))
        scores[delimiter] = pattern * known * (0.9 if delimiter == " " else 1)
        if usual == 1:  # the fewer rows it splits, the better
            scores[delimiter] = 1e-3 * widths[1] / sum(widths.values())
    return max(scores, key=lambda delimiter: scores[delimiter], default=",")


def is_known(cell: str, delimiter: str) -> bool:
    """Whether a field is a number, missing, or words without other delimiters."""
    if is_number(cell) or is_missing(cell):
        return True
    others = "".join(mark for mark in DELIMITERS if mark not in (delimiter, " "))
    return not re.search(rf"[{others}]|^\S*\d\s+[\d.,]+$", cell.strip())


def weighed_widths(rows: list[Row]) -> Counter[int]:
    """Weight of the rows by their number of fields; rows with numbers count more than text."""
    widths: Counter[int] = Counter()
    for row in rows:
        widths[len(row.fields)] += NUMBERS_WEIGH if has_numbers(row.fields) else 1
    return widths


def has_numbers(fields: list[str]) -> bool:
    """Whether a row has a number; lines such as ``Latitude: 47.8`` are text."""
    is_text_line = any(len(cell) > 1 and cell.endswith(":") for cell in fields)
    return not is_text_line and any(map(is_number, fields))


def usual_width(widths: Counter[int]) -> int:
    """Number of fields of most rows; wide rows count more than lines of text above them."""
    return max(widths, key=lambda width: widths[width] * (width - 0.5) / width)


def preamble(rows: list[Row], width: int) -> int:
    """Number of rows of text above the table: not as wide as it, or with one field only.

    Rows above names are no rows of the table, also if they have numbers.
    """
    for i, row in enumerate(rows):
        if len(row.fields) == width:
            if not all(map(is_text, row.fields)):
                break
            below_text = i > 0 and len(rows[i - 1].fields) != width
            if below_text and has_text_over_numbers(rows[i:], width):
                return i
    n = 0
    for row in rows[:-1]:
        filled = [cell for cell in row.fields if cell.strip()]
        short = len(row.fields) != width or (width > 2 and len(filled) == 1)
        if not short or not any(map(is_text, filled)):
            break
        n += 1
    return n


def refuse_decimals(above: list[Row], table: list[Row]) -> None:
    """Raise a `UserError` if commas may not separate two columns, but be those of decimals."""
    pairs = [row.fields for row in table if len(row.fields) == 2]
    pairs = pairs[not pairs[0][1].isdigit() :]  # without names
    if not pairs or not all(is_number(whole) and part.isdigit() for whole, part in pairs):
        return
    one_name = bool(above) and len(above[-1].fields) == 1 and len(pairs) == len(table)
    zeros = any(len(part) > 1 and part.startswith("0") for _, part in pairs)
    if one_name or zeros:
        raise UserError(
            f"{','.join(pairs[0])!r} may be one number or two; --decimal , or --delimiter , says it"
        )


def shifted_names(above: list[Row], table: list[Row], width: int) -> list[str] | None:
    """Names from a row that lacks the name of the row names, or the end of lines."""
    if not above or len(above[-1].fields) != width - 1:
        return None
    names = above[-1].fields
    if not all(map(is_text, names)) or has_text_over_numbers(table, width):
        return None
    if not any(row.fields[-1].strip() for row in table if len(row.fields) == width):
        return [*names, ""]
    first = [row.fields[0] for row in table]
    counts = first == [str(i) for i in range(1, len(first) + 1)]
    return ["", *names] if counts or all(map(is_text, first)) else None


def has_text_over_numbers(table: list[Row], width: int) -> bool:
    """Whether the first row has text in a column of numbers: then it has the names itself."""
    rows = [row.fields for row in table if len(row.fields) == width]
    return len(rows) > 1 and any(
        is_text(rows[0][j]) and all(is_number(fields[j]) for fields in rows[1:])
        for j in range(width)
    )


def names_come_first(lines: list[str], table: list[Row], last: int, header: bool | None) -> bool:
    """Whether the first row of the table has the names."""
    if header is not None:
        return header
    first, *body = table
    raw, rest = "".join(lines[last : first.end]), "".join(lines[first.end : table[-1].end])
    bare = re.sub(r'"[^"]*"', "", raw).strip()  # only delimiters, if all fields have quotes
    quoted = (
        raw.count('"') == 2 * len(first.fields) and '"' not in rest and not bare.strip(",;|\t ")
    )
    return has_names(first.fields, [row.fields for row in body], quoted)


def plain_columns(rows: list[Row], width: int, delimiter: str) -> tuple[frozenset[int], str]:
    """Columns with nothing but plain numbers and missing values, and their decimal separator."""
    fields = [row.fields for row in rows if len(row.fields) == width]
    fields = fields[: max(2, PLAIN_CELLS // width)]
    decimal = sampled_decimal(fields, delimiter)
    pattern = PLAIN[decimal]
    plain = set(range(width))
    for row in fields:
        plain -= {j for j in plain if not pattern.fullmatch(row[j]) and row[j] not in MISSING}
    return frozenset(plain), decimal


def sampled_decimal(rows: list[list[str]], delimiter: str) -> str:
    """Decimal separator of the numbers; empty if it is open: semicolons, and no clear number."""
    commas = False
    for row in rows[:SCORED_ROWS]:
        for cell in map(without_unit, row):
            if "," in cell and WITH_COMMA.fullmatch(cell):
                commas = True
            elif "." in cell and is_number(cell) and not GROUPED.fullmatch(cell):
                return "."
    if commas:
        return ","
    return "" if delimiter == ";" else "."
