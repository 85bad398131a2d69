"""The choices of "auto", its changes of algorithm, its explanation, and the exactness guard."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from frames import rows_and_frame
from kmeans_fast import KMeans, kmeans
from kmeans_fast.assigners import registry, sketch_plans
from kmeans_fast.assigners.auto import Auto
from kmeans_fast.assigners.lloyd import Lloyd
from kmeans_fast.assigners.rows import Shape
from kmeans_fast.assigners.sketch import Sketch
from kmeans_fast.assigners.sketch_plans import plans_for
from kmeans_fast.assigners.sums import Sums


def rows_of(n, d, dtype=np.float32):
    """Rows without clusters, so that runs take many iterations."""
    return np.random.default_rng(0).random((n, d)).astype(dtype)


def fit_estimator(x, n_clusters, **parameters):
    """The estimator, with the interface of the function."""
    return KMeans(n_clusters, **parameters).fit(x)


@pytest.mark.parametrize(
    ("n", "d", "k", "first"),
    [(60_000, 2, 30, "filtering"), (60_000, 8, 30, "hamerly"), (100, 2, 3, "lloyd")],
)
def test_first_choice(n, d, k, first):
    result = kmeans(rows_of(n, d), k, rng=0, max_iter=3)
    assert result.history.algorithm[0] == first
    assert result.decisions[1].startswith(f"iteration 0: {first}")


def test_memory_limits_the_choice():
    x = rows_of(60_000, 2)
    assert set(kmeans(x, 30, rng=0, max_iter=3, max_memory=1).history.algorithm) == {"lloyd"}
    little = kmeans(x, 30, rng=0, max_iter=2, max_memory=8 * len(x))
    assert little.history.algorithm[0] == "hamerly"


@pytest.mark.parametrize(("n", "d"), [(4096, 128), (2048, 768), (4096, 32)])
def test_default_memory_is_for_the_rows(n, d, monkeypatch):
    monkeypatch.setattr(registry, "PROBED_WORK", 0)
    x = rows_of(n, d)
    rows, frame = rows_and_frame(x)
    sketch = registry.make_assigner("auto", rows, frame, 200).choice
    # beside the sketch: labels before and after a step, and two bounds
    row_bytes = max(64, x.nbytes / 4 / n) - 16
    fit = [plan for plan in plans_for(rows.shape, np.inf) if plan.row_bytes(d) <= row_bytes]
    assert fit == list(plans_for(rows.shape, sketch.row_budget))


@pytest.mark.parametrize(("n", "d"), [(4096, 128), (2048, 768)])
def test_default_memory_is_for_codes_of_some_rows(n, d, monkeypatch):
    monkeypatch.setattr(registry._backend.sketches, "fast_codes", lambda: True)
    x = rows_of(n, d)
    assigner = registry.make_assigner("auto", *rows_and_frame(x), 512).current
    coded, rest = (len(x[rows]) for rows, _ in assigner.parts)
    # codes, their steps and norms; bounds and labels of all
    taken = coded * (d + 8) + (coded + rest) * 16
    assert 0.98 * x.nbytes / 4 < taken <= x.nbytes / 4


@pytest.mark.parametrize(
    ("fast_codes", "k", "names"),
    [
        (True, 512, ["sketch", "codes", "hamerly"]),
        (True, 48, ["codes", "hamerly"]),  # one iteration takes less time than the probe
        (True, 31, ["hamerly"]),
        (False, 512, ["sketch", "elkan", "hamerly"]),
        (False, 100, ["sketch", "hamerly"]),
        (False, 48, ["hamerly"]),
    ],
)
def test_order_of_choices_for_many_features(fast_codes, k, names, monkeypatch):
    monkeypatch.setattr(registry._backend.sketches, "fast_codes", lambda: fast_codes)
    assert registry._preferred(Shape(100_000, 128, 4), k) == names


def decaying(n, d, dtype=np.float32):
    """Rows whose variance lies in a few directions."""
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.standard_normal((d, d)))
    return (rng.standard_normal((n, d)) / np.arange(1, d + 1) @ turn).astype(dtype)


@pytest.mark.parametrize("fast_codes", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [rows_of, decaying])
def test_a_probe_shows_whether_a_sketch_pays(make, dtype, fast_codes, monkeypatch):
    monkeypatch.setattr(sketch_plans._backend.sketches, "fast_codes", lambda: fast_codes)
    monkeypatch.setattr(registry, "PROBED_WORK", 0)
    x = make(4000, 128, dtype)
    arguments = {"rng": 0, "max_iter": 3, "tol": 0}
    result = kmeans(x, 256, **arguments)
    expected = kmeans(x, 256, algorithm="lloyd", **arguments)
    pays = make is decaying
    assert set(result.history.algorithm[1:] == "sketch") == {pays}
    assert ("iteration 1: no sketch:" in result.decisions[2]) == (not pays)
    assert ("variance lies in" in result.decisions[2]) == (fast_codes and not pays)
    assert_array_equal(result.labels, expected.labels)
    assert_array_equal(result.centers, expected.centers)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_effective_rank_is_the_number_of_equal_directions(dtype):
    for rank in (1, 5, 60):
        x = np.zeros((3000, 100), dtype)
        x[:, :rank] = np.random.default_rng(0).standard_normal((3000, rank))
        x += dtype(7)
        rows, frame = rows_and_frame(x)
        assert Sketch(rows, frame, 9).rank() == pytest.approx(rank, rel=0.25)


@pytest.mark.parametrize("value", [0.0, 1e30])
def test_equal_rows_have_no_effective_rank(value):
    rows, frame = rows_and_frame(np.full((50, 40), value))
    assert Sketch(rows, frame, 9).rank() == np.inf


def test_no_sketch_for_few_features():
    decisions = kmeans(decaying(4000, 23), 100, rng=0, max_iter=1).decisions
    assert "sketch" not in "".join(decisions)


def test_further_runs_do_not_ask_for_a_sketch_again(monkeypatch):
    monkeypatch.setattr(registry, "PROBED_WORK", 0)
    x = rows_of(4000, 128)
    rows, frame = rows_and_frame(x)
    auto, sums = registry.make_assigner("auto", rows, frame, 64), Sums.zeros(64, frame.grid)
    for start in (0, 64):
        auto.step(x[start : start + 64], sums)
    assert "no sketch" in auto.decisions[2]
    auto.restart(auto.labels)
    for start in (128, 192):
        auto.step(x[start : start + 64], sums)
    assert auto.name != "sketch"
    assert "sketch" not in "".join(auto.decisions[1:])


@pytest.mark.parametrize("fit", [kmeans, fit_estimator])
def test_a_named_algorithm_must_fit_into_the_memory(fit):
    x = rows_of(1000, 2)
    with pytest.raises(ValueError, match=r"'hamerly' needs 8,000 bytes .* max_memory is 7,999"):
        fit(x, 3, algorithm="hamerly", max_memory=7999)
    fit(x, 3, algorithm="hamerly", max_memory=8000)


@pytest.mark.parametrize("fit", [kmeans, fit_estimator])
def test_an_algorithm_for_few_features_refuses_more(fit):
    x = rows_of(100, 5)
    with pytest.raises(ValueError, match=r"'filtering' takes at most 4 feature.*X has 5"):
        fit(x, 3, algorithm="filtering")


class Other(Lloyd):
    """Lloyd's assignment under another name."""

    name = "other"


