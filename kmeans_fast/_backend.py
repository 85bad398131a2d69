"""The chosen backend, compiled (`_core`) or NumPy (`_reference`): the only place that chooses.

Both have the same modules, functions and arguments. ``KMEANS_FAST_BACKEND=core`` or ``reference``
decides. Without it the compiled one is taken. Where an installed package lacks it, the other one is
taken, with a warning; the source tree, imported without being built, is an error.
"""

import os
import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from ._reference import assign as oracle
from ._reference.blocks import BLOCK_ROWS

__all__ = ["BLOCK_ROWS", "MODULES", "name", "oracle"]

VARIABLE = "KMEANS_FAST_BACKEND"
MODULES = (
    "assign",
    "distances",
    "elkan",
    "exact_sums",
    "filtering",
    "grouping",
    "hamerly",
    "kmeans_1d",
    "lloyd",
    "mini_batch",
    "runtime",
    "seeding",
    "sketches",
    "sorted_rows",
    "sparse_assign",
    "sparse_rows",
    "sparse_step",
    "statistics",
    "sums",
    "survivors",
)
"""The modules of a backend, each an attribute of this module; `_core/meson.build` builds them."""


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


name, *_modules = _choose(os.environ.get(VARIABLE))
globals().update(zip(MODULES, _modules, strict=True))

if TYPE_CHECKING:

    def __getattr__(module: str) -> ModuleType:
        """Name one of MODULES."""
