"""Raw rows: any range into the caller's memory, and clear errors where the file ends."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmeans_fast.sources import RawRows, raw

X = np.arange(60.0).reshape(20, 3)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "x.raw").write_bytes(b"12345" + X.tobytes())
    return tmp_path / "x.raw"


@given(start=st.integers(0, 20), length=st.integers(0, 20), more=st.integers(0, 3))
def test_any_range(tmp_path_factory, start, length, more):
    stop = min(start + length, 20)
    path = tmp_path_factory.mktemp("raw") / "x.raw"
    path.write_bytes(b"12345" + X.tobytes())
    with RawRows(path, 20, 3, np.float64, offset=5) as rows:
        out = rows.empty(stop - start + more)
        out[:] = -1
        found = rows.read(start, stop, out)
        assert np.shares_memory(found, out) or stop == start
        np.testing.assert_array_equal(found, X[start:stop])
        assert (out[stop - start :] == -1).all()


def test_short_reads_go_on(path, monkeypatch):
    monkeypatch.setattr(raw, "PORTION", 7)
    with RawRows(path, 20, 3, np.float64, offset=5) as rows:
        np.testing.assert_array_equal(rows.read(0, 20, rows.empty(20)), X)


def test_single_values(path):
    with RawRows(path, 60, None, np.float64, offset=5) as values:
        np.testing.assert_array_equal(values.read(7, 9, values.empty(2)), [7, 8])


def test_a_file_that_is_too_short(path):
    rows = RawRows(path, 21, 3, np.float64, offset=5)
    with pytest.raises(OSError, match=r"x\.raw ends after 485 bytes, expected at least 509"):
        rows.read(20, 21, rows.empty(1))


@pytest.mark.parametrize("span", [(-1, 2), (3, 2), (0, 21)])
def test_rows_that_are_not_there(path, span):
    rows = RawRows(path, 20, 3, np.float64, offset=5)
    with pytest.raises(ValueError, match="are not among the 20 rows"):
        rows.read(*span, rows.empty(20))


@pytest.mark.parametrize(
    "out",
    [
        np.empty((1, 3)),
        np.empty((2, 2)),
        np.empty((2, 3), np.float32),
        np.empty((3, 2)).T,
        np.empty(6),
    ],
)
def test_memory_that_does_not_fit(path, out):
    rows = RawRows(path, 20, 3, np.float64, offset=5)
    with pytest.raises(ValueError, match="out must be C-contiguous float64 with 2 rows"):
        rows.read(0, 2, out)


def test_a_closed_file_is_not_read(path):
    rows = RawRows(path, 20, 3, np.float64, offset=5)
    rows.close()
    rows.close()
    with path.open("rb"), pytest.raises(ValueError, match="is closed"):
        rows.read(0, 1, rows.empty(1))


def test_offsets_beyond_4_gib(tmp_path):
    with (tmp_path / "x.raw").open("wb") as file:
        file.seek(5 << 30)
        file.write(X.tobytes())
    with RawRows(tmp_path / "x.raw", 5 * (1 << 27) // 3, 3, np.float64, offset=8) as rows:
        n = ((5 << 30) - 8) // 24
        np.testing.assert_array_equal(rows.read(n, n, rows.empty(0)), X[:0])
    with RawRows(tmp_path / "x.raw", 20, 3, np.float64, offset=5 << 30) as rows:
        np.testing.assert_array_equal(rows.read(0, 20, rows.empty(20)), X)


CACHED = """
import sys, mmap, ctypes, numpy as np
from pathlib import Path
from kmeans_fast.sources import RawRows

def cached(path):
    with open(path, "r+b") as file:
        memory = mmap.mmap(file.fileno(), 0)
        pages = -(-len(memory) // mmap.PAGESIZE)
        state = (ctypes.c_ubyte * pages)()
        view = np.frombuffer(memory, np.uint8)
        address, length = ctypes.c_void_p(view.ctypes.data), ctypes.c_size_t(len(memory))
        assert ctypes.CDLL(None).mincore(address, length, state) == 0
        return sum(x & 1 for x in state) / pages

path, drop = Path(sys.argv[1]), sys.argv[2] == "drop"
rows = RawRows(path, 8000, 1000, np.float64, drop_cache=drop)
for start in range(0, 8000, 37):
    rows.read(start, min(start + 37, 8000), rows.empty(min(37, 8000 - start)))
print(cached(path))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mincore and its pages")
def test_pages_that_were_read_are_dropped():
    # Not below /tmp, which may be a file system in memory: its pages cannot be dropped.
    path = Path(f"/var/tmp/kmeans_fast-test-{os.getpid()}.raw")
    try:
        with path.open("wb") as file:
            file.write(bytes(64_000_000))
            file.flush()
            os.fsync(file.fileno())
        shares = {
            drop: float(
                subprocess.run(
                    [sys.executable, "-P", "-c", CACHED, path, drop],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
            )
            for drop in ("keep", "drop")
        }
    finally:
        path.unlink()
    if shares["keep"] < 0.9:
        pytest.skip("this file system keeps no pages")
    assert shares["drop"] < 0.2  # the file has 64 MB, DROP_BYTES and LARGEST_PAGES have 12
