"""Fits release all their memory."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("grow.py")
ROUNDS = 150
MOST_MEGABYTES = 4
"""Smaller than a leak of the smallest buffer, and larger than the pages that a heap keeps."""


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read from /proc")
def test_memory_does_not_grow():
    result = subprocess.run(
        [sys.executable, PROGRAM, str(ROUNDS)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) < MOST_MEGABYTES
