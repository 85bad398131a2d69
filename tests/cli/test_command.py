"""The command from end to end: options, results and one-line errors."""

import json
import signal
import time

import numpy as np
import pyarrow.csv
import pytest
from sklearn.datasets import load_wine
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

import kmeans_fast
from kmeans_fast._names import INITS


def read(folder):
    """Labels, centers and summary as written."""
    labels = pyarrow.csv.read_csv(folder / "labels.csv")["label"].to_numpy()
    centers = pyarrow.csv.read_csv(folder / "centers.csv").drop_columns("cluster")
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return labels, np.column_stack(centers.columns), summary


def assert_error(result, *parts):
    code, out, err = result
    assert code == 2
    assert err.startswith("kmeans-fast: error: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert "Traceback" not in out + err
    for part in parts:
        assert part in err


@pytest.fixture
def data(tmp_path, blobs):
    """A CSV file of three groups, with a column of names and two columns of numbers."""
    x, _ = blobs
    lines = [f"row {i},{a!r},{b!r}" for i, (a, b) in enumerate(x.tolist())]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["name,width,height", *lines]) + "\n", encoding="utf-8")
    return path


def test_files_and_printout_agree(command, data, tmp_path, blobs):
    code, out, err = command("fit", data, "-k", 3, "--out", tmp_path / "out")
    assert code == 0
    assert err == ""
    labels, centers, summary = read(tmp_path / "out")
    x, truth = blobs
    assert adjusted_rand_score(truth, labels) == 1
    means = [x[labels == j].mean(axis=0) for j in range(3)]
    np.testing.assert_allclose(centers, means, rtol=1e-14)
    assert summary["sizes"] == [20, 20, 20]
    assert summary["inertia"] == pytest.approx(((x - centers[labels]) ** 2).sum(), rel=1e-12)
    assert summary["columns"] == ["width", "height"]
    assert summary["left_out"] == {"name": "text"}
    assert summary["n_rows"] == 60
    assert "60 rows, 2 columns: width, height" in out
    assert "left out: name (text)" in out
    assert f"inertia {summary['inertia']:.6g}" in out
    for value in centers.ravel():
        assert f"{value:.5g}" in out


def test_the_estimator_answers_the_same(command, data, tmp_path, blobs):
    command("fit", data, "-k", 4, "--seed", 5, "--n-init", 2, "--out", tmp_path / "out")
    labels, centers, summary = read(tmp_path / "out")
    model = kmeans_fast.KMeans(4, n_init=2, random_state=5).fit(blobs[0])
    np.testing.assert_array_equal(labels, model.labels_)
    np.testing.assert_array_equal(centers, model.cluster_centers_)
    assert summary["inertia"] == model.inertia_
    assert summary["n_iter"] == model.n_iter_
    assert summary["stop_reason"] == model.stop_reason_


def test_scaled_centers_are_in_the_units_of_the_data(command, tmp_path):
    assert (
        command("fit", "--example", "wine", "-k", 3, "--scale", "--out", tmp_path / "out")[0] == 0
    )
    labels, centers, summary = read(tmp_path / "out")
    x = load_wine().data
    scaled = StandardScaler().fit_transform(x)
    means = [x[labels == j].mean(axis=0) for j in range(3)]
    np.testing.assert_allclose(centers, means, rtol=1e-12)
    scaled_means = np.array([scaled[labels == j].mean(axis=0) for j in range(3)])
    inertia = ((scaled - scaled_means[labels]) ** 2).sum()
    assert summary["scaled"] is True
    assert summary["inertia"] == pytest.approx(inertia, rel=1e-12)


