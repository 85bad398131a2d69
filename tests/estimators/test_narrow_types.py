"""Rows of narrow types: the result is that of ``X.astype(float64)``, which is never made."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import KMeans, _backend, assign, kmeans
from kmeans_fast.algorithms import source_fitting, source_prediction

ROWS = 5000


def bfloat16():
    return pytest.importorskip("ml_dtypes").bfloat16


TYPES = {"float16": np.float16, "int8": np.int8, "uint8": np.uint8, "bool": bool, "int16": np.int16}


@pytest.fixture(params=[*TYPES, "bfloat16"])
def narrow(request):
    kind = bfloat16() if request.param == "bfloat16" else TYPES[request.param]
    rng = np.random.default_rng(0)
    if request.param == "bool":
        return rng.random((ROWS, 4)) < 0.4
    least = 0 if request.param == "uint8" else -20
    centers = rng.integers(least, 90, (5, 4))
    return (centers[rng.integers(0, 5, ROWS)] + rng.integers(0, 9, (ROWS, 4))).astype(kind)


@pytest.fixture(params=[16, 1 << 25], ids=["blocks", "one array"])
def block_bytes(request, monkeypatch):
    monkeypatch.setattr(source_fitting, "MOST_BLOCK_BYTES", request.param * 1024)
    monkeypatch.setattr(source_fitting, "LEAST_BLOCK_BYTES", 8 * 1024)
    return request.param * 1024


@pytest.mark.parametrize("init", ["k-means++", "random", "k-means||", "afk-mc2", "density"])
def test_the_result_is_that_of_the_widened_rows(narrow, block_bytes, init):
    wide = narrow.astype(np.float64)
    ours, expected = (KMeans(5, init=init, random_state=0).fit(x) for x in (narrow, wide))
    assert_array_equal(ours.cluster_centers_, expected.cluster_centers_)
    assert ours.cluster_centers_.dtype == np.float64
    assert_array_equal(ours.labels_, expected.labels_)
    assert (ours.inertia_, ours.n_iter_) == (expected.inertia_, expected.n_iter_)
    assert_array_equal(ours.predict(narrow), expected.labels_)
    assert_array_equal(ours.transform(narrow), expected.transform(wide))
    assert ours.score(narrow) == -ours.inertia_
    assert_array_equal(assign(narrow, ours.cluster_centers_), ours.labels_)


def test_weights_and_restarts(narrow, block_bytes):
    weight = np.random.default_rng(1).integers(0, 4, ROWS)
    settings = {"n_init": 3, "rng": 0, "sample_weight": weight}
    ours, expected = (kmeans(x, 5, **settings) for x in (narrow, narrow.astype(float)))
    assert_array_equal(ours.centers, expected.centers)
    assert_array_equal(ours.labels, expected.labels)
    assert ours.restarts.best == expected.restarts.best


@pytest.mark.parametrize("form", [np.asfortranarray, lambda x: x[::-1], lambda x: x[:, ::-1]])
@pytest.mark.parametrize("algorithm", ["lloyd", "elkan"])
def test_other_layouts_and_algorithms(narrow, block_bytes, form, algorithm):
    x = form(narrow)
    settings = {"rng": 0, "algorithm": algorithm}
    ours, expected = (kmeans(x, 5, **settings) for x in (x, x.astype(float)))
    assert_array_equal(ours.centers, expected.centers)
    assert_array_equal(ours.labels, expected.labels)


def test_what_is_refused(block_bytes):
    x = np.zeros((ROWS, 4), np.float16)
    x[7, 2] = np.nan
    for fit in (KMeans(2).fit, lambda x: kmeans(x, 2)):
        with pytest.raises(ValueError, match="NaN"):
            fit(x)
    with pytest.raises(ValueError, match="X is an array: give X"):
        kmeans(x, 2, columns=[0])


@pytest.mark.skipif(_backend.name == "reference", reason="NumPy copies blocks in each operation")
def test_no_copy_of_all_rows(monkeypatch):
    """The copy as float64 would have 154 MB."""
    block = 4 << 20
    monkeypatch.setattr(source_fitting, "MOST_BLOCK_BYTES", block)
    monkeypatch.setattr(source_prediction, "BLOCK_BYTES", block)
    x = np.random.default_rng(0).integers(0, 255, (300_000, 64), dtype=np.uint8)
    model = KMeans(3, random_state=0, max_iter=2)
    tracemalloc.start()
    model.fit(x)
    model.predict(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    blocks = source_fitting.BLOCKS_HELD * block
    per_row = 8 + 12  # distances while seeding; labels and bounds
    assert peak < blocks + per_row * len(x) < 2 * x.size
