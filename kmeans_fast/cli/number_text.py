"""Numbers as people write them: decimal points and commas, thousands separators, missing values."""

import re

EXPONENT = "([eE][+-]?[0-9]+)?"
SIGN = "[+\u2212-]?"
INFINITE = f"{SIGN}([iI][nN][fF]|[iI]nfinity|INFINITY)"
SPACES = " '\u2019\u00a0\u202f"
"""Thousands separators beside comma and point."""
UNITS = "$€£¥%"


def number_pattern(decimal: str, thousands: str) -> str:
    """Pattern, for `re` and for Arrow, of numbers with these separators.

    A group of thousands starts with 1 to 9, so that ``0,567`` has a decimal comma.
    """
    point = re.escape(decimal)
    grouped = ""
    if thousands:
        one = "|".join(f"[1-9][0-9]{{0,2}}({re.escape(s)}[0-9]{{3}})+" for s in thousands)
        grouped = f"|{one}"
    return f"({SIGN}((([0-9]+{grouped})({point}[0-9]*)?|{point}[0-9]+){EXPONENT})|{INFINITE})"


LIKE_NUMBER = re.compile(f"{number_pattern('.', ',' + SPACES)}|{number_pattern(',', '.' + SPACES)}")
NO_DECIMAL = "\x01"
PLAIN = {
    decimal: re.compile(number_pattern(decimal or NO_DECIMAL, "")) for decimal in (".", ",", "")
}
"""Numbers that Arrow reads as they are, by decimal separator; without one: integers."""
GROUPED = re.compile(rf"{SIGN}[1-9][0-9]{{0,2}}(\.[0-9]{{3}})+")
"""Numbers whose points may separate thousands."""
WITH_COMMA = re.compile(rf"(?!{number_pattern('.', ',')}$){number_pattern(',', '.')}")
"""Numbers with a decimal comma that cannot be a separator of thousands."""
_WORDS = (
    "NA,N/A,#N/A,#N/A N/A,<NA>,NaN,NULL,None,nil,missing,#NA,#DIV/0!,#VALUE!,#REF!,#NAME?,#NUM!,"
    "#NULL!,1.#IND,-1.#IND,1.#QNAN,-1.#QNAN,-NaN"
)
MISSING = tuple(
    dict.fromkeys(
        spelling
        for word in _WORDS.split(",")
        for spelling in (word, word.lower(), word.upper(), word.capitalize())
    )
) + ("", "?", "-", "--", "---", ".", "..", "...", "*", ":", "//", "///", "////", "\u2013", "\u2014")
"""Fields that stand for a missing value, next to numbers."""


def without_unit(text: str) -> str:
    """A field without a sign of currency or percent."""
    return re.sub(f"^[{UNITS}] ?|[ \u00a0]?[{UNITS}]$", "", text.strip())


def is_number(text: str) -> bool:
    """Whether a field is a number in any notation, perhaps with a sign of currency or percent."""
    return LIKE_NUMBER.fullmatch(without_unit(text)) is not None


def is_missing(text: str) -> bool:
    """Whether a field stands for a missing value."""
    return text.strip() in MISSING


def is_text(text: str) -> bool:
    """Whether a field is neither a number nor missing."""
    return not is_missing(text) and not is_number(text)


def value(text: str) -> float:
    """The value of a number whose notation is not known yet, for comparisons with others."""
    plain = re.sub(f"[{SPACES}]", "", without_unit(text)).replace("\u2212", "-")
    if plain.count(",") > 1 or plain.rfind(".") > plain.rfind(",") >= 0:
        plain = plain.replace(",", "")
    elif "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    elif plain.count(".") > 1:
        plain = plain.replace(".", "")
    return float(plain)
