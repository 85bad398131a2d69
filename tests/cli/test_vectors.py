"""Columns of lists of Parquet files: clustered if named or alone, asked for beside numbers."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

X = np.repeat([[0.0, 0, 8], [9, 0, 0]], 10, axis=0) + np.arange(20)[:, None] / 64


@pytest.fixture
def embeddings(tmp_path):
    """``embeddings(**columns)`` -> a Parquet file of a column of lists and these columns."""

    def write(lists=None, **columns):
        path = tmp_path / "x.parquet"
        lists = pa.array(X.tolist()) if lists is None else lists
        pq.write_table(pa.table({**columns, "embedding": lists}), path, row_group_size=6)
        return path

    return write


@pytest.mark.parametrize("limit", [(), ("--memory-limit", "50MB")], ids=["memory", "file"])
class TestVectors:
    """Read into memory, and left in the file."""

    @pytest.mark.parametrize(
        "kind", [pa.list_(pa.float64()), pa.large_list(pa.float32()), pa.list_(pa.float32(), 3)]
    )
    def test_the_named_column(self, command, embeddings, tmp_path, limit, kind):
        path = embeddings(pa.array(X.tolist(), kind), id=range(20), name=["x"] * 20)
        out = tmp_path / "out"
        code, text, err = command("fit", path, "-k", 2, "-c", "embedding", *limit, "--out", out)
        assert (code, err) == (0, "")
        assert "3 columns: embedding[0], embedding[1], embedding[2]" in text
        assert "left out: id (not chosen), name (text)" in text
        table = pyarrow.csv.read_csv(out / "centers.csv")
        assert table.column_names[1:] == ["embedding[0]", "embedding[1]", "embedding[2]"]
        centers = np.column_stack(table.columns[1:])
        labels = pyarrow.csv.read_csv(out / "labels.csv")["label"].to_numpy()
        means = [X[labels == j].mean(axis=0) for j in range(2)]
        np.testing.assert_array_equal(centers, means)
        assert sorted(np.bincount(labels)) == [10, 10]

    def test_alone_it_is_taken(self, command, embeddings, tmp_path, limit):
        path = embeddings(name=["x"] * 20, w=np.ones(20))
        options = ("--weight-column", "w", *limit, "--out", tmp_path / "out")
        code, text, _ = command("fit", path, "-k", 2, *options)
        assert code == 0
        assert "left out: name (text)" in text
        summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
        assert summary["columns"] == ["embedding[0]", "embedding[1]", "embedding[2]"]

    def test_beside_numbers_the_command_asks(self, command, embeddings, limit):
        path = embeddings(id=range(20), **{"two words": range(20)})
        code, _, err = command("fit", path, "-k", 2, *limit)
        assert code == 2
        assert "-c embedding or -c id -c 'two words'" in err
        assert err.count("\n") == 1
        assert command("fit", path, "-k", 2, *limit, "-c", "id", "-c", "two words")[0] == 0
        assert (
            "5 columns"
            in command(
                *("fit", path, "-k", 2, *limit, "-c", "id", "-c", "embedding", "-c", "two words")
            )[1]
        )

    def test_lists_are_no_weights(self, command, embeddings, limit):
        path = embeddings(id=range(20))
        code, _, err = command("fit", path, "-k", 2, *limit, "--weight-column", "embedding")
        assert code == 2
        assert "cannot have the weights: a list per row" in err

    @pytest.mark.parametrize(
        ("row", "change", "message"),
        [
            (13, [1.0], "a list of length 1, where the first has length 3"),
            (13, None, "no value (null)"),
            (13, [1.0, None, 2.0], "no value (null) at position 1 of its list"),
            (0, None, "no value (null)"),
            (0, [], "an empty list"),
        ],
    )
    def test_rows_without_a_vector(self, command, embeddings, limit, row, change, message):
        lists = X.tolist()
        lists[row] = change
        path = embeddings(pa.array(lists), id=range(20))
        code, _, err = command("fit", path, "-k", 2, "-c", "embedding", *limit)
        assert (code, err.count("\n")) == (2, 1)
        assert str(path) in err
        assert message in err
        assert f"row {row} (counted from 0)" in err or f"row {row + 1} (counted from 1)" in err


def test_values_that_are_not_finite(command, embeddings):
    lists = X.tolist()
    lists[7][2] = float("nan")
    err = command("fit", embeddings(pa.array(lists)), "-k", 2)[2]
    assert "row 8 (counted from 1), column 'embedding[2]': missing value" in err


def test_a_file_of_several_columns_of_lists(command, embeddings):
    path = embeddings(title=X.tolist(), words=[["a"]] * 20)
    err = command("fit", path, "-k", 2)[2]
    assert "has 2 columns of lists and 0 of numbers; choose what to cluster: " in err
    assert "-c title or -c embedding" in err
