"""Kernels of sparse rows against their references, for each instruction set, type and threads."""

import numpy as np
import pytest
import scipy.sparse

from kmeans_fast import _backend
from kmeans_fast._csr import as_csr
from kmeans_fast._reference import sparse_assign, sparse_rows
from kmeans_fast.assigners.grid import make_grid

pytestmark = pytest.mark.skipif(_backend.name == "reference", reason="compares with it")

SHAPES = [(1, 1, 1), (3, 5, 2), (63, 257, 15), (64, 256, 16), (65, 300, 17), (300, 40, 130)]
"""Rows, features and centers, around the sizes of tiles and lanes."""


def problem(shape, dtype, seed=0):
    n, d, k = shape
    rng = np.random.default_rng(seed)
    x = (rng.integers(-3, 4, (n, d)) * (rng.random((n, d)) < 0.2)).astype(dtype)
    centers = x[rng.integers(0, n, k)] + (rng.random((k, d)) < 0.1).astype(dtype)
    return as_csr(scipy.sparse.csr_array(x), "X", "test"), x, centers


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES)
def test_labels_and_squares(shape, dtype, n_threads):
    x, dense, centers = problem(shape, dtype)
    np.testing.assert_array_equal(sparse_rows.dense_rows(*x.arrays, x.n_features), dense)
    labels, expected = np.empty((2, len(x)), dtype=np.int32)
    _backend.sparse_assign.assign_rows(*x.arrays, x.squares, centers, labels, n_threads)
    sparse_assign.assign_rows(*x.arrays, x.squares, centers, expected, n_threads)
    np.testing.assert_array_equal(labels, expected)
    np.testing.assert_array_equal(x.squares, sparse_rows.row_squares(x.data, x.indptr))
    points = centers.astype(np.float64) / 3
    rows = np.argsort(labels, kind="stable").astype(np.int32)
    starts = np.searchsorted(labels[rows], np.arange(len(centers) + 1))
    out, reference = np.empty((2, len(x)))
    given = (*x.arrays, points, rows, starts)
    _backend.sparse_rows.squared_distances(*given, out, n_threads)
    sparse_rows.squared_distances(*given, reference, n_threads)
    np.testing.assert_array_equal(out, reference)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums(dtype, weighted):
    x, dense, _ = problem((300, 40, 1), dtype)
    rng = np.random.default_rng(1)
    weight = 2.0 ** rng.integers(-40, 40, 300) if weighted else None
    most = 1.0 if weight is None else weight.max()
    grid = make_grid(np.abs(dense).max(axis=0).astype(float), 300, 300 * most, most, 2.0**-40)
    old, new = rng.integers(-1, 5, (2, 300)).astype(np.int32)
    new = np.maximum(new, 0)
    sums, expected = np.zeros((2, 5, grid.n_words, 41), dtype=np.int64)
    moved = _backend.sparse_rows.accumulate_rows(*x.arrays, weight, old, new, sums, grid)
    assert moved == sparse_rows.accumulate_rows(*x.arrays, weight, old, new, expected, grid)
    np.testing.assert_array_equal(sums, expected)


def test_ranges():
    x, dense, _ = problem((300, 40, 1), np.float32)
    np.testing.assert_array_equal(x.max_abs(), np.abs(dense).max(axis=0))
    x.data[3] = np.nan
    assert np.isnan(x.max_abs()[x.indices[3]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_squares_to_points_do_not_cancel(dtype):
    x, dense, _ = problem((300, 40, 1), dtype)
    x = x.with_data(x.data + dtype(1000))
    dense = sparse_rows.dense_rows(*x.arrays, x.n_features)
    points = dense[:5].astype(np.float64)
    points[:, 3] += 1e-6
    out, expected = np.empty((2, 5, 300))
    _backend.sparse_rows.point_squares(*x.arrays, x.squares, points, 0.5, out, 2)
    sparse_rows.point_squares(*x.arrays, x.squares, points, 0.5, expected, 2)
    # up to 20 bits of a sum of at most 2 x 40 rounded terms cancel
    np.testing.assert_allclose(out, expected, rtol=200 * 2.0**-53 * 2**20)
