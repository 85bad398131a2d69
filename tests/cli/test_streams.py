"""The files are written whatever happens to standard output and error."""

import io
import os
import subprocess
import sys

import numpy as np
import pytest

from kmeans_fast.cli import main
from kmeans_fast.cli.results import FILES

PROGRAM = f"{sys.executable} -P -m kmeans_fast.cli"
posix = pytest.mark.skipif(os.name != "posix", reason="needs a shell")


@pytest.fixture
def data(tmp_path):
    """A file whose fit gives a warning, which goes to standard error."""
    path = tmp_path / "x.npy"
    np.save(path, np.ones((10, 2)))
    return path


def shell(line, **options):
    """Run a line of a shell; exit code, stdout, stderr."""
    done = subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, timeout=120, check=False, **options
    )
    return done.returncode, done.stdout, done.stderr


def assert_written(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert (folder / "labels.csv").read_text("utf-8").count("\n") == 11


@posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "1</dev/null"])
def test_closed(data, tmp_path, closed):
    out = tmp_path / "out"
    code, text, err = shell(f"{PROGRAM} fit {data} -k 3 --out {out} {closed}")
    assert code == 0
    assert "Traceback" not in err
    assert ("warning" in err) == ("2>&-" not in closed)
    assert ("10 rows" in text) == (closed == "2>&-")
    assert_written(out)


@posix
@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_a_reader_that_ends(data, tmp_path, reader):
    out = tmp_path / "out"
    line = f"({PROGRAM} fit {data} -k 3 --out {out}; echo code $? >&2) | {reader}"
    _, _, err = shell(line)
    assert err.endswith("code 0\n")
    assert err.count("\n") == 2, err  # the warning, and the code
    assert_written(out)


@posix
def test_errors_keep_their_code(tmp_path):
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        assert shell(f"{PROGRAM} fit {tmp_path / 'none.npy'} -k 3 {closed}")[0] == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux")  # noqa: PTH110
def test_a_full_disk_is_told(data, tmp_path):
    out = tmp_path / "out"
    code, _, err = shell(f"{PROGRAM} fit {data} -k 3 --out {out} > /dev/full")
    assert code == 2
    assert err.endswith("kmeans-fast: error: standard output: No space left on device\n")
    assert "Traceback" not in err
    assert_written(out)
    assert shell(f"{PROGRAM} fit {data} -k 3 --out {tmp_path / 'two'} 2> /dev/full")[0] == 0
    assert_written(tmp_path / "two")


class OnlyWrite:
    """A stream as simple as can be."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text


def closed_text():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("make", [io.StringIO, OnlyWrite, closed_text, lambda: None])
def test_streams_of_a_caller(monkeypatch, data, tmp_path, make):
    streams = make(), make()
    arguments = ["kmeans-fast", "fit", str(data), "-k", "3", "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    assert main() == 0
    assert (sys.stdout, sys.stderr) == streams
    assert_written(tmp_path / "out")
    if make is OnlyWrite:
        assert "10 rows" in streams[0].text
        assert "warning" in streams[1].text


def test_letters_that_a_stream_does_not_have(monkeypatch, tmp_path):
    (tmp_path / "x.csv").write_text("größe,b\n1,2\n3,4\n", encoding="utf-8")
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    monkeypatch.setattr(sys, "argv", ["kmeans-fast", "fit", str(tmp_path / "x.csv"), "-k", "2"])
    assert main() == 0
    assert b"gr??e" in raw.getvalue()
