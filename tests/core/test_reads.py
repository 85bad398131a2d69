"""Kernels load whole vectors, but never read beyond the last row or center."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from processes import search_path

PROGRAM = Path(__file__).with_name("read_at_a_page_end.py")


@pytest.mark.skipif(sys.platform == "win32", reason="memory is protected with mprotect")
def test_nothing_is_read_past_the_end(core):
    environment = os.environ | {"PYTHONPATH": search_path(PROGRAM.parents[1])}
    command = [sys.executable, PROGRAM]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "read no further" in result.stdout
