"""Options of the command line for text tables, for every command that reads them."""

from typing import Annotated

import typer

NAMED = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "space": " "}


def mark(text: str | None) -> str | None:
    """Check a separator: one character, or the name of one."""
    text = NAMED.get(text or "", text)
    if text is not None and (len(text) != 1 or text in '\r\n"'):
        raise typer.BadParameter(f"{text!r} is not one character, nor tab or space.")
    return text


def ascii_mark(text: str | None) -> str | None:
    """Check a separator of fields, or the mark of comments."""
    text = mark(text)
    if text is not None and not text.isascii():
        raise typer.BadParameter(f"{text!r} is not an ASCII character.")
    return text


def decimal_mark(text: str | None) -> str | None:
    """Check a decimal separator."""
    text = mark(text)
    if text not in {None, ".", ","}:
        raise typer.BadParameter(f"{text!r} is neither a point nor a comma.")
    return text


Delimiter = Annotated[
    str | None,
    typer.Option(
        metavar="CHAR", callback=ascii_mark, help="Text: separator of fields, such as ';' or tab."
    ),
]
Decimal = Annotated[
    str | None,
    typer.Option(metavar="CHAR", callback=decimal_mark, help="Text: decimal point or comma."),
]
Thousands = Annotated[
    str | None,
    typer.Option(metavar="CHAR", callback=mark, help="Text: separator of thousands."),
]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Text: the first row has names, or values."),
]
Encoding = Annotated[
    str | None, typer.Option(metavar="NAME", help="Text: encoding, such as latin-1 or utf-16.")
]
SkipRows = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="Text: leave out N lines above the table.")
]
SkipFooter = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="Text: leave out N lines below the table.")
]
Comment = Annotated[
    str | None,
    typer.Option(metavar="CHAR", callback=ascii_mark, help="Text: skip lines that start with it."),
]
NaValues = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT", help="Text: a field that means a missing value (repeatable)."),
]
