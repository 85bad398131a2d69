"""A fit that ended early goes on from its checkpoint to the same result, or is refused."""

import errno
import os

import numpy as np
import pytest

from kmeans_fast import kmeans
from kmeans_fast.algorithms import checkpoint as module
from results import assert_same_fit

N_ROWS, N_CLUSTERS = 3000, 8
BITS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def x():
    """Rows that take dozens of iterations."""
    return np.random.default_rng(0).random((N_ROWS, 3))


@pytest.fixture
def path(tmp_path):
    """Where the checkpoint is."""
    return tmp_path / "run.ckpt"


def fit(x, checkpoint=None, resume=False, **options):
    options = {"init": "k-means++", "rng": 3, "tol": 0, **options}
    if checkpoint is not None:
        options |= {"checkpoint": checkpoint, "checkpoint_seconds": 0, "resume": resume}
    return kmeans(x, N_CLUSTERS, **options)


def killed_after(n, x, path, **options):
    """A fit that ends after ``n`` iterations of all runs."""
    left = [n]

    def callback(_iteration):
        left[0] -= 1
        if left[0] < 0:
            raise KilledError

    with pytest.raises(KilledError):
        fit(x, path, callback=callback, **options)


@pytest.mark.parametrize("on_a_stream", [False, True])
@pytest.mark.parametrize("n_init", [1, 3])
def test_a_fit_goes_on_from_any_iteration(x, path, tmp_path, n_init, on_a_stream):
    data = x
    if on_a_stream:
        data = tmp_path / "x.npy"
        np.save(data, x)
    options = {"init": "random", "n_init": n_init, "max_iter": 12}
    expected = fit(x, **options)
    for n in range(0, 12 * n_init - 2, 3):
        killed_after(n, data, path, **options)
        assert_same_fit(fit(data, path, True, **options), expected)
        path.unlink()


def test_a_fit_that_is_killed_again_and_again(x, path):
    expected = fit(x, n_init=2, max_iter=20)
    while True:
        try:
            killed_after(2, x, path, n_init=2, max_iter=20, resume=True)
        except pytest.fail.Exception:
            break
    assert_same_fit(fit(x, path, True, n_init=2, max_iter=20), expected)


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
@pytest.mark.parametrize("kind", ["blobs", "one row", "duplicates", "far"])
def test_empty_clusters_and_few_rows(path, kind, dtype):
    rng = np.random.default_rng(1)
    x = {
        "blobs": rng.standard_normal((400, 2)),
        "one row": np.tile(rng.standard_normal((1, 2)), (20, 1)),
        "duplicates": rng.integers(0, 3, (9000, 2)),
        "far": np.concatenate([rng.standard_normal((400, 2)), [[1e9, 0], [0, -1e9]]]),
    }[kind].astype(dtype)
    start = np.full((N_CLUSTERS, 2), 50.0) + np.arange(N_CLUSTERS)[:, None]
    weight = rng.integers(0, 3, len(x)).astype(float)
    options = {"init": start, "sample_weight": weight, "rng": None, "algorithm": "lloyd"}
    expected = fit(x, **options)
    for n in range(expected.n_iter - 1):
        killed_after(n, x, path, **options)
        assert_same_fit(fit(x, path, True, **options), expected)
        path.unlink()


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("kind", ["Generator", "RandomState"])
def test_the_random_state_goes_on(x, path, kind, bits):
    def rng():
        generator = getattr(np.random, kind)(getattr(np.random, bits)(7))
        generator.standard_normal(3)  # RandomState keeps a number for the next call
        return generator

    options = {"init": "random", "n_init": 3, "max_iter": 5}
    own = rng()
    expected = fit(x, rng=own, **options)
    killed_after(7, x, path, rng=rng(), **options)
    other = rng()
    assert_same_fit(fit(x, path, True, rng=other, **options), expected)
    assert other.bytes(50) == own.bytes(50)


def test_a_random_state_that_was_not_chosen(x, path):
    killed_after(4, x, path, rng=None, n_init=2, init="random")
    state = module.Checkpoint(path, 0, {})._read()
    first = fit(x, path, True, rng=None, n_init=2, init="random")
    assert len(first.restarts.generators) == 2
    assert "before" in state


