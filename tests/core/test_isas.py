"""From the same start, labels, inertia and centers are the same on every instruction set."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("print_digests.py")


def digests(isa):
    """Lines of print_digests in a process that may use no more than ``isa``."""
    environment = os.environ | {"KMEANS_FAST_ISA": isa, "PYTHONPATH": search_path()}
    command = [sys.executable, PROGRAM]
    lines = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return lines.stdout.splitlines()


def search_path():
    """PYTHONPATH of this process, and the folder of these tests' shared modules."""
    return os.pathsep.join([str(PROGRAM.parents[1]), os.environ.get("PYTHONPATH", "")])


def test_instruction_sets_agree_to_the_bit(isas):
    first, *others = [digests(isa) for isa in isas]
    assert first[0] == isas[0]
    assert len(first) > 100
    for isa, lines in zip(isas[1:], others, strict=True):
        assert lines[0] == isa
        assert lines[1:] == first[1:]


def test_an_unknown_instruction_set_is_refused():
    environment = os.environ | {"KMEANS_FAST_ISA": "z80"}
    command = [sys.executable, "-c", "import kmeans_fast._core.config"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "z80" in result.stderr
    assert "KMEANS_FAST_ISA" in result.stderr
