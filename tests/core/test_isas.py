"""From the same start, labels, inertia and centers are the same on every instruction set."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from processes import search_path

PROGRAM = Path(__file__).with_name("print_digests.py")


def digests(isa):
    """Output lines of print_digests in a process that is limited to ``isa``."""
    changed = {"KMEANS_FAST_ISA": isa, "PYTHONPATH": search_path(PROGRAM.parents[1])}
    environment = os.environ | changed
    command = [sys.executable, PROGRAM]
    lines = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return lines.stdout.splitlines()


def test_instruction_sets_agree_to_the_bit(isas):
    first, *others = [digests(isa) for isa in isas]
    assert first[0] == isas[0]
    assert len(first) > 100
    for isa, lines in zip(isas[1:], others, strict=True):
        assert lines[0] == isa
        assert lines[1:] == first[1:]


CPUINFO = Path("/proc/cpuinfo")
AVX512 = {"avx2", "fma", "avx512f", "avx512dq", "avx512bw", "avx512vl"}
NEEDS = {"avx2": {"avx2", "fma"}, "avx512": AVX512, "avx512vnni": AVX512 | {"avx512_vnni"}}


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not CPUINFO.exists(), reason="Linux on x86-64 says it"
)
def test_what_the_processor_has_is_what_the_system_says(isas):
    has = set(re.search(r"^flags\s*: (.*)", CPUINFO.read_text(), re.MULTILINE)[1].split())
    assert isas == ("baseline", *(isa for isa, flags in NEEDS.items() if flags <= has))


def test_an_unknown_instruction_set_is_refused():
    environment = os.environ | {"KMEANS_FAST_ISA": "z80"}
    command = [sys.executable, "-P", "-c", "import kmeans_fast._core.config"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "z80" in result.stderr
    assert "KMEANS_FAST_ISA" in result.stderr