def run_auto(x, k, lloyd_seconds, n_steps):
    """An `Auto` with one candidate after some steps of a fit."""
    rows, frame = rows_and_frame(x)
    auto = Auto(rows, frame, k, [("other", Other, 0)], 0)
    auto._time_lloyd = lambda *_: lloyd_seconds
    sums = Sums.zeros(k, frame.grid)
    centers = x[:k].copy()
    names = []
    for step in range(n_steps):
        auto.step(centers, sums)
        names.append(auto.name)
        # many rows move, then few
        centers = np.roll(centers, 1, axis=1).copy() if step < 3 else centers * np.float32(1.001)
    return names, auto


def test_changes_over_by_the_clock_and_back():
    names, auto = run_auto(rows_of(20_000, 8), 30, 1e-9, 7)
    assert names == ["other", "other", "lloyd", "lloyd", "lloyd", "other", "other"]
    assert "lloyd: other takes" in auto.decisions[2]
    assert "try again" in auto.decisions[3]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("row_bytes", [None, 70])
@pytest.mark.parametrize("name", ["filtering", "hamerly", "elkan", "codes", "sketch"])
def test_an_assigner_goes_on_after_steps_of_another(name, row_bytes, dtype):
    """Filtering is for few features; sketches and Elkan's bounds are for many, shared ones too."""
    d = 4 if name == "filtering" else 96
    x, k = rows_of(3000, d, dtype), 600
    rows, frame = rows_and_frame(x)
    max_memory = None
    if row_bytes:
        of_centers = registry._ENTRIES[name].n_bytes(rows.shape.no_rows(), k)
        max_memory = len(x) * row_bytes + of_centers
    other, sums = Lloyd(rows, frame, k), Sums.zeros(k, frame.grid)
    own, own_sums = (
        registry.make_assigner(name, rows, frame, k, max_memory),
        Sums.zeros(k, frame.grid),
    )
    centers = x[:k].copy()
    for step in range(12):
        while_away = 4 <= step < 8
        # other labels, so that the remembered bounds are useless
        present = np.roll(centers, step, axis=0) if while_away else centers
        if step == 8:
            own.restart(other.labels.copy())
            own_sums = sums.copy()
        other.step(present, sums)
        if while_away:
            continue
        own.step(present, own_sums)
        assert_array_equal(own.labels, other.labels)
        assert_array_equal(own_sums.words, sums.words)
        new = centers.copy()
        sums.update(centers, frame.mean, out=new)
        centers = new


