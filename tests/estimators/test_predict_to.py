"""Predictions written to files: those of `predict` and `transform`, in whole files or none."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from kmeans_fast import KMeans
from kmeans_fast.algorithms import source_prediction

pytest.importorskip("pyarrow")
import pyarrow.parquet as pq

from forms import SOURCES, as_folder, as_npy, as_table


@pytest.fixture
def model(rows):
    """A model of the rows."""
    return KMeans(4, random_state=0).fit(rows)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Make several blocks of a few rows."""
    monkeypatch.setattr(source_prediction, "BLOCK_BYTES", 1000)


def read(path):
    """Rows of a file of results, and the names of its columns."""
    if path.suffix == ".npy":
        return np.load(path), None
    table = pq.read_table(path)
    columns = [column.to_numpy() for column in table.columns]
    return (columns[0] if len(columns) == 1 else np.column_stack(columns)), table.column_names


@pytest.mark.parametrize("suffix", [".npy", ".parquet"])
@pytest.mark.parametrize("kind", [*SOURCES, "array"])
def test_what_is_written_is_what_is_predicted(kind, suffix, rows, model, tmp_path):
    source = rows if kind == "array" else SOURCES[kind](tmp_path, rows, None)
    assert model.predict_to(source, tmp_path / f"labels{suffix}") is None
    model.predict_to(source, str(tmp_path / f"distances{suffix}"), distances=True)
    labels, names = read(tmp_path / f"labels{suffix}")
    np.testing.assert_array_equal(labels, model.predict(rows))
    assert labels.dtype == np.int32
    assert names in (None, ["label"])
    distances, names = read(tmp_path / f"distances{suffix}")
    np.testing.assert_array_equal(distances, model.transform(rows))
    assert distances.dtype == rows.dtype
    assert names in (None, [f"distance_{j}" for j in range(4)])


def test_float64_rows_of_a_float32_model(tmp_path):
    rows = np.random.default_rng(0).normal(size=(50, 3))
    model = KMeans(2, random_state=0).fit(rows.astype(np.float32))
    model.predict_to(rows, tmp_path / "x.npy", distances=True)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), model.transform(rows))
    model.predict_to(rows.tolist(), tmp_path / "y.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), model.predict(rows))


def test_an_existing_file_is_replaced_on_request_only(rows, model, tmp_path):
    path = tmp_path / "labels.npy"
    path.write_text("old")
    with pytest.raises(FileExistsError, match=r"exists; overwrite=True replaces it"):
        model.predict_to(rows, path)
    bad = rows.copy()
    bad[-1] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        model.predict_to(as_table(bad), path, overwrite=True)
    assert path.read_text() == "old"
    model.predict_to(rows, path, overwrite=True)
    np.testing.assert_array_equal(np.load(path), model.predict(rows))
    assert list(tmp_path.iterdir()) == [path]


def test_input_is_never_replaced(rows, model, tmp_path):
    npy, folder = as_npy(tmp_path, rows, None), as_folder(tmp_path, rows, None)
    mapped = np.load(npy, mmap_mode="r")
    views = np.asarray(mapped), np.asarray(mapped)[1:, ::-1]
    for source in (npy, mapped, mapped[5:], mapped[::2], *views):
        with pytest.raises(ValueError, match="is read, and cannot be written"):
            model.predict_to(source, npy, overwrite=True)
    with pytest.raises(ValueError, match="it would become one of them"):
        model.predict_to(folder, folder / "labels.parquet")
    np.testing.assert_array_equal(np.load(npy), rows)


@pytest.mark.parametrize("name", ["labels.csv", "labels", "none/labels.npy"])
def test_paths_that_cannot_be_written(name, rows, model, tmp_path):
    with pytest.raises(ValueError, match=r"must end in one of|must be in an existing folder"):
        model.predict_to(rows, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_models_and_rows_that_do_not_fit(rows, model, tmp_path):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        KMeans(3).predict_to(rows, tmp_path / "x.npy")
    for source in (rows[:, :2], as_table(rows).select(["a", "b"])):
        with pytest.raises(ValueError, match="X has 2 features, but KMeans is expecting 3"):
            model.predict_to(source, tmp_path / "x.npy")
    assert not list(tmp_path.iterdir())
    with pytest.raises(TypeError, match=r"can be read once only"):
        model.predict_to(iter(rows), tmp_path / "x.npy")
