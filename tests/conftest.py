"""What all tests share: the two backends side by side, and which instruction set is tested."""

import importlib
import os
from types import SimpleNamespace

import pytest
from hypothesis import settings

# A busy machine is no failure, and what fails in CI must fail again here.
settings.register_profile("kmeans_fast", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("kmeans_fast")

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


def backend_modules(package):
    """The modules of ``kmeans_fast._core`` or ``kmeans_fast._reference`` by their names."""
    return SimpleNamespace(
        **{name: importlib.import_module(f"kmeans_fast.{package}.{name}") for name in MODULES}
    )


def pytest_report_header():
    """Say which instruction set this run tests."""
    try:
        config = importlib.import_module("kmeans_fast._core.config")
    except ImportError as error:
        return f"kmeans_fast: no compiled core ({error})"
    return f"kmeans_fast: core on {config.isa()} of {', '.join(config.available_isas())}"


@pytest.fixture(scope="session")
def core():
    """The compiled backend. Its tests fail where it is missing: skipping would hide it."""
    try:
        return backend_modules("_core")
    except ImportError as error:
        pytest.fail(f"the compiled core is not installed (pip install .): {error}")


@pytest.fixture(scope="session")
def reference():
    """The NumPy backend, the oracle."""
    return backend_modules("_reference")


@pytest.fixture(scope="session")
def isas(core):
    """Names of the instruction sets that this machine can run."""
    return importlib.import_module("kmeans_fast._core.config").available_isas()
