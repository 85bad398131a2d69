"""Read text tables: the dialect is found in the first lines, types in all rows of a column.

Columns that look like plain numbers are parsed as float64 at once. A column that has another field
is read as text, and `columns` decides it. If it may have another decimal separator than the plain
numbers, all columns are read as text and decided together.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from .columns import (
    COMMA,
    DECIMAL_COMMA,
    POINT,
    TextColumn,
    convert,
    examine,
    has_mark,
    refuse_unclear,
    settle,
)
from .dialect import DELIMITERS, Dialect, sniff
from .messages import UserError
from .missing_codes import may_be_missing, without_codes
from .row_numbers import may_count, why_not_by_name, why_not_by_values
from .tables import Selection, Table, choose
from .text_input import decode, read_bytes
from .text_options import TextOptions
from .text_rows import Rows, parse

TOTALS = frozenset(
    ("total", "totals", "grand total", "subtotal", "sum", "average", "mean")  # English
    + ("summe", "gesamt", "insgesamt", "mittelwert", "somme", "moyenne", "suma", "promedio")
)
FOOTER_ROWS = 5
MOST_TRIES = 3


def read_text(paths: Sequence[Path], selection: Selection) -> Table:
    """Read the numeric columns of text files, which have the same columns, as one table."""
    options = selection.text
    texts: list[Rows] = []
    encodings = []
    for path in paths:
        try:
            text = decode(read_bytes(path), options.encoding)
            dialect = sniff(text.data, options)
            if texts:
                check_same(dialect, texts[0].dialect)
        except UserError as error:
            raise UserError(f"{path.name}: {error}" if len(paths) > 1 else str(error)) from None
        texts.append(Rows(text.data, dialect, path.name if len(paths) > 1 else ""))
        encodings.append(text.encoding)
    dialect = texts[0].dialect
    names = dialect.names or tuple(str(j) for j in range(dialect.width))
    columns = read_columns(texts, names, options)
    settle(columns, dialect.delimiter if dialect.width > 1 else "")
    if options.skip_footer is None:
        refuse_footer(columns)
    choice = choose(names, [why_not(column, options) for column in columns], selection)
    values = np.empty((columns[0].n_rows, len(choice.features)))
    notations: set[str] = set()
    codes: list[str] = []
    for f, j in enumerate(choice.features):
        values[:, f] = values_of(columns[j], options)
        notations.update(columns[j].notation)
        code = may_be_missing(values[:, f])
        if code is not None:
            codes.append(
                f"{code:g} in column {names[j]!r} is a number (--na-values {code:g} if it is "
                "missing)"
            )
        columns[j] = TextColumn(names[j])  # its memory is free
    weight = None
    if choice.weight is not None:
        weight = values_of(columns[choice.weight], options)
        notations.update(columns[choice.weight].notation)
    kept = tuple(names[j] for j in choice.features)
    assumed = ", ".join([*describe(dialect, encodings[0], notations, options), *codes[:1]])
    return Table(values, kept, choice.left_out, weight, assumed)


def why_not(column: TextColumn, options: TextOptions) -> str | None:
    """Reason why a column is not clustered; None if it is."""
    reason = column.reason or why_not_by_name(column.name)
    if reason or not may_count(column.name) or not column.is_clear:
        return reason
    return why_not_by_values(values_of(column, options))


def check_same(dialect: Dialect, first: Dialect) -> None:
    """Raise a `UserError` if a part has other columns than the first part."""
    if (dialect.delimiter, dialect.width) != (first.delimiter, first.width):
        raise UserError(
            f"has {dialect.width} columns separated by {DELIMITERS.get(dialect.delimiter)}, the "
            f"first file {first.width} separated by {DELIMITERS.get(first.delimiter)}"
        )
    if dialect.names not in (None, first.names):
        raise UserError("has other column names than the first file")


def read_columns(texts: list[Rows], names: Sequence[str], options: TextOptions) -> list[TextColumn]:
    """Columns of all texts: float64 where all fields are plain numbers, else examined text."""
    plain = frozenset.intersection(*(text.dialect.plain for text in texts))
    decimals = {text.dialect.decimal for text in texts}
    decimal = min(decimals)
    others = {POINT: (COMMA,), COMMA: (POINT,), "": (POINT, COMMA)}[decimal]
    may_be = options.decimal in {None, decimal} and options.thousands in {None, *others}
    tries = MOST_TRIES if len(decimals) == 1 and (may_be or not decimal) else 0
    for _ in range(tries):
        try:
            columns = as_columns(texts, names, plain, decimal, options)
        except pa.ArrowInvalid as error:  # a field that the first rows did not show
            found = re.search(r"CSV column #(\d+)", str(error))
            plain -= {int(found[1])} if found else plain
            continue
        unlike = [column for column in columns if column.decimals not in ("", decimal)]
        if not any(has_mark(column, *others) for column in unlike):
            return columns
        break
    return as_columns(texts, names, frozenset(), POINT, options)


def as_columns(
    texts: list[Rows],
    names: Sequence[str],
    plain: frozenset[int],
    decimal: str,
    options: TextOptions,
) -> list[TextColumn]:
    """Parse all texts, and examine the columns that are read as text."""
    table = pa.concat_tables([parse(text, plain, decimal, options) for text in texts])
    if table.num_rows == 0:
        raise UserError("has no rows")
    notation = (DECIMAL_COMMA,) if decimal == COMMA else ()
    parsed = table.columns[::-1]
    del table  # so that the memory of a text column is free when its numbers are known
    columns = []
    for j, name in enumerate(names):
        if j in plain:
            columns.append(TextColumn(name, values=parsed.pop(), notation=notation))
        else:
            columns.append(TextColumn(name, texts=parsed.pop()))
            examine(columns[-1], options)
    return columns


def values_of(column: TextColumn, options: TextOptions) -> np.ndarray[Any, Any]:
    """Numbers of a column; NaN where they are missing."""
    if column.values is None:
        refuse_unclear(column)
        convert(column, options)
    return without_codes(column.values.to_numpy(), options.na_values)


def refuse_footer(columns: list[TextColumn]) -> None:
    """Raise a `UserError` if one of the last rows is named as a total."""
    for column in columns:
        if not (column.reason or "").startswith("text"):
            continue
        for row in range(max(0, column.n_rows - FOOTER_ROWS), column.n_rows):
            text = column.texts[row].as_py()
            if text is not None and text.strip(" :*").casefold() in TOTALS:
                raise UserError(
                    f"row {row + 1} (counted from 1), column {column.name!r}: {text!r} may be a "
                    f"total of the others; --skip-footer {column.n_rows - row} leaves out the rows "
                    "from this one on, --skip-footer 0 keeps them"
                )


def describe(
    dialect: Dialect, encoding: str, notations: set[str], options: TextOptions
) -> list[str]:
    """What was assumed beyond a table with commas, points, names and UTF-8; empty if nothing."""
    assumed = []
    if encoding not in ("utf-8", "ascii") and options.encoding is None:
        assumed.append(f"encoding {encoding}")
    assumed += sorted(notations, key=lambda notation: (notation != DECIMAL_COMMA, notation))
    if dialect.names is None and options.header is None:
        last = str(dialect.width - 1)
        shown = "0" if last == "0" else "0, 1" if last == "1" else f"0 to {last}"
        assumed.append(f"no header: columns named {shown}")
    assumed += dialect.assumed
    delimiter = f"{DELIMITERS.get(dialect.delimiter, repr(dialect.delimiter))}-separated"
    guessed = options.delimiter is None and dialect.width > 1
    if guessed and (assumed or dialect.delimiter != ","):
        assumed.insert(0, delimiter)
    return assumed
