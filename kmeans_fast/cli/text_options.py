"""What the user says of a text table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TextOptions:
    """How a text table is written; None: the file shows it."""

    delimiter: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: bool | None = None
    encoding: str | None = None
    skip_rows: int | None = None
    skip_footer: int | None = None
    comment: str | None = None
    na_values: Sequence[str] = ()