def test_a_generator_of_other_makers_is_refused_at_once(x, path):
    class Own(np.random.PCG64):
        @property
        def state(self):
            return {**super().state, "bit_generator": "Own"}

    with pytest.raises(ValueError, match=r"needs a bit generator of NumPy .*, .* has 'Own'"):
        fit(x, path, rng=np.random.Generator(Own(0)))


def test_a_fit_that_has_ended_gives_its_result_again(x, path):
    for n_init in (1, 3):
        expected = fit(x, path, n_init=n_init)
        calls = []
        again = fit(x, path, True, n_init=n_init, callback=calls.append)
        assert_same_fit(again, expected)
        assert calls == []
        path.unlink()


def test_stopping_by_callback_keeps_the_state(x, path):
    expected = fit(x)
    options = {"checkpoint": path, "checkpoint_seconds": 1e9, "rng": 3, "tol": 0}
    stopped = kmeans(x, N_CLUSTERS, callback=lambda i: i.iteration == 6, **options)
    assert (stopped.n_iter, stopped.stop_reason) == (7, "callback")
    seen = []
    result = kmeans(x, N_CLUSTERS, callback=seen.append, resume=True, **options)
    assert_same_fit(result, expected)
    assert seen[0].iteration == 7


@pytest.mark.filterwarnings("ignore:time_limit=:kmeans_fast.ConvergenceWarning")
def test_stopping_by_time_keeps_the_state(x, path):
    options = {"checkpoint": path, "checkpoint_seconds": 1e9, "init": x[:N_CLUSTERS], "tol": 0}
    assert kmeans(x, N_CLUSTERS, time_limit=1e-9, **options).stop_reason == "time_limit"
    expected = kmeans(x, N_CLUSTERS, init=x[:N_CLUSTERS], tol=0)
    assert_same_fit(kmeans(x, N_CLUSTERS, resume=True, **options), expected)


def test_checkpoint_seconds(x, path, monkeypatch):
    saved = []
    monkeypatch.setattr(module.Checkpoint, "_write", lambda self, _arrays: saved.append(self))
    kmeans(x, N_CLUSTERS, rng=0, checkpoint=path, checkpoint_seconds=1e9)
    assert len(saved) == 2  # the seeds, and the end
    saved.clear()
    n_iter = kmeans(x, N_CLUSTERS, rng=0, checkpoint=path, checkpoint_seconds=0).n_iter
    assert len(saved) == n_iter + 1


def test_without_a_file_a_fit_that_resumes_begins(x, path):
    assert_same_fit(fit(x, path, True), fit(x))


@pytest.mark.parametrize("keep", range(20))
def test_truncated_files(x, path, keep):
    killed_after(3, x, path, n_init=2)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * keep // 20])
    with pytest.raises(ValueError, match=r"checkpoint='.*run\.ckpt' is damaged"):
        fit(x, path, True, n_init=2)


def test_flipped_bits(x, path):
    killed_after(3, x, path)
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for place in [*range(100), *rng.integers(0, len(data), 300)]:
        damaged = bytearray(data)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"run\.ckpt' is damaged"):
            module.Checkpoint(path, 0, {}).load(np.random.default_rng())


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"\x93NUMPY", os.urandom(999)])
def test_other_files(x, path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is damaged, or no checkpoint"):
        fit(x, path, True)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("n_clusters", {"n_clusters": 9}),
        ("init", {"init": "random"}),
        ("init", {"init": np.zeros((N_CLUSTERS, 3))}),
        ("n_init", {"n_init": 2}),
        ("max_iter", {"max_iter": 299}),
        ("tol", {"tol": 1e-3}),
        ("inertia_tol", {"inertia_tol": 0.1}),
        ("checksum of the random state", {"rng": 4}),
        ("checksum of the random state", {"rng": np.random.RandomState(3)}),
        ("checksum of the random state", {"rng": None}),
        ("checksum of the rows and weights", {"sample_weight": np.full(N_ROWS, 2.0)}),
        ("unit of the weights", {"sample_weight": np.full(N_ROWS, 2.0**-60)}),
    ],
)
def test_other_settings_are_refused(x, path, name, options):
    killed_after(3, x, path, sample_weight=np.ones(N_ROWS))
    before = path.read_bytes()
    call = {"n_clusters": N_CLUSTERS, "rng": 3, "tol": 0, "init": "k-means++", **options}
    call.setdefault("sample_weight", np.ones(N_ROWS))
    with pytest.raises(ValueError, match=rf"run\.ckpt' is of another fit: its {name} is .*, here"):
        kmeans(x, checkpoint=path, resume=True, **call)
    assert path.read_bytes() == before


