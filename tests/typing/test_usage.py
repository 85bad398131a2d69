"""The types that users see, on what users write."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USAGE = Path(__file__).with_name("usage.py")


def run(*arguments, **environment):
    done = subprocess.run(
        [sys.executable, "-P", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_type_checker_accepts_it():
    pytest.importorskip("mypy", reason='needs mypy: pip install "kmeans-fast[lint]"')
    run("-m", "mypy", "--config-file", "pyproject.toml", USAGE)


def test_it_runs():
    run(USAGE)
