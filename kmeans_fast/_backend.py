"""The chosen backend, compiled (`_core`) or NumPy (`_reference`): the only place that chooses.

Both have the same modules, functions and arguments. ``KMEANS_FAST_BACKEND=core`` or ``reference``
decides. Without it the compiled one is taken. Where an installed package lacks it, the other one is
taken, with a warning; the source tree, imported without being built, is an error.
"""

import os
import warnings
from importlib import import_module
from pathlib import Path

from ._reference import assign as oracle
from ._reference.blocks import BLOCK_ROWS

__all__ = [
    "BLOCK_ROWS",
    "ascending",
    "assign",
    "elkan",
    "exact_sums",
    "filtering",
    "grouping",
    "hamerly",
    "lloyd",
    "name",
    "oracle",
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
    "exact_sums",
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
        if Path(__file__).with_name("meson.build").exists():  # it is never installed
            raise ImportError(
                f"{Path(__file__).parent} is the source tree of kmeans_fast, whose compiled core "
                f"is not built ({error}). Run `pip install --editable .` there, start Python in "
                f"another folder or with -P, or set {VARIABLE}=reference to use NumPy instead."
            ) from error
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
    exact_sums,
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
