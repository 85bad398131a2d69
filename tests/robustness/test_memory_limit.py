"""With too little address space a call gives MemoryError or a result; the process continues."""

import sys
from pathlib import Path

import pytest

from processes import run_script

HERE = Path(__file__).parent
ALLOCATOR = {
    "MALLOC_ARENA_MAX": "1",  # those of other threads reserve 64 MiB each, before the limit
    "MALLOC_MMAP_THRESHOLD_": "65536",
    "MALLOC_TRIM_THRESHOLD_": "0",
}

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="limits of address space are Linux's"
)


def test_every_entry_point_under_every_limit():
    lines = run_script(HERE / "sweep_memory.py", timeout=600, **ALLOCATOR).splitlines()
    failures = {name: int(count.split(" of ")[0]) for name, count in (x.split(": ") for x in lines)}
    assert len(failures) > 20
    # without a MemoryError, no limit was low enough to test anything
    assert all(count > 0 for count in failures.values()), failures


NO_THREADS = f"""
import resource, sys
sys.path.insert(0, {str(HERE)!r})
from fits import digest
from kmeans_fast import _threads
expected = digest(n_threads=1)
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
# no room for a stack of 8 MiB
resource.setrlimit(resource.RLIMIT_AS, (used + (6 << 20), hard))
assert _threads.effective_threads(4, 1 << 40) == 1
assert digest() == expected
resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
assert _threads.effective_threads(4, 1 << 40) == 4
assert digest() == expected
"""


def test_without_room_for_threads_there_is_one():
    """OpenMP's runtime ends the process if it cannot start a thread; we avoid that."""
    run_script(NO_THREADS)


def test_stacks_of_another_size_count():
    run_script(NO_THREADS.replace("6 << 20", "40 << 20"), OMP_STACKSIZE="64M")


def test_without_processes_to_spare_there_is_one():
    """RLIMIT_NPROC counts threads. It does not apply to root, so the test uses another user."""
    run_script(
        f"""
import os, resource, sys
sys.path.insert(0, {str(HERE)!r})
from fits import digest
from kmeans_fast import _threads
expected = digest(n_threads=1)
if os.getuid() == 0:
    os.setuid(65534)
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
assert _threads.effective_threads(4, 1 << 40) == 1
assert digest() == expected
"""
    )
