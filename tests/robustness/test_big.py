"""Arrays of more than 2^31 elements; all cases of big.py take a minute."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("big.py")
NEEDED = 4 << 30


def free_memory():
    """Free or reclaimable memory of this machine, in bytes."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))


@pytest.mark.skipif(sys.platform != "linux", reason="pages of zeros are mapped as Linux does")
@pytest.mark.parametrize("case", ["assign", "bounds"])
def test_more_elements_than_32_bits_count(case):
    if free_memory() < NEEDED or sys.maxsize < 1 << 40:
        pytest.skip("too little memory")
    result = subprocess.run(
        [sys.executable, PROGRAM, case], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert case in result.stdout
