"""Codes bound what they stand for, and a step on them is Lloyd's, whatever the data."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import _backend
from kmeans_fast._reference.sketch import rotate
from kmeans_fast._reference.statistics import feature_moments, feature_range
from kmeans_fast.algorithms.assigners.lloyd import Lloyd
from kmeans_fast.algorithms.assigners.sketch import CodedRows, Sketch, least_bytes, n_bytes
from kmeans_fast.algorithms.problem import make_problem as problem_of
from shapes import DTYPES, MIXED_SHAPES, THREADS
from strategies import NASTY, make_problem, make_weights

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def encode(backend, x, shift, scale, n_threads=1):
    """Codes, steps, squared norms and spread of the rows of x."""
    n, d = x.shape
    codes = np.full((n, (d + 3) // 4 * 4), 7, dtype=np.uint8)
    step, square = np.empty((2, n), dtype=np.float32)
    spread = backend.sketch.encode_rows(x, shift, scale, codes, step, square, n_threads)
    return codes, step, square, spread


def geometry(x):
    """Shift and scale that a fit would use."""
    mean = feature_moments(x, None, 1)[0]
    largest = (feature_range(x, 1) + np.abs(mean)).max()
    return mean, 2.0 ** -int(np.clip(np.frexp(largest)[1], -126, 126))


@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 31, 64, 100, 255, 300])
def test_the_rotation_is_orthogonal(d):
    matrix = rotate(np.eye(d))
    # 2 log2(d) + 3 roundings of terms that are at most 1 in all
    slack = 2 * (2 * np.log2(d) + 4) * np.finfo(np.float64).eps
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(d), atol=d * slack)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
def test_codes_are_those_of_the_reference(core, reference, n, d, k, dtype):
    x, _ = make_problem("gaussian", n, d, k, dtype)
    expected = encode(reference, x, *geometry(x))
    for n_threads in THREADS:
        for got, wanted in zip(encode(core, x, *geometry(x), n_threads), expected, strict=True):
            assert_array_equal(got, wanted)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_codes_lie_within_the_spread(core, name, dtype):
    x, _ = make_problem(name, 130, 45, 9, dtype)
    shift, scale = geometry(x)
    codes, step, square, spread = encode(core, x, shift, scale)
    assert (codes[:, 45:] == 128).all()
    if not np.isfinite(spread):
        return
    y = rotate(scale * (x.astype(np.float64) - shift))
    rest = y - (codes[:, :45].astype(np.float64) - 128) * step[:, None].astype(np.float64)
    assert (np.sqrt((rest**2).sum(axis=1)) <= spread * step).all()
    assert (square <= (y**2).sum(axis=1) * (1 + 2.0**-40)).all()


def test_rows_too_far_out_have_no_codes(core, reference):
    x = np.ones((20, 8))
    x[3, 2] = 2.0**60
    for backend in (core, reference):
        assert np.isposinf(encode(backend, x, np.zeros(8), 1.0)[3])


def assert_bounds(x, centers, labels, assigner):
    """Check that the bounds hold, up to the rounding of these distances."""
    movement = assigner.movement
    distance = np.sqrt(((x[:, None].astype(np.float64) - centers.astype(np.float64)) ** 2).sum(2))
    rows = np.arange(len(x))
    own = distance[rows, labels].copy()
    distance[rows, labels] = np.inf
    assert (assigner.upper + movement.travelled[labels] >= own * (1 - 2.0**-40)).all()
    lower = assigner.lower - movement.fall
    assert (lower <= np.maximum(distance.min(axis=1) * (1 + 2.0**-40), 0)).all()


def run(x, weights, centers, n_threads, n_iterations=5):
    """Labels, sums and counts of moved rows of a few iterations; the bounds hold in each."""
    ranges = feature_range(x, 1)
    problem = problem_of(x, weights, ranges, n_threads)
    assigner = CodedRows(problem, len(centers))
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((len(centers), 2, x.shape[1] + 1), dtype=np.int64)
    expected_labels, expected_sums = labels.copy(), sums.copy()
    for _ in range(n_iterations):
        work = assigner.step(centers, labels, sums)
        n_moved = assigner.plain.step(centers, expected_labels, expected_sums).n_moved
        assert_array_equal(labels, expected_labels)
        assert_array_equal(sums, expected_sums)
        assert work.n_moved == n_moved
        if assigner.known:
            assert_bounds(x, centers, labels, assigner)
        centers_new = np.empty_like(centers)
        _backend.lloyd.update_centers(sums, problem.grid, problem.mean, centers, centers_new)
        centers = centers_new
    return assigner


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_steps_around_the_tiles(core, n, d, k, dtype, weighted):
    x, centers = make_problem("gaussian", n, d, k, dtype)
    run(x, make_weights(n) if weighted else None, centers, 2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_steps_on_nasty_rows(core, name, dtype):
    for n, d, k in ((300, 9, 100), (127, 33, 65)):
        x, centers = make_problem(name, n, d, k, dtype)
        try:
            run(x, None, centers, 2)
        except ValueError:  # too large for the sums of any algorithm
            continue


@pytest.mark.parametrize("coded_share", [0, 0.4, 1])
@pytest.mark.parametrize("weighted", [False, True])
def test_memory_for_the_codes_of_some_rows(core, coded_share, weighted):
    x, centers = make_problem("gaussian", 500, 40, 12, np.float32)
    weights = make_weights(500) if weighted else None
    problem = problem_of(x, weights, feature_range(x, 1), 2)
    least, most = least_bytes(x, 12), n_bytes(x, 12)
    assigner = Sketch(problem, 12, least + int(coded_share * (most - least)))
    lloyd = Lloyd(problem, 12)
    states = [(np.full(500, -1, np.int32), np.zeros((12, 2, 41), np.int64)) for _ in range(2)]
    for step in range(4):
        moved = centers + np.float32(0.1 / (1 + step))
        work = assigner.step(moved, *states[0])
        assert work.n_moved == lloyd.step(moved, *states[1]).n_moved
        for got, expected in zip(*states, strict=True):
            assert_array_equal(got, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_codes_exclude_nearly_all_centers(core, dtype):
    x, centers = make_problem("gaussian", 4000, 200, 300, dtype)
    problem = problem_of(x, None, feature_range(x, 1), 2)
    assigner = CodedRows(problem, len(centers))
    labels = np.full(len(x), -1, dtype=np.int32)
    sums = np.zeros((300, 2, 201), dtype=np.int64)
    assert assigner.step(centers, labels, sums).n_distances < 1.02 * len(x) * 300


def test_ties_go_to_the_lowest_index_where_all_survive(core):
    x = np.zeros((500, 40), dtype=np.float32)
    x[::2] = 1
    centers = np.repeat(x[:2], 300, axis=0)
    labels = np.full(500, -1, dtype=np.int32)
    problem = problem_of(x, None, feature_range(x, 1), 2)
    sums = np.zeros((600, 2, 41), dtype=np.int64)
    Sketch(problem, 600).step(centers, labels, sums)
    assert_array_equal(labels, np.where(x[:, 0] == 1, 0, 300))
