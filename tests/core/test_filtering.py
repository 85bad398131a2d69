"""The filtering step gives Lloyd's labels and sums, and no box drops a nearest center."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from kmeans_fast._reference.statistics import feature_range
from kmeans_fast.assigners.grid import make_grid
from shapes import DTYPES, THREADS
from strategies import NASTY, make_problem, make_weights

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

BLOCK, TILE = 1024, 64


def run(backend, x, order, weights, path, n_threads):
    """Labels, sums and numbers of moved rows after some steps on rows in a given order."""
    weighted = () if weights is None else (weights.sum(), weights.max())
    grid = make_grid(feature_range(x, 1), len(x), *weighted)
    n, d = x.shape
    ordered = np.empty_like(x)
    backend.filtering.reorder_rows(x, order, ordered, n_threads)
    boxes = [np.empty((-(-n // rows), 2, d)) for rows in (BLOCK, TILE)]
    for rows, array in zip((BLOCK, TILE), boxes, strict=True):
        backend.filtering.bounding_boxes(ordered, rows, array, n_threads)
    labels = np.full(n, -1, dtype=np.int32)
    ordered_labels = labels.copy()
    tile_labels = np.full(len(boxes[1]), -1, dtype=np.int32)
    sums = np.zeros((len(path[0]), 2, d + 1), dtype=np.int64)
    moved = []
    for centers in path:
        n_moved, _, _ = backend.filtering.filtering_step(
            *(ordered, order, *boxes, weights, centers, labels, ordered_labels, tile_labels),
            *(sums, grid, n_threads),
        )
        assert_array_equal(labels[order], ordered_labels)
        moved.append(n_moved)
    return labels, sums, moved


def expected_run(reference, x, weights, path):
    """The same results from Lloyd's steps."""
    weighted = () if weights is None else (weights.sum(), weights.max())
    grid = make_grid(feature_range(x, 1), len(x), *weighted)
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((len(path[0]), 2, x.shape[1] + 1), dtype=np.int64)
    step = reference.lloyd.lloyd_step
    moved = [step(x, weights, centers, labels, sums, grid, 1) for centers in path]
    return labels, sums, moved


def assert_same(actual, expected):
    """Check labels, sums and numbers of moved rows."""
    assert_array_equal(actual[0], expected[0])
    assert_array_equal(actual[1], expected[1])
    assert actual[2] == expected[2]


def orders(x):
    """Rows in given order, shuffled, and sorted by the first feature, which gives small boxes."""
    n = len(x)
    shuffled = np.random.default_rng(3).permutation(n)
    return [order.astype(np.uint32) for order in (np.arange(n), shuffled, np.argsort(x[:, 0]))]


def path_of(rng, centers):
    """A sequence of moving centers."""
    moved = centers + 0.1 * rng.standard_normal(centers.shape) * np.abs(centers)
    return [centers, moved.astype(centers.dtype), centers]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 2, 3, 4])
@pytest.mark.parametrize("k", [1, 7, 8, 9, 100])
def test_same_labels_and_sums_as_lloyd(core, reference, d, k, dtype):
    for n in (1, 64, 65, 1025):
        x, centers = make_problem("gaussian", n, d, k, dtype)
        path = path_of(np.random.default_rng(1), centers)
        for weights in (None, make_weights(n)):
            expected = expected_run(reference, x, weights, path)
            for order, n_threads in zip(orders(x), THREADS, strict=False):
                assert_same(run(core, x, order, weights, path, n_threads), expected)
        assert_same(
            run(reference, x, orders(x)[1], None, path, 1), expected_run(reference, x, None, path)
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", NASTY)
def test_nasty_data(core, reference, kind, dtype):
    for n, d, k in ((130, 1, 13), (400, 2, 30), (300, 4, 9)):
        x, centers = make_problem(kind, n, d, k, dtype)
        path = path_of(np.random.default_rng(1), centers)
        expected = expected_run(reference, x, None, path)
        for order in orders(x):
            assert_same(run(core, x, order, None, path, 1), expected)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 4),
    st.integers(1, 40),
    st.sampled_from([0.0, 1e-12, 1e-4, 0.1, 3.0]),
    st.sampled_from(DTYPES),
)
def test_a_box_keeps_every_nearest_center(core, reference, seed, d, k, width, dtype):
    """Boxes of all widths among centers on a coarse lattice, with ties on their edges."""
    rng = np.random.default_rng(seed)
    middle = rng.integers(-3, 4, d)
    x = (middle + width * rng.integers(-1, 2, (64, d))).astype(dtype)
    centers = rng.integers(-4, 5, (k, d)).astype(dtype)
    order = np.arange(64, dtype=np.uint32)
    assert_same(
        run(core, x, order, None, [centers], 1), expected_run(reference, x, None, [centers])
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_space_order_is_the_same_in_both_backends(core, reference, dtype):
    for kind in ("gaussian", "one_far_row", "constant", "denormal"):
        x, _ = make_problem(kind, 300, 3, 1, dtype)
        low, scale = x.min(axis=0).astype(float) / 2, np.array([3.0, 1e3, 1e300])
        keys = np.empty((2, len(x)), dtype=np.uint64)
        core.filtering.morton_keys(x, low, scale, 10, keys[0], 2)
        reference.filtering.morton_keys(x, low, scale, 10, keys[1], 1)
        assert_array_equal(keys[0], keys[1])
        assert_array_equal(keys[0] & 0xFFFFFFFF, np.arange(len(x)))
