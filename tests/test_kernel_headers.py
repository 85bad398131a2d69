"""Every header of csrc stands alone: it compiles without a warning, whatever is included before."""

import shutil
import subprocess
from pathlib import Path

import pytest

CSRC = Path(__file__).parents[1] / "csrc"
HEADERS = sorted(CSRC.rglob("*.h"))
AVX512 = ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mavx512vnni", "-mfma"]
SETS = {"baseline": [], "avx512vnni": AVX512}


def compiles(compiler, header, real, isa):
    command = [compiler, "-std=c11", "-x", "c", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    # a source includes some headers for a part of their functions
    command += ["-Wno-unused-function", f"-DKMF_REAL={real}", *SETS[isa], "-"]
    done = subprocess.run(
        command, input=f'#include "{header}"\n', capture_output=True, text=True, check=False
    )
    return done.returncode == 0, done.stderr


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: str(path.relative_to(CSRC)))
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_header_stands_alone(compiler, header):
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}")
    machine = subprocess.run([compiler, "-dumpmachine"], capture_output=True, text=True, check=True)
    text = header.read_text(encoding="utf-8")
    for isa in SETS if machine.stdout.startswith("x86_64") else ["baseline"]:
        for real in ["32"] if "#if KMF_REAL != 32\n#error" in text else ["32", "64"]:
            assert compiles(compiler, header, real, isa) == (True, "")
