"""The installed modules export only their PyInit_*, and run on any x86-64 processor."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "tools" / "check_binaries.py"
TOOLS = ("nm", "readelf", "objdump")


@pytest.fixture(scope="module")
def tool():
    if sys.platform != "linux" or any(shutil.which(name) is None for name in TOOLS):
        pytest.skip("needs Linux with nm, readelf and objdump (binutils)")
    spec = importlib.util.spec_from_file_location("check_binaries", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def folder_of(name):
    return Path(importlib.import_module(name).__file__).parent


def test_modules(tool):
    core = folder_of("kmeans_fast._core._kernels")
    assert tool.check(core) == []
    # an editable installation has no such folder
    assert tool.check(folder_of("kmeans_fast.c_api")) == []


def test_the_check_sees_what_it_looks_for(tool, monkeypatch):
    """Without the tables, every wide instruction is reported, and so is a second export."""
    kernels = Path(importlib.import_module("kmeans_fast._core._kernels").__file__)
    monkeypatch.setattr(tool, "exports", lambda path: {"PyInit__kernels", "kmf_assign_rows_f32"})
    monkeypatch.setattr(tool, "table_entries", lambda path, tables: iter(()))
    wrong = tool.check(kernels.parent)
    assert any("exports ['PyInit__kernels', 'kmf_assign" in line for line in wrong)
    if "x86-64" in tool.run("readelf", "-h", kernels).lower():
        assert any("mm" in line for line in wrong)
