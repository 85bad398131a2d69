"""A step on sketches is a step of Lloyd's, whatever the data, the sketch and the centers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from frames import rows_and_frame
from kmeans_fast import kmeans
from kmeans_fast.assigners.sketch import Sketch, least_bytes, n_bytes
from kmeans_fast.assigners.sketch_plans import Directions, Plan, plans_for, sketcher_of
from kmeans_fast.assigners.sketched_rows import SketchedRows
from kmeans_fast.assigners.sketches import scale_of
from kmeans_fast.assigners.sums import Sums
from shapes import DTYPES, MIXED_SHAPES, THREADS
from steps import check_steps
from strategies import NASTY, make_problem, make_weights, problems

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

PLANS = [Plan(2, False), Plan(4, False), Plan(32, False), Plan(4, True), Plan(64, True)]
NAMES = [f"{plan.width}-{'codes' if plan.coded else 'values'}" for plan in PLANS]


def sketched_rows(rows, frame, k, plan):
    """All rows as sketches of one kind."""
    scale = scale_of(frame.farthest, rows.x.dtype)
    sketcher = None
    if scale is not None:
        directions = Directions.of(rows.x, frame.mean, scale, plan.width - 1, 1)
        sketcher = sketcher_of(plan, frame.mean, scale, directions)
    return SketchedRows(rows, frame, k, sketcher, "sketch")


def run(x, weights, centers, plan, n_threads=2, **steps):
    """A few iterations on sketches of one kind."""
    rows, frame = rows_and_frame(x, weights, n_threads)
    assigner = sketched_rows(rows, frame, len(centers), plan)
    check_steps(assigner, rows, frame, centers, **steps)
    return assigner


def decaying(n, d, k, dtype, seed=0):
    """Rows whose variance lies in a few directions, and start centers among them."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.standard_normal((d, d)))
    x = (rng.standard_normal((n, d)) / np.arange(1, d + 1) @ turn).astype(dtype)
    return x, x[rng.choice(n, k, replace=False)]


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("n", "d", "k"), MIXED_SHAPES)
def test_steps_around_the_tiles(core, n, d, k, dtype, plan):
    x, centers = make_problem("gaussian", n, d, k, dtype)
    run(x, make_weights(n) if n % 2 else None, centers, plan)


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
def test_steps_on_nasty_rows(core, name, dtype, plan):
    for n, d, k in ((300, 9, 100), (127, 33, 65)):
        x, centers = make_problem(name, n, d, k, dtype)
        try:
            run(x, None, centers, plan)
        except ValueError:  # too large for the sums of any algorithm
            continue


def jumps(step, centers, _sums, _frame):
    """Every center takes the place of another one."""
    return np.roll(centers, step + 1, axis=0).copy()


def creeps(step, centers, _sums, _frame):
    """One center moves a little."""
    moved = centers.copy()
    moved[step] *= centers.dtype.type(1.001)
    return moved


def stays(_step, centers, _sums, _frame):
    """No center moves."""
    return centers.copy()


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("move", [jumps, creeps, stays])
@pytest.mark.parametrize(("d", "k"), [(40, 30), (300, 30), (40, 400)])
def test_steps_however_centers_move(core, d, k, move, dtype, plan):
    x, centers = decaying(700, d, k, dtype)
    run(x, None, centers, plan, move=move)


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_at_their_centers(core, dtype, plan):
    """Upper bounds of nearly zero, and for a third of the rows two survivors."""
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((12, 300)).astype(dtype)
    centers[1:4:2] = centers[:4:2] * dtype(1 + 2.0**-10)

    def one_leaps(_step, centers, _sums, _frame):
        return np.concatenate([centers[:-1], -centers[-1:]])

    run(np.repeat(centers, 5, axis=0), None, centers, plan, move=one_leaps)


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [1, 2, 5, 300])
@pytest.mark.parametrize("n", [1, 5, 63])
def test_few_rows(core, n, k, dtype, plan):
    x, _ = decaying(n, 50, 1, dtype)
    _, centers = make_problem("gaussian", n, 50, k, dtype)
    run(x, None, centers, plan)


@pytest.mark.parametrize("k", [40, 300, 600])
@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
def test_ties_go_to_the_lowest_index_where_all_survive(core, k, plan):
    """For 2 k = 80 a row has more survivors than a tile, for 600 and more than it has room for."""
    x = np.zeros((500, 40), dtype=np.float32)
    x[::2] = 1
    centers = np.repeat(x[:2], k, axis=0)
    assigner = run(x, None, centers, plan, n_steps=3, move=stays)
    assert_array_equal(assigner.labels, np.where(x[:, 0] == 1, 0, k))


def test_more_survivors_of_one_row_than_verify_takes(core):
    """One row of 64 is as far from 600 centers, the others from none."""
    rng = np.random.default_rng(0)
    around = rng.standard_normal((600, 40))
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    far = 100 * np.eye(40)[:5]
    x = np.concatenate([far[rng.integers(0, 5, 640)] + 0.01 * rng.standard_normal((640, 40))])
    x[::64] = 0
    centers = np.concatenate([far, around])
    for dtype in DTYPES:
        run(x.astype(dtype), None, centers.astype(dtype), Plan(4, False))


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_steps_on_any_threads(core, dtype, plan):
    x, centers = decaying(5000, 64, 40, dtype)
    for n_threads in THREADS:
        run(x, None, centers, plan, n_threads, n_steps=3)


