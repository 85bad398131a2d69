"""Columns of text: whether they are numbers, and in which notation.

A column is decided by all of its fields. Fields such as ``1,234`` or ``1.234`` fit a decimal
separator and a thousands separator alike; then the other columns decide, and if they do not, a
comma between fields that are separated by semicolons is a decimal comma.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .messages import UserError, one_line
from .number_text import INFINITE, LIKE_NUMBER, MISSING, SPACES, UNITS, number_pattern
from .text_options import TextOptions

POINT, COMMA = ".", ","
DECIMAL_COMMA = "decimal comma"
MOST_ODD = 0.2
ALMOST_NUMBER = f"^[($€£¥']? ?(?:{LIKE_NUMBER.pattern}) ?[)%$€£¥']?$"
"""Numbers in any notation, also of money and percent and in quotes."""
_MARK = r"[a-z]{1,2}|[*†‡¹²³]+|[(\[]?[0-9a-z]{1,2}[)\]]"
MARKED_NUMBER = f"^(?:{LIKE_NUMBER.pattern}) ?(?:{_MARK})$"
"""Numbers with a flag or the mark of a footnote."""
THOUSANDS = {COMMA: "commas", POINT: "points", **dict.fromkeys(" \u00a0\u202f", "spaces")}


@dataclass
class TextColumn:
    """One column and what is known of it.

    ``texts`` has its fields, with null for missing ones, or ``values`` its numbers; ``decimals``
    the decimal separators that read all its fields (empty for plain integers); ``odd`` the row and
    field of the first one that is not a plain number, if most look like numbers; ``share`` how
    many do.
    """

    name: str
    texts: Any = None
    values: Any = None
    decimals: str = ""
    odd: tuple[int, str] | None = None
    share: float = 0.0
    notation: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.values if self.texts is None else self.texts)

    @property
    def is_clear(self) -> bool:
        """Whether it is known how its numbers are read."""
        return self.values is not None or len(self.decimals) == 1

    @property
    def reason(self) -> str | None:
        """Reason why it is not clustered; None if it is a column of numbers."""
        column = self.values if self.texts is None else self.texts
        if column.null_count == len(column):
            return "empty"
        if self.decimals or self.values is not None or self.odd:
            return None
        return f"text, {self.share:.0%} of it numbers" if self.share >= 0.5 else "text"


def allowed(options: TextOptions) -> dict[str, str]:
    """Thousands separators by decimal separator."""
    decimal, thousands = options.decimal, options.thousands
    if decimal is not None and decimal == thousands:
        raise UserError(f"--decimal and --thousands are both {decimal!r}")
    by_decimal = {POINT: COMMA + SPACES, COMMA: POINT + SPACES}
    if thousands is not None:
        by_decimal = {mark: thousands for mark in by_decimal if mark != thousands}
    if decimal is not None:
        by_decimal = {decimal: by_decimal.get(decimal, COMMA + SPACES)}
    return by_decimal


def trimmed(column: Any, missing: Sequence[str]) -> Any:
    """Fields without spaces around them; null where the value is missing."""
    if not pa.types.is_string(column.type):  # all are null
        return column.cast(pa.string())
    texts = pc.utf8_trim_whitespace(column)
    is_missing = pc.is_in(texts, value_set=pa.array(missing, pa.string()))
    return pc.if_else(is_missing, pa.scalar(None, pa.string()), texts)


def examine(column: TextColumn, options: TextOptions) -> None:
    """Find the notations that read all fields of a column."""
    assert column.texts is not None
    column.texts = texts = trimmed(column.texts, (*MISSING, *options.na_values))
    total = len(texts) - texts.null_count
    if not total:
        return
    take_unit(column)
    if take_plain_numbers(column, options):
        return
    like = pc.match_substring_regex(texts, ALMOST_NUMBER)
    column.share = (pc.sum(like).as_py() or 0) / total
    if column.share < 0.5 and options.thousands is None:  # text, without a look at notations
        column.texts, column.notation = texts, ()
        return
    fits = {}
    for decimal, thousands in allowed(options).items():
        pattern = f"^(?:{number_pattern(decimal, thousands)})$"
        fits[decimal] = pc.match_substring_regex(column.texts, pattern)
    counts = {decimal: pc.sum(fit).as_py() or 0 for decimal, fit in fits.items()}
    column.decimals = "".join(d for d in counts if counts[d] == total)
    if column.decimals:
        return
    column.texts, column.notation = texts, ()
    if max(counts.values()) >= total / 2:
        like = pc.or_(like, pc.match_substring_regex(texts, MARKED_NUMBER))
    n_like = pc.sum(like).as_py() or 0
    column.share = n_like / total
    if total - n_like <= max(MOST_ODD * total, n_like > 1):
        best = max(counts, key=lambda decimal: counts[decimal])
        row = pc.index(fits[best], False).as_py()
        column.odd = (row, texts[row].as_py())


def take_unit(column: TextColumn) -> None:
    """Strip a unit or quotes, if all fields have them: currency, percent, single quotes."""
    texts = column.texts
    first = texts[pc.index(pc.is_valid(texts), True).as_py()].as_py()
    marks = UNITS + "'"
    starts = first[0] in marks and pc.all(pc.starts_with(texts, first[0])).as_py()
    ends = first[-1] in marks and pc.all(pc.ends_with(texts, first[-1])).as_py()
    if starts and ends and first[0] == first[-1] == "'" and len(first) > 1:
        start, end, notation = "'", "'", "single quotes around numbers"
    elif starts and first[0] in UNITS:
        start, end, notation = first[0], "", f"{first[0]} before numbers"
    elif ends and first[-1] in UNITS:
        start, end, notation = "", first[-1], f"{first[-1]} after numbers"
    else:
        return
    texts = pc.replace_substring_regex(texts, f"^{re.escape(start)} *| *{re.escape(end)}$", "")
    column.texts, column.notation = texts, (notation,)


def take_plain_numbers(column: TextColumn, options: TextOptions) -> bool:
    """Set the values of a column if its notation is clear and has no thousands separators.

    This takes a fifth of the time of patterns.
    """
    notations = allowed(options)
    for decimal in notations:
        texts = column.texts
        others = [number_pattern(*other) for other in notations.items() if other[0] != decimal]
        try:
            if decimal == COMMA:
                if has_mark(column, POINT) or not has_mark(column, COMMA):
                    continue
                texts = pc.replace_substring(texts, COMMA, POINT)
            values = texts.cast(pa.float64())
        except pa.ArrowInvalid:
            continue
        clear = needs_decimal(column.texts, decimal, others)
        if clear is not False:
            column.texts, column.values = None, values
            column.decimals = decimal if clear else ""
            column.notation += (DECIMAL_COMMA,) * (column.decimals == COMMA)
            return True
    return False


def needs_decimal(texts: Any, decimal: str, others: Sequence[str]) -> bool | None:
    """Whether numbers need this decimal separator; None if none of them has it.

    ``others`` are the patterns of numbers with another decimal separator.
    """
    found = False
    for chunk in texts.chunks:
        if pc.any(pc.match_substring(chunk, decimal)).as_py():
            found = True
            fits = (pc.match_substring_regex(chunk, f"^(?:{other})$") for other in others)
            if not any(pc.all(fit).as_py() for fit in fits):
                return True
    return False if found else None


def settle(columns: Sequence[TextColumn], delimiter: str) -> None:
    """Choose the decimal separator of the columns that more than one can read, if it is clear."""
    known = {column.decimals for column in columns if len(column.decimals) == 1}
    unclear = []
    for column in columns:
        if len(column.decimals) > 1:
            if has_mark(column, POINT, COMMA):
                unclear.append(column)
            else:
                column.decimals = POINT
    decimal = None
    if len(known) == 1:
        (decimal,) = known
    elif not known and delimiter == ";":
        # Semicolons separate where the comma is decimal, but points may be either then.
        decimal = COMMA if all(has_mark(column, COMMA) for column in unclear) else None
    elif not known and (delimiter == "," or not any(has_mark(column, COMMA) for column in unclear)):
        decimal = POINT
    for column in unclear:
        column.decimals = decimal or column.decimals


def has_mark(column: TextColumn, *marks: str) -> bool:
    """Whether a field of a column has one of the marks, as far as its texts are kept."""
    if column.texts is None:
        return column.decimals in marks
    return any(pc.any(pc.match_substring(column.texts, mark)).as_py() for mark in marks)


def refuse_unclear(column: TextColumn) -> None:
    """Raise a `UserError` if a column that is wanted is not clearly numbers, or not at all."""
    if column.odd is not None:
        row, text = column.odd
        names = "; --skip-rows with --no-header leaves out two rows of names" if row == 0 else ""
        raise UserError(
            f"row {row + 1} (counted from 1), column {column.name!r}: {one_line(text)[:60]!r} is "
            "not a plain number like the others; --na-values names fields that are missing, "
            "--decimal and --thousands the notation, --skip-rows and --skip-footer lines that are "
            f"no rows{names}; or choose other columns with --column"
        )
    if len(column.decimals) > 1:
        row = pc.index(pc.match_substring_regex(column.texts, "[.,]"), True).as_py()
        raise UserError(
            f"row {row + 1} (counted from 1), column {column.name!r}: "
            f"{column.texts[row].as_py()!r} may have decimals or thousands; "
            "--decimal or --thousands says which"
        )


def convert(column: TextColumn, options: TextOptions) -> None:
    """Set the values of a column of numbers, and the notation that it has."""
    texts, decimal, notation = column.texts, column.decimals, [*column.notation]
    for mark in allowed(options)[decimal]:
        if pc.any(pc.match_substring(texts, mark)).as_py():
            texts = pc.replace_substring(texts, mark, "")
            notation.append(f"{THOUSANDS.get(mark, repr(mark))} between thousands")
    if decimal == COMMA and has_mark(column, COMMA):
        texts = pc.replace_substring(texts, COMMA, POINT)
        notation.append(DECIMAL_COMMA)
    texts = pc.replace_substring_regex(texts, r"^\+", "")
    texts = pc.replace_substring(texts, "\u2212", "-")
    infinite = pc.match_substring_regex(texts, f"^{INFINITE}$")
    if pc.any(infinite).as_py():
        sign = pc.if_else(pc.starts_with(texts, "-"), "-inf", "inf")
        texts = pc.if_else(infinite, sign, texts)
    column.values = texts.cast(pa.float64())
    column.notation = tuple(notation)
