"""Imports go one way: a layer imports only lower layers, and only certain other packages."""

import ast
import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

from kmeans_fast._backend import MODULES

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "kmeans_fast"

# From the lowest layer up; the parts of one layer do not import each other. "" is the package
# itself: it loads its names on demand from all layers below `cli`.
LAYERS = (
    ("_names", "_typing", "_sizes", "_containers", "exceptions"),
    ("_core", "_reference"),
    ("_backend",),
    ("_threads", "_chunks", "_interruptible_sort", "_magnitudes", "exact"),
    ("_csr",),
    ("_validate", "_config", "c_api"),
    ("assigners", "sources"),
    ("executors",),
    ("progress",),
    ("algorithms",),
    ("functions", "estimators"),
    ("",),
    ("cli",),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}

# Packages that a part may import besides the standard library and NumPy.
OTHERS = {
    "estimators": {"sklearn"},
    "algorithms": {"scipy"},
    "progress": {"rich"},
    "sources": {"pyarrow"},
    "cli": {"sklearn", "typer", "rich", "pyarrow"},
}


def part_of(module):
    """The part of the package that a module such as ``kmeans_fast._core.assign`` belongs to."""
    return (module.split(".") + [""])[1]


def module_name(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def python_imports(path):
    """Absolute names of all imports in a Python file, also inside functions."""
    package = module_name(path).split(".")
    if path.stem != "__init__":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*base, *filter(None, [node.module])])
            if base == "kmeans_fast":
                yield from (f"{base}.{alias.name}" for alias in node.names)
            else:
                yield base


def cython_imports(path):
    """The same for a Cython file, approximately: names after ``from`` and ``(c)import``."""
    package = module_name(path).split(".")[:-1]
    text = path.read_text(encoding="utf-8")
    for dots, name in re.findall(r"^\s*(?:from|c?import)\s+(\.*)([\w.]*)", text, re.MULTILINE):
        base = package[: len(package) - len(dots) + 1] if dots else []
        yield ".".join([*base, *filter(None, [name])])


def all_imports():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield from ((path, name) for name in python_imports(path))
    for path in sorted([*PACKAGE.rglob("*.pyx"), *PACKAGE.rglob("*.pxd")]):
        yield from ((path, name) for name in cython_imports(path))


IMPORTS = list(all_imports())


def test_every_part_has_a_layer():
    parts = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.parent.name for path in PACKAGE.glob("*/__init__.py")
    }
    assert parts - {"__init__"} <= set(LEVEL)


def test_imports_inside_the_package_go_down():
    wrong = []
    for path, name in IMPORTS:
        if name.split(".")[0] != "kmeans_fast":
            continue
        here, there = part_of(module_name(path)), part_of(name)
        # This is a name of the package (`from kmeans_fast import KMeans`), not a module.
        there = there if there in LEVEL else ""
        if here != there and LEVEL[here] <= LEVEL[there]:
            wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []


def test_other_packages_stay_where_they_are_needed():
    wrong = []
    for path, name in IMPORTS:
        package = name.split(".")[0]
        allowed = {"kmeans_fast", "numpy", *OTHERS.get(part_of(module_name(path)), ())}
        if path.suffix in {".pyx", ".pxd"}:
            allowed |= {"cython", "libc", "cpython", "openmp"}
        if package not in allowed and package not in sys.stdlib_module_names:
            wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == []


def test_scikit_learns_own_clustering_is_never_loaded():
    assert [(path, name) for path, name in IMPORTS if name.startswith("sklearn.cluster")] == []


def test_the_kernels_need_neither_python_nor_memory_nor_threads():
    files = [*ROOT.glob("csrc/**/*.[ch]")]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"Python\.h|omp\.h|#pragma omp|\b[mc]alloc\(", text), path


def functions(package, module):
    """Public functions that a module of ``_core`` or ``_reference`` defines."""
    module = importlib.import_module(f"kmeans_fast.{package}.{module}")
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and callable(value)
        and getattr(value, "__module__", None) == module.__name__
    }


@pytest.mark.parametrize("module", MODULES)
def test_core_and_reference_have_the_same_functions(module):
    pytest.importorskip("kmeans_fast._core.config", reason="the compiled core is not installed")
    core = functions("_core", module)
    reference = functions("_reference", module)
    assert core
    for name, function in core.items():
        assert name in reference
        if isinstance(function, type):  # Cython's classes have no signature
            continue
        ours, theirs = (list(inspect.signature(f).parameters) for f in (function, reference[name]))
        assert ours == theirs, name
    used = set()
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(rf"\b_backend\.{module}\.(\w+)", text))
    assert used <= set(core)