@pytest.mark.parametrize("plan", PLANS, ids=NAMES)
def test_restarts_and_other_sketches_of_the_same_rows(core, plan):
    x, centers = decaying(600, 80, 20, np.float32)
    rows, frame = rows_and_frame(x, None, 2)
    assigner = sketched_rows(rows, frame, 20, plan)
    for start in range(3):
        assigner.restart(np.full(600, -1, dtype=np.int32))
        check_steps(assigner, rows, frame, np.roll(centers, start, axis=1), 2)
    other = sketched_rows(rows, frame, 20, Plan(8, False))

    def change_the_sketch(step, centers, sums, frame):
        assigner.use(other.sketcher if step % 2 == 0 else None)
        found = np.empty_like(centers)
        sums.update(centers, frame.mean, out=found)
        return found

    assigner.restart(np.full(600, -1, dtype=np.int32))
    check_steps(assigner, rows, frame, centers, 6, change_the_sketch)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_sketch_excludes_nearly_all_centers(core, dtype):
    """Of n_distances, n_scanned k are those between sketches."""
    x, centers = decaying(4000, 200, 300, dtype)
    rows, frame = rows_and_frame(x, None, 2)
    for plan in (Plan(32, False), Plan(64, True)):
        assigner, sums = sketched_rows(rows, frame, 300, plan), Sums.zeros(300, frame.grid)
        assigner.step(centers, sums)
        work = assigner.step(centers, sums)
        n_scanned = len(x) - work.n_skipped
        assert n_scanned > len(x) / 2
        assert assigner.name == "sketch"
        assert work.n_distances - n_scanned * 300 < 6 * len(x)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_with_one_survivor_are_not_read(core, dtype):
    """Where the scan costs little, rows are not read before it either."""
    rng = np.random.default_rng(0)
    centers = (10 * rng.standard_normal((12, 300))).astype(dtype)
    # so few rows that distances between centers are not measured
    x = (np.repeat(centers, 10, axis=0) + rng.standard_normal((120, 300))).astype(dtype)
    rows, frame = rows_and_frame(x)
    assigner = sketched_rows(rows, frame, 12, Plan(16, False))
    sums = Sums.zeros(12, frame.grid)
    for _ in range(2):
        assigner.step(centers, sums)
    centers[-1] *= -20  # so far that no lower bound remains
    work = assigner.step(centers, sums)
    assert work.n_skipped == 0
    assert work.n_moved == 10
    assert work.n_distances - 120 * 12 <= 10 * 12


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", [1, 2, 7, 8, 63, 200, 600])
def test_plans_stay_within_the_memory(core, d, dtype):
    x, centers = decaying(400, d, 20, dtype)
    rows, frame = rows_and_frame(x)
    least, most = least_bytes(rows.shape, 20), n_bytes(rows.shape, 20)
    sizes = sorted({plan.row_bytes(d) for plan in plans_for(rows.shape, np.inf)})
    assert most - least == 400 * (sizes[-1] - sizes[0])
    for size in sizes:
        memory = least + 400 * (size - sizes[0])
        assigner = Sketch(rows, frame, 20, max_memory=memory)
        check_steps(assigner, rows, frame, centers, 3)
        sketch = assigner.current.sketch
        arrays = (sketch.values, sketch.codes, sketch.step, sketch.square)
        assert sum(array.nbytes for array in arrays if array is not None) <= 400 * size
        assert max(plan.row_bytes(d) for plan in plans_for(rows.shape, assigner.row_budget)) == size


@pytest.mark.parametrize("dtype", DTYPES)
def test_reviews_change_the_sketch(core, dtype):
    """The first centers are far from all rows and from each other; then they are rows."""
    x, near = decaying(500, 128, 100, dtype)
    rows, frame = rows_and_frame(x)
    assigner = Sketch(rows, frame, 100)
    widths = []

    def come_near(step, centers, _sums, _frame):
        if assigner.plan is not None:  # the first step is Lloyd's
            widths.append(assigner.plan.kind)
        return near.copy() if step else centers

    first = (1e4 * np.random.default_rng(0).standard_normal((100, 128))).astype(dtype)
    check_steps(assigner, rows, frame, first, 8, come_near)
    assert widths[0] != widths[-1]
    assert len(assigner.decisions) == len(set(widths))


def test_rows_without_weight_may_be_far_out(core):
    x, centers = decaying(300, 30, 10, np.float64)
    weights = np.ones(300)
    weights[7] = 0
    expected = kmeans(x, 10, init=centers, sample_weight=weights, algorithm="lloyd", max_iter=4)
    for far in (1e6, 1e20, 1e130):
        x[7] = far
        for algorithm in ("sketch", "auto"):
            result = kmeans(
                x, 10, init=centers, sample_weight=weights, algorithm=algorithm, max_iter=4
            )
            assert_array_equal(np.delete(result.labels, 7), np.delete(expected.labels, 7))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("far", [1e6, 1e20, 1e37])
@pytest.mark.parametrize("dtype", DTYPES)
def test_start_centers_may_be_far_out(core, dtype, far):
    x, centers = decaying(300, 30, 10, dtype)
    centers[3] = far
    fits = [
        kmeans(x, 10, init=centers, algorithm=algorithm, max_iter=4, tol=0)
        for algorithm in ("lloyd", "sketch")
    ]
    assert_array_equal(fits[1].labels, fits[0].labels)
    assert_array_equal(fits[1].centers, fits[0].centers)


@settings(max_examples=60)
@given(problems(), st.sampled_from(PLANS), st.sampled_from([jumps, creeps, stays]))
def test_labels_are_those_of_lloyd(core, problem, plan, move):
    x, centers = problem
    try:
        rows, frame = rows_and_frame(x)
    except ValueError:  # too large for the sums of any algorithm
        return
    assigner = sketched_rows(rows, frame, len(centers), plan)
    check_steps(assigner, rows, frame, centers, min(3, len(centers)), move)
