"""The chosen backend, compiled (`_core`) or NumPy (`_reference`): the only place that chooses.

Both have the same modules, functions and arguments. ``KMEANS_FAST_BACKEND=core`` or ``reference``
decides; without it the compiled one is taken, and where that is missing the other, with a warning.
"""

import os
import warnings
from importlib import import_module

from ._reference.blocks import BLOCK_ROWS

__all__ = [
    "BLOCK_ROWS",
    "ascending",
    "assign",
    "elkan",
    "filtering",
    "grouping",
    "hamerly",
    "lloyd",
    "name",
    "seeding",
    "sketch",
    "splits",
    "statistics",
]

VARIABLE = "KMEANS_FAST_BACKEND"
MODULES = (
    "ascending",
    "assign",
    "elkan",
    "filtering",
    "grouping",
    "hamerly",
    "lloyd",
    "runtime",
    "seeding",
    "sketch",
    "splits",
    "statistics",
)


def _load(backend):
    return backend, *(import_module(f"{__package__}._{backend}.{module}") for module in MODULES)


def _choose(choice):
    if choice in ("core", "reference"):
        return _load(choice)
    if choice:
        raise ValueError(f"{VARIABLE} must be 'core' or 'reference', got {choice!r}.")
    try:
        return _load("core")
    except ImportError as error:
        warnings.warn(
            f"kmeans_fast runs without its compiled core, many times slower: {error}. "
            "Reinstall kmeans-fast with a C compiler at hand, or set "
            f"{VARIABLE}=reference to choose this on purpose.",
            RuntimeWarning,
            stacklevel=2,
        )
        return _load("reference")


(
    name,
    ascending,
    assign,
    elkan,
    filtering,
    grouping,
    hamerly,
    lloyd,
    runtime,
    seeding,
    sketch,
    splits,
    statistics,
) = _choose(os.environ.get(VARIABLE))
