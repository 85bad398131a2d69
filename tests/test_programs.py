"""Programs as users write them: with our import line they find what they find with scikit-learn's.

Each leaves its figure in ``found``. From the same random state both libraries pick the same seeds,
so the figures differ by rounding only.
"""

import re
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
LEAST = {
    "choose_k": 5,
    "color_quantization": 0.01,
    "discretized_features": 0.9,
    "scaler_and_pca": 0.85,
    "text_clustering": 0.95,
}


def run(source, name):
    space = {"__name__": "__main__"}
    exec(compile(source, name, "exec"), space)
    return space["found"]


@pytest.mark.parametrize("name", LEAST)
def test_program(name, capsys):
    pytest.importorskip("pandas")
    source = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
    ours = run(source, name)
    printed = capsys.readouterr().out
    theirs, n_lines = re.subn("from kmeans_fast import", "from sklearn.cluster import", source)
    assert n_lines == 1
    assert ours == pytest.approx(run(theirs, name), rel=1e-9)
    assert capsys.readouterr().out == printed
    assert ours >= LEAST[name]


def test_every_program_is_run():
    assert {path.stem for path in PROGRAMS.glob("*.py")} == set(LEAST)