def test_other_data_are_refused(x, path):
    killed_after(3, x, path)
    other = x.copy()
    other[-1, -1] = np.nextafter(other[-1, -1], 2)
    for data, name in (
        (other, "checksum of the rows and weights"),
        (x[:-1], "number of rows"),
        (x[:, :2], "number of features"),
        (x.astype(np.float32), "dtype"),
        (x[::-1], "checksum of the rows and weights"),
    ):
        with pytest.raises(ValueError, match=f"its {name} is"):
            fit(data, path, True)


def test_other_ways_to_the_same_result_are_no_other_fit(x, path):
    expected = fit(x)
    for options in (
        {"algorithm": "lloyd"},
        {"algorithm": "elkan", "n_threads": 2},
        {"max_memory": 1 << 20},
    ):
        killed_after(3, x, path)
        assert_same_fit(fit(x, path, True, **options), expected)
        path.unlink()


def test_an_existing_file_is_not_written_over(x, path):
    path.write_text("precious")
    with pytest.raises(ValueError, match=r"checkpoint='.*run\.ckpt' exists: resume=True"):
        fit(x, path)
    assert path.read_text() == "precious"


def test_places_that_cannot_hold_a_file(x, tmp_path):
    for path in (tmp_path, tmp_path / "none" / "run.ckpt"):
        with pytest.raises(ValueError, match="must be a file in a folder that exists"):
            fit(x, path, True)
    with pytest.raises(ValueError, match="resume=True needs the path of a checkpoint"):
        kmeans(x, N_CLUSTERS, resume=True)


@pytest.mark.parametrize("broken", ["fsync", "replace", "savez"])
def test_a_full_disk_leaves_the_file_before(x, path, monkeypatch, broken):
    def no_room(*_arguments, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    killed_after(3, x, path)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(np if broken == "savez" else os, broken, no_room)
        with pytest.raises(OSError, match="checkpoint cannot be written") as caught:
            fit(x, path, True)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(path)
    assert path.read_bytes() == before
    assert [*path.parent.iterdir()] == [path]
    assert_same_fit(fit(x, path, True), fit(x))


def test_what_a_killed_write_leaves_is_written_over(x, path):
    path.with_name(f".{path.name}.tmp").write_bytes(bytes(10**6))
    fit(x, path)
    assert [*path.parent.iterdir()] == [path]
    assert path.stat().st_size < 10**5


def test_progress_is_shown_in_a_fit_that_resumes(x, path, capsys):
    pytest.importorskip("rich")
    killed_after(5, x, path, n_init=2)
    assert_same_fit(fit(x, path, True, n_init=2, progress=True), fit(x, n_init=2))
    assert "run 2 of 2" in capsys.readouterr().err


def test_no_input_becomes_a_checkpoint(x, tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "parts"
    folder.mkdir()
    pq.write_table(pa.table({"a": x[:, 0]}), folder / "0.parquet")
    with pytest.raises(ValueError, match=r"checkpoint='.*run\.ckpt'.* become one of them"):
        fit(folder, folder / "run.ckpt", init="random")
    with pytest.raises(ValueError, match=r"checkpoint='.*0\.parquet'.* is read, and cannot"):
        fit(folder / "0.parquet", folder / "0.parquet", resume=True, init="random")
    assert [path.name for path in folder.iterdir()] == ["0.parquet"]
