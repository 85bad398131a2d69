"""Run the command in this process, or in a process of its own."""

import os
import subprocess
import sys

import numpy as np
import pytest

from processes import heed_interrupts

pytest.importorskip("typer", reason='the command needs: pip install "kmeans-fast[cli]"')
pytest.importorskip("pyarrow", reason='the command needs: pip install "kmeans-fast[cli]"')


@pytest.fixture
def command(capsys):
    """``command(*arguments)`` -> exit code, stdout, stderr; in this process."""
    from kmeans_fast.cli.command import run

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def process():
    """``process(*arguments)`` -> a running process of the command, which ends with the test."""
    started = []

    def start(*arguments, code=None, **environment):
        program = ["-c", code] if code else ["-m", "kmeans_fast.cli"]
        child = subprocess.Popen(
            [sys.executable, "-P", *program, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
            preexec_fn=heed_interrupts,  # noqa: PLW1509 -- a system call without locks
        )
        started.append(child)
        return child

    yield start
    for child in started:
        with child:
            child.kill()


@pytest.fixture
def blobs():
    """Three groups of 20 points, far from each other, and the group of each point."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(3), 20)
    return truth[:, None] * [10.0, 20.0] + rng.normal(size=(60, 2)), truth
