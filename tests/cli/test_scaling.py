"""``--scale`` computes in float64, whatever the type of the file."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

LIMIT = ("--memory-limit", "50MB")


def save_npy(path, x):
    np.save(path, x)


def save_npz(path, x):
    np.savez(path, x=x)


def save_parquet(path, x):
    pq.write_table(pa.table({str(f): column for f, column in enumerate(x.T)}), path)


def save_lists(path, x):
    flat = pa.array(x.ravel())
    pq.write_table(pa.table({"v": pa.FixedSizeListArray.from_arrays(flat, x.shape[1])}), path)


def save_csv(path, x):
    np.savetxt(path, x, delimiter=",", fmt="%d")


KINDS = {
    "npy": (save_npy, ()),
    "npy in blocks": (save_npy, LIMIT),
    "npz": (save_npz, ()),
    "csv": (save_csv, ()),
    "parquet": (save_parquet, ()),
    "parquet in blocks": (save_parquet, LIMIT),
    "parquet lists": (save_lists, ()),
}


def centers_of(command, tmp_path, kind, x):
    """Sorted centers as written for two clusters of the scaled rows."""
    save, limit = KINDS[kind]
    path = tmp_path / f"x.{kind.split()[0]}"
    save(path, x)
    code, _, err = command("fit", path, "-k", 2, "--scale", *limit, "--out", tmp_path / "out")
    assert code == 0, err
    table = pyarrow.csv.read_csv(tmp_path / "out" / "centers.csv").drop_columns("cluster")
    assert json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["scaled"] is True
    centers = np.column_stack(table.columns)
    return centers[np.argsort(centers[:, 0])]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("dtype", "x", "expected"),
    [
        (np.float16, [[1000, 4], [1001, 4], [1, 9], [2, 9]], [[1.5, 9], [1000.5, 4]]),
        (np.float16, [[60000, 3], [60032, 3], [-60000, 3], [-60032, 3]], [[-60016, 3], [60016, 3]]),
        (np.float16, [[1000, 1], [1001, 1]], [[1000, 1], [1001, 1]]),
        (np.float32, [[2**24, 0], [2**24 + 2, 0], [0, 0], [2, 0]], [[1, 0], [2**24 + 1, 0]]),
    ],
    ids=["1000 and 1001", "near the largest", "two rows", "float32"],
)
def test_centers_are_the_means_of_the_rows(command, tmp_path, kind, dtype, x, expected):
    centers = centers_of(command, tmp_path, kind, np.array(x, dtype))
    np.testing.assert_allclose(centers, expected, rtol=1e-14, atol=1e-9)


@pytest.mark.parametrize("limit", [(), LIMIT])
def test_a_variance_that_is_no_number(command, tmp_path, limit):
    np.save(tmp_path / "x.npy", [[0, 1e200], [1, -3e200], [2, 2e200]])
    code, _, err = command("fit", tmp_path / "x.npy", "-k", 2, "--scale", *limit)
    assert (code, err.count("\n")) == (2, 1)
    assert "--scale: the variance of column '1' is too large for float64" in err