def test_stays_where_the_clock_says_so():
    names, auto = run_auto(rows_of(20_000, 8), 30, 1e9, 7)
    assert names == ["other"] * 7
    assert "other goes on" in auto.decisions[2]


def test_explanation_has_a_line_for_each_iteration():
    x = rows_of(60_000, 2)
    model = KMeans(30, random_state=0, max_iter=7, tol=0).fit(x)
    text = model.explain().splitlines()
    assert text[: len(model.decisions_)] == [*model.decisions_]
    assert [int(line.split()[0]) for line in text[-7:]] == list(range(7))
    named = kmeans(x, 30, rng=0, max_iter=2, algorithm="hamerly").explain()
    assert named.startswith("algorithm='hamerly' was asked for")


def test_guard_finds_a_wrong_label(monkeypatch):
    monkeypatch.setenv(registry.VERIFY, "1")
    x = rows_of(500, 6)
    expected = kmeans(x, 5, rng=0, algorithm="hamerly")

    class Wrong(Lloyd):
        def step(self, centers, sums):
            work = super().step(centers, sums)
            self.labels[7] = (self.labels[7] + 1) % len(centers)
            return work

    monkeypatch.delenv(registry.VERIFY)
    assert_array_equal(kmeans(x, 5, rng=0).labels, expected.labels)
    monkeypatch.setenv(registry.VERIFY, "1")
    monkeypatch.setitem(
        registry._ENTRIES, "hamerly", registry._ENTRIES["hamerly"]._replace(make=Wrong)
    )
    with pytest.raises(AssertionError, match="gives 1 rows another label than Lloyd's: row 7"):
        kmeans(x, 5, rng=0, algorithm="hamerly")
