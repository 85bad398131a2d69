"""Rows that are read past the page cache are the rows of the file, wherever they begin and end."""

import errno
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmeans_fast.sources import RawRows, raw, read_ranges

N_ROWS, N_FEATURES = 5000, 3


def write(path, offset, dtype=np.float32):
    """A file of rows behind ``offset`` other bytes, and the rows."""
    x = np.random.default_rng(0).random((N_ROWS, N_FEATURES)).astype(dtype)
    path.write_bytes(bytes(offset) + x.tobytes())
    return x


def is_direct(rows):
    """Whether the system can read this file past the page cache."""
    buffer = rows.buffer(10)
    return rows._direct is not None and rows._read_direct(0, 120, buffer)


@settings(max_examples=60)
@given(
    offset=st.sampled_from([0, 4, 128, 4096, 5000, 8188, 3]),
    bounds=st.lists(st.integers(0, N_ROWS), min_size=2, max_size=2),
    direct=st.booleans(),
)
def test_any_range(tmp_path_factory, offset, bounds, direct):
    path = tmp_path_factory.mktemp("direct") / "x.bin"
    x = write(path, offset)
    start, stop = sorted(bounds)
    with RawRows(path, N_ROWS, N_FEATURES, x.dtype, offset=offset, drop_cache=direct) as rows:
        found = rows.read_into(start, stop, rows.buffer(stop - start))
        np.testing.assert_array_equal(found, x[start:stop])
        assert found.flags.c_contiguous
        np.testing.assert_array_equal(rows.read_into(N_ROWS - 1, N_ROWS, rows.buffer(1)), x[-1:])


def test_nothing_is_copied_through_the_page_cache(tmp_path, monkeypatch):
    x = write(tmp_path / "x.bin", 128)
    with RawRows(tmp_path / "x.bin", N_ROWS, N_FEATURES, x.dtype, offset=128) as rows:
        if not is_direct(rows):
            pytest.skip("this file system reads through the page cache")
        monkeypatch.setattr(RawRows, "read", None)
        ranges = [(0, 1000), (1000, 5000), (17, 18)]
        for (start, stop), (found, _) in zip(ranges, read_ranges(rows, ranges), strict=True):
            np.testing.assert_array_equal(found, x[start:stop])


@pytest.mark.parametrize("failure", ["refused", "short", "none"])
def test_where_direct_reads_fail_others_do_it(tmp_path, monkeypatch, failure):
    x = write(tmp_path / "x.bin", 128)
    read_at = raw.read_at
    with RawRows(tmp_path / "x.bin", N_ROWS, N_FEATURES, x.dtype, offset=128) as rows:
        if failure == "none":
            rows._direct = None

        def failing(descriptor, out, offset):
            if rows._direct is None or descriptor != rows._direct.descriptor:
                return read_at(descriptor, out, offset)
            if failure == "refused":
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            return read_at(rows.file.descriptor, out[:100], offset)

        monkeypatch.setattr(raw, "read_at", failing)
        np.testing.assert_array_equal(rows.read_into(3, 4000, rows.buffer(3997)), x[3:4000])


def test_a_file_that_is_cut_off(tmp_path):
    x = write(tmp_path / "x.bin", 128)
    with RawRows(tmp_path / "x.bin", N_ROWS, N_FEATURES, x.dtype, offset=128) as rows:
        os.truncate(tmp_path / "x.bin", 30_000)
        with pytest.raises(OSError, match=r"x\.bin ends after 30000 bytes, expected at least"):
            rows.read_into(0, N_ROWS, rows.buffer(N_ROWS))
        with pytest.raises(ValueError, match="has changed since it was opened"):
            rows.read_into(0, 10, rows.buffer(10))
