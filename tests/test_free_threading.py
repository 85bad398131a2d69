"""No call changes a global of a module, so several Python threads can share the modules."""

import importlib
import pkgutil
import types

import numpy as np
import pytest

import kmeans_fast

CONSTANT = (int, float, complex, str, bytes, bool, type(None), types.FunctionType, type)


def all_modules():
    return [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(kmeans_fast.__path__, "kmeans_fast.")
        if "cli" not in found.name
    ]


def state(modules):
    """For each global of each module its identity, and its content if that can change."""
    return {
        (module.__name__, name): (id(value), None if isinstance(value, CONSTANT) else repr(value))
        for module in modules
        for name, value in vars(module).items()
        if not name.startswith("__")
    }


def use_everything():
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        x = rng.normal(size=(1000, 3)).astype(dtype)
        for algorithm in kmeans_fast.ALGORITHMS:
            data = x[:, :1].copy() if algorithm == "sorted" else x
            kmeans_fast.kmeans(data, 20, algorithm=algorithm, max_iter=3, rng=0)
        kmeans_fast.kmeans_plusplus(x, 5, random_state=0)
        kmeans_fast.KMeans(4, random_state=0, n_init=2).fit(x).transform(x)
    kmeans_fast.kmeans_1d(x[:, 0], 3)


@pytest.mark.filterwarnings("ignore::kmeans_fast.ConvergenceWarning")
def test_no_call_changes_a_global():
    modules = all_modules()
    use_everything()  # load everything that is loaded on demand
    before = state(modules)
    use_everything()
    after = state(modules)
    assert len(before) > 300
    assert {key for key in before | after if before.get(key) != after.get(key)} == set()
