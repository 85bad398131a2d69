"""Temporary shim."""

ONE = 1 << 1080


def as_float(total: int) -> float:
    """Shim."""
    return total if isinstance(total, float) else total / ONE