def test_the_same_command_writes_the_same_bytes(command, data, tmp_path):
    for name in ("one", "two"):
        assert command("fit", data, "-k", 5, "--seed", 3, "--out", tmp_path / name)[0] == 0
    for name in ("labels.csv", "centers.csv", "summary.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "rows", "feature"),
    [("digits", "1,797", "pixel_0_0"), ("wine", "178", "alcohol"), ("china", "273,280", "red")],
)
def test_example(command, name, rows, feature):
    code, out, _ = command("fit", "--example", name, "-k", 2, "--max-iter", 2, "--init", "random")
    assert code == 0
    assert f"example {name}: {rows} rows" in out
    assert feature in out


def test_chosen_columns(command, data, tmp_path):
    code, out, _ = command("fit", data, "-k", 2, "-c", "height", "--out", tmp_path / "out")
    assert code == 0
    assert read(tmp_path / "out")[2]["columns"] == ["height"]
    assert "left out: name (text), width (not chosen)" in out


def test_many_clusters_and_features_are_cut_short(command, tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(80, 50)))
    code, out, _ = command("fit", tmp_path / "x.npy", "-k", 40)
    assert code == 0
    assert "10 more clusters" in out
    assert "more features" in out
    assert max(map(len, out.splitlines()[2:])) <= 80


def test_warnings_are_one_line(command, tmp_path):
    np.save(tmp_path / "x.npy", np.ones((10, 2)))
    code, out, err = command("fit", tmp_path / "x.npy", "-k", 3)
    assert code == 0
    assert err.startswith("kmeans-fast: warning: ")
    assert err.count("\n") == 1
    assert "10 │" in out or "10 |" in out


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["fit"], "-k"),
        (["fit", "-k", "3"], "give a file or --example"),
        (["fit", "x.npy", "--example", "wine", "-k", "3"], "give a file or --example"),
        (["fit", "--example", "irises", "-k", "3"], "no example 'irises'; there are digits, wine"),
        (["fit", "--example", "wine", "-k", "3", "-c", "alcohol"], "for files"),
        (["fit", "--example", "wine", "-k", "3", "--memory-limit", "1GB"], "for files"),
        (["fit", "x.csv", "-k", "3", "--memory-limit", "1 potato"], "--memory-limit"),
        (["fit", "x.csv", "-k", "3", "--scratch-dir", "none"], "--scratch-dir"),
        (
            ["fit", "--example", "wine", "-k", "3", "--checkpoint", "none/run.ckpt"],
            "--checkpoint 'none/run.ckpt' must be a file in a folder that exists",
        ),
        (
            ["fit", "--example", "wine", "-k", "3", "--checkpoint", "."],
            "--checkpoint '.' must be a file in a folder that exists",
        ),
        (["fit", "x.csv", "-k", "3", "--checkpoint-seconds", "-1"], "--checkpoint-seconds"),
        (["fit", "x.csv", "-k", "3", "--resume"], "--resume needs the file of --checkpoint"),
        (["fit", "--example", "wine", "-k", "0"], "-k"),
        (["fit", "--example", "wine", "-k", "three"], "-k"),
        (["fit", "--example", "wine", "-k", "179"], "n_samples=178 should be >= --clusters 179"),
        (["fit", "--example", "wine", "-k", "3", "--seed", "-1"], "--seed"),
        (["fit", "--example", "wine", "-k", "3", "--tol", "-1"], "--tol"),
        (["fit", "--example", "wine", "-k", "3", "--tol", "nan"], "tol"),
        (["fit", "--example", "wine", "-k", "3", "--init", "best"], "--init"),
        (["fit", "--example", "wine", "-k", "3", "--unknown"], "--unknown"),
        (["fit", "missing.npy", "-k", "3"], "missing.npy: no such file"),
        (["predict"], "predict"),
    ],
)
def test_bad_options(command, arguments, part):
    assert_error(command(*arguments), part)


