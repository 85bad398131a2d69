"""Fixtures of all tests: the two backends, and the instruction sets of this machine."""

import importlib
import os
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import settings

# A busy machine must not fail a test, and a failure in CI must be reproducible here.
settings.register_profile("kmeans_fast", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("kmeans_fast")


def backend_modules(package):
    """The modules of ``kmeans_fast._core`` or ``kmeans_fast._reference`` by their names."""
    names = importlib.import_module("kmeans_fast._backend").MODULES
    return SimpleNamespace(
        **{name: importlib.import_module(f"kmeans_fast.{package}.{name}") for name in names}
    )


def pytest_report_header():
    """Report the instruction set that this run tests."""
    try:
        config = importlib.import_module("kmeans_fast._core.config")
    except ImportError as error:
        return f"kmeans_fast: no compiled core ({error})"
    return f"kmeans_fast: core on {config.isa()} of {', '.join(config.available_isas())}"


@pytest.fixture(scope="session")
def core():
    """The compiled backend. Its tests fail if it is missing; skipping them would hide that."""
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


@pytest.fixture
def blobs():
    """Function that draws rows around k centers: (n, d, k, dtype, seed) -> (n, d)."""

    def make(n=300, d=4, k=5, dtype=np.float64, seed=0, spread=3.0):
        rng = np.random.default_rng(seed)
        centers = rng.uniform(-spread, spread, (k, d))
        return (centers[rng.integers(0, k, n)] + rng.standard_normal((n, d))).astype(dtype)

    return make


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """Each of the two float types."""
    return request.param


@pytest.fixture(
    params=[(offset, d) for offset in (1000, 3000, 10000) for d in (8, 128)],
    ids=lambda p: f"offset{p[0]}-d{p[1]}",
)
def offset_blobs(request):
    """Two pairs of blobs at plus and minus ``offset`` times the separation of a pair.

    Rows (float32), true labels and true centers. The blobs of a pair are 20 standard deviations
    apart in every relevant direction, so the nearest true center gives the true label.
    """
    offset, d = request.param
    rng = np.random.default_rng(d)
    across = rng.standard_normal(d)
    across *= 0.5 / np.linalg.norm(across)
    centers = np.stack([offset + across, offset - across, -offset + across, -offset - across])
    labels = np.repeat(np.arange(4, dtype=np.int32), 50)
    x = centers[labels] + 0.05 * rng.standard_normal((200, d))
    return x.astype(np.float32), labels, centers
