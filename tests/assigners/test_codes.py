"""A step on codes is a step of Lloyd's, whatever the data."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from frames import rows_and_frame
from kmeans_fast.assigners.codes import Codes, least_bytes, n_bytes
from kmeans_fast.assigners.sketched_rows import SketchedRows
from kmeans_fast.assigners.sketches import FeatureCodes, scale_of
from kmeans_fast.assigners.sums import Sums
from shapes import DTYPES, MIXED_SHAPES
from steps import check_steps
from strategies import NASTY, make_problem, make_weights

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def coded_rows(rows, frame, k):
    """All rows as codes of all features."""
    scale = scale_of(frame.farthest, rows.x.dtype)
    sketcher = None if scale is None else FeatureCodes(frame.mean, scale)
    return SketchedRows(rows, frame, k, sketcher, "codes")


def run(x, weights, centers, n_threads):
    """A few iterations on codes."""
    rows, frame = rows_and_frame(x, weights, n_threads)
    check_steps(coded_rows(rows, frame, len(centers)), rows, frame, centers)


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
    rows, frame = rows_and_frame(x, weights, 2)
    least, most = least_bytes(rows.shape, 12), n_bytes(rows.shape, 12)
    assigner = Codes(rows, frame, 12, max_memory=least + int(coded_share * (most - least)))

    def move(step, _centers, _sums, _frame):
        return centers + np.float32(0.1 / (1 + step))

    check_steps(assigner, rows, frame, centers, 4, move)
    assert assigner.name == ("codes" if coded_share else "hamerly")
    assert bool(assigner.decisions) == (coded_share < 1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_codes_exclude_nearly_all_centers(core, dtype):
    x, centers = make_problem("gaussian", 4000, 200, 300, dtype)
    rows, frame = rows_and_frame(x, None, 2)
    assigner = coded_rows(rows, frame, len(centers))
    assert assigner.step(centers, Sums.zeros(300, frame.grid)).n_distances < 1.02 * len(x) * 300


def test_ties_go_to_the_lowest_index_where_all_survive(core):
    x = np.zeros((500, 40), dtype=np.float32)
    x[::2] = 1
    centers = np.repeat(x[:2], 300, axis=0)
    rows, frame = rows_and_frame(x, None, 2)
    codes = Codes(rows, frame, 600)
    codes.step(centers, Sums.zeros(600, frame.grid))
    assert_array_equal(codes.labels, np.where(x[:, 0] == 1, 0, 300))
