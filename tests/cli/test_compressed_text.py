"""Compressed text tables: the content shows the compression, whatever the name."""

import bz2
import gzip
import io
import lzma
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from kmeans_fast.cli.messages import UserError
from kmeans_fast.cli.tables import read_table


def arrow_compress(kind):
    def compress(data):
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, kind) as stream:
            stream.write(data)
        return sink.getvalue().to_pybytes()

    return compress


def zipped(data):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("x.csv", data)
    return sink.getvalue()


COMPRESSIONS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": arrow_compress("zstd"),
}
N_ROWS = 300_000


@pytest.fixture(scope="module")
def text():
    return b"a,b\n" + b"".join(b"%d,%d.5\n" % (i, i) for i in range(N_ROWS))


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_compressed_files(tmp_path, suffix, text):
    content = COMPRESSIONS[suffix](text)
    for name in (f"x.csv.{suffix}", f"x.TXT.{suffix.upper()}", "x.csv"):
        (tmp_path / name).write_bytes(content)
        table = read_table(tmp_path / name)
        assert table.columns == ("a", "b")
        np.testing.assert_array_equal(table.values[:, 0], np.arange(N_ROWS))
        np.testing.assert_array_equal(table.values[:, 1], np.arange(N_ROWS) + 0.5)


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_streams_after_one_another_are_one_file(tmp_path, suffix):
    compress = COMPRESSIONS[suffix]
    (tmp_path / "x.csv").write_bytes(compress(b"a,b\n1,2\n") + compress(b"3,4\n"))
    np.testing.assert_array_equal(read_table(tmp_path / "x.csv").values, [[1, 2], [3, 4]])


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_a_cut_file_is_refused(tmp_path, suffix, text):
    content = COMPRESSIONS[suffix](text)
    for end in (len(content) - 4, len(content) // 2, 12):
        (tmp_path / "x.csv").write_bytes(content[:end])
        with pytest.raises(UserError, match=r"x\.csv: cannot be read as text: .*(ended|[Tt]runc)"):
            read_table(tmp_path / "x.csv")


@pytest.mark.parametrize(
    ("compress", "words"),
    [
        (arrow_compress("lz4"), "compressed by lz4: only .gz, .bz2, .xz and .zst are read"),
        (zipped, "a zip archive (also Excel's .xlsx), not text: unpack it"),
        (lambda _: b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7z archive"),
        (lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook"),
    ],
)
def test_other_files_are_named(tmp_path, compress, words):
    (tmp_path / "x.csv").write_bytes(compress(b"a,b\n1,2\n"))
    with pytest.raises(UserError) as caught:
        read_table(tmp_path / "x.csv")
    assert f"x.csv: is {words}" in str(caught.value)
    (tmp_path / "x.csv.lz4").write_bytes(b"")
    with pytest.raises(UserError, match=r"or text compressed as \.gz, \.bz2, \.xz, \.zst$"):
        read_table(tmp_path / "x.csv.lz4")
