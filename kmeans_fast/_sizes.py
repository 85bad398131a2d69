"""Sizes of memory as people write them."""

import re
from numbers import Integral

UNITS = {
    "": 1,
    "b": 1,
    **{f"{unit}b": 1000 ** (i + 1) for i, unit in enumerate("kmgt")},
    **{f"{unit}ib": 1024 ** (i + 1) for i, unit in enumerate("kmgt")},
}
"""Bytes of a unit, by its name in small letters."""


def as_bytes(value: object) -> int | None:
    """Bytes of a size such as ``"2GiB"``, ``"500 MB"`` or 1000; None where it is not one."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value) if int(value) > 0 else None
    if not isinstance(value, str):
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", value.lower())
    if match is None or match[2] not in UNITS:
        return None
    return int(float(match[1]) * UNITS[match[2]]) or None


def size_text(n_bytes: float) -> str:
    """A size for people: ``"4.0 GB"``."""
    if n_bytes < 1000:
        return f"{n_bytes:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        n_bytes /= 1000
        if n_bytes < 999.95:
            return f"{n_bytes:.1f} {unit}"
    return f"{n_bytes / 1000:.1f} TB"
