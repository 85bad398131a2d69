"""Where the centers start."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from kmeans_fast import kmeans, kmeans_afkmc2, kmeans_parallel, kmeans_plusplus
from kmeans_fast.algorithms.seeding import seed_centers
from kmeans_fast.algorithms.seeding.density import density_seeds
from kmeans_fast.algorithms.seeding.draws import draw_distinct_rows, draw_row
from kmeans_fast.algorithms.seeding.plus_plus import plus_plus_indices
from kmeans_fast.assigners.grid import make_grid
from kmeans_fast.executors.seeding_codes import _coded_features
from kmeans_fast.executors.seeding_part import Part
from kmeans_fast.executors.seeding_rows import Parts


def as_rows(x, weight=None, cuts=(), **parameters):
    """The rows as seeding sees them, in parts that end at ``cuts``."""
    bounds = [0, *cuts, len(x)]
    parts = [
        Part(x[a:b], None if weight is None else weight[a:b], None, **parameters)
        for a, b in pairwise(bounds)
    ]
    return Parts(parts, float(np.abs(x).max()), 1.0 if weight is None else float(weight.max()))


INITS = ["k-means++", "k-means||", "afk-mc2", "random", "random-partition", "density"]


@pytest.mark.parametrize("init", INITS)
def test_every_seeding_finds_separated_blobs_in_a_few_runs(blobs, dtype, init):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 50)
    centers = 100.0 * np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    x = (centers[labels] + rng.standard_normal((200, 2))).astype(dtype)
    best = kmeans(x, 4, init=init, rng=0, n_init=20)
    assert len({*zip(labels, best.labels, strict=True)}) == 4


@pytest.mark.parametrize("seed", range(5))
def test_plus_plus_picks_distinct_rows_and_says_which(blobs, dtype, seed):
    x = blobs(n=3000, dtype=dtype)
    centers, indices = kmeans_plusplus(x, 40, random_state=seed)
    assert_array_equal(centers, x[indices])
    assert len(set(indices)) == 40
    assert indices.shape == (40,)


def test_plus_plus_takes_generators_and_states(blobs):
    x = blobs()
    a = kmeans_plusplus(x, 5, random_state=np.random.RandomState(3))[1]
    assert_array_equal(a, kmeans_plusplus(x, 5, random_state=3)[1])
    b = kmeans_plusplus(x, 5, random_state=np.random.default_rng(3))[1]
    assert_array_equal(b, kmeans_plusplus(x, 5, random_state=np.random.default_rng(3))[1])
    np.random.seed(3)  # noqa: NPY002  what random_state=None reads
    assert_array_equal(a, kmeans_plusplus(x, 5)[1])


def test_plus_plus_draws_in_proportion_to_squared_distance():
    # From 0 the rows 1, 2, 3 are drawn with probabilities 1, 4, 9 of 14.
    x = np.array([[0.0], [1], [2], [3]])
    rng = np.random.default_rng(0)
    weight = [1e12, 1, 1, 1]  # the first seed is row 0
    n = 4000
    counts = np.zeros(4)
    for _ in range(n):
        _, (first, second) = kmeans_plusplus(
            x, 2, sample_weight=weight, random_state=rng, n_local_trials=1
        )
        assert first == 0
        counts[second] += 1
    share = np.array([0, 1, 4, 9]) / 14
    # Five standard deviations of a binomial count.
    assert (np.abs(counts - n * share) <= 5 * np.sqrt(n * share * (1 - share))).all()


@pytest.mark.parametrize(
    ("uniform", "weight", "row"),
    [(0.0, [0, 2, 2], 1), (0.5, [2, 2, 0], 1), (0.499, [2, 2, 0], 0), (0.999, [2, 2, 0], 1)],
)
def test_first_seed_is_drawn_by_weight(uniform, weight, row):
    rng = SimpleNamespace(random=lambda: uniform)
    assert draw_row(as_rows(np.zeros((3, 1)), np.array(weight, dtype=float)), rng) == row


def test_greedy_plus_plus_keeps_the_best_candidate():
    # One row far out draws nearly all candidates, a group has most of the potential: with enough
    # trials the second seed is always the one that lowers the potential most.
    x = np.array([[0.0], [10], [10.5], [11], [14]])
    weight = [1e12, 1, 1, 1, 1]
    for seed in range(20):
        _, indices = kmeans_plusplus(
            x, 2, sample_weight=weight, random_state=seed, n_local_trials=100
        )
        left = [np.minimum(x[:, 0] ** 2, (x[:, 0] - c) ** 2)[1:].sum() for c in x[1:, 0]]
        assert indices[1] == 1 + int(np.argmin(left))


def test_plus_plus_never_picks_absent_rows(blobs):
    x = blobs(n=50)
    weight = np.zeros(50)
    weight[10:16] = 1
    for seed in range(10):
        _, indices = kmeans_plusplus(x, 6, sample_weight=weight, random_state=seed)
        assert set(indices) == set(range(10, 16))
    x[10:16] = 3.0  # all that count are the same: nothing is left to draw
    _, indices = kmeans_plusplus(x, 6, sample_weight=weight, random_state=0)
    assert set(indices) <= set(range(10, 16))


@pytest.mark.parametrize("scale", [1e-42, 1e-30, 1e-10, 1e10, 1e30])
def test_plus_plus_does_not_depend_on_the_unit(scale):
    """Powers of two keep the squares of float32 in range."""
    x = np.random.default_rng(0).integers(1, 100, (500, 3)).astype(np.float32)
    unit = np.float32(2.0 ** np.round(np.log2(scale)))
    _, expected = kmeans_plusplus(x, 6, random_state=0)
    _, indices = kmeans_plusplus(x * unit, 6, random_state=0)
    assert_array_equal(indices, expected)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("d", [3, 40, 70])
def test_seed_codes_change_no_seed(monkeypatch, dtype, d, weighted):
    """With codes of the rows as without, for clusters as for rows far out, for any threads."""
    rng = np.random.default_rng(d)
    x = (5 * rng.standard_normal((30, d)))[rng.integers(0, 30, 9000)]
    x = (x + rng.standard_normal(x.shape)).astype(dtype)
    x[::500] *= 1e4
    weight = rng.integers(0, 3, len(x)).astype(float) if weighted else None
    found = [
        kmeans_plusplus(x, 60, sample_weight=weight, random_state=1, n_threads=n_threads)[1]
        for n_threads in (1, 2, 4)
    ]
    monkeypatch.setattr("kmeans_fast.executors.seeding_part.make_seed_codes", lambda *_: None)
    expected = kmeans_plusplus(x, 60, sample_weight=weight, random_state=1)[1]
    for indices in found:
        assert_array_equal(indices, expected)


def test_codes_of_denormal_rows_and_one_other():
    x = np.random.default_rng(0).integers(0, 100, (5000, 1)) * 5e-324
    x[5] = 1.0  # not in the sample from which the unit of the codes is taken
    centers, _ = kmeans_plusplus(x, 30, random_state=0)
    assert 1.0 in centers


def test_runs_share_codes(dtype):
    x = np.random.default_rng(0).standard_normal((5000, 3)).astype(dtype)
    rngs, shared = [np.random.default_rng(1) for _ in range(2)], as_rows(x, keeps_codes=True)
    for _ in range(3):
        expected = plus_plus_indices(as_rows(x), 30, rngs[0])
        assert_array_equal(plus_plus_indices(shared, 30, rngs[1]), expected)
    assert shared.parts[0].codes is not None


@pytest.mark.parametrize("itemsize", [4, 8])
def test_seed_codes_keep_to_their_budget(itemsize):
    for d in (1, 3, 47, 55, 56, 64, 70, 128, 768, 5000, 40000):
        features = _coded_features(d, itemsize)
        assert 1 <= features <= d
        padded = -(-features // 4) * 4
        # The codes, half a square, the closest distance, and a radius for 64 rows; for a block of
        # 1024 rows, marks and bounds of 12 candidates and, twice, 128 rows with their distances.
        used = padded + 4 + itemsize + 4 / 64
        used += (12 * (128 + 8) + 2 * (128 * (2 + itemsize) + 4 + 16) + 8) / 1024
        assert used <= max(64, d * itemsize / 4)
        assert features == d or features >= min(4096, 0.8 * d)


FAST = [kmeans_parallel, kmeans_afkmc2]


def potential(x, centers):
    return float(((x[:, None] - centers[None]) ** 2).sum(axis=2).min(axis=1).sum())


@pytest.mark.parametrize("seeding", FAST)
def test_fast_seeding_is_as_good_as_plus_plus(blobs, seeding):
    """On blobs as many as seeds: means over 40 draws, AFK-MC2 against plain k-means++."""
    x = blobs(n=2000, k=12, spread=20.0)
    trials = 1 if seeding is kmeans_afkmc2 else None
    ours, theirs = [], []
    for seed in range(40):
        ours.append(potential(x, seeding(x, 12, random_state=seed)[0]))
        plain = kmeans_plusplus(x, 12, random_state=seed, n_local_trials=trials)
        theirs.append(potential(x, plain[0]))
    error = np.hypot(np.std(ours), np.std(theirs)) / np.sqrt(40)
    assert np.mean(ours) <= np.mean(theirs) + 4 * error
    uniform = [potential(x, x[np.random.default_rng(s).integers(0, 2000, 12)]) for s in range(40)]
    assert np.mean(ours) < 0.7 * np.mean(uniform)


@pytest.mark.parametrize("seeding", FAST)
def test_fast_seeding_says_which_rows(blobs, dtype, seeding):
    x = blobs(n=3000, dtype=dtype)
    expected = seeding(x, 20, random_state=3)[1]
    for n_threads in (1, 2, 4):
        centers, indices = seeding(x, 20, random_state=3, n_threads=n_threads)
        assert_array_equal(centers, x[indices])
        assert_array_equal(indices, expected)
    assert len(set(expected)) == 20


@pytest.mark.parametrize("seeding", FAST)
def test_fast_seeding_takes_every_row_where_it_must(dtype, seeding):
    x = np.random.default_rng(0).standard_normal((30, 2)).astype(dtype)
    weight = np.r_[np.ones(20), np.zeros(10)]
    for seed in range(5):
        assert set(seeding(x, 30, random_state=seed)[1]) == set(range(30))
        _, indices = seeding(x, 20, sample_weight=weight, random_state=seed)
        assert set(indices) == set(range(20))
    x[:] = 1.5
    _, indices = seeding(x, 4, sample_weight=1 - weight * 0.5, random_state=0)
    assert indices.shape == (4,)


@pytest.mark.parametrize("seeding", FAST)
def test_fast_seeding_of_equal_rows(dtype, seeding):
    """Three distinct rows, many times: each is found once, though six seeds are asked for."""
    distinct = np.array([[0.0, 1], [5, 5], [9, 0]], dtype=dtype)
    x = np.repeat(distinct, 50, axis=0)
    for seed in range(5):
        centers, _ = seeding(x, 6, random_state=seed)
        assert {*map(tuple, centers)} == {*map(tuple, distinct)}


def test_the_chain_draws_what_plus_plus_draws():
    # From 0 the rows 1, 2, 3 are drawn with probabilities 1, 4, 9 of 14; the chain starts from
    # 1/3 each plus halves, and a hundred steps leave nothing of that.
    x = np.array([[0.0], [1], [2], [3]])
    weight = [1e12, 1, 1, 1]
    rng, n, counts = np.random.default_rng(0), 2000, np.zeros(4)
    for _ in range(n):
        _, (first, second) = kmeans_afkmc2(
            x, 2, sample_weight=weight, random_state=rng, chain_length=100
        )
        assert first == 0
        counts[second] += 1
    share = np.array([0, 1, 4, 9]) / 14
    assert (np.abs(counts - n * share) <= 5 * np.sqrt(n * share * (1 - share))).all()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_random_draws_what_numpy_draws(weighted, make):
    n, k = 40, 25  # many are drawn twice
    weight = np.random.default_rng(0).uniform(0, 2, n) if weighted else None
    share = np.full(n, 1 / n) if weight is None else weight / weight.sum()
    for seed in range(20):
        expected = make(seed).choice(n, size=k, replace=False, p=share)
        rows = as_rows(np.zeros((n, 1)), weight)
        assert_array_equal(draw_distinct_rows(rows, k, make(seed)), expected)


def test_random_takes_distinct_rows(blobs):
    x = np.arange(30.0)[:, None]
    for seed in range(10):
        result = kmeans(x, 30, init="random", rng=seed, n_init=1, max_iter=1)
        assert result.inertia == 0.0


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("at_once", [1, 4, 12])
def test_random_partition_deals_rows_out_evenly(monkeypatch, at_once, weighted):
    monkeypatch.setattr("kmeans_fast.algorithms.seeding.FEWEST_DEALT", at_once)
    monkeypatch.setattr("kmeans_fast.algorithms.seeding.DEALT_TO_CLUSTER", 1)
    x = np.random.default_rng(0).integers(0, 100, (12, 1)).astype(np.float64)
    weight = np.r_[np.ones(9), np.zeros(3)] if weighted else None
    counted = x[:9] if weighted else x
    rows, grid = as_rows(x, weight), make_grid(np.abs(x).max(axis=0), len(x))
    seen = set()
    for seed in range(20):
        centers = seed_centers(rows, grid, "random-partition", 3, np.random.default_rng(seed))
        # Means of parts of equal size average to the mean of all; three roundings of 2^-53.
        assert centers.mean() == pytest.approx(counted.mean(), rel=2.0**-50)
        assert np.ptp(centers) > 0
        seen.add(tuple(centers.ravel()))
    assert len(seen) > 15


def test_density_is_deterministic_and_leaves_outliers_out(dtype):
    rng = np.random.default_rng(0)
    centers = np.array([[0, 0], [20, 0], [0, 20]])
    x = centers[np.repeat(np.arange(3), 100)] + rng.standard_normal((300, 2))
    x = np.vstack([x, [[3e4, 3e4], [-3e4, 2e4]]]).astype(dtype)
    results = [kmeans(x[:300], 3, init="density", rng=seed, max_iter=1) for seed in range(2)]
    assert_array_equal(results[0].centers, results[1].centers)
    seeds = density_seeds(x, None, 3)
    assert seeds.dtype == dtype
    # Each of the three groups has got a seed, within four of its standard deviations.
    distances = np.linalg.norm(seeds[:, None] - centers[None], axis=2)
    assert (distances.min(axis=0) < 4).all()


def test_density_takes_constant_and_repeated_features(dtype):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, (500, 4)).astype(dtype)
    x[:, 1] = 7
    result = kmeans(x, 6, init="density")
    assert np.isfinite(result.centers).all()
    assert result.inertia < ((x - x.mean(axis=0)) ** 2).sum()


def test_callable_gets_rows_clusters_and_generator(blobs, dtype):
    x = blobs(dtype=dtype)
    calls = []

    def init(rows, n_clusters, rng):
        calls.append((rows.shape, n_clusters, type(rng)))
        return rows[rng.choice(len(rows), n_clusters, replace=False)].tolist()

    result = kmeans(x, 3, init=init, rng=0)
    assert calls == [(x.shape, 3, np.random.Generator)] * 10
    assert result.centers.dtype == dtype


@pytest.mark.parametrize(
    ("init", "runs"),
    [
        ("k-means++", 1),
        ("k-means||", 1),
        ("afk-mc2", 1),
        ("random", 10),
        ("random-partition", 10),
        ("density", 1),
        ("array", 1),
    ],
)
def test_number_of_runs(blobs, init, runs):
    x = blobs()
    seen = set()
    start = x[:3] if init == "array" else init
    kmeans(x, 3, init=start, rng=0, callback=lambda iteration: seen.add(iteration.run))
    assert seen == set(range(runs))


def test_explicit_centers_run_once(blobs):
    x = blobs()
    with pytest.warns(
        RuntimeWarning, match="performing only one init in kmeans instead of n_init=4"
    ):
        kmeans(x, 3, init=x[:3], n_init=4)


def test_the_best_run_is_kept(blobs):
    x = blobs(k=9, d=2)
    runs = {}

    def keep(iteration):
        runs[iteration.run] = iteration.centers

    result = kmeans(x, 9, init="random", n_init=8, rng=0, callback=keep)
    inertia = [((x[:, None] - c) ** 2).sum(axis=2).min(axis=1).sum() for c in runs.values()]
    assert max(inertia) > 1.01 * min(inertia)
    assert result.inertia == pytest.approx(min(inertia), rel=len(x) * 2.0**-52)
    assert_array_equal(result.centers, runs[int(np.argmin(inertia))])


@pytest.mark.parametrize("function", [kmeans_plusplus, kmeans_parallel, kmeans_afkmc2])
def test_weights_of_any_magnitude(function):
    x = np.arange(3.0)[:, None]
    for seed in range(4):
        _, expected = function(x, 2, sample_weight=[1, 1, 1], random_state=seed)
        for unit in (5e-324, 1e300):
            _, found = function(x, 2, sample_weight=[unit] * 3, random_state=seed)
            assert_array_equal(found, expected)


def test_no_row_is_drawn_beyond_the_last():
    rows = as_rows(np.zeros((3, 1)), np.array([5e-324, 5e-324, 0.0]))
    for uniform, row in ((0.0, 0), (0.5, 1), (1 - 2.0**-53, 1)):
        assert draw_row(rows, SimpleNamespace(random=lambda uniform=uniform: uniform)) == row


@pytest.mark.parametrize("seed", range(5))
def test_parallel_seeds_are_distinct_where_rows_are(seed):
    x = np.repeat(10.0 ** -np.arange(10), 200)[:, None]
    centers, _ = kmeans_parallel(x, 10, random_state=seed)
    assert len(np.unique(centers)) == 10


def test_parallel_seeding_ends_whatever_the_factor():
    x = np.arange(5.0)[:, None]
    _, indices = kmeans_parallel(x, 5, oversampling_factor=1e-300, random_state=0)
    assert sorted(indices) == [*range(5)]
    for factor in (0, np.inf, np.nan):
        with pytest.raises(ValueError, match="'oversampling_factor' parameter of kmeans_parallel"):
            kmeans_parallel(x, 5, oversampling_factor=factor)
