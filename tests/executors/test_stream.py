"""Fits to rows that pass through memory have the bits of fits in memory, for any block size."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forms import with_batches
from kmeans_fast import ALGORITHMS, Blocks, kmeans
from kmeans_fast.executors.stream import ALGORITHMS as STREAMED
from results import assert_same_fit
from strategies import NASTY, make_problem, make_weights, not_too_small, problems

pytestmark = pytest.mark.filterwarnings("ignore")

INITS = ("k-means||", "afk-mc2", "random", "random-partition")


def npy(x, folder):
    np.save(folder / "x.npy", x)
    return folder / "x.npy"


def npy_by_columns(x, folder):
    return npy(np.asfortranarray(x), folder)


def memory_map(x, folder):
    return np.load(npy(x, folder), mmap_mode="r")


def table(x, _folder):
    pa = pytest.importorskip("pyarrow")
    return pa.table({f"f{i}": np.ascontiguousarray(column) for i, column in enumerate(x.T)})


def parquet(x, folder):
    pq = pytest.importorskip("pyarrow.parquet")
    pq.write_table(table(x, folder), folder / "x.parquet", row_group_size=100)
    return str(folder / "x.parquet")


def parquet_folder(x, folder):
    pq = pytest.importorskip("pyarrow.parquet")
    (folder / "many").mkdir(exist_ok=True)
    for i, part in enumerate(np.array_split(x, 3)):
        pq.write_table(table(part, folder), folder / "many" / f"{i}.parquet")
    return folder / "many"


def dataset(x, folder):
    ds = pytest.importorskip("pyarrow.dataset")
    return ds.dataset(parquet_folder(x, folder))


def polars_frame(x, folder):
    pl = pytest.importorskip("polars")
    return pl.from_arrow(table(x, folder))


def lazy_frame(x, folder):
    return with_batches(polars_frame(x, folder).lazy())


def zarr_array(x, folder):
    zarr = pytest.importorskip("zarr")
    return zarr.create_array(str(folder / "x.zarr"), data=x, chunks=(97, 2), overwrite=True)


def blocks(x, _folder):
    return Blocks(lambda: np.array_split(x, min(len(x), 5)))


SOURCES = (
    *(npy, npy_by_columns, memory_map, table, parquet, parquet_folder, dataset),
    *(polars_frame, lazy_frame, zarr_array, blocks),
)


def data(n=701, d=3, dtype=np.float32, seed=0):
    """Rows that take a dozen iterations with a dozen clusters."""
    rng = np.random.default_rng(seed)
    return (rng.random((n, d)) + 2 * rng.integers(0, 3, (n, 1))).astype(dtype)


@pytest.mark.parametrize("block_rows", [1, 64, 5000])
@pytest.mark.parametrize("source", SOURCES)
def test_every_source(tmp_path, cut_small, source, block_rows, dtype):
    x = data(dtype=dtype)
    expected = kmeans(x, 12, init="k-means||", rng=0, tol=0)
    cut_small(3 * x.itemsize, block_rows, 50)
    found = kmeans(source(x, tmp_path), 12, rng=0, tol=0, memory_limit="50MB", scratch_dir=tmp_path)
    assert_same_fit(found, expected)
    assert not [*tmp_path.glob("*.scratch")]


@pytest.mark.parametrize("n_init", [1, 4])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("init", INITS)
def test_seedings(tmp_path, cut_small, init, weighted, n_init, dtype):
    x = data(2000, 4, dtype)
    weight = make_weights(len(x)) if weighted else None
    options = {"init": init, "n_init": n_init, "max_iter": 6, "tol": 0, "sample_weight": weight}
    expected = kmeans(x, 15, rng=0, **options)
    for rows in (33, 700):
        cut_small(x[0].nbytes, rows, 100)
        assert_same_fit(kmeans(npy(x, tmp_path), 15, rng=0, **options), expected)


@pytest.mark.parametrize("kind", NASTY)
def test_nasty_data(tmp_path, cut_small, kind, dtype):
    for n, d, k in ((1, 1, 1), (400, 1, 9), (700, 5, 30)):
        x, start = not_too_small(*make_problem(kind, n, d, k, dtype))
        cut_small(d * x.itemsize, 90, 20)
        for weight in (None, make_weights(n)):
            options = {"init": start, "sample_weight": weight, "tol": 0, "max_iter": 12}
            path = npy(x, tmp_path)
            try:
                expected = kmeans(x, k, **options)
            except ValueError as error:
                with pytest.raises(ValueError, match=re.escape(str(error))):
                    kmeans(path, k, **options)
                continue
            assert_same_fit(kmeans(path, k, **options), expected)
            assert_same_fit(kmeans(path, k, algorithm="lloyd", **options), expected)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    problem=problems(),
    block_rows=st.integers(1, 90),
    part_rows=st.integers(1, 90),
    init=st.sampled_from([None, *INITS]),
    n_init=st.integers(1, 3),
    algorithm=st.sampled_from(["auto", *STREAMED]),
    weighted=st.booleans(),
)
def test_any_cut(
    tmp_path, cut_small, problem, block_rows, part_rows, init, n_init, algorithm, weighted
):
    x, start = not_too_small(*problem)
    cut_small(x[0].nbytes, block_rows, part_rows)
    options = {
        "init": start if init is None else init,
        "n_init": n_init,
        "max_iter": 9,
        "tol": 0,
        "sample_weight": make_weights(len(x)) if weighted else None,
    }
    path = npy(x, tmp_path)
    try:
        expected = kmeans(x, len(start), rng=0, **options)
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            kmeans(path, len(start), rng=0, algorithm=algorithm, **options)
    else:
        found = kmeans(path, len(start), rng=0, algorithm=algorithm, **options)
        assert_same_fit(found, expected)


def test_weights_of_every_kind(tmp_path, dtype):
    x, weight = data(dtype=dtype), make_weights(701)
    expected = kmeans(x, 12, init="random", rng=0, sample_weight=weight)
    wide = table(x, tmp_path).append_column("w", [weight])
    pairs = Blocks(lambda: zip(np.array_split(x, 4), np.array_split(weight, 4)), weighted=True)  # noqa: B905
    for source, options in (
        (npy(x, tmp_path), {"sample_weight": weight}),
        (parquet(x, tmp_path), {"sample_weight": weight.tolist()}),
        (wide, {"weight_column": "w"}),
        (wide, {"weight_column": "w", "memory_limit": "50MB"}),
        (pairs, {}),
    ):
        assert_same_fit(kmeans(source, 12, init="random", rng=0, **options), expected)
    for source in (wide, parquet(wide.to_pandas().to_numpy(), tmp_path)):
        column = {"weight_column": source.column_names[-1] if source is wide else "f3"}
        with pytest.raises(ValueError, match="sample_weight must be None where the rows have"):
            kmeans(source, 12, sample_weight=weight, **column)


@pytest.mark.parametrize("extra", [-1, 1])
def test_weights_of_another_length(tmp_path, extra):
    x = data()
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(70[02],\), expected"):
        kmeans(npy(x, tmp_path), 12, sample_weight=np.ones(len(x) + extra))


def test_columns(tmp_path):
    x = data(d=4)
    expected = kmeans(x[:, [2, 0]], 5, init="random", rng=0)
    for source, columns in ((npy, [2, 0]), (parquet, ["f2", "f0"]), (table, ["f2", "f0"])):
        found = kmeans(source(x, tmp_path), 5, init="random", rng=0, columns=columns)
        assert_same_fit(found, expected)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"tol": 0}, "no_label_change"),
        ({"tol": 1e-3}, "center_shift"),
        ({"tol": 0, "inertia_tol": 0.01}, "inertia_change"),
        ({"tol": 0, "max_iter": 3}, "max_iter"),
        ({"tol": 0, "max_iter": 1}, "max_iter"),
        ({"tol": 0, "callback": lambda i: i.iteration == 4}, "callback"),
    ],
)
@pytest.mark.parametrize("algorithm", STREAMED)
def test_stopping_rules(tmp_path, options, reason, algorithm):
    x = data()
    expected = kmeans(x, 12, init="k-means||", rng=0, **options)
    assert expected.stop_reason == reason
    found = kmeans(npy(x, tmp_path), 12, rng=0, algorithm=algorithm, **options)
    assert_same_fit(found, expected)


@pytest.mark.filterwarnings("ignore:time_limit=:kmeans_fast.ConvergenceWarning")
def test_a_time_limit(tmp_path):
    result = kmeans(npy(data(), tmp_path), 12, rng=0, tol=0, time_limit=1e-9)
    assert (result.stop_reason, result.n_iter) == ("time_limit", 1)


def test_what_the_callback_sees(tmp_path):
    x, seen = data(), ([], [])
    kmeans(x, 12, init="k-means||", rng=0, callback=seen[0].append)
    kmeans(npy(x, tmp_path), 12, rng=0, callback=seen[1].append)
    for memory, stream in zip(*seen, strict=True):
        assert (memory.run, memory.iteration) == (stream.run, stream.iteration)
        assert (memory.inertia, memory.n_moved) == (stream.inertia, stream.n_moved)
        np.testing.assert_array_equal(memory.centers, stream.centers)


@pytest.mark.parametrize("k", [1, 2, 7])
@pytest.mark.parametrize("n", [1, 2, 7, 3000])
def test_few_rows_and_repeated_rows(tmp_path, cut_small, n, k, dtype):
    if k > n:
        pytest.skip("more clusters than rows")
    for distinct in (1, 3, n):
        x = data(distinct, 2, dtype)[np.arange(n) % distinct]
        cut_small(x[0].nbytes, 100, 30)
        expected = kmeans(x, k, init="k-means||", rng=0)
        assert_same_fit(kmeans(npy(x, tmp_path), k, rng=0), expected)


def test_empty_clusters(tmp_path, cut_small, dtype):
    x = data(900, 3, dtype)
    start = np.concatenate([x[:4], np.full((8, 3), 1e4, dtype) + np.arange(8)[:, None]])
    start = start.astype(dtype)
    expected = kmeans(x, 12, init=start, tol=0)
    assert len(np.unique(expected.labels)) == 12
    for block_rows in (1, 77, 900):
        cut_small(x[0].nbytes, block_rows, 10)
        assert_same_fit(kmeans(npy(x, tmp_path), 12, init=start, tol=0), expected)


def test_what_cannot_be_read_again_is_refused():
    x = data()
    for reader in ((part for part in [x]), iter([x])):
        with pytest.raises(TypeError, match=r"can be read once only.*Blocks\(lambda: \.\.\.\)"):
            kmeans(reader, 3)
    pa = pytest.importorskip("pyarrow")
    batches = table(x, None).to_batches()
    with pytest.raises(TypeError, match=r"Blocks\(lambda"):
        kmeans(pa.RecordBatchReader.from_batches(batches[0].schema, batches), 3)


@pytest.mark.parametrize("algorithm", sorted({*ALGORITHMS} - {"auto", *STREAMED}))
def test_algorithms_that_need_all_rows_are_refused(tmp_path, algorithm):
    with pytest.raises(ValueError, match=rf"'hamerly', 'lloyd'.*Got '{algorithm}'"):
        kmeans(npy(data(), tmp_path), 3, algorithm=algorithm)


def test_starts_that_need_all_rows_are_refused(tmp_path):
    path = npy(data(), tmp_path)
    with pytest.raises(ValueError, match="init='density' needs X in memory"):
        kmeans(path, 3, init="density")
    with pytest.raises(ValueError, match="init must be a name or centers where X is not in mem"):
        kmeans(path, 3, init=lambda x, k, rng: x[:k])


def test_a_memory_limit_that_is_too_small(tmp_path):
    path = npy(data(), tmp_path)
    with pytest.raises(ValueError, match="memory_limit=1000 is too small for 701 rows") as caught:
        kmeans(path, 3, memory_limit=1000)
    least = int(re.search(r"at least ([\d,]+) bytes", str(caught.value))[1].replace(",", ""))
    kmeans(path, 3, memory_limit=least)
    with pytest.raises(ValueError, match="too small"):
        kmeans(path, 3, memory_limit=least - 1)
    for wrong in ("1 parsec", 0, -5, 1.5, "", True):
        with pytest.raises(ValueError, match="'memory_limit' parameter of kmeans must be"):
            kmeans(path, 3, memory_limit=wrong)


def test_a_memory_limit_that_is_too_small_is_refused_before_rows_are_read():
    def unread():
        raise AssertionError("rows were read")

    blocks = Blocks(unread, n_features=2, dtype=np.float32, n_rows=10**9)
    with pytest.raises(ValueError, match="memory_limit='1GiB' is too small for 1,000,000,000 rows"):
        kmeans(blocks, 3, memory_limit="1GiB")


def test_parts_whose_rows_are_all_settled_are_not_read_again(tmp_path, cut_small, streams):
    """Two groups far out are settled at once; the rows between two near centers are not."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(m, s, (1000, 2)) for m, s in ((-1e3, 1), (0, 1), (1e3, 1))])
    start = np.array([[-1e3, -1e3], [-0.3, 0], [0.3, 0], [0, 0.2], [1e3, 1e3]])
    expected = kmeans(x, 5, init=start, tol=0)
    assert expected.n_iter > 5
    for block_rows, part_rows in ((10, 50), (50, 50), (333, 50), (5000, 7)):
        cut_small(16, block_rows, part_rows)
        assert_same_fit(kmeans(npy(x, tmp_path), 5, init=start, tol=0), expected)
        first, *later = streams[-1].steps
        assert sum(stop - start for start, stop in first) == 3000
        for ranges in later[1:]:
            for start_row, stop in ranges:
                assert 1000 - part_rows < start_row
                assert stop < 2000 + part_rows
        assert streams[-1].bytes_read < 16 * (3000 * 3 + 1100 * len(later))


def test_the_history_says_what_runs(tmp_path):
    text = kmeans(parquet(data(), tmp_path), 3, rng=0, scratch_dir=tmp_path).explain()
    assert "701 rows, decoded once into a scratch file of 8,412 bytes in" in text
    assert "seeding: k-means||" in text
    assert " hamerly " in text
    assert "read from the file in each pass" in kmeans(npy(data(), tmp_path), 3, rng=0).explain()


def test_progress_is_shown(tmp_path, capsys):
    pytest.importorskip("rich")
    kmeans(npy(data(), tmp_path), 3, rng=0, progress=True)
    shown = capsys.readouterr().err
    assert "k-means" in shown
    assert "iteration" in shown
