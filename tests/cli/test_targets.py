"""No file that is read is written, and results of other data stay unless they are forced."""

import json
import os
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kmeans_fast.cli.results import FILES

X = np.repeat([[0.0, 1.0], [5.0, 9.0]], 5, axis=0)


def assert_refused(result, *parts):
    code, _, err = result
    assert (code, err.count("\n")) == (2, 1), err
    assert err.startswith("kmeans-fast: error: ")
    for part in parts:
        assert part in err


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def data(tmp_path, monkeypatch):
    """``d/centers.csv``, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()
    np.savetxt(tmp_path / "d" / "centers.csv", X, delimiter=",", header="a,b", comments="")
    return tmp_path / "d" / "centers.csv"


class TestInputs:
    """Files that are read, by any name."""

    @pytest.mark.parametrize("name", FILES[:2])
    @pytest.mark.parametrize("force", [(), ("--force",)])
    def test_the_file_itself(self, command, data, name, force):
        data.rename(data.with_name(name))
        before = contents(data.parent)
        for path in (data.with_name(name), f"d/{name}", f"d/../d/{name}"):
            for out in ("d", data.parent, "d/../d", "./d/"):
                result = command("fit", path, "-k", 2, "--out", out, *force)
                assert_refused(result, "--out", f"{name} is read, and cannot be written")
        assert contents(data.parent) == before

    @pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
    def test_links(self, command, data, tmp_path):
        (tmp_path / "link.csv").symlink_to(data)
        (tmp_path / "hard.csv").hardlink_to(data)
        (tmp_path / "folder").symlink_to(data.parent)
        (tmp_path / "e").mkdir()
        (tmp_path / "e" / "labels.csv").symlink_to(data)
        before = contents(tmp_path)
        for path, out in [
            ("link.csv", "d"),
            ("hard.csv", "d"),
            ("d/centers.csv", "folder"),
            ("folder/centers.csv", "d"),
            ("d/centers.csv", "e"),
        ]:
            assert_refused(command("fit", path, "-k", 2, "--out", out, "--force"), "is read")
        assert contents(tmp_path) == before

    def test_a_folder_that_is_read(self, command, data, tmp_path):
        parts = tmp_path / "parts"
        (parts / "more").mkdir(parents=True)
        pq.write_table(pa.table({"a": X[:, 0]}), parts / "0.parquet")
        for option in (
            *(("--out", "parts"), ("--out", "parts/more"), ("--out", "parts/new")),
            ("--checkpoint", "parts/run.ckpt"),
        ):
            result = command("fit", "parts", "-k", 2, *option)
            assert_refused(result, option[0], "whose files are read")
        assert list(contents(parts)) == ["0.parquet"]
        assert command("fit", "parts/*.parquet", "-k", 2, "--out", "parts/new")[0] == 0

    @pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
    @pytest.mark.parametrize("path", ["parts", "parts/*.parquet"])
    def test_a_file_of_several(self, command, data, tmp_path, path):
        (tmp_path / "parts").mkdir()
        pq.write_table(pa.table({"a": X[:, 0]}), tmp_path / "d" / "labels.csv")
        (tmp_path / "parts" / "0.parquet").symlink_to(tmp_path / "d" / "labels.csv")
        result = command("fit", path, "-k", 2, "--out", "d", "--force")
        assert_refused(result, "labels.csv is read")

    def test_the_checkpoint(self, command, data):
        before = contents(data.parent)
        for resume in ((), ("--resume",)):
            result = command("fit", data, "-k", 2, "--checkpoint", data, *resume)
            assert_refused(result, "--checkpoint", "is read")
        for name in ("out/labels.csv", "out/../out/summary.json", "out"):
            result = command("fit", data, "-k", 2, "--checkpoint", name, "--out", "out")
            assert_refused(result, f"--checkpoint {name} is written by --out")
        assert contents(data.parent) == before


class TestEarlierResults:
    """Results of the same data are replaced; all others need ``--force``."""

    def test_the_same_data(self, command, data, monkeypatch):
        assert command("fit", data, "-k", 2, "--out", "out")[0] == 0
        assert command("fit", "d/centers.csv", "-k", 1, "--out", "out")[0] == 0
        monkeypatch.chdir("d")
        assert command("fit", "centers.csv", "-k", 2, "--out", "../out")[0] == 0
        summary = json.loads((data.parents[1] / "out" / "summary.json").read_text("utf-8"))
        assert (summary["n_clusters"], summary["data"]) == (2, "centers.csv")
        assert summary["data_path"] == str(data.resolve())

    def test_other_data(self, command, data, tmp_path):
        shutil.copytree("d", "other")
        assert command("fit", data, "-k", 2, "--out", "out")[0] == 0
        before = contents(tmp_path / "out")
        for other in (["other/centers.csv"], ["--example", "wine"], ["other/*.csv"]):
            result = command("fit", *other, "-k", 2, "--out", "out")
            assert_refused(result, f"out has results of other data ({data})", "--force")
        assert contents(tmp_path / "out") == before
        result = command("fit", "other/centers.csv", "-k", 2, "--out", "out", "--force")
        assert result[0] == 0
        assert_refused(command("fit", data, "-k", 2, "--out", "out"), "(other/centers.csv)")

    def test_the_same_relative_path_elsewhere(self, command, data, monkeypatch, tmp_path):
        (tmp_path / "b").mkdir()
        shutil.copytree("d", "b/d")
        assert command("fit", "d/centers.csv", "-k", 2, "--out", tmp_path / "out")[0] == 0
        monkeypatch.chdir("b")
        result = command("fit", "d/centers.csv", "-k", 2, "--out", tmp_path / "out")
        assert_refused(result, "results of other data")

    def test_examples(self, command, data):
        for name, code in (("wine", 0), ("wine", 0), ("digits", 2)):
            result = command("fit", "--example", name, "-k", 2, "--out", "out")
            assert result[0] == code

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("text", ["", "{}", "[1]", "\xff", "[" * 100_000, '{"data": "x"}'])
    def test_files_of_others(self, command, data, tmp_path, name, text):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / name).write_text(text, encoding="latin-1")
        before = contents(tmp_path)
        result = command("fit", data, "-k", 2, "--out", "out")
        assert_refused(result, f"out has {name}, and no summary of a fit tells what it is")
        assert contents(tmp_path) == before
        assert command("fit", data, "-k", 2, "--out", "out", "--force")[0] == 0
        assert set(contents(tmp_path / "out")) == set(FILES)


def test_nul_in_a_path(command, data):
    for option in (["fit", "a\0b.csv"], ["fit", data, "--out", "a\0b"]):
        assert_refused(command(*option, "-k", 2), "an argument has a NUL character")
