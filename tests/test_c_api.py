"""The C header, its table and its page; tools/check_wheel.sh builds and runs a package on them."""

import ctypes
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import kmeans_fast
from kmeans_fast.assigners.grid import make_grid

ROOT = Path(__file__).parents[1]
HEADER = Path(kmeans_fast.get_include(), "kmeans_fast.h")
C_API = pytest.importorskip("kmeans_fast.c_api", reason="the compiled core is not installed")


class Head(ctypes.Structure):
    """The part of the table that no version may change."""

    _fields_ = [("major", ctypes.c_int32), ("minor", ctypes.c_int32)]


def pointer():
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return get(C_API.table, b"kmeans_fast.c_api.table")


def functions():
    """Names of the table in order, and their addresses."""
    table = re.search(r"typedef struct \{(.*?)\} kmf_api;", HEADER.read_text(), re.DOTALL)[1]
    names = re.findall(r"\(\*(\w+)\)", table)
    start = pointer() + ctypes.sizeof(Head)
    return dict(zip(names, (ctypes.c_void_p * len(names)).from_address(start), strict=True))


def test_the_version_is_stated_alike():
    head = Head.from_address(pointer())
    stated = re.findall(r"#define KMEANS_FAST_API_M\w+ (\d+)", HEADER.read_text())
    assert C_API.version == (head.major, head.minor) == tuple(map(int, stated))


def test_the_table_is_full():
    addresses = functions()
    assert len(addresses) == 16
    assert all(addresses.values())
    assert len(set(addresses.values())) == len(addresses)


def double_pointer(array):
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


@pytest.mark.parametrize(
    ("largest", "n", "weights"),
    [
        ([1.0, 0.0, 3e-320, 1e308], 1, None),
        ([0.75, 1024.0], 2**20, None),
        ([5.0], 2**20 + 1, None),
        ([5.0], 2**31 - 1, (1e9, 7.0)),
        ([1.0, 2.0], 100, (30.0, 0.3)),
        ([1.0], 100, (1e-10, 1e-12)),
        ([1.0], 5, (5.0, 1.0)),
    ],
)
def test_the_grid_is_that_of_the_algorithms(largest, n, weights):
    c_double, pointers = ctypes.c_double, ctypes.POINTER(ctypes.c_double)
    function = ctypes.CFUNCTYPE(
        None, pointers, ctypes.c_int64, ctypes.c_int64, c_double, c_double, pointers
    )(functions()["make_grid_f64"])
    values, grid = np.array(largest), np.empty(len(largest) + 3)
    total, most = (n, 1.0) if weights is None else weights
    function(double_pointer(values), len(largest), n, total, most, double_pointer(grid))
    expected = make_grid(values, n, *(weights or ()))
    assert np.array_equal(grid[:-2], expected.scale)
    assert tuple(grid[-2:]) == (expected.low_scale, expected.weight_scale)


COMPILERS = [
    ("gcc", "-std=c99", "c"),
    ("gcc", "-std=c11", "c"),
    ("g++", "-std=c++11", "c++"),
    ("clang", "-std=c11", "c"),
    ("clang++", "-std=c++11", "c++"),
]


@pytest.mark.parametrize(("compiler", "standard", "language"), COMPILERS)
def test_the_header_compiles_alone(compiler, standard, language):
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    command = [compiler, standard, "-x", language, "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    # as the main file, a header would cause a warning
    done = subprocess.run(
        [*command, "-pedantic", "-"],
        input=f'#include "{HEADER}"\n',
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_shows_the_package_that_is_tested():
    page = (ROOT / "docs" / "c_api.md").read_text(encoding="utf-8")
    shown = re.findall(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert {name for name, _ in shown} == {
        "palette.py",
        "lloyd.pyx",
        "nearest.c",
        "meson.build",
        "pyproject.toml",
    }
    assert page.count("```") == 2 * len(shown)
    package = ROOT / "tests" / "downstream"
    for name, text in shown:
        path = package / "src" / name
        path = path if path.exists() else package / name
        assert text == path.read_text(encoding="utf-8"), name
