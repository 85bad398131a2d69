"""The import is quick and light, and respects the choice of a backend."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kmeans_fast

PACKAGE = Path(kmeans_fast.__file__).parent


def run(script, **environment):
    """Run a script in a new interpreter; return its standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.strip(), done.stderr


LOADED = "import sys; print(*(m for m in {names} if m in sys.modules))"
HEAVY = ["sklearn", "scipy", "rich", "typer", "pyarrow", "pandas"]


def test_import_loads_nothing_else():
    assert run(f"import kmeans_fast; {LOADED.format(names=HEAVY)}")[0] == ""


def test_functions_need_numpy_only():
    script = f"""
import kmeans_fast
x = [[0.0], [1.0], [5.0]]
result = kmeans_fast.kmeans(x, 2, init="density")
kmeans_fast.assign(x, result.centers)
kmeans_fast.kmeans_plusplus(x, 2)
kmeans_fast.show_config(mode="dicts")
assert "numpy" in __import__("sys").modules
{LOADED.format(names=HEAVY)}
"""
    assert run(script)[0] == ""


def test_the_estimator_loads_scikit_learn_without_its_clustering():
    script = f"""
import kmeans_fast
kmeans_fast.KMeans(2).fit([[0.0], [1.0], [5.0]]).predict([[3.0]])
{LOADED.format(names=["sklearn", "sklearn.cluster"])}
"""
    assert run(script)[0] == "sklearn"


def test_all_names_can_be_had():
    assert set(kmeans_fast.__all__) <= set(dir(kmeans_fast))
    for name in kmeans_fast.__all__:
        value = getattr(kmeans_fast, name)
        assert name == "__version__" or value is not None
    with pytest.raises(AttributeError, match="module 'kmeans_fast' has no attribute 'Kmeans'"):
        _ = kmeans_fast.Kmeans


def test_stub_sends_to_where_each_name_is_defined():
    """So an editor finds docstring and source; stubtest (`.ci/run`) compares what they say."""
    homes, others = {}, []
    for node in ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1
            assert all(alias.asname == alias.name for alias in node.names)
            homes |= {alias.name: node.module for alias in node.names}
        else:
            others.append(ast.unparse(node))
    assert homes == kmeans_fast._HOME
    assert others == ["__version__: str | None", f"__all__ = {sorted(kmeans_fast.__all__)}"]
    assert (PACKAGE / "py.typed").exists()


SHOW = "from kmeans_fast import _backend; print(_backend.name)"


def test_reference_on_request():
    assert run(SHOW, KMEANS_FAST_BACKEND="reference") == ("reference", "")


def test_unknown_backend():
    script = f"""
try:
    {SHOW}
except ValueError as error:
    print(error)
"""
    text = "KMEANS_FAST_BACKEND must be 'core' or 'reference', got 'cuda'."
    assert run(script, KMEANS_FAST_BACKEND="cuda")[0] == text


MISSING = """
import sys
sys.modules["kmeans_fast._core"] = None
"""


def copied(tmp_path):
    """Script that imports a copy of the package without its core, instead of the package."""
    ignored = shutil.ignore_patterns("_core", "meson.build")
    shutil.copytree(PACKAGE, tmp_path / "kmeans_fast", ignore=ignored)
    return f"""
import sys, warnings
warnings.simplefilter("always")
sys.meta_path = [finder for finder in sys.meta_path if type(finder).__name__ != "MesonpyMetaFinder"]
sys.path.insert(0, {str(tmp_path)!r})
"""


def test_missing_core_warns_once_and_works(tmp_path):
    script = copied(tmp_path)
    script += SHOW + "; import kmeans_fast; kmeans_fast.kmeans([[0.0], [2.0]], 1)"
    name, warned = run(script, KMEANS_FAST_BACKEND="")
    assert name == "reference"
    assert warned.count("RuntimeWarning: kmeans_fast runs without its compiled core") == 1
    assert "Reinstall kmeans-fast with a C compiler at hand" in warned


def test_the_source_tree_is_refused_until_it_is_built(tmp_path):
    script = copied(tmp_path)
    (tmp_path / "kmeans_fast" / "meson.build").touch()
    guarded = f"{script}\ntry:\n    {SHOW}\nexcept ImportError as error:\n    print(error)"
    told, warned = run(guarded, KMEANS_FAST_BACKEND="")
    assert "is the source tree of kmeans_fast" in told
    assert "pip install --editable ." in told
    assert warned == ""
    assert run(script + SHOW, KMEANS_FAST_BACKEND="reference") == ("reference", "")


def test_missing_core_on_request_is_an_error():
    script = f"{MISSING}\ntry:\n    {SHOW}\nexcept ImportError:\n    print('no core')"
    assert run(script, KMEANS_FAST_BACKEND="core")[0] == "no core"
