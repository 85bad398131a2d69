"""A fit that ``kill -9`` ends at any moment goes on from its checkpoint to the same result.

``KMEANS_FAST_STRESS`` is the number of moments for each of the three fits
(default 8).
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")

SCRIPT = Path(__file__).parent / "killed_fit.py"
N_MOMENTS = int(os.environ.get("KMEANS_FAST_STRESS", "8"))
N_ROWS = 40_000
FITS = {
    "in memory": {"in_memory": True, "n_init": 3, "init": "k-means++", "bits": "PCG64"},
    "on a stream": {"in_memory": False, "n_init": 3, "init": "random", "bits": "Philox"},
    "weighted stream": {"in_memory": False, "weighted": True, "init": "k-means||", "bits": "SFC64"},
}


def run(folder, settings, wait=None):
    """Exit status of a fit, which is killed ``wait`` seconds after it has begun."""
    path = folder / "settings.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    with subprocess.Popen([sys.executable, "-P", SCRIPT, path], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"begin\n"
        if wait is not None:
            time.sleep(wait)
            process.kill()
    return process.returncode


def result_of(settings):
    with np.load(settings["checkpoint"] + ".npz") as found:
        return {name: found[name] for name in found.files}


@pytest.mark.parametrize("name", FITS)
def test_killed_at_random_moments(tmp_path, name):
    x = np.random.default_rng(0).random((N_ROWS, 4)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    settings = {
        "X": str(tmp_path / "x.npy"),
        "n_clusters": 40,
        "n_rows": N_ROWS,
        "n_init": 1,
        "weighted": False,
        "rng": "RandomState" if name == "in memory" else "Generator",
        "max_iter": 25,
        "checkpoint": str(tmp_path / "whole.ckpt"),
        "checkpoint_seconds": 0.02,
        "resume": True,
        "n_threads": 1,
        **FITS[name],
    }
    begin = time.perf_counter()
    assert run(tmp_path, settings) == 0
    seconds = time.perf_counter() - begin
    expected = result_of(settings)
    rng = np.random.default_rng(2)
    n_killed = n_resumed = 0
    for i, wait in enumerate(rng.uniform(0, seconds, N_MOMENTS)):
        settings["checkpoint"] = str(tmp_path / f"{i}.ckpt")
        n_killed += run(tmp_path, settings, wait) == -signal.SIGKILL
        n_resumed += Path(settings["checkpoint"]).exists()
        assert run(tmp_path, settings) == 0
        found = result_of(settings)
        for field, value in expected.items():
            np.testing.assert_array_equal(found[field], value, err_msg=f"{field} after {wait} s")
    assert n_killed > N_MOMENTS / 4
    assert n_resumed > N_MOMENTS / 4
    names = {path.name for path in tmp_path.iterdir() if path.suffix not in (".ckpt", ".npz")}
    assert names <= {"x.npy", "settings.json"}