def test_bad_files(command, tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "text.csv").write_text("name\nx\n", encoding="utf-8")
    (tmp_path / "nan.csv").write_text("a,b\n1,2\n3,NaN\n", encoding="utf-8")
    np.save(tmp_path / "pickled.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    for name in ("empty.csv", "text.csv", "nan.csv", "pickled.npy", ""):
        assert_error(command("fit", tmp_path / name, "-k", 2), str(tmp_path / name))


def test_results_that_cannot_be_written(command, data, tmp_path):
    for out in (data, data / "out", tmp_path / "missing" / "out"):
        assert_error(command("fit", data, "-k", 3, "--out", out), f"cannot write to {out}")
    before = set(tmp_path.iterdir())
    assert_error(command("fit", data, "-k", 61, "--out", tmp_path / "out"), "n_samples=60")
    assert set(tmp_path.iterdir()) == before


def test_hostile_names_do_not_reach_the_terminal(command, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("[red]a\x1b[2J,[/]b\n1,2\n3,4\n", encoding="utf-8")
    code, out, _ = command("fit", path, "-k", 2)
    assert code == 0
    assert "[red]a?[2J" in out
    assert "\x1b" not in out


def test_version_config_and_help(command):
    assert command("--version") == (0, f"kmeans-fast {kmeans_fast.__version__}\n", "")
    assert "backend" in command("config")[1]
    for arguments in ([], ["--help"], ["fit", "--help"]):
        code, out, err = command(*arguments)
        assert (code, err) == (0, "")
        assert "Usage: kmeans-fast" in out


def test_the_command_takes_all_names_of_start_centers(command, data):
    for name in INITS:
        assert command("fit", data, "-k", 2, "--init", name, "--max-iter", 2)[0] == 0


def test_process(process, data, tmp_path):
    fit = process("fit", data, "-k", 3, "--out", tmp_path / "out")
    out, err = fit.communicate(timeout=120)
    assert fit.returncode == 0
    assert err == ""
    assert "left out: name (text)" in out
    assert len(read(tmp_path / "out")[0]) == 60
    (tmp_path / "notes.md").write_text("mine", encoding="utf-8")
    bad = process("fit", tmp_path, "-k", 3)
    assert_error(
        (bad.wait(timeout=120), *bad.communicate()), "has files that are not Parquet: 'data.csv'"
    )


def test_names_that_the_terminal_cannot_show(process, tmp_path):
    (tmp_path / "x.csv").write_text("größe,高さ\n1,2\n3,4\n", encoding="utf-8")
    fit = process("fit", tmp_path / "x.csv", "-k", 2, PYTHONIOENCODING="ascii")
    out, err = fit.communicate(timeout=120)
    assert (fit.returncode, err) == (0, "")
    assert "gr??e" in out


def test_a_missing_extra_is_one_line(process):
    code = (
        "import sys; sys.modules['rich'] = None; from kmeans_fast.cli import main; sys.exit(main())"
    )
    broken = process(code=code)
    out, err = broken.communicate(timeout=120)
    assert_error((broken.returncode, out, err), "rich", 'pip install "kmeans-fast[cli]"')


def test_an_unknown_backend_is_one_line(process):
    for arguments in (["config"], ["fit", "--example", "wine", "-k", "3"]):
        broken = process(*arguments, KMEANS_FAST_BACKEND="fastest")
        out, err = broken.communicate(timeout=120)
        assert_error((broken.returncode, out, err), "KMEANS_FAST_BACKEND")


def test_interrupt(process, tmp_path):
    x = np.random.default_rng(0).uniform(size=(200_000, 8)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    options = ("--init", "random", "--n-init", 10**6, "--tol", 0, "--out", tmp_path / "out")
    fit = process("fit", tmp_path / "x.npy", "-k", 500, *options)
    while not (tmp_path / "out").exists():
        assert fit.poll() is None
        time.sleep(0.01)
    time.sleep(1)  # now the fit runs: the folder is created right before it
    fit.send_signal(signal.SIGINT)
    _, err = fit.communicate(timeout=60)
    assert fit.returncode == 130
    assert err == "kmeans-fast: interrupted\n"
    assert not (tmp_path / "out").exists()
