"""`algorithm="sorted"` on a single feature gives Lloyd's result, bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from frames import rows_and_frame
from kmeans_fast import KMeans, kmeans
from kmeans_fast.assigners.lloyd import Lloyd
from kmeans_fast.assigners.sorted_rows import SortedRows
from kmeans_fast.assigners.sums import Sums
from shapes import DTYPES
from strategies import NASTY, make_problem, make_weights, not_too_small

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:Number of distinct clusters"),
]


def steps(assigner, frame, starts):
    """Labels, sums and rows moved after steps to each of several sets of centers."""
    sums = Sums.zeros(len(starts[0]), frame.grid)
    for centers in starts:
        moved = assigner.step(centers, sums).n_moved
        yield assigner.labels.copy(), sums.words.copy(), moved


def assert_same_steps(x, weight, starts):
    """Compare the two assigners on the same centers."""
    rows, frame = rows_and_frame(x, weight, 1)
    for got, wanted in zip(
        steps(SortedRows(rows, frame, len(starts[0])), frame, starts),
        steps(Lloyd(rows, frame, len(starts[0])), frame, starts),
        strict=True,
    ):
        for one, other in zip(got, wanted, strict=True):
            assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("n", [1, 40, 3000])
def test_steps_on_nasty_rows(name, n, dtype):
    """Some centers jump to other data and return."""
    k = min(n, 13)
    x = make_problem(name, n, 1, k, dtype)[0]
    starts = [make_problem(name, n, 1, k, dtype, seed)[1] for seed in range(4)]
    # the type that validated arrays have; NumPy 1.26 turns float32 into float64 here
    clipped = (np.clip(rows, -1e140, 1e140).astype(dtype) for rows in (x, *starts))
    x, *starts = not_too_small(*clipped)
    starts += [make_problem("lattice", n, 1, k, dtype)[1], starts[0], starts[0] + starts[1]]
    for weight in (None, make_weights(n)):
        assert_same_steps(x, weight, starts)


@given(
    st.sampled_from([np.float32, np.float64]),
    st.integers(1, 60),
    st.integers(1, 12),
    st.sampled_from([1.0, 0.1, 1e-20, 1e15, 1e-45]),
    st.integers(0, 2**32 - 1),
)
def test_steps_where_ties_are_many(dtype, n, k, scale, seed):
    rng = np.random.default_rng(seed)
    x = (rng.integers(-8, 9, (n, 1)) * scale).astype(dtype)
    starts = [(rng.integers(-16, 17, (k, 1)) / 2 * scale).astype(dtype) for _ in range(4)]
    assert_same_steps(x, None, starts)


@given(
    st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=30),
    st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=8),
    st.sampled_from([np.float32, np.float64]),
)
def test_steps_on_any_values(values, centers, dtype):
    start = np.array(centers, dtype=dtype)[:, None]
    assert_same_steps(np.array(values, dtype=dtype)[:, None], None, [start, start / 3, start])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["gaussian", "lattice", "duplicates", "one_far_row", "denormal"])
def test_fits(name, dtype):
    x = make_problem(name, 3000, 1, 20, dtype)[0]
    for weight in (None, make_weights(len(x))):
        first, second = (
            kmeans(x, 20, sample_weight=weight, rng=0, n_init=2, tol=0, algorithm=algorithm)
            for algorithm in ("sorted", "lloyd")
        )
        assert_array_equal(first.labels, second.labels)
        assert_array_equal(first.centers, second.centers)
        assert first.inertia == second.inertia
        for field in ("inertia", "center_shift", "n_moved"):
            assert_array_equal(getattr(first.history, field), getattr(second.history, field))


def test_auto_takes_it_for_a_single_feature():
    x = make_problem("gaussian", 100_000, 1, 4, np.float32)[0]
    assert set(kmeans(x, 40, rng=0).history.algorithm) == {"sorted"}
    assert "sorted" not in kmeans(np.tile(x, 2), 40, rng=0, max_iter=2).history.algorithm


def test_it_skips_rows_and_distances():
    x = make_problem("gaussian", 20_000, 1, 50, np.float32)[0]
    history = kmeans(x, 50, rng=0, tol=0, algorithm="sorted").history
    assert (history.n_skipped[1:] + history.n_moved[1:] == len(x)).all()
    assert history.n_distances.max() < len(x)


@pytest.mark.parametrize("fit", [kmeans, lambda x, k, **kw: KMeans(k, **kw).fit(x)])
def test_several_features_are_refused(fit):
    message = r"algorithm='sorted' takes at most 1 feature\(s\), X has 2\."
    with pytest.raises(ValueError, match=message):
        fit(np.ones((5, 2)), 2, algorithm="sorted")
